// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IOAppCore} from "@layerzerolabs/oapp-evm/contracts/oapp/interfaces/IOAppCore.sol";
import {Origin, OAppReceiver} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppReceiver.sol";
import {IOrderInbox} from "../../../contracts/interfaces/IOrderInbox.sol";
import {DomainLib} from "../../../contracts/libraries/DomainLib.sol";
import {HeartbeatOrder, MessageCodec, OpenedOrder, ReleaseOrder} from "../../../contracts/libraries/MessageCodec.sol";
import {OrderInbox} from "../../../contracts/messaging/OrderInbox.sol";
import {JubPoint, SettleOrder} from "../../../contracts/types/Types.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

contract OrderInboxTest is VaultFixture {
    uint256 private constant N = 42;
    uint256 private domain;

    function setUp() public override {
        super.setUp();
        domain = DomainLib.compute(LOCAL_EID, address(vault), REMOTE_EID, engine);
    }

    function test_domain_isThatOfTheEncodings() public view {
        uint256 hash = uint256(keccak256(abi.encode("hypothec.domain", LOCAL_EID, address(vault), REMOTE_EID, engine)));
        assertEq(domain, hash / 256);
        assertEq(inbox.localEid(), LOCAL_EID);
    }

    function test_opened_keepsTheLargest() public {
        vm.expectEmit(address(inbox));
        emit IOrderInbox.Opened(domain, N, 100, bytes32(uint256(1)));
        _one(_opened(100, 1));
        _one(_opened(300, 3));
        vm.expectEmit(address(inbox));
        emit IOrderInbox.OrderSkipped(
            domain,
            N,
            1,
            abi.encodeWithSelector(OrderInbox.CoverageNotLarger.selector, 300, 200)
        );
        _one(_opened(200, 2));
        (bytes32 hash, uint64 covered, uint64 claim) = inbox.orders(domain, N);
        assertEq(hash, 0);
        assertEq(covered, 300);
        assertEq(claim, 0);
        assertEq(inbox.openedPricesHash(domain, N), bytes32(uint256(3)));
        assertEq(_executable(), 0);
    }

    /// ORD-3
    function test_settle_theFirstWins() public {
        SettleOrder memory first = _settle(50);
        SettleOrder memory second = _settle(60);
        bytes memory packed = MessageCodec.encodeSettle(first);
        _one(_opened(100, 1));
        vm.expectEmit(address(inbox));
        emit IOrderInbox.SettleRecorded(domain, N, packed);
        _one(packed);
        bytes32 hash = keccak256(abi.encode(first));
        vm.expectEmit(address(inbox));
        emit IOrderInbox.OrderSkipped(domain, N, 2, abi.encodeWithSelector(OrderInbox.AlreadyRecorded.selector, hash));
        _one(MessageCodec.encodeSettle(second));
        _one(packed);
        (bytes32 recorded, uint64 covered, uint64 claim) = inbox.orders(domain, N);
        assertEq(recorded, hash);
        assertEq(covered, 100);
        assertEq(claim, 50);
        assertEq(_executable(), hash);
    }

    function test_settle_aReleaseNeedsNoOpened() public {
        SettleOrder memory release = _settle(0);
        _one(MessageCodec.encodeSettle(release));
        assertEq(_executable(), keccak256(abi.encode(release)));
    }

    function testFuzz_settle_isExecutableUpToTheAnnouncedCap(uint64 claim, uint64 cap, bool openedFirst) public {
        claim = uint64(bound(claim, 1, type(uint64).max));
        cap = uint64(bound(cap, 1, type(uint64).max));
        SettleOrder memory order = _settle(claim);
        if (openedFirst) _one(_opened(cap, 1));
        uint64 known = openedFirst ? cap : 0;
        if (claim > known) {
            vm.expectEmit(address(inbox));
            emit IOrderInbox.SettleWaits(domain, N, claim, known);
        }
        _one(MessageCodec.encodeSettle(order));
        if (!openedFirst) {
            assertEq(_executable(), 0);
            _one(_opened(cap, 1));
        }
        assertEq(_executable(), claim <= cap ? keccak256(abi.encode(order)) : bytes32(0));
    }

    /// What could never be settled must not take the place of what could.
    function test_settle_doesNotRecordTheUnprovable() public {
        SettleOrder[6] memory bad;
        for (uint256 i = 0; i < 6; i++) bad[i] = _settle(50);
        bad[0].buyerOwner = Q;
        bad[1].buyerKey.x = Q;
        bad[2].buyerKey.y = type(uint256).max;
        bad[3].buyerOwner = 0;
        bad[4].buyerKey = JubPoint(0, 0);
        bad[5].lockNullifier = N + Q;
        bytes memory reason = abi.encodeWithSelector(OrderInbox.UnprovableOrder.selector);
        for (uint256 i = 0; i < 6; i++) {
            vm.expectEmit(address(inbox));
            emit IOrderInbox.OrderSkipped(domain, bad[i].lockNullifier, 2, reason);
            _one(MessageCodec.encodeSettle(bad[i]));
        }
        SettleOrder memory good = _settle(50);
        _one(MessageCodec.encodeSettle(good));
        (bytes32 hash, , ) = inbox.orders(domain, N);
        assertEq(hash, keccak256(abi.encode(good)));
    }

    /// ORD-5: nobody is named, and nobody may be.
    function test_settle_recordsPublicOrdersWithoutABuyer() public {
        SettleOrder memory order = _settle(50);
        order.isPublic = true;
        vm.expectEmit(address(inbox));
        emit IOrderInbox.OrderSkipped(domain, N, 2, abi.encodeWithSelector(OrderInbox.UnprovableOrder.selector));
        _one(MessageCodec.encodeSettle(order));
        (order.buyerOwner, order.buyerKey) = (0, JubPoint(0, 0));
        _one(MessageCodec.encodeSettle(order));
        (bytes32 hash, , ) = inbox.orders(domain, N);
        assertEq(hash, keccak256(abi.encode(order)));
    }

    /// ORD-5: the first RELEASE of a lock wins.
    function test_release_theFirstWins() public {
        vm.expectEmit(address(inbox));
        emit IOrderInbox.ReleaseRecorded(domain, N, alice);
        _one(_release(alice));
        assertEq(inbox.recipientOf(domain, N), alice);
        vm.expectEmit(address(inbox));
        emit IOrderInbox.OrderSkipped(
            domain,
            N,
            4,
            abi.encodeWithSelector(OrderInbox.RecipientNotNew.selector, address(alice))
        );
        _one(_release(bob));
        assertEq(inbox.recipientOf(domain, N), alice);
    }

    function test_release_toNobodyIsSkipped() public {
        vm.expectEmit(address(inbox));
        emit IOrderInbox.OrderSkipped(
            domain,
            N,
            4,
            abi.encodeWithSelector(OrderInbox.RecipientNotNew.selector, address(0))
        );
        _one(_release(address(0)));
        _one(_release(bob));
        assertEq(inbox.recipientOf(domain, N), bob);
    }

    /// An engine writes under its own domain and no other.
    function testFuzz_settle_anotherEngineVaultOrChainIsAnotherDomain(address otherEngine, address otherVault) public {
        vm.assume(otherEngine != engine || otherVault != address(vault));
        SettleOrder memory order = _settle(0);
        (order.engine, order.vault) = (otherEngine, otherVault);
        _one(MessageCodec.encodeSettle(order));
        (bytes32 hash, , ) = inbox.orders(domain, N);
        assertEq(hash, 0);
    }

    /// One bad order, of any kind, between two good ones.
    function testFuzz_lzReceive_aBadOrderHoldsUpNoOther(bytes memory junk) public {
        bytes[] memory orders = new bytes[](3);
        orders[0] = _opened(100, 1);
        orders[1] = junk;
        SettleOrder memory order = _settle(50);
        orders[2] = MessageCodec.encodeSettle(order);
        _deliver(orders);
        assertEq(_executable(), keccak256(abi.encode(order)));
    }

    function testFuzz_lzReceive_arbitraryBytesOfOrderLengthDoNotRevert(uint256 seed, bool settles) public {
        bytes memory junk = new bytes(settles ? 274 : 113);
        for (uint256 i = 0; i < junk.length; i++) junk[i] = bytes1(uint8(uint256(keccak256(abi.encode(seed, i)))));
        junk[0] = bytes1(settles ? 2 : 1);
        _one(junk);
    }

    function test_lzReceive_skipsTheRestOfACutMessage() public {
        bytes memory first = _opened(100, 1);
        bytes memory message = bytes.concat(hex"030102", bytes2(uint16(first.length)), first, hex"0071aabb");
        vm.expectEmit(address(inbox));
        emit IOrderInbox.OrderSkipped(0, 0, 0, abi.encodeWithSelector(OrderInbox.MalformedOrder.selector, 1, 4));
        deliver(address(inbox), orderQueue, message);
        (, uint64 covered, ) = inbox.orders(domain, N);
        assertEq(covered, 100);
    }

    function test_lzReceive_saysWhichOrderIsMalformed() public {
        vm.expectEmit(address(inbox));
        emit IOrderInbox.OrderSkipped(0, 0, 0, abi.encodeWithSelector(OrderInbox.MalformedOrder.selector, 0, 5));
        _one(hex"0102030405");
    }

    function test_lzReceive_rejectsAnotherMessage() public {
        vm.prank(address(endpoint));
        vm.expectRevert(abi.encodeWithSelector(MessageCodec.UnexpectedMessage.selector, 3, 2));
        inbox.lzReceive(Origin(REMOTE_EID, bytes32(uint256(uint160(orderQueue))), 1), 0, hex"030200", address(0), "");
    }

    function test_lzReceive_takesOnlyTheEndpointAndThePeer() public {
        Origin memory origin = Origin(REMOTE_EID, bytes32(uint256(uint160(alice))), 1);
        vm.expectRevert(abi.encodeWithSelector(OAppReceiver.OnlyEndpoint.selector, address(this)));
        inbox.lzReceive(origin, 0, hex"030100", address(0), "");
        vm.prank(address(endpoint));
        vm.expectRevert(abi.encodeWithSelector(IOAppCore.OnlyPeer.selector, REMOTE_EID, origin.sender));
        inbox.lzReceive(origin, 0, hex"030100", address(0), "");
    }

    /// ESC-1: other orders can be held back by anyone and sent again; they prove nothing about today.
    function test_lastSeen_isTheNewestHeartbeatsOwnTime() public {
        uint64 start = uint64(vm.getBlockTimestamp());
        _one(_opened(100, 1));
        _one(MessageCodec.encodeSettle(_settle(50)));
        assertEq(inbox.lastSeen(domain), 0);
        vm.warp(start + 10 days);
        vm.expectEmit(address(inbox));
        emit IOrderInbox.HeartbeatSeen(domain, start + 1 days);
        _one(_heartbeat(start + 1 days));
        assertEq(inbox.lastSeen(domain), start + 1 days);
        vm.expectEmit(address(inbox));
        emit IOrderInbox.OrderSkipped(
            domain,
            0,
            3,
            abi.encodeWithSelector(OrderInbox.NotNewer.selector, start + 1 days, start + 1 days)
        );
        _one(_heartbeat(start + 1 days));
        _one(_heartbeat(start));
        assertEq(inbox.lastSeen(domain), start + 1 days);
    }

    /// A clock that runs ahead on D must not make it immortal.
    function test_lastSeen_isNeverInTheFuture() public {
        _one(_heartbeat(type(uint64).max));
        assertEq(inbox.lastSeen(domain), block.timestamp);
    }

    /// GAS_PER_ORDER must carry the dearest batch: new words for every order.
    function test_lzReceive_staysWithinTheGasThatSendAdds() public {
        bytes[] memory orders = new bytes[](32);
        for (uint256 i = 0; i < 32; i++) {
            SettleOrder memory order = _settle(50);
            (order.lockNullifier, order.engine) = (N + i, address(uint160(1000 + i)));
            orders[i] = i % 2 == 0 ? MessageCodec.encodeSettle(order) : _openedBy(order.engine, N + i);
        }
        uint256 before = gasleft();
        _deliver(orders);
        assertLt(before - gasleft(), 32 * 130_000);
    }

    function _executable() private view returns (bytes32 hash) {
        bool isEscape;
        (hash, isEscape) = inbox.executable(domain, N);
        assertFalse(isEscape);
    }

    function _heartbeat(uint64 time) private view returns (bytes memory) {
        return MessageCodec.encodeHeartbeat(HeartbeatOrder(address(vault), engine, time));
    }

    function _release(address recipient) private view returns (bytes memory) {
        return MessageCodec.encodeRelease(ReleaseOrder(address(vault), engine, N, recipient));
    }

    function _settle(uint64 claim) private view returns (SettleOrder memory order) {
        (order.vault, order.engine, order.lockNullifier, order.claim) = (address(vault), engine, N, claim);
        if (claim == 0) return order;
        for (uint96 i = 0; i < 8; i++) order.seizurePricesX64[i] = i;
        order.buyerOwner = 1;
        order.buyerKey = JubPoint(2, 3);
    }

    function _opened(uint64 cap, uint256 prices) private view returns (bytes memory) {
        return MessageCodec.encodeOpened(OpenedOrder(address(vault), engine, N, cap, bytes32(prices)));
    }

    function _openedBy(address by, uint256 lockNullifier) private view returns (bytes memory) {
        return MessageCodec.encodeOpened(OpenedOrder(address(vault), by, lockNullifier, 9, bytes32(uint256(1))));
    }

    function _one(bytes memory order) private {
        bytes[] memory orders = new bytes[](1);
        orders[0] = order;
        _deliver(orders);
    }

    function _deliver(bytes[] memory orders) private {
        bytes memory message = abi.encodePacked(uint8(3), uint8(1), uint8(orders.length));
        for (uint256 i = 0; i < orders.length; i++) {
            message = bytes.concat(message, bytes2(uint16(orders[i].length)), orders[i]);
        }
        deliver(address(inbox), orderQueue, message);
    }
}
