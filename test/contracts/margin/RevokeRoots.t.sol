// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// revokeRoots: what was proven under a forged root counts nothing until it is proven anew (LIQ-9)
contract RevokeRootsTest is MarginFixture {
    uint256 private constant NEW_ROOT = 0xc1ea;
    uint256 private constant T = 3 days;
    address private guardian = makeAddr("guardian");
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        engine.setGuardian(guardian);
        id = openAccount(1, 10, 50_000e6);
    }

    function test_revokeRoots_whoAndHowOften() public {
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotGuardian.selector, bob));
        engine.revokeRoots(marketId, 0);
        uint256 t = vm.getBlockTimestamp();
        vm.expectEmit(address(engine));
        emit IMarginTypes.RootsRevoked(marketId, 0, 1, uint32(t), guardian);
        _revoke();
        later(T);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.RevokedAlready.selector, marketId, 0, t + T));
        engine.revokeRoots(marketId, 0);
        engine.revokeRoots(marketId, 0); // the owner
        later(T + 1);
        _revoke();
        IMarginTypes.Source memory s = engine.source(marketId, 0);
        assertEq(s.revocations, 3);
        assertEq(s.revokedAt, vm.getBlockTimestamp());
        for (uint256 i = 3; i < 255; ++i) engine.revokeRoots(marketId, 0);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.TooManyRevocations.selector, marketId, 0));
        engine.revokeRoots(marketId, 0);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownSource.selector, marketId, 1));
        engine.revokeRoots(marketId, 1);
    }

    function test_revokeRoots_coverageIs0UntilProvenAnew() public {
        _revoke();
        assertEq(engine.liveCoverage(id), 0);
        assertEq(engine.guarantee(id, 1), 0);
        (bool revoked, uint256 until) = engine.revocation(id, 1);
        assertTrue(revoked);
        assertEq(until, vm.getBlockTimestamp() + T);
        vm.prank(alice);
        vm.expectPartialRevert(IMarginTypes.CoverageTooLow.selector);
        pool.borrow(id, 1e6, alice);

        // Neither an old root nor one of the same second.
        _refused(ROOT, uint64(vm.getBlockTimestamp()));
        attest(REMOTE_EID, VAULT, 0xbad, uint64(vm.getBlockTimestamp()));
        _refused(0xbad, uint64(vm.getBlockTimestamp()));
        _newRoot();
        _refresh(NEW_ROOT, 10);
        assertEq(engine.liveCoverage(id), 100_000e6 - 8);
        (revoked, ) = engine.revocation(id, 1);
        assertFalse(revoked);
        vm.prank(alice);
        pool.borrow(id, 1_000e6, alice);
    }

    function test_open_underARevokedRoot() public {
        _revoke();
        IMarginTypes.MarginProof memory p = proofOf(2, 10, 10, 9000, MAJORS);
        uint64 t = uint64(vm.getBlockTimestamp());
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.RootRevoked.selector, ROOT, t, t));
        engine.open(marketId, SALT, p, 0, alice);
        // The same root, attested anew, is accepted: a forged one would not be.
        later(1);
        attest(REMOTE_EID, VAULT, ROOT, uint64(vm.getBlockTimestamp()));
        p.root = ROOT;
        vm.prank(alice);
        engine.open(marketId, SALT, p, 0, alice);
    }

    /// For T a revocation is no evidence: nobody is flagged for it.
    function test_flag_revokedLockIsNoEvidenceForAWhile() public {
        _revoke();
        uint256 requirement = pool.maintenanceRequirement(id);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.EvidenceMissing.selector, id, requirement, 100_000e6 - 8));
        engine.flag(id);
        later(T);
        prices(60_000, 3_000);
        vm.expectPartialRevert(IMarginTypes.EvidenceMissing.selector);
        engine.flag(id);
        later(1);
        flagged(id);
        // Late: nothing stands behind the debt.
        assertEq(engine.account(id).graceEndsAt, vm.getBlockTimestamp());
        // Its claim is not for the public.
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NothingToAuction.selector, id));
        engine.startAuctions(id);
        // And still it may be proven anew, while nobody has taken it.
        _newRoot();
        _refresh(NEW_ROOT, 10);
        assertEq(engine.account(id).flaggedAt, 0);
        assertEq(engine.liveCoverage(id), 100_000e6 - 8);
    }

    /// What its own worth shows is evidence all the same: at G it would not cover.
    function test_flag_uncoveredWithTheRevokedLockToo() public {
        _revoke();
        prices(30_000, 1_500); // G = 55,555; maintenance 53,265
        vm.expectPartialRevert(IMarginTypes.EvidenceMissing.selector);
        engine.flag(id);
        prices(27_000, 1_350); // G = 50,000
        flagged(id);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NothingToAuction.selector, id));
        engine.startAuctions(id);
    }

    /// Locks of an account on other sources, and locks proven later, go their way.
    function test_startAuctions_onlyLocksThatAreNotRevoked() public {
        _revoke();
        _newRoot();
        IMarginTypes.MarginProof memory p = proofOf(2, 30, 9, 9000, MAJORS); // 30,000
        p.root = NEW_ROOT;
        vm.prank(alice);
        engine.addLock(id, p);
        assertEq(engine.liveCoverage(id), 30_000e6 - 8);
        later(T + 1);
        prices(60_000, 3_000);
        flagged(id);
        uint256[] memory locks = started(id);
        assertEq(locks.length, 1);
        assertEq(locks[0], 2);
    }

    function test_buy_ofARevokedLock() public {
        prices(27_000, 1_350);
        flagged(id);
        started(id);
        _revoke();
        fund(keeper, 100_000e6);
        vm.prank(keeper);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockRevoked.selector, id, 1));
        engine.buy(id, 1, type(uint256).max, 1, base8());
        // Proven anew, not covered: its stale auction is over, and another may start.
        _newRoot();
        prices(27_000, 1_350);
        board.takeSnapshot(setId);
        _refresh(NEW_ROOT, 50, 9);
        assertEq(engine.account(id).auctions, 0);
        assertGt(engine.account(id).flaggedAt, 0);
        assertEq(started(id)[0], 1);
        vm.prank(keeper);
        engine.buy(id, 1, type(uint256).max, 1, base8());
    }

    /// Repaying and leaving are never held up by it.
    function test_release_withARevokedLock() public {
        _revoke();
        fund(alice, 100e6);
        vm.startPrank(alice);
        pool.repay(id, type(uint128).max);
        engine.release(id);
        vm.stopPrank();
        assertEq(engine.lock(domain, 1).state, 3);

        IMarginTypes.MarginProof memory p = proofOf(5, 0, 0, 0, 0);
        vm.prank(alice);
        engine.releaseUnused(marketId, p);
        assertEq(engine.lock(domain, 5).state, 3);
    }

    function test_removeLock_ofARevokedLock() public {
        _revoke();
        _newRoot();
        IMarginTypes.MarginProof memory p = proofOf(2, 10, 10, 9000, MAJORS);
        p.root = NEW_ROOT;
        vm.startPrank(alice);
        engine.addLock(id, p);
        // What stays must cover; the revoked lock does not.
        vm.expectPartialRevert(IMarginTypes.CoverageTooLow.selector);
        engine.removeLock(id, 2);
        engine.removeLock(id, 1);
        vm.stopPrank();
        assertEq(engine.liveCoverage(id), 100_000e6 - 8);
    }

    function test_revokeRoots_touchesNoOtherSource() public {
        IMarginTypes.SourceConfig memory c = sourceConfig();
        c.vault = address(0x2222);
        uint32 other = engine.addSource(marketId, c);
        attest(REMOTE_EID, c.vault, ROOT, uint64(vm.getBlockTimestamp()));
        IMarginTypes.MarginProof memory p = proofOf(2, 10, 10, 9000, MAJORS);
        p.sourceId = other;
        vm.prank(alice);
        bytes32 id2 = engine.open(marketId, "other", p, 50_000e6, alice);
        _revoke();
        assertEq(engine.liveCoverage(id2), 100_000e6 - 8);
        (bool revoked, uint256 until) = engine.revocation(id2, 2);
        assertFalse(revoked);
        assertEq(until, 0);
    }

    function _revoke() private {
        vm.prank(guardian);
        engine.revokeRoots(marketId, 0);
    }

    function _newRoot() private {
        later(1);
        prices(60_000, 3_000);
        attest(REMOTE_EID, VAULT, NEW_ROOT, uint64(vm.getBlockTimestamp()));
        board.takeSnapshot(setId);
    }

    function _refresh(uint256 root, uint8 mantissa) private {
        _refresh(root, mantissa, 10);
    }

    function _refresh(uint256 root, uint8 mantissa, uint8 exponent) private {
        IMarginTypes.MarginProof memory p = proofOf(1, mantissa, exponent, 9000, MAJORS);
        p.root = root;
        vm.prank(alice);
        engine.refresh(id, p);
    }

    function _refused(uint256 root, uint64 rootTime) private {
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 9000, MAJORS);
        p.root = root;
        uint32 revokedAt = engine.source(marketId, 0).revokedAt;
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.RootRevoked.selector, root, rootTime, revokedAt));
        engine.refresh(id, p);
    }

    /// An auction of a lock on a revoked root can be neither bought nor ended: it holds up no lock of another source, and once it counts nothing it takes no part of the
    /// debt from them.
    function test_revokeRoots_auctionHoldsUpNoOther() public {
        IMarginTypes.SourceConfig memory c = sourceConfig();
        c.vault = address(0x2222);
        uint32 other = engine.addSource(marketId, c);
        attest(REMOTE_EID, c.vault, ROOT, uint64(block.timestamp));
        bytes32 id = openAccount(5, 10, 85_000e6);
        IMarginTypes.MarginProof memory p = proofOf(6, 10, 10, 9000, MAJORS);
        p.sourceId = other;
        vm.startPrank(alice);
        engine.addLock(id, p);
        pool.borrow(id, 85_000e6, alice);
        vm.stopPrank();
        prices(48_600, 2_430); // G = 90,000 each: uncovered, not late
        flagged(id);
        later(GRACE);
        prices(48_600, 2_430);
        assertEq(started(id)[0], 5);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.AuctionRunning.selector, id));
        engine.startAuctions(id);
        engine.revokeRoots(marketId, 0);
        uint256[] memory locks = started(id);
        assertEq(locks.length, 1);
        assertEq(locks[0], 6);
        (uint64 half, , ) = engine.quoteBuy(id, 6);
        assertEq(half, 90_000e6 - 9); // its guarantee
        later(3 days + 1);
        prices(48_600, 2_430);
        (uint64 all, , ) = engine.quoteBuy(id, 6);
        assertEq(all, engine.lock(engine.domainOf(REMOTE_EID, c.vault), 6).cap);
    }
}
