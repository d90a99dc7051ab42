// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IOrderInbox} from "../../../contracts/interfaces/IOrderInbox.sol";
import {DomainLib} from "../../../contracts/libraries/DomainLib.sol";
import {HeartbeatOrder, MessageCodec, OpenedOrder} from "../../../contracts/libraries/MessageCodec.sol";
import {EscapeHatch} from "../../../contracts/messaging/EscapeHatch.sol";
import {OrderInbox} from "../../../contracts/messaging/OrderInbox.sol";
import {SettleOrder} from "../../../contracts/types/Types.sol";
import {CollateralVault} from "../../../contracts/vault/CollateralVault.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// ADR 0020: whoever escapes has waited for 37 days of silence, however a domain was retired and whatever is recorded; and no recorded order holds a lock for ever.
contract EscapeNeedsSilenceTest is VaultFixture {
    uint256 private constant ROOT = 444;
    uint256 private constant N = 33;
    uint256 private constant OTHER = 99;
    uint64 private constant ARMING = 30 days;
    uint64 private constant DELAY = 7 days;
    uint64 private constant LAPSE = 30 days;

    uint96[8] private none;
    uint96[8] private prices;
    uint256 private domain;
    uint64 private start;

    function setUp() public override {
        super.setUp();
        knowRoot(ROOT);
        depositUsdc(5000, 2);
        domain = DomainLib.compute(LOCAL_EID, address(vault), REMOTE_EID, engine);
        prices = publicOrder(N, 1).seizurePricesX64;
        inbox.registerEngine(REMOTE_EID, engine);
        start = uint64(vm.getBlockTimestamp());
        deliverHeartbeat(start);
    }

    // -- a SETTLE above what was announced ------------------------------------------------------------------------------

    /// D died after the SETTLE was sent, before the OPENED was: the lock goes home by what S knows.
    function test_escape_settleThatWaitsForItsOpenedHoldsNobody() public {
        _settle(950);
        assertEq(_due(), 0);
        vm.warp(start + ARMING);
        vm.expectRevert(abi.encodeWithSelector(EscapeHatch.NotArmed.selector, domain, start + ARMING));
        _announce(N, none);
        vm.warp(start + ARMING + 1);
        _announce(N, none);
        vm.warp(start + ARMING + 1 + DELAY);
        settleAs(_home(N), ROOT, 0, 0, 71);
        assertTrue(inbox.isEscaped(domain, N));
        (bytes32 hash, , uint64 claim) = inbox.orders(domain, N);
        assertEq(hash, keccak256(abi.encode(_home(N))));
        assertEq(claim, 0);
    }

    /// The same with a smaller OPENED: the lenders get what S knows of, at its cap.
    function test_escape_settleAboveTheCapEscapesAtTheCap() public {
        _open(N, 900);
        _settle(950);
        vm.warp(start + ARMING + 1);
        _announce(N, prices);
        vm.warp(start + ARMING + 1 + DELAY);
        settleAs(publicOrder(N, 900), ROOT, 800, 0, 71);
        assertEq(vault.owed(USDC), 800);
        (, , uint64 claim) = inbox.orders(domain, N);
        assertEq(claim, 900);
    }

    /// A SETTLE that waits and comes after the announcement changes nothing either.
    function test_escape_standsWhenASettleComesThatWaits() public {
        _open(N, 900);
        vm.warp(start + ARMING + 1);
        _announce(N, prices);
        _settle(950);
        vm.warp(start + ARMING + 1 + DELAY);
        settleAs(publicOrder(N, 900), ROOT, 800, 0, 71);
    }

    /// The OPENED came in time: the buyer has his claim, and nothing else is due.
    function test_opened_thatASettleWaitsForVoidsTheEscape() public {
        _settle(950);
        vm.warp(start + ARMING + 1);
        _announce(N, none);
        vm.warp(start + ARMING + 1 + DELAY);
        _open(N, 1000);
        (bytes32 hash, bool isEscape) = inbox.executable(domain, N);
        assertEq(hash, keccak256(abi.encode(publicOrder(N, 950))));
        assertFalse(isEscape);
        vm.expectRevert(abi.encodeWithSelector(EscapeHatch.SettleExists.selector, domain, N));
        _announce(N, prices);
        _expectNotYet(_home(N));
        settleAs(publicOrder(N, 950), ROOT, 700, 0, 71);
    }

    /// ... in a retired domain too: of a lock that D has sold.
    function test_opened_thatASettleWaitsForIsTakenByARetiredDomain() public {
        _settle(950);
        _retire();
        _open(N, 1000);
        assertEq(_due(), keccak256(abi.encode(publicOrder(N, 950))));
    }

    /// ... and of one that it has opened, which its heartbeats hold: else a claim that D sells before it knows would hold the lock for ever. Of no other.
    function test_opened_ofAnOpenedLockIsTakenByARetiredDomain() public {
        _open(N, 900);
        _retire();
        _settle(950); // skipped
        _open(N, 1000);
        _settle(950);
        assertEq(_due(), keccak256(abi.encode(publicOrder(N, 950))));
        bytes memory reason = abi.encodeWithSelector(OrderInbox.RetiredDomain.selector);
        vm.expectEmit(address(inbox));
        emit IOrderInbox.OrderSkipped(domain, N + 1, 1, reason);
        _open(N + 1, 900);
        // Nor of one that has escaped.
        vm.expectEmit(address(inbox));
        emit IOrderInbox.OrderSkipped(domain, OTHER, 1, reason);
        _open(OTHER, 900);
    }

    /// Above what was announced it is not recorded: it does not take the place of a good one.
    function test_settle_aboveTheCapIsSkippedByARetiredDomain() public {
        _open(N, 900);
        _retire();
        deliverHeartbeat(uint64(vm.getBlockTimestamp()));
        vm.expectEmit(address(inbox));
        emit IOrderInbox.OrderSkipped(
            domain,
            N,
            2,
            abi.encodeWithSelector(OrderInbox.ClaimAboveOpened.selector, uint64(900), uint64(950))
        );
        _settle(950);
        (bytes32 hash, , ) = inbox.orders(domain, N);
        assertEq(hash, 0);
        _settle(900);
        assertEq(_due(), keccak256(abi.encode(publicOrder(N, 900))));
    }

    /// Whatever is delivered, in whatever order: a year after D fell silent every lock can leave.
    function testFuzz_escape_nothingRecordedHoldsALock(uint256 seed) public {
        if (seed & 1 != 0) _retire();
        for (uint256 i = 1; i < 6; i++) {
            uint64 amount = uint64(1 + ((seed >> (16 * i)) % 1000));
            if ((seed >> i) & 1 == 0) _open(N, amount);
            else _settle(amount);
        }
        vm.warp(vm.getBlockTimestamp() + 365 days);
        if (_due() != 0) return;
        (, uint64 cap, ) = inbox.orders(domain, N);
        if (cap == 0) _announce(N, none);
        else _announce(N, prices);
        vm.warp(vm.getBlockTimestamp() + DELAY);
        settleAs(cap == 0 ? _home(N) : publicOrder(N, cap), ROOT, cap == 0 ? 0 : 1, 0, 71);
        assertTrue(inbox.isEscaped(domain, N));
    }

    // -- a retired domain whose margin chain lives ----------------------------------------------------------------------

    /// A retirement lifts nothing for locks that back a loan: the margin chain's heartbeats hold them.
    function test_announce_openedLockOfARetiredDomainNeedsSilence() public {
        _open(N, 900);
        _retire();
        uint64 seen = uint64(vm.getBlockTimestamp());
        deliverHeartbeat(seen);
        vm.warp(seen + ARMING);
        vm.expectRevert(abi.encodeWithSelector(EscapeHatch.NotArmed.selector, domain, seen + ARMING));
        _announce(N, prices);
        vm.warp(seen + ARMING + 1);
        _announce(N, prices);
        vm.warp(seen + ARMING + 1 + DELAY);
        deliverHeartbeat(seen + ARMING);
        _expectNotYet(publicOrder(N, 900));
        // What D never announced is none of its business.
        _announce(OTHER + 1, none);
        vm.warp(seen + ARMING + 1 + 2 * DELAY);
        deliverHeartbeat(seen + ARMING + DELAY);
        settleAs(_home(OTHER + 1), ROOT, 0, 0, 72);
    }

    /// A SETTLE without its OPENED says as well that D has sold the lock.
    function test_announce_soldLockOfARetiredDomainNeedsSilence() public {
        _settle(950);
        _retire();
        uint64 seen = uint64(vm.getBlockTimestamp());
        deliverHeartbeat(seen);
        vm.expectRevert(abi.encodeWithSelector(EscapeHatch.NotArmed.selector, domain, seen + ARMING));
        _announce(N, none);
    }

    // -- a domain that has never been heard of --------------------------------------------------------------------------

    /// A new vault of an engine that was registered long ago: nobody retires the pair within the week.
    function test_announce_neverHeardOfIsThirtySevenDaysOfNotice() public {
        vm.warp(start + 60 days);
        deliverHeartbeat(start + 60 days);
        CollateralVault second = newVault(vault.settleVerifier());
        uint256 its = DomainLib.compute(LOCAL_EID, address(second), REMOTE_EID, engine);
        vm.prank(alice);
        inbox.announceEscape(address(second), REMOTE_EID, engine, N, none);
        (, uint40 executableAt, bool stands) = inbox.escapeOf(its, N);
        assertEq(executableAt, start + 97 days);
        assertTrue(stands);
        vm.prank(address(second));
        vm.expectRevert(abi.encodeWithSelector(EscapeHatch.NoEscape.selector, its, N));
        inbox.markEscaped(REMOTE_EID, engine, N);
        // Its first heartbeat, at any time until then, voids what was announced before it.
        vm.warp(start + 97 days);
        (, bool isEscape) = inbox.executable(its, N);
        assertTrue(isEscape);
        deliverOrder(MessageCodec.encodeHeartbeat(HeartbeatOrder(address(second), engine, start + 60 days)));
        (, isEscape) = inbox.executable(its, N);
        assertFalse(isEscape);
    }

    /// Silence before the announcement counts for nothing there; a registration in the same block is too late for it.
    function test_announce_neverHeardOfNotInTheBlockOfTheRegistration() public {
        address fresh = makeAddr("fresh");
        inbox.registerEngine(REMOTE_EID, fresh);
        uint256 its = DomainLib.compute(LOCAL_EID, address(vault), REMOTE_EID, fresh);
        vm.expectRevert(abi.encodeWithSelector(EscapeHatch.NotArmed.selector, its, start));
        inbox.announceEscape(address(vault), REMOTE_EID, fresh, N, none);
        vm.warp(start + 1);
        inbox.announceEscape(address(vault), REMOTE_EID, fresh, N, none);
        (, uint40 executableAt, ) = inbox.escapeOf(its, N);
        assertEq(executableAt, start + 1 + ARMING + DELAY);
    }

    function test_announce_needsAVault() public {
        address later = makeAddr("later");
        vm.expectRevert(abi.encodeWithSelector(EscapeHatch.NotAVault.selector, later));
        inbox.announceEscape(later, REMOTE_EID, engine, N, none);
    }

    /// Nobody keeps a stock of announcements.
    function test_announce_lapses() public {
        vm.warp(start + ARMING + 1);
        _announce(N, none);
        uint64 executableAt = start + ARMING + 1 + DELAY;
        vm.warp(executableAt + LAPSE);
        (, bool isEscape) = inbox.executable(domain, N);
        assertTrue(isEscape);
        vm.warp(executableAt + LAPSE + 1);
        _expectNotYet(_home(N));
        _announce(N, none);
        vm.warp(executableAt + LAPSE + 1 + DELAY);
        settleAs(_home(N), ROOT, 0, 0, 71);
    }

    // -- heartbeats that were held back ---------------------------------------------------------------------------------

    /// They prove that D lived then: an escape that was armed all the same stands.
    function test_heartbeat_heldBackVoidsNothing() public {
        vm.warp(start + 300 days);
        _announce(N, none);
        deliverHeartbeat(start + 1);
        vm.warp(start + 300 days + DELAY);
        deliverHeartbeat(start + 270 days - 1);
        settleAs(_home(N), ROOT, 0, 0, 71);
    }

    /// One rule for all: an escape is executable exactly if D has been silent for 37 days, by all that has come.
    function testFuzz_heartbeat_voidsIfTheDomainWasNotArmed(uint64 time) public {
        uint64 announced = start + 300 days;
        time = uint64(bound(time, start + 1, announced + DELAY));
        vm.warp(announced);
        _announce(N, none);
        vm.warp(announced + DELAY);
        deliverHeartbeat(time);
        (, bool isEscape) = inbox.executable(domain, N);
        assertEq(isEscape, time + ARMING < announced);
    }

    function settleHome(SettleOrder calldata order) external {
        settleAs(order, ROOT, 0, 0, 71);
    }

    function _home(uint256 lockNullifier) private view returns (SettleOrder memory order) {
        (order.vault, order.engine, order.lockNullifier) = (address(vault), engine, lockNullifier);
    }

    function _announce(uint256 lockNullifier, uint96[8] memory s) private {
        inbox.announceEscape(address(vault), REMOTE_EID, engine, lockNullifier, s);
    }

    /// An escape of another lock, 37 days after the start.
    function _retire() private {
        vm.warp(start + ARMING + 1);
        _announce(OTHER, none);
        vm.warp(start + ARMING + 1 + DELAY);
        settleAs(_home(OTHER), ROOT, 0, 0, 70);
        assertTrue(inbox.isRetired(domain));
    }

    function _open(uint256 lockNullifier, uint64 cap) private {
        bytes32 hash = keccak256(abi.encode(prices));
        deliverOrder(MessageCodec.encodeOpened(OpenedOrder(address(vault), engine, lockNullifier, cap, hash)));
    }

    function _settle(uint64 claim) private {
        deliverOrder(MessageCodec.encodeSettle(publicOrder(N, claim)));
    }

    function _due() private view returns (bytes32 hash) {
        (hash, ) = inbox.executable(domain, N);
    }

    function _expectNotYet(SettleOrder memory order) private {
        bytes32 hash = keccak256(abi.encode(order));
        (bytes32 expected, ) = inbox.executable(domain, order.lockNullifier);
        vm.expectRevert(
            abi.encodeWithSelector(
                CollateralVault.OrderNotExecutable.selector,
                domain,
                order.lockNullifier,
                expected,
                hash
            )
        );
        this.settleHome(order);
    }
}
