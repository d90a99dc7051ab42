// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// startAuctions: which locks, when (LIQ-2, LIQ-4)
contract StartAuctionsTest is MarginFixture {
    function test_startAuctions_waitsForTheGrace() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        prices(48_600, 2_430);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotFlagged.selector, id));
        engine.startAuctions(id);
        flagged(id);
        uint40 end = engine.account(id).graceEndsAt;
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.GraceRunning.selector, id, end));
        engine.startAuctions(id);
        vm.warp(end);
        prices(48_600, 2_430);
        uint256[] memory locks = started(id);
        assertEq(locks.length, 1);
        assertEq(locks[0], 1);
        assertEq(usdc.balanceOf(keeper), 2 * FLAG_FEE);
        IMarginTypes.AuctionView memory v = engine.auction(id, 1);
        assertEq(v.startedAt, end);
        assertEq(v.endsAt, end + AUCTION);
        assertEq(v.guarantee, 90_000e6 - 9); // 24.3·2^64 is rounded down
        assertEq(v.frozenPricesX64[0], 486 * X64);
        assertEq(v.frozenDebtPriceX64, X64);
        assertEq(v.reliedOn, 3);
        assertEq(engine.lock(domain, 1).state, 2);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.AuctionRunning.selector, id));
        engine.startAuctions(id);
    }

    function test_startAuctions_coveredAgainButNotCleared() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        prices(48_600, 2_430);
        flagged(id);
        later(GRACE);
        prices(60_000, 3_000);
        uint256 requirement = pool.maintenanceRequirement(id);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.AccountCovered.selector, id, requirement, 100_000e6 - 8));
        engine.startAuctions(id);
    }

    /// M = 110, 55 and 22 thousand. maintenance 170,448 on 160,000 of debt; each sale of G wins 6.53 % of G.
    function test_startAuctions_smallestThatRestoresCover() public {
        bytes32 id = _three();
        assertEq(_auctioned(id, 54_600, 2_730), 3); // ΣG = 170,170: 20,020 is enough
    }

    function test_startAuctions_middleWhereTheSmallestIsNotEnough() public {
        bytes32 id = _three();
        assertEq(_auctioned(id, 53_940, 2_697), 2); // ΣG = 168,113: short of 2,346
    }

    /// Eight locks of 22,000 and one a little larger, 177,000 in all, none of which restores cover alone.
    function test_startAuctions_largestWhereNoneRestoresCover() public {
        IMarginTypes.MarginProof memory p = proofOf(1, 22, 9, 10_000, MAJORS);
        vm.prank(alice);
        bytes32 id = engine.open(marketId, SALT, p, 0, alice);
        for (uint256 n = 2; n <= 8; ++n) {
            p = proofOf(n, n == 5 ? 23 : 22, 9, 10_000, MAJORS);
            vm.prank(alice);
            engine.addLock(id, p);
        }
        vm.prank(alice);
        pool.borrow(id, 158_000e6, alice); // maintenance 168,317; late below 165,900
        assertEq(_auctioned(id, 56_280, 2_814), 5); // ΣG = 166,026: short of 2,291, and 21,574 wins 1,409
    }

    function test_startAuctions_allAtOnceWhenLate() public {
        bytes32 id = _three();
        prices(50_000, 2_500);
        flagged(id);
        uint256[] memory locks = started(id);
        assertEq(locks.length, 3);
        assertEq(engine.account(id).auctions, 3);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NothingToAuction.selector, id));
        engine.startAuctions(id);
    }

    /// In grace, then late: it starts at once.
    function test_startAuctions_graceEndsWhenLate() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        prices(48_600, 2_430);
        flagged(id);
        prices(48_000, 2_400);
        assertEq(started(id).length, 1);
    }

    /// LIQ-4: a lock with a slot without a price is not sold; the others are.
    function test_startAuctions_onlyLocksWithPrices() public {
        bytes32 id = openAccount(1, 10, 150_000e6 / 2);
        addLock(id, 2, 10, 9000, BTC_ONLY);
        vm.prank(alice);
        pool.borrow(id, 75_000e6, alice);
        prices(40_000, 2_000);
        eth.push(0);
        flagged(id);
        uint256[] memory locks = started(id);
        assertEq(locks.length, 1);
        assertEq(locks[0], 2);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NothingToAuction.selector, id));
        engine.startAuctions(id);
        push(eth, 2_000);
        assertEq(started(id)[0], 1);
    }

    /// Expired proofs cover nothing but keep their G for liquidation (ACC-3).
    function test_startAuctions_expiredProofIsSoldForItsGuarantee() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        later(MAX_PROOF_AGE + 1);
        prices(60_000, 3_000);
        flagged(id);
        assertGt(engine.account(id).graceEndsAt, vm.getBlockTimestamp());
        later(GRACE);
        assertEq(started(id).length, 1);
        assertEq(engine.auction(id, 1).guarantee, 100_000e6 - 8);
    }

    function test_clear_cancelsAtTheInitialRequirementOnly() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        prices(48_000, 2_400);
        flagged(id);
        started(id);
        // Covered (maintenance) is not enough for a cancellation.
        prices(49_500, 2_475);
        uint256 initial = pool.initialRequirement(id);
        uint256 covered = engine.liveCoverage(id);
        assertTrue(engine.isCovered(id));
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.StillUncovered.selector, id, initial, covered));
        engine.clear(id);
        // Repaying to the initial requirement is, and says so itself.
        fund(bob, 10_000e6);
        vm.prank(bob);
        pool.repay(id, 3_000e6);
        assertEq(engine.account(id).auctions, 0);
        assertEq(engine.account(id).flaggedAt, 0);
        assertEq(engine.lock(domain, 1).state, 1);
        assertEq(engine.auction(id, 1).startedAt, 0);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotInAuction.selector, id, 1));
        engine.quoteBuy(id, 1);
    }

    function test_refresh_cancelsAnAuction() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        refreshPrices(48_000, 2_400);
        flagged(id);
        started(id);
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 9000, MAJORS);
        vm.prank(alice);
        engine.refresh(id, p);
        assertEq(engine.account(id).auctions, 0);
        assertEq(engine.lock(domain, 1).state, 1);
    }

    /// What was frozen stays: a refresh that does not suffice changes neither G nor the end of the auction.
    function test_refresh_leavesARunningAuctionAlone() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        refreshPrices(48_000, 2_400);
        flagged(id);
        started(id);
        IMarginTypes.AuctionView memory before = engine.auction(id, 1);
        IMarginTypes.MarginProof memory p = proofOf(1, 90, 9, 9000, MAJORS);
        vm.prank(alice);
        engine.refresh(id, p);
        assertEq(engine.lock(domain, 1).state, 2);
        assertEq(abi.encode(engine.auction(id, 1)), abi.encode(before));
    }

    function _three() private returns (bytes32 id) {
        id = _openAtPar(1, 11, 0);
        IMarginTypes.MarginProof memory p = proofOf(2, 55, 9, 10_000, MAJORS);
        vm.prank(alice);
        engine.addLock(id, p);
        p = proofOf(3, 22, 9, 10_000, MAJORS);
        vm.prank(alice);
        engine.addLock(id, p);
        vm.prank(alice);
        pool.borrow(id, 160_000e6, alice);
    }

    function _openAtPar(uint256 n, uint8 mantissa, uint256 borrow) private returns (bytes32) {
        IMarginTypes.MarginProof memory p = proofOf(n, mantissa, 10, 10_000, MAJORS);
        vm.prank(alice);
        return engine.open(marketId, bytes32(n), p, borrow, alice);
    }

    function _auctioned(bytes32 id, uint256 btcUsd, uint256 ethUsd) private returns (uint256) {
        prices(btcUsd, ethUsd);
        flagged(id);
        later(GRACE);
        uint256[] memory locks = started(id);
        assertEq(locks.length, 1);
        return locks[0];
    }

    /// Whoever owes next to nothing cannot have a fee lent to them: neither by a flag nor by putting up locks that are worth nothing, again and again.
    function test_startAuctions_noFeeThatNothingStandsBehind() public {
        bytes32 id = openAccount(1, 10, MIN_DEBT);
        IMarginTypes.MarginProof memory dust = proofOf(2, 10, 5, 9000, MAJORS); // $1
        dust.expiry = uint40(vm.getBlockTimestamp() + 1);
        fund(alice, MIN_DEBT);
        vm.startPrank(alice);
        engine.addLock(id, dust);
        pool.repay(id, MIN_DEBT - 0.5e6);
        engine.removeLock(id, 1);
        vm.stopPrank();
        later(2);
        prices(60_000, 3_000);
        flagged(id);
        assertEq(usdc.balanceOf(keeper), 0.025e6); // a twentieth of what is owed
        uint256 debt = pool.debtOf(id);
        later(GRACE);
        prices(60_000, 3_000);
        started(id);
        assertEq(usdc.balanceOf(keeper), 0.025e6);
        assertApproxEqAbs(pool.debtOf(id), debt, 20); // an hour's interest
    }

    /// A loss is no reason to lend more: a late account's controller cannot milk the fee with locks of little worth.
    function test_startAuctions_lateAccountPaysNoFeeForLittle() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        prices(40_000, 2_000);
        flagged(id);
        started(id);
        uint256 paid = usdc.balanceOf(keeper);
        assertEq(paid, 2 * FLAG_FEE);
        board.takeSnapshot(setId);
        IMarginTypes.MarginProof memory p = proofOf(2, 19 * 5, 6, 9000, MAJORS); // $95 for a fee of $5
        vm.prank(alice);
        engine.addLock(id, p);
        started(id);
        assertEq(usdc.balanceOf(keeper), paid);
        p = proofOf(3, 11, 7, 9000, MAJORS);
        vm.prank(alice);
        engine.addLock(id, p);
        started(id);
        assertEq(usdc.balanceOf(keeper), paid + FLAG_FEE);
    }

    /// The flag gives grace, and its own fee does not take it away.
    function test_startAuctions_theFeeMakesNobodyLate() public {
        // A fee of 5 % of the smallest debt: with it the debt exceeds what an account may owe before it is late.
        IMarginTypes.MarginProof memory p = proofOf(1, 12, 7, 9000, MAJORS);
        vm.prank(alice);
        bytes32 id = engine.open(marketId, SALT, p, 0, alice);
        vm.prank(alice);
        pool.borrow(id, MIN_DEBT, alice);
        prices(47_700, 2_385); // G = 106: below the requirement of 106.53, above 105, where it is late
        flagged(id);
        assertGt(pool.debtValue(id) * 10_500, engine.guarantee(id, 1) * 10_000);
        uint40 end = engine.account(id).graceEndsAt;
        assertEq(end, vm.getBlockTimestamp() + GRACE);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.GraceRunning.selector, id, end));
        engine.startAuctions(id);
    }

    /// A lock that guarantees nothing, beside one whose feed is dead, would be in an auction that nobody can end.
    function test_startAuctions_notALockThatGuaranteesNothing() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        IMarginTypes.MarginProof memory p = proofOf(2, 10, 6, 10_000, DAI_ONLY);
        vm.prank(alice);
        engine.addLock(id, p);
        prices(48_600, 2_430);
        dai.push(1); // 10^-8 of what it was: worth nothing
        flagged(id);
        later(GRACE);
        prices(48_600, 2_430);
        dai.push(1);
        assertEq(engine.guarantee(id, 2), 0);
        eth.push(0);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NothingToAuction.selector, id));
        engine.startAuctions(id);
    }

    /// A token that does not move holds up the fees, not the liquidation.
    function test_startAuctions_whileTheDebtTokenIsPaused() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        prices(48_000, 2_400);
        vm.mockCallRevert(address(usdc), abi.encodeWithSelector(usdc.transfer.selector), "paused");
        flagged(id);
        assertEq(started(id).length, 1);
        vm.clearMockedCalls();
        assertEq(usdc.balanceOf(keeper), 0);
        assertEq(pool.debtOf(id), 85_000e6);
    }
}
