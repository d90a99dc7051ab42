// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ILayerZeroEndpointV2} from "@layerzerolabs/lz-evm-protocol-v2/contracts/interfaces/ILayerZeroEndpointV2.sol";
import {IOAppCore} from "@layerzerolabs/oapp-evm/contracts/oapp/interfaces/IOAppCore.sol";
import {IOAppOptionsType3} from "@layerzerolabs/oapp-evm/contracts/oapp/interfaces/IOAppOptionsType3.sol";
import {IUln302, UlnConfig} from "../messaging/Wiring.sol";

/// LayerZero's endpoint and its send library, as far as their interfaces leave it out.
interface IDelegates {
    function delegates(address oapp) external view returns (address);
}

interface IExecutorConfigs {
    function executorConfigs(
        address oapp,
        uint32 remoteEid
    ) external view returns (uint32 maxMessageSize, address executor);
}

interface IEnforcedOptions is IOAppOptionsType3 {
    function enforcedOptions(uint32 eid, uint16 msgType) external view returns (bytes memory);
}

/// @title What is wrong with an OApp's pathway, as a list (design §6)
/// @notice Views only, for any OApp of this chain. `requireWired` of our OApps refuses to send over what is listed here; this says all of it at once. Whether the right DVNs,
/// executor and peer are named nobody on chain can know: the SDK's `checkWiring` compares them with a deployment's file.
contract WiringCheck {
    enum Problem {
        NoPeer,
        DelegateNotOwner, // whoever is the delegate can change the rest
        DefaultLibrary, // LayerZero may change it
        LibraryInGrace, // messages of an older receive library are accepted too
        DefaultDVNs,
        FewerThanTwoRequiredDVNs,
        DefaultOptionalDVNs, // LayerZero may add some
        ConfirmationsNotSet,
        DefaultExecutor,
        EnforcedOptionsMissing // whoever sends would choose how much gas lzReceive gets
    }

    uint8 private constant NONE = 255;
    uint256 private constant KINDS = 10;

    /// @param msgTypes of the messages that it sends. @return problems in the order of the enum, each once; empty = nothing.
    function sending(
        address oapp,
        uint32 remoteEid,
        uint16[] calldata msgTypes
    ) external view returns (Problem[] memory) {
        ILayerZeroEndpointV2 endpoint = IOAppCore(oapp).endpoint();
        uint256 found = _identity(endpoint, oapp, remoteEid);
        address library_ = endpoint.getSendLibrary(oapp, remoteEid);
        if (endpoint.isDefaultSendLibrary(oapp, remoteEid)) found |= _bit(Problem.DefaultLibrary);
        found |= _uln(library_, oapp, remoteEid);
        (, address executor) = IExecutorConfigs(library_).executorConfigs(oapp, remoteEid);
        if (executor == address(0)) found |= _bit(Problem.DefaultExecutor);
        for (uint256 i; i < msgTypes.length; ++i) {
            // Two bytes of type and at least one option.
            if (IEnforcedOptions(oapp).enforcedOptions(remoteEid, msgTypes[i]).length < 3) {
                found |= _bit(Problem.EnforcedOptionsMissing);
            }
        }
        return _list(found);
    }

    /// @return problems in the order of the enum, each once; empty = nothing.
    function receiving(address oapp, uint32 remoteEid) external view returns (Problem[] memory) {
        ILayerZeroEndpointV2 endpoint = IOAppCore(oapp).endpoint();
        uint256 found = _identity(endpoint, oapp, remoteEid);
        (address library_, bool isDefault) = endpoint.getReceiveLibrary(oapp, remoteEid);
        if (isDefault) found |= _bit(Problem.DefaultLibrary);
        (address old, uint256 until) = endpoint.receiveLibraryTimeout(oapp, remoteEid);
        if (old != address(0) && until > block.number) found |= _bit(Problem.LibraryInGrace);
        return _list(found | _uln(library_, oapp, remoteEid));
    }

    function _identity(
        ILayerZeroEndpointV2 endpoint,
        address oapp,
        uint32 remoteEid
    ) private view returns (uint256 found) {
        if (IOAppCore(oapp).peers(remoteEid) == 0) found |= _bit(Problem.NoPeer);
        if (IDelegates(address(endpoint)).delegates(oapp) != Ownable(oapp).owner()) {
            found |= _bit(Problem.DelegateNotOwner);
        }
    }

    /// @dev What the OApp itself has set; 0 = the library's default.
    function _uln(address library_, address oapp, uint32 remoteEid) private view returns (uint256 found) {
        UlnConfig memory c = IUln302(library_).getAppUlnConfig(oapp, remoteEid);
        if (c.requiredDVNCount == 0) found |= _bit(Problem.DefaultDVNs);
        else if (c.requiredDVNCount == 1 || c.requiredDVNCount == NONE) {
            found |= _bit(Problem.FewerThanTwoRequiredDVNs);
        }
        if (c.optionalDVNCount == 0) found |= _bit(Problem.DefaultOptionalDVNs);
        if (c.confirmations == 0 || c.confirmations == type(uint64).max) found |= _bit(Problem.ConfirmationsNotSet);
    }

    function _bit(Problem problem) private pure returns (uint256) {
        return 1 << uint8(problem);
    }

    function _list(uint256 found) private pure returns (Problem[] memory problems) {
        uint256 count;
        for (uint256 i; i < KINDS; ++i) count += (found >> i) & 1;
        problems = new Problem[](count);
        count = 0;
        for (uint256 i; i < KINDS; ++i) if ((found >> i) & 1 == 1) problems[count++] = Problem(i);
    }
}
