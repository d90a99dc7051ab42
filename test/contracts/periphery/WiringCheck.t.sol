// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SetConfigParam} from "@layerzerolabs/lz-evm-protocol-v2/contracts/interfaces/IMessageLibManager.sol";
import {UlnConfig} from "../../../contracts/messaging/Wiring.sol";
import {OrderQueue} from "../../../contracts/messaging/OrderQueue.sol";
import {RootInbox} from "../../../contracts/messaging/RootInbox.sol";
import {WiringCheck} from "../../../contracts/periphery/WiringCheck.sol";
import {Deploy} from "../support/Deploy.sol";
import {ExecutorConfig, LayerZeroFixture} from "../support/LayerZeroFixture.sol";

/// Each thing that can be wrong, on LayerZero's own endpoint and libraries.
contract WiringCheckTest is LayerZeroFixture {
    WiringCheck private check;
    OrderQueue private queue;
    RootInbox private inbox;

    function setUp() public {
        deployLayerZero();
        check = new WiringCheck();
        queue = Deploy.orderQueue(address(endpoint), address(this));
        inbox = Deploy.rootInbox(address(endpoint), address(this));
    }

    function test_sending_everythingIsLeftToDefaults() public view {
        WiringCheck.Problem[] memory p = check.sending(address(queue), REMOTE_EID, _types());
        assertEq(p.length, 7);
        assertTrue(p[0] == WiringCheck.Problem.NoPeer);
        assertTrue(p[1] == WiringCheck.Problem.DefaultLibrary);
        assertTrue(p[2] == WiringCheck.Problem.DefaultDVNs);
        assertTrue(p[3] == WiringCheck.Problem.DefaultOptionalDVNs);
        assertTrue(p[4] == WiringCheck.Problem.ConfirmationsNotSet);
        assertTrue(p[5] == WiringCheck.Problem.DefaultExecutor);
        assertTrue(p[6] == WiringCheck.Problem.EnforcedOptionsMissing);
    }

    function test_sending_nothing() public {
        _wireQueue();
        assertEq(check.sending(address(queue), REMOTE_EID, _types()).length, 0);
    }

    function test_sending_oneByOne() public {
        _wireQueue();
        wireUln(address(queue), sendUln, 1, CONFIRMATIONS);
        _only(WiringCheck.Problem.FewerThanTwoRequiredDVNs);
        wireUln(address(queue), sendUln, 2, type(uint64).max);
        _only(WiringCheck.Problem.ConfirmationsNotSet);
        wireUln(address(queue), sendUln, 2, CONFIRMATIONS);
        queue.setDelegate(address(0xbad));
        _only(WiringCheck.Problem.DelegateNotOwner);
        queue.setDelegate(address(this));
        queue.setPeer(REMOTE_EID, 0);
        _only(WiringCheck.Problem.NoPeer);
    }

    function test_receiving() public {
        assertEq(check.receiving(address(inbox), REMOTE_EID).length, 5);
        inbox.setPeer(REMOTE_EID, bytes32(uint256(1)));
        wireReceive(address(inbox), _uln(2, CONFIRMATIONS));
        assertEq(check.receiving(address(inbox), REMOTE_EID).length, 0);
        endpoint.setReceiveLibraryTimeout(address(inbox), REMOTE_EID, receiveUln, block.number + 5);
        WiringCheck.Problem[] memory p = check.receiving(address(inbox), REMOTE_EID);
        assertEq(p.length, 1);
        assertTrue(p[0] == WiringCheck.Problem.LibraryInGrace);
        vm.roll(block.number + 5);
        assertEq(check.receiving(address(inbox), REMOTE_EID).length, 0);
    }

    function wireUln(address oapp, address lib, uint8 count, uint64 confirmations) private {
        SetConfigParam[] memory params = new SetConfigParam[](1);
        params[0] = SetConfigParam(REMOTE_EID, 2, abi.encode(_uln(count, confirmations)));
        endpoint.setConfig(oapp, lib, params);
    }

    /// No optional DVNs, said explicitly.
    function _uln(uint8 count, uint64 confirmations) private view returns (UlnConfig memory config) {
        config = ulnConfig(count, confirmations);
        config.optionalDVNCount = 255;
    }

    function _wireQueue() private {
        queue.setPeer(REMOTE_EID, bytes32(uint256(1)));
        wireSend(address(queue), _uln(2, CONFIRMATIONS));
        SetConfigParam[] memory params = new SetConfigParam[](1);
        params[0] = SetConfigParam(REMOTE_EID, 1, abi.encode(ExecutorConfig(10_000, executor)));
        endpoint.setConfig(address(queue), sendUln, params);
        enforceGas(address(queue), queue.MSG_ORDERS(), 60_000);
    }

    function _only(WiringCheck.Problem problem) private view {
        WiringCheck.Problem[] memory p = check.sending(address(queue), REMOTE_EID, _types());
        assertEq(p.length, 1);
        assertTrue(p[0] == problem);
    }

    function _types() private view returns (uint16[] memory types) {
        types = new uint16[](1);
        types[0] = queue.MSG_ORDERS();
    }
}
