// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IOAppCore} from "@layerzerolabs/oapp-evm/contracts/oapp/interfaces/IOAppCore.sol";
import {Vm} from "forge-std/Vm.sol";
import {IOrderQueue} from "../../../contracts/interfaces/IOrderQueue.sol";
import {MessageCodec, OpenedOrder} from "../../../contracts/libraries/MessageCodec.sol";
import {OrderQueue} from "../../../contracts/messaging/OrderQueue.sol";
import {WiredSender} from "../../../contracts/messaging/WiredSender.sol";
import {JubPoint, SettleOrder} from "../../../contracts/types/Types.sol";
import {Deploy} from "../support/Deploy.sol";
import {LayerZeroFixture} from "../support/LayerZeroFixture.sol";

/// Sends through LayerZero's own endpoint, send library, DVNs and executor.
contract OrderQueueTest is LayerZeroFixture {
    uint256 private constant Q = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
    uint256 private constant N = 8;
    bytes32 private constant PACKET_SENT = keccak256("PacketSent(bytes,bytes,address)");

    address private immutable engine = makeAddr("engine");
    address private immutable vault = makeAddr("vault");
    OrderQueue private queue;

    function setUp() public {
        deployLayerZero();
        queue = Deploy.orderQueue(address(endpoint), address(this));
        queue.setPeer(REMOTE_EID, bytes32(uint256(uint160(makeAddr("inbox")))));
        wireSend(address(queue), ulnConfig(2, CONFIRMATIONS));
        enforceGas(address(queue), queue.MSG_ORDERS(), 60_000);
    }

    function test_opened_keepsTheHashAndEmitsTheOrder() public {
        bytes memory order = MessageCodec.encodeOpened(OpenedOrder(vault, engine, N, 77, bytes32(uint256(5))));
        vm.expectEmit(address(queue));
        emit IOrderQueue.OrderQueued(REMOTE_EID, 0, engine, N, order);
        vm.prank(engine);
        assertEq(queue.opened(REMOTE_EID, vault, N, 77, bytes32(uint256(5))), 0);
        assertEq(queue.orderHash(REMOTE_EID, 0), keccak256(order));
        assertEq(queue.nextId(REMOTE_EID), 1);
        assertEq(queue.nextId(LOCAL_EID), 0);
    }

    function test_opened_rejectsNoCoverage() public {
        vm.expectRevert(abi.encodeWithSelector(OrderQueue.ZeroCoverage.selector, N));
        queue.opened(REMOTE_EID, vault, N, 0, 0);
    }

    /// The engine in an order is its caller, whatever it writes.
    function testFuzz_settle_theEngineIsTheCaller(address claimed, address caller) public {
        SettleOrder memory order = _settle(9);
        order.engine = caller;
        bytes memory packed = MessageCodec.encodeSettle(order);
        order.engine = claimed;
        vm.prank(caller);
        uint256 id = queue.settle(REMOTE_EID, order);
        assertEq(queue.orderHash(REMOTE_EID, id), keccak256(packed));
    }

    /// Leaving must not depend on wiring: orders are kept for a chain that has no peer yet.
    function test_settle_worksWithoutAPeer() public {
        assertEq(queue.settle(12345, _settle(0)), 0);
    }

    function test_settle_rejectsTheUnprovable() public {
        for (uint256 i = 0; i < 4; i++) {
            SettleOrder memory order = _settle(9);
            if (i == 0) order.lockNullifier += Q;
            if (i == 1) order.buyerOwner = Q;
            if (i == 2) order.buyerKey.x = Q;
            if (i == 3) order.buyerKey.y = Q;
            vm.expectRevert(abi.encodeWithSelector(OrderQueue.UnprovableOrder.selector, order.lockNullifier));
            queue.settle(REMOTE_EID, order);
        }
    }

    function test_settle_rejectsABeneficiaryThatDoesNotFitTheClaim() public {
        SettleOrder memory order = _settle(9);
        order.buyerOwner = 0;
        _expectBadBeneficiary(order);
        order = _settle(9);
        order.buyerKey = JubPoint(0, 0);
        _expectBadBeneficiary(order);
        order = _settle(9);
        order.isPublic = true;
        _expectBadBeneficiary(order);
        order = _settle(0);
        order.buyerKey.x = 1;
        _expectBadBeneficiary(order);
    }

    function test_send_sendsTheKeptOrders() public {
        (uint256[] memory ids, bytes[] memory orders) = _keepTwo();
        uint256 fee = queue.quoteSend(REMOTE_EID, ids, orders, "").nativeFee;
        address anyone = makeAddr("anyone");
        vm.deal(anyone, 1 ether);
        vm.recordLogs();
        vm.prank(anyone);
        bytes32 guid = queue.send{value: fee}(REMOTE_EID, ids, orders, "").guid;
        Vm.Log[] memory logs = vm.getRecordedLogs();
        bool sent;
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] == IOrderQueue.OrdersSent.selector) {
                assertEq(logs[i].data, abi.encode(ids, guid));
            }
            if (logs[i].topics[0] != PACKET_SENT) continue;
            (bytes memory packet, bytes memory options, ) = abi.decode(logs[i].data, (bytes, bytes, address));
            bytes memory message = abi.encodePacked(hex"030102", uint16(113), orders[0], uint16(274), orders[1]);
            assertEq(keccak256(_from(packet, 113)), keccak256(message));
            // The enforced minimum, and the gas of two orders on top.
            bytes memory expected = bytes.concat(
                receiveGasOption(60_000),
                _from(receiveGasOption(2 * queue.GAS_PER_ORDER()), 2)
            );
            assertEq(options, expected);
            sent = true;
        }
        assertTrue(sent);
    }

    function test_send_worksAgainAndInAnyOrder() public {
        (uint256[] memory ids, bytes[] memory orders) = _keepTwo();
        (ids[0], ids[1]) = (ids[1], ids[0]);
        (orders[0], orders[1]) = (orders[1], orders[0]);
        for (uint256 i = 0; i < 2; i++) {
            uint256 fee = queue.quoteSend(REMOTE_EID, ids, orders, "").nativeFee;
            queue.send{value: fee}(REMOTE_EID, ids, orders, "");
        }
    }

    function test_send_takesMoreGasFromTheSender() public {
        (uint256[] memory ids, bytes[] memory orders) = _keepTwo();
        uint256 plain = queue.quoteSend(REMOTE_EID, ids, orders, "").nativeFee;
        assertGt(queue.quoteSend(REMOTE_EID, ids, orders, receiveGasOption(1_000_000)).nativeFee, plain);
    }

    function test_send_rejectsOrdersThatAreNotKept() public {
        (uint256[] memory ids, bytes[] memory orders) = _keepTwo();
        bytes32 kept = keccak256(orders[1]);
        orders[1][80] ^= 0x01;
        vm.expectRevert(
            abi.encodeWithSelector(OrderQueue.NotTheKeptOrder.selector, REMOTE_EID, 1, kept, keccak256(orders[1]))
        );
        queue.send(REMOTE_EID, ids, orders, "");
        orders[1][80] ^= 0x01;
        ids[1] = 2;
        vm.expectRevert(
            abi.encodeWithSelector(OrderQueue.NotTheKeptOrder.selector, REMOTE_EID, 2, 0, keccak256(orders[1]))
        );
        queue.send(REMOTE_EID, ids, orders, "");
    }

    function test_send_rejectsUnequalAndEmptyLists() public {
        (uint256[] memory ids, ) = _keepTwo();
        vm.expectRevert(abi.encodeWithSelector(OrderQueue.UnequalLists.selector, 2, 1));
        queue.send(REMOTE_EID, ids, new bytes[](1), "");
        vm.expectRevert(abi.encodeWithSelector(MessageCodec.BadCount.selector, 0, 32));
        queue.send(REMOTE_EID, new uint256[](0), new bytes[](0), "");
    }

    function test_send_rejectsAnUnwiredPathway() public {
        queue = Deploy.orderQueue(address(endpoint), address(this));
        (uint256[] memory ids, bytes[] memory orders) = _keepTwo();
        vm.expectRevert(abi.encodeWithSelector(IOAppCore.NoPeer.selector, REMOTE_EID));
        queue.send(REMOTE_EID, ids, orders, "");
        queue.setPeer(REMOTE_EID, bytes32(uint256(1)));
        vm.expectRevert(abi.encodeWithSelector(WiredSender.EnforcedOptionsMissing.selector, REMOTE_EID, 3));
        queue.send(REMOTE_EID, ids, orders, "");
    }

    /// 32 of the longest orders fit LayerZero's message size.
    function test_send_carriesAFullBatch() public {
        uint256[] memory ids = new uint256[](32);
        bytes[] memory orders = new bytes[](32);
        SettleOrder memory order = _settle(9);
        order.engine = address(this);
        for (uint256 i = 0; i < 32; i++) {
            ids[i] = queue.settle(REMOTE_EID, order);
            orders[i] = MessageCodec.encodeSettle(order);
        }
        uint256 fee = queue.quoteSend(REMOTE_EID, ids, orders, "").nativeFee;
        queue.send{value: fee}(REMOTE_EID, ids, orders, "");
    }

    receive() external payable {}

    function _keepTwo() private returns (uint256[] memory ids, bytes[] memory orders) {
        ids = new uint256[](2);
        orders = new bytes[](2);
        SettleOrder memory order = _settle(9);
        order.engine = engine;
        vm.startPrank(engine);
        ids[0] = queue.opened(REMOTE_EID, vault, N, 9, bytes32(uint256(1)));
        ids[1] = queue.settle(REMOTE_EID, order);
        vm.stopPrank();
        orders[0] = MessageCodec.encodeOpened(OpenedOrder(vault, engine, N, 9, bytes32(uint256(1))));
        orders[1] = MessageCodec.encodeSettle(order);
    }

    function _settle(uint64 claim) private view returns (SettleOrder memory order) {
        (order.vault, order.lockNullifier, order.claim) = (vault, N, claim);
        if (claim > 0) (order.buyerOwner, order.buyerKey) = (1, JubPoint(2, 3));
    }

    function _expectBadBeneficiary(SettleOrder memory order) private {
        vm.expectRevert(abi.encodeWithSelector(OrderQueue.BadBeneficiary.selector, N, order.claim, order.isPublic));
        queue.settle(REMOTE_EID, order);
    }

    function _from(bytes memory data, uint256 start) private pure returns (bytes memory tail) {
        tail = new bytes(data.length - start);
        for (uint256 i = 0; i < tail.length; i++) tail[i] = data[start + i];
    }
}
