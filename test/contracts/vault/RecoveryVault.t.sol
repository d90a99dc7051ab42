// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {DomainLib} from "../../../contracts/libraries/DomainLib.sol";
import {MessageCodec, OpenedOrder, ReleaseOrder} from "../../../contracts/libraries/MessageCodec.sol";
import {SettleOrder} from "../../../contracts/types/Types.sol";
import {NoteHash} from "../../../contracts/vault/NoteHash.sol";
import {RecoveryVault} from "../../../contracts/vault/RecoveryVault.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// ESC-2: what an escape seized belongs to the lenders up to what was owed, and to the owner beyond.
contract RecoveryVaultTest is VaultFixture {
    uint256 private constant ROOT = 444;
    uint256 private constant N = 33;
    uint64 private constant CLAIM = 900;
    uint64 private constant SEIZED = 1000; // shared units of USDC
    uint256 private constant PRE = 4711;

    address private immutable lender = makeAddr("lender");
    address private immutable other = makeAddr("other");

    uint256 private domain;
    RecoveryVault.LockRef private lock;
    uint256 private start;

    function setUp() public override {
        super.setUp();
        knowRoot(ROOT);
        depositUsdc(5000, 2);
        domain = DomainLib.compute(LOCAL_EID, address(vault), REMOTE_EID, engine);
        lock = RecoveryVault.LockRef(vault, REMOTE_EID, engine, N);
        inbox.registerEngine(REMOTE_EID, engine);
        start = vm.getBlockTimestamp();
        deliverHeartbeat(uint64(start));
    }

    function test_default_lendersGetWhatWasOwedAndTheOwnerTheRest() public {
        uint256 rest = _escape(N, 123, 0);
        bytes32 lenderLeaf = _lenderLeaf(lender, 0.75e18);
        bytes32 lockLeaf = _lockLeaf(N, 300);
        _postAndWait(Hashes.commutativeKeccak256(lockLeaf, lenderLeaf));

        recovery.shareLock(lock, 300, _proof(lenderLeaf));
        recovery.admit(domain, lender, 0.75e18, _proof(lockLeaf));
        assertEq(recovery.admitted(domain), 0.75e18);
        // ⌈1000·300/900⌉ = 334 for lenders, three quarters of it for this one, rounded down.
        vm.prank(lender);
        recovery.takeShare(lock, USDC, bob);
        assertEq(usdc.balanceOf(bob), 250);
        vm.prank(lender);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.AlreadyTaken.selector, domain, N, USDC, lender));
        recovery.takeShare(lock, USDC, bob);
        vm.prank(lender);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.NothingLeft.selector, domain, N, WBTC));
        recovery.takeShare(lock, WBTC, bob);

        uint256 held = vault.held(USDC);
        recovery.returnExcess{value: ENTRY_FEE}(lock, PRE, 123, 0);
        assertEq(vault.held(USDC), held + 666);
        assertEq(vault.owed(USDC), 1000 - 250 - 666);
        assertEq(rest, recovery.noteHash().freeNote(PRE, 123, 0));
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.NothingLeft.selector, domain, N, 0));
        recovery.returnExcess{value: ENTRY_FEE}(lock, PRE, 123, 0);
    }

    /// Shares rounded down of a part rounded up, and an excess that is the rest: never more than was seized.
    function testFuzz_shares_neverExceedWhatWasSeized(uint64 debt, uint64 share) public {
        share = uint64(bound(share, 1, 1e18 - 1));
        _escape(N, 123, 0);
        bytes32 lockLeaf = _lockLeaf(N, debt);
        bytes32 first = _lenderLeaf(lender, share);
        bytes32 second = _lenderLeaf(other, 1e18 - share);
        bytes32 pair = Hashes.commutativeKeccak256(first, second);
        _postAndWait(Hashes.commutativeKeccak256(lockLeaf, pair));
        recovery.shareLock(lock, debt, _proof(pair));
        recovery.admit(domain, lender, share, _proof(second, lockLeaf));
        recovery.admit(domain, other, 1e18 - share, _proof(first, lockLeaf));
        uint256 part = Math.ceilDiv(uint256(SEIZED) * Math.min(debt, CLAIM), CLAIM);
        uint256[2] memory expected = [(part * share) / 1e18, (part * (1e18 - share)) / 1e18];
        address[2] memory lenders = [lender, other];
        for (uint256 i = 0; i < 2; i++) {
            if (expected[i] == 0) continue;
            vm.prank(lenders[i]);
            recovery.takeShare(lock, USDC, lenders[i]);
            assertEq(usdc.balanceOf(lenders[i]), expected[i]);
        }
        uint256 held = vault.held(USDC);
        if (part < SEIZED) recovery.returnExcess{value: ENTRY_FEE}(lock, PRE, 123, 0);
        assertEq(vault.held(USDC), held + SEIZED - part);
        // What is left is rounding: less than a unit a lender.
        assertLe(vault.owed(USDC), 2);
    }

    function test_returnExcess_asksForTheOpeningAndTheFee() public {
        uint256 rest = _escape(N, 123, 0);
        _postAndWait(_lockLeaf(N, 0));
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.NotShared.selector, domain, N));
        recovery.returnExcess{value: ENTRY_FEE}(lock, PRE, 123, 0);
        recovery.shareLock(lock, 0, new bytes32[](0));
        uint256 wrong = recovery.noteHash().freeNote(PRE + 1, 123, 0);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.NotTheRest.selector, rest, wrong));
        recovery.returnExcess{value: ENTRY_FEE}(lock, PRE + 1, 123, 0);
        vm.expectRevert(abi.encodeWithSelector(NoteHash.NotAFieldElement.selector, 0, PRE + Q));
        recovery.returnExcess{value: ENTRY_FEE}(lock, PRE + Q, 123, 0);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.WrongValue.selector, ENTRY_FEE, ENTRY_FEE - 1));
        recovery.returnExcess{value: ENTRY_FEE - 1}(lock, PRE, 123, 0);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.WrongValue.selector, ENTRY_FEE, ENTRY_FEE + 1));
        recovery.returnExcess{value: ENTRY_FEE + 1}(lock, PRE, 123, 0);
        recovery.returnExcess{value: ENTRY_FEE}(lock, PRE, 123, 0);
    }

    function test_postDebts_needsADeadDomain() public {
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.CannotPost.selector, domain, 0));
        recovery.postDebts(domain, bytes32(uint256(1)));
        _escape(N, 123, 0);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.CannotPost.selector, domain, 0));
        recovery.postDebts(domain, 0);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, alice));
        recovery.postDebts(domain, bytes32(uint256(1)));
    }

    function test_postDebts_canBeMendedUntilItHolds() public {
        _escape(N, 123, 0);
        uint256 at = vm.getBlockTimestamp();
        recovery.postDebts(domain, bytes32(uint256(1)));
        vm.warp(at + 13 days);
        recovery.postDebts(domain, bytes32(uint256(2)));
        vm.warp(at + 27 days - 1);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.DebtsUnknown.selector, domain, at + 27 days));
        recovery.shareLock(lock, 0, new bytes32[](0));
        vm.warp(at + 27 days);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.CannotPost.selector, domain, at + 27 days));
        recovery.postDebts(domain, bytes32(uint256(3)));
    }

    /// The guardian can refuse a false list, but not for ever.
    function test_refuseDebts_twice() public {
        _escape(N, 123, 0);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.CannotRefuse.selector, domain, 0));
        recovery.refuseDebts(domain);
        for (uint256 i = 0; i < 2; i++) {
            recovery.postDebts(domain, bytes32(uint256(1)));
            vm.expectRevert(abi.encodeWithSelector(RecoveryVault.NotGuardian.selector, address(this)));
            recovery.refuseDebts(domain);
            vm.prank(guardian);
            recovery.refuseDebts(domain);
        }
        recovery.postDebts(domain, bytes32(uint256(1)));
        uint256 holdsAt = vm.getBlockTimestamp() + 14 days;
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.CannotRefuse.selector, domain, holdsAt));
        recovery.refuseDebts(domain);
    }

    /// A refusal on the last day leaves time for another list.
    function test_refuseDebts_leavesTimeForAnother() public {
        _escape(N, 123, 0);
        vm.warp(vm.getBlockTimestamp() + 180 days);
        recovery.postDebts(domain, bytes32(uint256(1)));
        vm.warp(vm.getBlockTimestamp() + 13 days);
        vm.prank(guardian);
        recovery.refuseDebts(domain);
        vm.warp(vm.getBlockTimestamp() + 30 days);
        recovery.postDebts(domain, bytes32(uint256(2)));
    }

    /// An owner that vanished must not hold the users' rest for ever; and a list that comes after all comes too late, and holds nobody up.
    function test_shareLock_withoutAListNothingWasOwed() public {
        _escape(N, 123, 0);
        uint256 until = vm.getBlockTimestamp() + 180 days;
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.DebtsUnknown.selector, domain, until + 1));
        recovery.shareLock(lock, 0, new bytes32[](0));
        vm.warp(until + 1);
        recovery.postDebts(domain, _lockLeaf(N, 500));
        uint256 posted = vm.snapshotState();
        for (uint256 i = 0; i < 2; i++) {
            recovery.shareLock(lock, 500, new bytes32[](0));
            (bool shared, uint64 debt) = recovery.debtOf(domain, N);
            assertTrue(shared);
            assertEq(debt, 0);
            recovery.returnExcess{value: ENTRY_FEE}(lock, PRE, 123, 0);
            assertEq(vault.owed(USDC), 0);
            vm.revertToState(posted);
            vm.warp(until + 1 + 14 days);
        }
    }

    /// On its last day it still counts.
    function test_postDebts_countsOnTheLastDay() public {
        _escape(N, 123, 0);
        vm.warp(vm.getBlockTimestamp() + 180 days);
        _postAndWait(_lockLeaf(N, 500));
        recovery.shareLock(lock, 500, new bytes32[](0));
        (, uint64 debt) = recovery.debtOf(domain, N);
        assertEq(debt, 500);
    }

    /// A domain that is retired and lives on: nobody has a reason to post a list, so what its loans have pledged is not forgotten.
    function test_shareLock_waitsWhileTheEngineIsHeardOf() public {
        _retireBy(N + 1);
        vm.warp(start + 300 days);
        deliverHeartbeat(uint64(start + 300 days));
        settlePublicAtItsCap(N);
        vm.warp(start + 480 days);
        bytes memory unknown = abi.encodeWithSelector(
            RecoveryVault.DebtsUnknown.selector,
            domain,
            start + 480 days + 1
        );
        vm.expectRevert(unknown);
        recovery.shareLock(lock, 0, new bytes32[](0));
        vm.expectRevert(unknown);
        recovery.claimUnlisted(lock);
        deliverHeartbeat(uint64(start + 470 days));
        vm.warp(start + 480 days + 1);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.DebtsUnknown.selector, domain, start + 650 days + 1));
        recovery.shareLock(lock, 0, new bytes32[](0));
        vm.warp(start + 650 days + 1);
        recovery.shareLock(lock, 0, new bytes32[](0));
    }

    /// Who settles late does not outrun the lenders: the period is the lock's own.
    function test_shareLock_countsFromTheLocksOwnSettlement() public {
        _openAt(N);
        _escape(N + 1, 123, 0);
        uint256 first = start + 37 days + 1;
        vm.warp(first + 180 days - 7 days);
        inbox.announceEscape(address(vault), REMOTE_EID, engine, N, publicOrder(N, CLAIM).seizurePricesX64);
        vm.warp(first + 180 days);
        settleAs(publicOrder(N, CLAIM), ROOT, SEIZED, 0, 72);
        vm.warp(first + 180 days + 1);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.DebtsUnknown.selector, domain, first + 360 days + 1));
        recovery.shareLock(lock, 0, new bytes32[](0));
        // A list that is posted now counts for this lock, and for the other not.
        bytes32 other_ = _lockLeaf(N + 1, 700);
        bytes32 leaf = _lockLeaf(N, 300);
        _postAndWait(Hashes.commutativeKeccak256(leaf, other_));
        recovery.shareLock(lock, 300, _proof(other_));
        (, uint64 debt) = recovery.debtOf(domain, N);
        assertEq(debt, 300);
        lock.lockNullifier = N + 1;
        recovery.shareLock(lock, 700, _proof(leaf));
        (, debt) = recovery.debtOf(domain, N + 1);
        assertEq(debt, 0);
    }

    /// The basket was worth 500 at the order's prices, less than the claim of 900: what was owed is a part of 500, and from 500 on all of it.
    function testFuzz_takeShare_ofABasketWorthLessThanTheClaim(uint64 debt) public {
        debt = uint64(bound(debt, 1, CLAIM));
        _openAt(N);
        _escapeSeizing(500);
        (, , uint64 worth, ) = vault.payoutTerms(domain, N);
        assertEq(worth, 500);
        bytes32 lenderLeaf = _lenderLeaf(lender, 1e18);
        bytes32 lockLeaf = _lockLeaf(N, debt);
        _postAndWait(Hashes.commutativeKeccak256(lockLeaf, lenderLeaf));
        recovery.shareLock(lock, debt, _proof(lenderLeaf));
        recovery.admit(domain, lender, 1e18, _proof(lockLeaf));
        vm.prank(lender);
        recovery.takeShare(lock, USDC, bob);
        assertEq(usdc.balanceOf(bob), Math.min(debt, 500));
        if (debt < 500) recovery.returnExcess{value: ENTRY_FEE}(lock, PRE, 123, 0);
        assertEq(vault.owed(USDC), 0);
    }

    /// Junk that is worth nothing at the order's prices is the lenders' as soon as anything is owed.
    function test_takeShare_ofABasketWorthNothing() public {
        uint96[8] memory none;
        deliverOrder(
            MessageCodec.encodeOpened(OpenedOrder(address(vault), engine, N, CLAIM, keccak256(abi.encode(none))))
        );
        vm.warp(start + 30 days + 1);
        inbox.announceEscape(address(vault), REMOTE_EID, engine, N, none);
        vm.warp(start + 37 days + 1);
        SettleOrder memory order = publicOrder(N, CLAIM);
        order.seizurePricesX64 = none;
        settleAs(order, ROOT, 10, 0, 71);
        bytes32 lenderLeaf = _lenderLeaf(lender, 1e18);
        bytes32 lockLeaf = _lockLeaf(N, 1);
        _postAndWait(Hashes.commutativeKeccak256(lockLeaf, lenderLeaf));
        recovery.shareLock(lock, 1, _proof(lenderLeaf));
        recovery.admit(domain, lender, 1e18, _proof(lockLeaf));
        vm.prank(lender);
        recovery.takeShare(lock, USDC, bob);
        assertEq(usdc.balanceOf(bob), 10);
    }

    /// A lock that the list forgot: thirty days for anybody to show its leaf.
    function test_claimUnlisted_freesWhatTheListForgot() public {
        _escape(N, 123, 0);
        bytes32 leaf = _lockLeaf(N, 300);
        _postAndWait(leaf);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.BadDebtProof.selector, domain, N, 0));
        recovery.shareLock(lock, 0, new bytes32[](0));
        recovery.claimUnlisted(lock);
        uint40 since = uint40(vm.getBlockTimestamp());
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.AlreadyClaimed.selector, domain, N, since));
        recovery.claimUnlisted(lock);
        vm.warp(since + 30 days - 1);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.BadDebtProof.selector, domain, N, 0));
        recovery.shareLock(lock, 0, new bytes32[](0));
        // Whoever shows the leaf in time is right.
        recovery.shareLock(lock, 300, new bytes32[](0));
        (, uint64 debt) = recovery.debtOf(domain, N);
        assertEq(debt, 300);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.AlreadyShared.selector, domain, N));
        recovery.shareLock(lock, 300, new bytes32[](0));
    }

    function test_claimUnlisted_countsAfterItsDelay() public {
        _escape(N, 123, 0);
        _postAndWait(_lockLeaf(N + 1, 300));
        recovery.claimUnlisted(lock);
        vm.warp(vm.getBlockTimestamp() + 30 days);
        recovery.shareLock(lock, 0, new bytes32[](0));
        (bool shared, uint64 debt) = recovery.debtOf(domain, N);
        assertTrue(shared);
        assertEq(debt, 0);
    }

    function test_admit_checksTheListAndTheWhole() public {
        _escape(N, 123, 0);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.DebtsUnknown.selector, domain, 0));
        recovery.admit(domain, lender, 1, new bytes32[](0));
        bytes32 first = _lenderLeaf(lender, 0.6e18);
        bytes32 second = _lenderLeaf(other, 0.6e18);
        _postAndWait(Hashes.commutativeKeccak256(first, second));
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.BadLenderProof.selector, domain, lender, 0.7e18));
        recovery.admit(domain, lender, 0.7e18, _proof(second));
        recovery.admit(domain, lender, 0.6e18, _proof(second));
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.AlreadyAdmitted.selector, domain, lender));
        recovery.admit(domain, lender, 0.6e18, _proof(second));
        // A list that gives away more than there is.
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.SharesExceeded.selector, domain, 1.2e18));
        recovery.admit(domain, other, 0.6e18, _proof(first));
    }

    function test_takeShare_isForAdmittedLendersOfSharedLocks() public {
        _escape(N, 123, 0);
        bytes32 first = _lenderLeaf(lender, 1e18);
        bytes32 second = _lockLeaf(N, CLAIM);
        _postAndWait(Hashes.commutativeKeccak256(first, second));
        vm.prank(lender);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.NotALender.selector, domain, lender));
        recovery.takeShare(lock, USDC, lender);
        recovery.admit(domain, lender, 1e18, _proof(second));
        vm.prank(lender);
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.NotShared.selector, domain, N));
        recovery.takeShare(lock, USDC, lender);
        recovery.shareLock(lock, CLAIM, _proof(first));
        vm.prank(lender);
        recovery.takeShare(lock, USDC, lender);
        assertEq(usdc.balanceOf(lender), SEIZED);
    }

    /// A living chain says itself who gets what.
    function test_lenders_haveNoPartWhileTheChainLives() public {
        settlePublic(N, CLAIM, ROOT, SEIZED, 0, 71);
        bytes memory alive = abi.encodeWithSelector(RecoveryVault.NotForLenders.selector, domain, N);
        vm.expectRevert(alive);
        recovery.shareLock(lock, 0, new bytes32[](0));
        vm.expectRevert(alive);
        recovery.claimUnlisted(lock);
        vm.expectRevert(alive);
        recovery.returnExcess(lock, PRE, 123, 0);
        vm.prank(lender);
        vm.expectRevert(alive);
        recovery.takeShare(lock, USDC, lender);
    }

    /// A chain that took a lock over and died before it said who bought it: the lenders' as well.
    function test_lenders_getWhatADeadChainTookOver() public {
        settlePublic(N + 1, CLAIM, ROOT, SEIZED, 0, 71);
        _escape(N, 123, 0);
        lock.lockNullifier = N + 1;
        bytes32 first = _lenderLeaf(lender, 1e18);
        bytes32 second = _lockLeaf(N + 1, CLAIM);
        _postAndWait(Hashes.commutativeKeccak256(first, second));
        recovery.shareLock(lock, CLAIM, _proof(first));
        recovery.admit(domain, lender, 1e18, _proof(second));
        vm.prank(lender);
        recovery.takeShare(lock, USDC, lender);
        // A RELEASE that was held back until now finds nothing: nothing is paid twice.
        deliverOrder(MessageCodec.encodeRelease(ReleaseOrder(address(vault), engine, N + 1, bob)));
        vm.expectRevert(abi.encodeWithSelector(RecoveryVault.NothingLeft.selector, domain, N + 1, USDC));
        recovery.collect(lock, USDC);
    }

    function test_setGuardian_isTheOwners() public {
        recovery.setGuardian(bob);
        assertEq(recovery.guardian(), bob);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, alice));
        recovery.setGuardian(alice);
    }

    function settlePublicAtItsCap(uint256 lockNullifier) private {
        deliverOrder(MessageCodec.encodeSettle(publicOrder(lockNullifier, CLAIM)));
        settleAs(publicOrder(lockNullifier, CLAIM), ROOT, SEIZED, 0, 71);
    }

    function _openAt(uint256 lockNullifier) private {
        bytes32 hash = keccak256(abi.encode(publicOrder(lockNullifier, CLAIM).seizurePricesX64));
        deliverOrder(MessageCodec.encodeOpened(OpenedOrder(address(vault), engine, lockNullifier, CLAIM, hash)));
    }

    /// Opens N, and sends another lock, never opened, home.
    function _retireBy(uint256 lockNullifier) private {
        _openAt(N);
        uint96[8] memory none;
        vm.warp(start + 30 days + 1);
        inbox.announceEscape(address(vault), REMOTE_EID, engine, lockNullifier, none);
        vm.warp(start + 37 days + 1);
        SettleOrder memory order;
        (order.vault, order.engine, order.lockNullifier) = (address(vault), engine, lockNullifier);
        settleAs(order, ROOT, 0, 0, 70);
    }

    function _escapeSeizing(uint64 seized) private {
        vm.warp(start + 30 days + 1);
        inbox.announceEscape(address(vault), REMOTE_EID, engine, N, publicOrder(N, CLAIM).seizurePricesX64);
        vm.warp(start + 37 days + 1);
        settleAs(publicOrder(N, CLAIM), ROOT, seized, 0, recovery.noteHash().freeNote(PRE, 123, 0));
    }

    /// Opens and escapes a lock of which SEIZED units of USDC are seized. @return rest the commitment of what is left, which holds (lo, hi).
    function _escape(uint256 lockNullifier, uint256 lo, uint256 hi) private returns (uint256 rest) {
        uint96[8] memory prices = publicOrder(lockNullifier, CLAIM).seizurePricesX64;
        bytes32 hash = keccak256(abi.encode(prices));
        deliverOrder(MessageCodec.encodeOpened(OpenedOrder(address(vault), engine, lockNullifier, CLAIM, hash)));
        vm.warp(start + 30 days + 1);
        inbox.announceEscape(address(vault), REMOTE_EID, engine, lockNullifier, prices);
        vm.warp(start + 37 days + 1);
        rest = recovery.noteHash().freeNote(PRE, lo, hi);
        SettleOrder memory order = publicOrder(lockNullifier, CLAIM);
        settleAs(order, ROOT, SEIZED, 0, rest);
    }

    function _postAndWait(bytes32 root) private {
        recovery.postDebts(domain, root);
        vm.warp(vm.getBlockTimestamp() + 14 days);
    }

    function _lockLeaf(uint256 lockNullifier, uint64 debt) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(uint8(1), lockNullifier, debt))));
    }

    function _lenderLeaf(address who, uint64 share) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(uint8(2), who, share))));
    }

    function _proof(bytes32 a) private pure returns (bytes32[] memory proof) {
        proof = new bytes32[](1);
        proof[0] = a;
    }

    function _proof(bytes32 a, bytes32 b) private pure returns (bytes32[] memory proof) {
        proof = new bytes32[](2);
        (proof[0], proof[1]) = (a, b);
    }
}
