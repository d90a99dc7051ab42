// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IOrderInbox} from "../../../contracts/interfaces/IOrderInbox.sol";
import {DomainLib} from "../../../contracts/libraries/DomainLib.sol";
import {HeartbeatOrder, MessageCodec, OpenedOrder} from "../../../contracts/libraries/MessageCodec.sol";
import {EscapeHatch} from "../../../contracts/messaging/EscapeHatch.sol";
import {OrderInbox} from "../../../contracts/messaging/OrderInbox.sol";
import {OrderRecords} from "../../../contracts/messaging/OrderRecords.sol";
import {SettleOrder} from "../../../contracts/types/Types.sol";
import {CollateralVault} from "../../../contracts/vault/CollateralVault.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// ESC-1 to 3, through the real vault: nobody gets out while the margin chain lives, everybody does when it is dead.
contract EscapeHatchTest is VaultFixture {
    uint256 private constant ROOT = 444;
    uint256 private constant N = 33;
    uint64 private constant ARMING = 30 days;
    uint64 private constant DELAY = 7 days;

    uint96[8] private none;
    uint96[8] private prices;
    uint256 private domain;
    uint64 private start;

    function setUp() public override {
        super.setUp();
        knowRoot(ROOT);
        depositUsdc(1000, 2);
        domain = DomainLib.compute(LOCAL_EID, address(vault), REMOTE_EID, engine);
        for (uint96 i = 0; i < 8; i++) prices[i] = (i + 1) << 64;
        inbox.registerEngine(REMOTE_EID, engine);
        start = uint64(vm.getBlockTimestamp());
        deliverHeartbeat(start);
    }

    /// An unused lock goes home whole, and the domain is over.
    function test_escape_ofALockThatWasNeverOpened() public {
        vm.warp(start + ARMING + 1);
        SettleOrder memory order = _home();
        vm.expectEmit(address(inbox));
        emit IOrderInbox.EscapeAnnounced(
            domain,
            N,
            keccak256(abi.encode(order)),
            0,
            uint40(start + ARMING + 1 + DELAY)
        );
        _announce(none);
        _expectNotYet(order);
        vm.warp(start + ARMING + DELAY);
        _expectNotYet(order);
        vm.warp(start + ARMING + 1 + DELAY);
        vm.expectEmit(address(inbox));
        emit IOrderInbox.Escaped(domain, N);
        vm.expectEmit(address(inbox));
        emit IOrderInbox.DomainRetired(domain);
        settleAs(order, ROOT, 0, 0, 71);
        assertTrue(inbox.isEscaped(domain, N));
        assertTrue(inbox.isRetired(domain));
        assertEq(inbox.retiredAt(domain), block.timestamp);
        assertTrue(vault.isLockSpent(N));
    }

    /// ESC-2: an opened lock is the lenders', up to the largest claim that its chain may have sold.
    function test_escape_ofAnOpenedLockIsPublicAtItsCap() public {
        _open(N, 900);
        vm.warp(start + ARMING + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                EscapeHatch.NotTheOpenedPrices.selector,
                keccak256(abi.encode(prices)),
                keccak256(abi.encode(none))
            )
        );
        _announce(none);
        _announce(prices);
        vm.warp(start + ARMING + 1 + DELAY);
        SettleOrder memory order = publicOrder(N, 900);
        (bytes32 hash, bool isEscape) = inbox.executable(domain, N);
        assertEq(hash, keccak256(abi.encode(order)));
        assertTrue(isEscape);
        settleAs(order, ROOT, 800, 0, 71);
        assertEq(vault.owed(USDC), 800);
    }

    function test_announce_waitsThirtyDaysAfterTheLastHeartbeat() public {
        vm.warp(start + 20 days);
        deliverHeartbeat(start + 19 days);
        vm.warp(start + 19 days + ARMING);
        _expectNotArmed(start + 19 days + ARMING);
        vm.warp(start + 19 days + ARMING + 1);
        _announce(none);
    }

    /// A registration after the last heartbeat is the last that is known of an engine.
    function test_announce_countsFromTheRegistrationToo() public {
        address late = makeAddr("late");
        deliverOrder(MessageCodec.encodeHeartbeat(HeartbeatOrder(address(vault), late, start)));
        vm.warp(start + 10 days);
        inbox.registerEngine(REMOTE_EID, late);
        vm.warp(start + 10 days + ARMING);
        uint256 lateDomain = DomainLib.compute(LOCAL_EID, address(vault), REMOTE_EID, late);
        vm.expectRevert(abi.encodeWithSelector(EscapeHatch.NotArmed.selector, lateDomain, start + 10 days + ARMING));
        inbox.announceEscape(address(vault), REMOTE_EID, late, N, none);
        vm.warp(start + 10 days + ARMING + 1);
        inbox.announceEscape(address(vault), REMOTE_EID, late, N, none);
    }

    /// Orders that somebody held back, or sends again, are no sign of life.
    function test_announce_otherOrdersAreNoHeartbeat() public {
        vm.warp(start + ARMING + 1);
        _open(N + 1, 900);
        deliverOrder(MessageCodec.encodeSettle(publicOrder(N + 1, 900)));
        _announce(none);
    }

    /// threats.md: a late heartbeat cancels what is not executed.
    function test_heartbeat_voidsAnnouncements() public {
        vm.warp(start + ARMING + 1);
        _announce(none);
        vm.warp(start + ARMING + 1 + DELAY);
        deliverHeartbeat(start + ARMING + DELAY);
        (, , bool stands) = inbox.escapeOf(domain, N);
        assertFalse(stands);
        _expectNotYet(_home());
        _expectNotArmed(start + ARMING + DELAY + ARMING);
    }

    /// ... and what was executed stays executed: the domain is over, heartbeat or not.
    function test_heartbeat_afterTheFirstEscapeChangesNothing() public {
        _escape(N);
        deliverHeartbeat(uint64(vm.getBlockTimestamp()));
        assertTrue(inbox.isRetired(domain));
        inbox.announceEscape(address(vault), REMOTE_EID, engine, N + 1, none);
        SettleOrder memory order = _home();
        order.lockNullifier = N + 1;
        vm.warp(vm.getBlockTimestamp() + DELAY);
        deliverHeartbeat(uint64(vm.getBlockTimestamp()));
        settleAs(order, ROOT, 0, 0, 71);
        assertTrue(inbox.isEscaped(domain, N + 1));
    }

    /// threats.md: an escaped lock opened on D afterwards. No OPENED is taken once a domain is retired.
    function test_opened_isRefusedByARetiredDomain() public {
        _escape(N);
        vm.expectEmit(address(inbox));
        emit IOrderInbox.OrderSkipped(domain, N + 1, 1, abi.encodeWithSelector(OrderInbox.RetiredDomain.selector));
        _open(N + 1, 900);
        (, uint64 covered, ) = inbox.orders(domain, N + 1);
        assertEq(covered, 0);
    }

    /// Orders for unescaped locks of a retired domain still execute.
    function test_settle_ofAnUnescapedLockStillExecutes() public {
        _open(N + 1, 900);
        _escape(N);
        settlePublic(N + 1, 900, ROOT, 10, 0, 72);
        assertTrue(vault.isLockSpent(N + 1));
        assertFalse(inbox.isEscaped(domain, N + 1));
    }

    /// ESC-1: a SETTLE beats a pending escape.
    function test_settle_beatsAPendingEscape() public {
        vm.warp(start + ARMING + 1);
        _announce(none);
        vm.warp(start + ARMING + 1 + DELAY);
        deliverOrder(MessageCodec.encodeSettle(_home()));
        (, bool isEscape) = inbox.executable(domain, N);
        assertFalse(isEscape);
        settleAs(_home(), ROOT, 0, 0, 71);
        assertFalse(inbox.isRetired(domain));
        vm.expectRevert(abi.encodeWithSelector(EscapeHatch.SettleExists.selector, domain, N));
        _announce(none);
    }

    /// A SETTLE after the escape comes too late and changes nothing.
    function test_settle_afterAnEscapeIsSkipped() public {
        _escape(N);
        vm.expectEmit(address(inbox));
        emit IOrderInbox.OrderSkipped(
            domain,
            N,
            2,
            abi.encodeWithSelector(OrderInbox.AlreadyRecorded.selector, keccak256(abi.encode(_home())))
        );
        deliverOrder(MessageCodec.encodeSettle(publicOrder(N, 900)));
    }

    /// The OPENED of a lock that D opened last turns its escape into one for the lenders.
    function test_opened_voidsAnAnnouncementWithoutIt() public {
        vm.warp(start + ARMING + 1);
        _announce(none);
        _open(N, 900);
        vm.warp(start + ARMING + 1 + DELAY);
        _expectNotYet(_home());
        _announce(prices);
        vm.expectRevert(
            abi.encodeWithSelector(
                EscapeHatch.AlreadyAnnounced.selector,
                domain,
                N,
                uint40(start + ARMING + 1 + 2 * DELAY)
            )
        );
        _announce(prices);
    }

    /// ESC-3: a lock to an engine that nobody ever registered, unless it is registered meanwhile. What such an engine sends holds nobody.
    function test_escape_fromAnEngineThatNobodyRegistered() public {
        address unknown = makeAddr("typo");
        inbox.announceEscape(address(vault), REMOTE_EID, unknown, N, none);
        SettleOrder memory order = _home();
        order.engine = unknown;
        vm.warp(start + ARMING + DELAY);
        deliverOrder(MessageCodec.encodeHeartbeat(HeartbeatOrder(address(vault), unknown, start + ARMING)));
        settleAs(order, ROOT, 0, 0, 71);
        assertTrue(vault.isLockSpent(N));
        assertFalse(inbox.isRetired(domain));
    }

    function test_escape_isVoidOnceTheEngineIsRegistered() public {
        address late = makeAddr("late");
        inbox.announceEscape(address(vault), REMOTE_EID, late, N, none);
        vm.warp(start + ARMING + DELAY - 1);
        inbox.registerEngine(REMOTE_EID, late);
        vm.warp(start + ARMING + DELAY);
        SettleOrder memory order = _home();
        order.engine = late;
        uint256 lateDomain = DomainLib.compute(LOCAL_EID, address(vault), REMOTE_EID, late);
        vm.expectRevert(
            abi.encodeWithSelector(
                CollateralVault.OrderNotExecutable.selector,
                lateDomain,
                N,
                bytes32(0),
                keccak256(abi.encode(order))
            )
        );
        this.settleHome(order);
    }

    /// Whoever calls speaks for its own domains only.
    function test_markEscaped_reachesNoOtherVaultsDomain() public {
        vm.warp(start + ARMING + 1);
        _announce(none);
        vm.warp(start + ARMING + 1 + DELAY);
        uint256 own = DomainLib.compute(LOCAL_EID, address(this), REMOTE_EID, engine);
        vm.expectRevert(abi.encodeWithSelector(EscapeHatch.NoEscape.selector, own, N));
        inbox.markEscaped(REMOTE_EID, engine, N);
        assertFalse(inbox.isRetired(domain));
    }

    /// Every order of events: an opened lock never goes home whole.
    function testFuzz_escape_neverFreesWhatWasOpened(uint8 when, uint32 wait, bool announceFirst) public {
        vm.warp(start + ARMING + 1);
        if (announceFirst) _announce(none);
        vm.warp(start + ARMING + 1 + uint256(when) * 1 hours);
        _open(N, 900);
        vm.warp(vm.getBlockTimestamp() + wait);
        (bytes32 hash, ) = inbox.executable(domain, N);
        assertTrue(hash != keccak256(abi.encode(_home())));
    }

    function test_registerEngine_rejectsTwiceNoneAndNine() public {
        vm.expectRevert(abi.encodeWithSelector(OrderRecords.BadEngine.selector, REMOTE_EID, address(0)));
        inbox.registerEngine(REMOTE_EID, address(0));
        for (uint160 i = 1; i <= 7; i++) inbox.registerEngine(REMOTE_EID, address(i));
        assertEq(inbox.engines(REMOTE_EID).length, 8);
        vm.expectRevert(abi.encodeWithSelector(OrderRecords.BadEngine.selector, REMOTE_EID, address(9)));
        inbox.registerEngine(REMOTE_EID, address(9));
        inbox.registerEngine(REMOTE_EID + 1, address(1));
        vm.expectRevert(abi.encodeWithSelector(OrderRecords.BadEngine.selector, REMOTE_EID + 1, address(1)));
        inbox.registerEngine(REMOTE_EID + 1, address(1));
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, alice));
        inbox.registerEngine(REMOTE_EID, alice);
    }

    function settleHome(SettleOrder calldata order) external {
        settleAs(order, ROOT, 0, 0, 71);
    }

    function _home() private view returns (SettleOrder memory order) {
        (order.vault, order.engine, order.lockNullifier) = (address(vault), engine, N);
    }

    function _announce(uint96[8] memory s) private {
        inbox.announceEscape(address(vault), REMOTE_EID, engine, N, s);
    }

    /// Executes the escape of an unused lock, from `start`.
    function _escape(uint256 lockNullifier) private {
        vm.warp(start + ARMING + 1);
        inbox.announceEscape(address(vault), REMOTE_EID, engine, lockNullifier, none);
        vm.warp(start + ARMING + 1 + DELAY);
        SettleOrder memory order = _home();
        order.lockNullifier = lockNullifier;
        settleAs(order, ROOT, 0, 0, 71);
    }

    function _open(uint256 lockNullifier, uint64 cap) private {
        bytes32 hash = keccak256(abi.encode(prices));
        deliverOrder(MessageCodec.encodeOpened(OpenedOrder(address(vault), engine, lockNullifier, cap, hash)));
    }

    function _expectNotArmed(uint256 armedAt) private {
        vm.expectRevert(abi.encodeWithSelector(EscapeHatch.NotArmed.selector, domain, armedAt));
        _announce(none);
    }

    function _expectNotYet(SettleOrder memory order) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                CollateralVault.OrderNotExecutable.selector,
                domain,
                N,
                bytes32(0),
                keccak256(abi.encode(order))
            )
        );
        this.settleHome(order);
    }
}
