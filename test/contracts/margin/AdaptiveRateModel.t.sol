// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Exponential} from "../../../contracts/libraries/Exponential.sol";
import {AdaptiveRateModel} from "../../../contracts/margin/AdaptiveRateModel.sol";
import {CreditPool} from "../../../contracts/margin/CreditPool.sol";
import {PoolFixture} from "../support/PoolFixture.sol";

/// The adaptive curve; AdaptiveRateModel.test.ts compares its numbers with an independent computation
contract AdaptiveRateModelTest is PoolFixture {
    uint256 private constant WAD = 1e18;
    uint256 private constant MIN = 0.001e18;
    uint256 private constant MAX = 2e18;

    function yearly(uint256 utilisation, uint256 elapsed) private view returns (uint256) {
        return model.ratePerSecondWad(address(this), WAD - utilisation, utilisation, elapsed) * 365 days;
    }

    function advance(uint256 utilisation, uint256 elapsed) private returns (uint256) {
        return model.advance(WAD - utilisation, utilisation, elapsed);
    }

    /// A quarter, one and four times the rate at target, which begins at 4 % a year.
    function test_rate_curve() public view {
        assertEq(model.rateAtTarget(address(this)), 0.04e18);
        assertApproxEqAbs(yearly(0, 0), 0.01e18, 365 days);
        assertApproxEqAbs(yearly(0.45e18, 0), 0.025e18, 365 days);
        assertApproxEqAbs(yearly(0.9e18, 0), 0.04e18, 365 days);
        assertApproxEqAbs(yearly(0.95e18, 0), 0.1e18, 365 days);
        assertApproxEqAbs(yearly(1e18, 0), 0.16e18, 365 days);
        assertEq(model.ratePerSecondWad(address(this), 0, 0, 0), model.ratePerSecondWad(address(this), 1, 0, 0));
    }

    /// 5 days at utilisation 1: e^(50·5/365) = 1.98.
    function test_advance_doublesInFiveDays() public {
        advance(1e18, 5 days);
        assertApproxEqRel(model.rateAtTarget(address(this)), 0.04e18 * 1.9836, 1e14);
    }

    function testFuzz_rate_monotoneInUtilisation(uint256 a, uint256 b, uint32 elapsed, uint32 before, bool up) public {
        a = bound(a, 0, WAD);
        b = bound(b, a, WAD);
        advance(up ? WAD : 0, before % 60 days);
        assertLe(yearly(a, elapsed), yearly(b, elapsed));
    }

    function testFuzz_advance_driftsTowardsTheTarget(uint256 utilisation, uint32 elapsed) public {
        utilisation = bound(utilisation, 0, WAD);
        uint256 before = model.rateAtTarget(address(this));
        advance(utilisation, bound(elapsed, 1, 10 * 365 days));
        uint256 rate = model.rateAtTarget(address(this));
        if (utilisation > 0.9e18)
            assertGt(rate, before);
            // Within 10⁻¹¹ of the target a second moves less than the unit that is rounded up to.
        else if (utilisation < 0.9e18 - 1e8) assertLt(rate, before);
        else assertApproxEqAbs(rate, before, before / 100);
        advance(0.9e18, elapsed);
        assertEq(model.rateAtTarget(address(this)), rate);
    }

    function testFuzz_advance_isTheViewAndBounded(
        uint128[6] memory cash,
        uint128[6] memory debt,
        uint40[6] memory time
    ) public {
        for (uint256 i; i < 6; ++i) {
            uint256 quoted = model.ratePerSecondWad(address(this), cash[i], debt[i], time[i]);
            assertEq(model.advance(cash[i], debt[i], time[i]), quoted);
            uint256 atTarget = model.rateAtTarget(address(this));
            assertGe(atTarget, MIN);
            assertLe(atTarget, MAX);
            assertGe(quoted * 365 days, MIN / 4);
            assertLe(quoted, (MAX * 4) / 365 days + 1);
        }
    }

    /// No pool can hold so much that the model refuses to answer: repaying asks it.
    function testFuzz_rate_neverReverts(uint240 cash, uint240 debt, uint40 elapsed) public {
        model.advance(cash, debt, elapsed);
        model.ratePerSecondWad(address(this), cash, debt, elapsed);
    }

    function testFuzz_advance_onlyTheCallersState(address other, uint128 cash, uint128 debt, uint32 elapsed) public {
        vm.assume(other != address(this));
        advance(1e18, 3 days);
        uint256 mine = model.rateAtTarget(address(this));
        uint256 quoted = yearly(0.7e18, 1 days);
        vm.prank(other);
        model.advance(cash, debt, elapsed);
        assertEq(model.rateAtTarget(address(this)), mine);
        assertEq(yearly(0.7e18, 1 days), quoted);
    }

    /// A mean over the whole time is never below the means of its parts, and close to them: nobody gains by being idle or busy.
    function testFuzz_advance_pathIndependent(uint256 utilisation, uint32 elapsed, uint8 parts) public {
        utilisation = bound(utilisation, 0, WAD);
        elapsed = uint32(bound(elapsed, 1000, 5 days));
        parts = uint8(bound(parts, 2, 40));
        uint256 whole = yearly(utilisation, elapsed);
        uint256 sum;
        uint256 step = elapsed / parts;
        for (uint256 i; i < parts; ++i) {
            uint256 time = i + 1 == parts ? elapsed - step * i : step;
            sum += advance(utilisation, time) * time;
        }
        uint256 mean = (sum * 365 days) / elapsed;
        assertLe(mean, whole + 2 * 365 days);
        // Two trapezoids over x e-folds are x²/48 above the mean, 1 % for the 0.68 of five days.
        assertApproxEqRel(mean, whole, 0.01e18);
    }

    /// Ten years at utilisation 1, accrued at any rhythm: the debt is beyond all the tokens there could be, and nothing overflows: it can be repaid
    /// with any that there are, and lenders leave with them.
    function testFuzz_pool_tenYearsAtTheExtremes(uint256 seed) public {
        pool.setReserve(5_000, fund);
        lend(lender, 1_000_000e6);
        owe(1_000_000e6);
        uint256 end = vm.getBlockTimestamp() + 10 * 365 days;
        while (vm.getBlockTimestamp() < end) {
            seed = uint256(keccak256(abi.encode(seed)));
            later(1 + (seed % (seed % 3 == 0 ? 600 days : 60 days)));
            accrue();
        }
        assertEq(model.rateAtTarget(address(pool)), MAX);
        assertGt(pool.debtOf(ACCOUNT), 1e6 * 1_000_000e6);
        assertGe(pool.debtOf(ACCOUNT), pool.totalDebt());
        give(bob, type(uint128).max);
        uint256 tokens = type(uint128).max - 1_000_000e6;
        vm.prank(bob);
        pool.repay(ACCOUNT, tokens);
        later(1 days);
        uint256 max = pool.maxRedeem(lender);
        assertGt(max, 0);
        vm.prank(lender);
        pool.redeem(max, lender, lender);
        assertGt(token.balanceOf(lender), 1_000_000e6);
    }

    function test_pool_tenYearsWithoutDebt() public {
        lend(lender, 1_000_000e6);
        for (uint256 i; i < 20; ++i) {
            later(182 days);
            accrue();
        }
        assertEq(model.rateAtTarget(address(pool)), MIN);
        assertEq(pool.totalAssets(), 1_000_000e6);
    }

    /// What a borrower is told is what is booked, and each pool has a rate of its own.
    function testFuzz_pool_viewsAgreeWithTheAccrual(uint32[4] memory elapsed, uint40[4] memory lent) public {
        lend(lender, 1_000_000e6);
        owe(950_000e6);
        CreditPool other = newPool(model);
        for (uint256 i; i < 4; ++i) {
            later(elapsed[i] % 200 days);
            uint256 debt = pool.debtOf(ACCOUNT);
            uint256 total = pool.totalDebt();
            lend(bob, lent[i]);
            assertEq(pool.debtOf(ACCOUNT), debt);
            assertEq(pool.totalDebt(), total);
        }
        assertEq(model.rateAtTarget(address(other)), 0.04e18);
    }

    /// e^x·e^−x = 1, e^(x+y) = e^x·e^y, and e itself.
    function testFuzz_exponential_laws(int256 x, int256 y) public pure {
        x = bound(x, -20e27, 20e27);
        y = bound(y, -20e27, 20e27);
        uint256 ex = Exponential.expRay(x);
        assertApproxEqRel(ex * Exponential.expRay(-x), 1e54, 1e11 + 1e44 / (x < 0 ? ex : Exponential.expRay(-x)));
        if (x > 0 && y > 0) assertApproxEqRel(Exponential.expRay(x + y), (ex * Exponential.expRay(y)) / 1e27, 1e4);
        assertApproxEqAbs(Exponential.expRay(1e27), 2718281828459045235360287471, 100);
        assertEq(Exponential.expRay(0), 1e27);
    }
}
