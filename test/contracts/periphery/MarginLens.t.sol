// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {MarginLens} from "../../../contracts/periphery/MarginLens.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

contract MarginLensTest is MarginFixture {
    MarginLens private lens;

    function setUp() public override {
        super.setUp();
        lens = new MarginLens();
    }

    function test_screen_whatTheEngineSays() public {
        bytes32 id = openAccount(1, 10, 50_000e6);
        addLock(id, 2, 20, 7500, BTC_ONLY);
        later(1 hours);
        prices(57_000, 2_940);
        MarginLens.Screen memory s = lens.screen(engine, id);
        assertEq(s.market, marketId);
        assertEq(s.controller, alice);
        assertEq(s.nonce, 2);
        assertEq(s.module, address(pool));
        assertEq(s.pools[0].debtAssets, pool.debtOf(id));
        assertEq(s.debtValue, pool.debtValue(id));
        assertEq(s.initialRequirement, pool.initialRequirement(id));
        assertEq(s.maintenanceRequirement, pool.maintenanceRequirement(id));
        assertEq(s.liveCoverage, engine.liveCoverage(id));
        assertEq(s.borrowCoverage, engine.borrowCoverage(id));
        assertTrue(s.covered && s.debtPriceKnown);
        assertEq(s.secondsLeft, MAX_PROOF_AGE - 1 hours);
        assertApproxEqRel(s.pools[0].borrowRateWad, 0.01e18 + (0.04e18 * uint256(5)) / 90, 1e14);

        MarginLens.LockScreen memory l = s.locks[0];
        assertEq(l.lockNullifier, 1);
        assertEq(l.domain, domain);
        assertEq(l.coverage, 100_000e6);
        assertEq(l.guarantee, engine.guarantee(id, 1));
        assertEq(l.nearestSlot, 0); // BTC at 57,000 of 54,000; ETH at 2,940 of 2,700
        assertEq(l.aboveFloorBps, 555);
        assertTrue(l.counts);
        assertEq(l.riskVersion, 1);
        assertEq(l.currentRiskVersion, 1);
        assertEq(l.auctionEndsAt, 0);
        assertEq(s.locks[1].aboveFloorBps, 2_666); // 57,000 of 45,000
    }

    /// What it says may be borrowed may be, and two units more may not.
    function testFuzz_screen_borrowable(uint256 btcUsd, uint256 debt) public {
        bytes32 id = openAccount(1, 50, 0);
        debt = bound(debt, 100e6, 300_000e6);
        vm.prank(alice);
        pool.borrow(id, debt, alice);
        prices(bound(btcUsd, 45_000, 70_000), 3_000);
        board.takeSnapshot(setId);
        uint256 most = lens.screen(engine, id).pools[0].borrowable;
        vm.startPrank(alice);
        if (most != 0) pool.borrow(id, most, alice);
        vm.expectPartialRevert(IMarginTypes.CoverageTooLow.selector);
        pool.borrow(id, 3, alice);
        vm.stopPrank();
    }

    function test_screen_borrowableWithinCashAndCap() public {
        bytes32 id = openAccount(1, 90, 100_000e6);
        pool.setCaps(type(uint128).max, 150_000e6);
        assertEq(lens.screen(engine, id).pools[0].borrowable, 50_000e6 - 1);
        pool.setCaps(type(uint128).max, type(uint128).max);
        uint256 all = pool.cash() - 7e6;
        vm.prank(lender);
        pool.withdraw(all, lender, lender);
        assertEq(lens.screen(engine, id).pools[0].borrowable, 7e6);
    }

    /// The fall that it names leaves the account covered, one bps more does not.
    function testFuzz_screen_fallToUncovered(uint256 debt, uint256 btcUsd) public {
        bytes32 id = openAccount(1, 10, 0);
        addLock(id, 2, 20, 7500, BTC_ONLY);
        debt = bound(debt, 1_000e6, 260_000e6);
        vm.prank(alice);
        pool.borrow(id, debt, alice);
        btcUsd = bound(btcUsd, 50_000, 80_000);
        prices(btcUsd, btcUsd / 20);
        MarginLens.Screen memory s = lens.screen(engine, id);
        if (!s.covered) {
            assertEq(s.fallToUncoveredBps, 0);
            return;
        }
        _fall(btcUsd, s.fallToUncoveredBps);
        assertTrue(engine.isCovered(id));
        _fall(btcUsd, s.fallToUncoveredBps + 2);
        assertFalse(engine.isCovered(id));
    }

    function test_screen_withoutPrices() public {
        bytes32 id = openAccount(1, 10, 50_000e6);
        btc.push(0);
        MarginLens.Screen memory s = lens.screen(engine, id);
        assertEq(s.locks[0].missing, 1);
        assertEq(s.locks[0].guarantee, 0);
        assertEq(s.locks[0].nearestSlot, 1);
        assertEq(s.liveCoverage, 0);
        assertFalse(s.covered);
        usdcFeed.push(0);
        s = lens.screen(engine, id);
        assertFalse(s.debtPriceKnown);
        assertEq(s.maintenanceRequirement, 0);
        assertEq(s.pools[0].debtAssets, pool.debtOf(id));
        assertFalse(s.covered);
    }

    function test_screen_expiredRevokedFlaggedInAuction() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        later(MAX_PROOF_AGE + 1);
        prices(42_000, 2_100);
        MarginLens.Screen memory s = lens.screen(engine, id);
        assertEq(s.secondsLeft, type(uint256).max);
        assertFalse(s.locks[0].counts);
        assertEq(s.locks[0].secondsLeft, 0);
        assertEq(s.locks[0].aboveFloorBps, -2_223);
        flagged(id);
        started(id);
        engine.revokeRoots(marketId, 0);
        s = lens.screen(engine, id);
        assertEq(s.flaggedAt, vm.getBlockTimestamp());
        assertEq(s.locks[0].state, 2);
        assertEq(s.locks[0].auctionEndsAt, vm.getBlockTimestamp() + AUCTION);
        assertTrue(s.locks[0].revoked);
        assertGt(s.pools[0].provisioned, 0);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownAccount.selector, bytes32("x")));
        lens.screen(engine, "x");
    }

    function test_screen_withoutDebtNothingIsNear() public {
        bytes32 id = openAccount(1, 10, 0);
        MarginLens.Screen memory s = lens.screen(engine, id);
        assertTrue(s.covered);
        assertEq(s.fallToUncoveredBps, 10_000);
        assertEq(s.maintenanceRequirement, 0);
    }

    function _fall(uint256 btcUsd, uint256 bps) private {
        btc.push(int256((btcUsd * 1e8 * (10_000 - bps)) / 10_000));
        eth.push(int256(((btcUsd / 20) * 1e8 * (10_000 - bps)) / 10_000));
        usdcFeed.push(1e8);
    }
}
