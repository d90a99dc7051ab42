// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {ILayerZeroEndpointV2} from "@layerzerolabs/lz-evm-protocol-v2/contracts/interfaces/ILayerZeroEndpointV2.sol";
import {SetConfigParam} from "@layerzerolabs/lz-evm-protocol-v2/contracts/interfaces/IMessageLibManager.sol";
import {
    EnforcedOptionParam,
    IOAppOptionsType3
} from "@layerzerolabs/oapp-evm/contracts/oapp/interfaces/IOAppOptionsType3.sol";
import {UlnConfig} from "../../../contracts/messaging/Wiring.sol";
import {Deploy} from "./Deploy.sol";

struct ExecutorConfig {
    uint32 maxMessageSize;
    address executor;
}

struct DefaultUln {
    uint32 eid;
    UlnConfig config;
}

struct DefaultExecutor {
    uint32 eid;
    ExecutorConfig config;
}

struct ExecutorDst {
    uint32 dstEid;
    uint64 lzReceiveBaseGas;
    uint64 lzComposeBaseGas;
    uint16 multiplierBps;
    uint128 floorMarginUSD;
    uint128 nativeCap;
}

struct DvnDst {
    uint32 dstEid;
    uint64 gas;
    uint16 multiplierBps;
    uint128 floorMarginUSD;
}

struct FeedPrice {
    uint128 priceRatio;
    uint64 gasPriceInUnit;
    uint32 gasPerByte;
}

struct FeedUpdate {
    uint32 eid;
    FeedPrice price;
}

interface ILayerZeroAdmin {
    function initialize(address updater) external;
    function initialize(
        address endpoint,
        address receiveUln301,
        address[] calldata libraries,
        address priceFeed,
        address roleAdmin,
        address[] calldata admins
    ) external;
    function setPrice(FeedUpdate[] calldata prices) external;
    function setNativeTokenPriceUSD(uint128 price) external;
    function setWorkerFeeLib(address lib) external;
    function setDstConfig(ExecutorDst[] calldata params) external;
    function setDstConfig(DvnDst[] calldata params) external;
    function setDefaultUlnConfigs(DefaultUln[] calldata params) external;
    function setDefaultExecutorConfigs(DefaultExecutor[] calldata params) external;
}

