// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IOrderInbox} from "../../../contracts/interfaces/IOrderInbox.sol";
import {DomainLib} from "../../../contracts/libraries/DomainLib.sol";
import {MessageCodec, OpenedOrder} from "../../../contracts/libraries/MessageCodec.sol";
import {OrderRecords} from "../../../contracts/messaging/OrderRecords.sol";
import {SettleOrder} from "../../../contracts/types/Types.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// ORD-4: large orders wait a little, a guardian can hold them up once, nobody can for ever.
contract OrderDelayTest is VaultFixture {
    uint256 private constant N = 42;
    uint64 private constant THRESHOLD = 1000;
    uint32 private constant WAIT = 6 hours;
    uint256 private domain;

    function setUp() public override {
        super.setUp();
        domain = DomainLib.compute(LOCAL_EID, address(vault), REMOTE_EID, engine);
        inbox.setOrderDelay(REMOTE_EID, THRESHOLD, WAIT);
        inbox.setGuardian(guardian);
    }

    function test_settle_aboveTheThresholdWaits() public {
        uint256 at = vm.getBlockTimestamp();
        _open();
        SettleOrder memory order = publicOrder(N, 1001);
        bytes32 hash = keccak256(abi.encode(order));
        vm.expectEmit(address(inbox));
        emit IOrderInbox.SettleDelayed(domain, N, uint40(at + WAIT));
        deliverOrder(MessageCodec.encodeSettle(order));
        assertEq(_due(), 0);
        (uint40 executableAt, uint40 vetoedUntil) = inbox.delays(domain, N);
        assertEq(executableAt, at + WAIT);
        assertEq(vetoedUntil, 0);
        vm.warp(at + WAIT - 1);
        assertEq(_due(), 0);
        vm.warp(at + WAIT);
        assertEq(_due(), hash);
    }

    function test_settle_upToTheThresholdIsDueAtOnce() public {
        assertEq(_due(), 0);
        assertEq(_record(1000), _due());
    }

    function test_veto_suspendsAndNeverCancels() public {
        uint256 at = vm.getBlockTimestamp();
        bytes32 hash = _record(1001);
        vm.prank(guardian);
        vm.expectEmit(address(inbox));
        emit IOrderInbox.OrderVetoed(domain, N, uint40(at + 7 days));
        inbox.veto(domain, N);
        vm.warp(at + 7 days - 1);
        assertEq(_due(), 0);
        vm.warp(at + 7 days);
        assertEq(_due(), hash);
    }

    function test_veto_isOncePerOrderAndOnlyWhileItWaits() public {
        uint256 at = vm.getBlockTimestamp();
        bytes memory notVetoable = abi.encodeWithSelector(OrderRecords.NotVetoable.selector, domain, N);
        vm.startPrank(guardian);
        vm.expectRevert(notVetoable);
        inbox.veto(domain, N);
        vm.stopPrank();
        _record(1001);
        vm.startPrank(guardian);
        inbox.veto(domain, N);
        vm.expectRevert(notVetoable);
        inbox.veto(domain, N);
        vm.warp(at + 7 days);
        vm.expectRevert(notVetoable);
        inbox.veto(domain, N);
    }

    /// X = 0 goes home, whoever dislikes it; and so does what is small.
    function testFuzz_veto_reachesNothingSmall(uint64 claim) public {
        claim = uint64(bound(claim, 0, THRESHOLD));
        bytes32 hash = _record(claim);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(OrderRecords.NotVetoable.selector, domain, N));
        inbox.veto(domain, N);
        assertEq(_due(), hash);
    }

    function test_veto_isTheGuardiansAlone() public {
        _record(1001);
        vm.expectRevert(abi.encodeWithSelector(OrderRecords.NotGuardian.selector, address(this)));
        inbox.veto(domain, N);
    }

    /// Cancelling frees N for a corrected order, and only a veto makes it possible.
    function test_cancel_freesTheLockForACorrectedOrder() public {
        bytes32 hash = _record(1001);
        vm.expectRevert(abi.encodeWithSelector(OrderRecords.NotVetoed.selector, domain, N));
        inbox.cancel(domain, N);
        vm.prank(guardian);
        inbox.veto(domain, N);
        vm.expectEmit(address(inbox));
        emit IOrderInbox.OrderCancelled(domain, N, hash);
        inbox.cancel(domain, N);
        (bytes32 recorded, , uint64 claim) = inbox.orders(domain, N);
        assertEq(recorded, 0);
        assertEq(claim, 0);
        assertEq(_record(500), _due());
    }

    /// The same order, sent again, waits its time and then is due: owner and guardian cannot hold it in turns for ever.
    function test_veto_notOfAnOrderThatWasCancelledBefore() public {
        uint256 at = vm.getBlockTimestamp();
        bytes32 hash = _record(1001);
        vm.prank(guardian);
        inbox.veto(domain, N);
        inbox.cancel(domain, N);
        assertEq(_record(1001), hash);
        assertEq(_due(), 0);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(OrderRecords.NotVetoable.selector, domain, N));
        inbox.veto(domain, N);
        vm.warp(at + WAIT);
        assertEq(_due(), hash);
    }

    /// Another one is not the same: a corrected order can be held up once as well.
    function test_veto_ofTheCorrectedOrder() public {
        _record(1001);
        vm.prank(guardian);
        inbox.veto(domain, N);
        inbox.cancel(domain, N);
        _record(1002);
        vm.prank(guardian);
        inbox.veto(domain, N);
        inbox.cancel(domain, N);
        // Neither the first nor the second a second time.
        for (uint64 claim = 1001; claim <= 1002; claim++) {
            uint256 cancelled = vm.snapshotState();
            _record(claim);
            vm.prank(guardian);
            vm.expectRevert(abi.encodeWithSelector(OrderRecords.NotVetoable.selector, domain, N));
            inbox.veto(domain, N);
            vm.revertToState(cancelled);
        }
    }

    function test_cancel_endsWithTheVeto() public {
        uint256 at = vm.getBlockTimestamp();
        _record(1001);
        vm.prank(guardian);
        inbox.veto(domain, N);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, alice));
        inbox.cancel(domain, N);
        vm.warp(at + 7 days);
        vm.expectRevert(abi.encodeWithSelector(OrderRecords.NotVetoed.selector, domain, N));
        inbox.cancel(domain, N);
    }

    /// An order that was delayed keeps its delay when the rule changes, and the rule has a bound.
    function test_setOrderDelay_isBounded() public {
        uint32 most = 3 days;
        inbox.setOrderDelay(REMOTE_EID, 0, most);
        (uint64 threshold, uint32 delaySeconds) = inbox.orderDelay(REMOTE_EID);
        assertEq(threshold, 0);
        assertEq(delaySeconds, most);
        vm.expectRevert(abi.encodeWithSelector(OrderRecords.BadOrderDelay.selector, most + 1, most));
        inbox.setOrderDelay(REMOTE_EID, 0, most + 1);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, alice));
        inbox.setOrderDelay(REMOTE_EID, 0, 0);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, alice));
        inbox.setGuardian(alice);
    }

    function test_setOrderDelay_zeroSwitchesItOff() public {
        inbox.setOrderDelay(REMOTE_EID, 0, 0);
        assertEq(_record(type(uint64).max), _due());
    }

    function _record(uint64 claim) private returns (bytes32) {
        _open();
        SettleOrder memory order;
        if (claim > 0) order = publicOrder(N, claim);
        else (order.vault, order.engine, order.lockNullifier) = (address(vault), engine, N);
        deliverOrder(MessageCodec.encodeSettle(order));
        return keccak256(abi.encode(order));
    }

    function _open() private {
        OpenedOrder memory opened = OpenedOrder(address(vault), engine, N, type(uint64).max, bytes32(uint256(1)));
        deliverOrder(MessageCodec.encodeOpened(opened));
    }

    function _due() private view returns (bytes32 hash) {
        (hash, ) = inbox.executable(domain, N);
    }
}