/// LayerZero V2's own contracts, from the bytecode its packages ship, on the chain under test. Sending is real to the PacketSent event; a delivery is
/// the endpoint pranked as the caller of lzReceive. The integration tests deliver through DVNs and executor.
abstract contract LayerZeroFixture is Test {
    string private constant PROTOCOL = "node_modules/@layerzerolabs/lz-evm-protocol-v2/artifacts/contracts/";
    string private constant MESSAGELIB = "node_modules/@layerzerolabs/lz-evm-messagelib-v2/artifacts/contracts/";

    uint32 internal constant LOCAL_EID = 30_101;
    uint32 internal constant REMOTE_EID = 30_202;
    uint64 internal constant CONFIRMATIONS = 3;

    ILayerZeroEndpointV2 internal endpoint;
    address internal sendUln;
    address internal receiveUln;
    address internal executor;
    address[] internal dvns;

    function deployLayerZero() internal {
        endpoint = ILayerZeroEndpointV2(_deploy(PROTOCOL, "EndpointV2", abi.encode(LOCAL_EID, address(this))));
        sendUln = _deploy(MESSAGELIB, "uln/uln302/SendUln302", abi.encode(endpoint, 100_000, 1 ether));
        receiveUln = _deploy(MESSAGELIB, "uln/uln302/ReceiveUln302", abi.encode(endpoint));
        address feed = _deployFeed();
        executor = _deployExecutor(feed);
        dvns = _ascending(_deployDvn(feed, 1), _deployDvn(feed, 2));

        // Defaults as LayerZero might set them: one DVN. No OApp of ours may use them.
        UlnConfig memory one = ulnConfig(1, 1);
        DefaultUln[] memory uln = new DefaultUln[](1);
        uln[0] = DefaultUln(REMOTE_EID, one);
        ILayerZeroAdmin(sendUln).setDefaultUlnConfigs(uln);
        ILayerZeroAdmin(receiveUln).setDefaultUlnConfigs(uln);
        DefaultExecutor[] memory execution = new DefaultExecutor[](1);
        execution[0] = DefaultExecutor(REMOTE_EID, ExecutorConfig(10_000, executor));
        ILayerZeroAdmin(sendUln).setDefaultExecutorConfigs(execution);
        endpoint.registerLibrary(sendUln);
        endpoint.registerLibrary(receiveUln);
        endpoint.setDefaultSendLibrary(REMOTE_EID, sendUln);
        endpoint.setDefaultReceiveLibrary(REMOTE_EID, receiveUln, 0);
    }

    /// The first `count` DVNs required.
    function ulnConfig(uint8 count, uint64 confirmations) internal view returns (UlnConfig memory config) {
        address[] memory required = new address[](count);
        for (uint256 i = 0; i < count; i++) required[i] = dvns[i];
        config = UlnConfig(confirmations, count, 0, 0, required, new address[](0));
    }

    /// As the OApp's delegate (this test): explicit library, DVNs and confirmations towards REMOTE_EID.
    function wireSend(address oapp, UlnConfig memory config) internal {
        endpoint.setSendLibrary(oapp, REMOTE_EID, sendUln);
        _setUln(oapp, sendUln, config);
    }

    function wireReceive(address oapp, UlnConfig memory config) internal {
        endpoint.setReceiveLibrary(oapp, REMOTE_EID, receiveUln, 0);
        _setUln(oapp, receiveUln, config);
    }

    function enforceGas(address oapp, uint16 msgType, uint128 gas_) internal {
        EnforcedOptionParam[] memory params = new EnforcedOptionParam[](1);
        params[0] = EnforcedOptionParam(REMOTE_EID, msgType, receiveGasOption(gas_));
        IOAppOptionsType3(oapp).setEnforcedOptions(params);
    }

    function receiveGasOption(uint128 gas_) internal pure returns (bytes memory) {
        return abi.encodePacked(uint16(3), uint8(1), uint16(17), uint8(1), gas_);
    }

    function _setUln(address oapp, address lib, UlnConfig memory config) private {
        SetConfigParam[] memory params = new SetConfigParam[](1);
        params[0] = SetConfigParam(REMOTE_EID, 2, abi.encode(config));
        endpoint.setConfig(oapp, lib, params);
    }

    function _deployFeed() private returns (address feed) {
        feed = _deploy(MESSAGELIB, "PriceFeed", "");
        ILayerZeroAdmin(feed).initialize(address(this));
        FeedUpdate[] memory prices = new FeedUpdate[](1);
        prices[0] = FeedUpdate(REMOTE_EID % 30_000, FeedPrice(1e20, 1 gwei, 16));
        ILayerZeroAdmin(feed).setPrice(prices);
        ILayerZeroAdmin(feed).setNativeTokenPriceUSD(3000e20);
    }

    function _deployExecutor(address feed) private returns (address deployed) {
        deployed = _deploy(MESSAGELIB, "Executor", "");
        ILayerZeroAdmin(deployed).initialize(
            address(endpoint),
            address(0),
            _one(sendUln),
            feed,
            address(this),
            _one(address(this))
        );
        ILayerZeroAdmin(deployed).setWorkerFeeLib(_deploy(MESSAGELIB, "ExecutorFeeLib", abi.encode(LOCAL_EID, 1e18)));
        ExecutorDst[] memory dst = new ExecutorDst[](1);
        dst[0] = ExecutorDst(REMOTE_EID, 60_000, 50_000, 12_000, 0, 0.1 ether);
        ILayerZeroAdmin(deployed).setDstConfig(dst);
    }

    function _deployDvn(address feed, uint256 signer) private returns (address dvn) {
        address[] memory libs = new address[](2);
        (libs[0], libs[1]) = (sendUln, receiveUln);
        bytes memory args = abi.encode(
            LOCAL_EID,
            LOCAL_EID % 30_000,
            libs,
            feed,
            _one(vm.addr(signer)),
            uint64(1),
            _one(address(this))
        );
        dvn = _deploy(MESSAGELIB, "uln/dvn/DVN", args);
        ILayerZeroAdmin(dvn).setWorkerFeeLib(_deploy(MESSAGELIB, "uln/dvn/DVNFeeLib", abi.encode(LOCAL_EID, 1e18)));
        DvnDst[] memory dst = new DvnDst[](1);
        dst[0] = DvnDst(REMOTE_EID, 110_000, 12_000, 0);
        ILayerZeroAdmin(dvn).setDstConfig(dst);
    }

    function _deploy(string memory root, string memory path, bytes memory args) private returns (address) {
        return Deploy.create(Deploy.codeIn(root, path), args);
    }

    function _one(address a) private pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = a;
    }

    function _ascending(address a, address b) private pure returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = a < b ? (a, b) : (b, a);
    }
}
