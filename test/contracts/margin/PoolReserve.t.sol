// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ICreditPool} from "../../../contracts/interfaces/ICreditPool.sol";
import {PoolFixture} from "../support/PoolFixture.sol";

/// The reserve's part of interest
contract PoolReserveTest is PoolFixture {
    function test_setReserve_ownerWithinBounds() public {
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, bob));
        pool.setReserve(1, fund);
        vm.expectRevert(
            abi.encodeWithSelector(ICreditPool.BadPoolParameter.selector, bytes32("reserveFactorBps"), 5_001)
        );
        pool.setReserve(5_001, fund);
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.BadPoolParameter.selector, bytes32("reserveRecipient"), 0));
        pool.setReserve(1, address(0));
        vm.expectRevert(
            abi.encodeWithSelector(
                ICreditPool.BadPoolParameter.selector,
                bytes32("reserveRecipient"),
                uint160(address(pool))
            )
        );
        pool.setReserve(1, address(pool));
        vm.expectEmit(address(pool));
        emit ICreditPool.ReserveSet(5_000, fund);
        pool.setReserve(5_000, fund);
        assertEq(pool.reserveFactorBps(), 5_000);
        assertEq(pool.reserveRecipient(), fund);
        pool.setReserve(0, address(0));
        assertEq(pool.reserveFactorBps(), 0);
    }

    /// The recipient's claim is the factor's part of the interest, to the unit and never above it; lenders have the rest.
    function testFuzz_reserve_isItsPartOfInterest(uint16 factor, uint96 lent, uint96 borrowed, uint32 elapsed) public {
        factor = uint16(bound(factor, 1, 5_000));
        lent = uint96(bound(lent, 1e6, 1e20));
        borrowed = uint96(bound(borrowed, 1, lent));
        lend(lender, lent);
        pool.setReserve(factor, fund);
        owe(borrowed);
        later(bound(elapsed, 1, 365 days));
        uint256 interest = pool.totalDebt() - borrowed;
        accrue();
        uint256 claim = pool.convertToAssets(pool.balanceOf(fund));
        assertLe(claim * 10_000, interest * factor);
        assertGe((claim + 2) * 10_000, interest * factor);
        uint256 lenders = pool.convertToAssets(pool.balanceOf(lender));
        assertLe(lenders + claim, pool.totalAssets());
        // Beside rounding, the 10⁶ virtual shares' part of the rest: one of lent + 1.
        assertGe(lenders + claim + 2 + interest / lent, pool.totalAssets());
    }

    /// What accrued under the old terms is shared by them, to whom they named.
    function test_setReserve_accruesBefore() public {
        lend(lender, 1_000_000e6);
        owe(900_000e6);
        later(30 days);
        pool.setReserve(1_000, fund);
        assertEq(pool.balanceOf(fund), 0);
        later(30 days);
        pool.setReserve(5_000, bob);
        uint256 shares = pool.balanceOf(fund);
        assertGt(shares, 0);
        assertEq(pool.balanceOf(bob), 0);
        later(30 days);
        pool.setReserve(0, bob);
        assertEq(pool.balanceOf(fund), shares);
        uint256 last = pool.balanceOf(bob);
        assertGt(last, shares);
        later(30 days);
        accrue();
        assertEq(pool.balanceOf(bob), last);
    }

    /// Conversions count shares that are not minted yet: nobody enters or leaves at another price than the views say.
    function testFuzz_reserve_viewsKnowWhatIsNotBooked(uint16 factor, uint32 elapsed) public {
        pool.setReserve(uint16(bound(factor, 0, 5_000)), fund);
        lend(lender, 1_000_000e6);
        owe(700_000e6);
        later(bound(elapsed, 1, 365 days));
        (uint256 assets, uint256 shares) = (pool.convertToAssets(1e40), pool.convertToShares(1e40));
        (uint256 max, uint256 maxShares) = (pool.maxWithdraw(lender), pool.maxRedeem(lender));
        uint256 total = pool.totalAssets();
        uint256 debt = pool.debtOf(ACCOUNT);
        accrue();
        assertEq(pool.convertToAssets(1e40), assets);
        assertEq(pool.convertToShares(1e40), shares);
        assertEq(pool.maxWithdraw(lender), max);
        assertEq(pool.maxRedeem(lender), maxShares);
        assertEq(pool.totalAssets(), total);
        assertEq(pool.debtOf(ACCOUNT), debt);
    }

    /// Accruing every second costs the reserve nothing but a unit, where rounding to token units would have cost it all of it.
    function test_reserve_everySecond() public {
        lend(lender, 1_000e6);
        pool.setReserve(1_000, fund);
        owe(100e6);
        uint256 before = pool.totalDebt();
        for (uint256 i; i < 200; ++i) {
            later(1);
            accrue();
        }
        uint256 interest = pool.totalDebt() - before;
        assertGt(interest, 5);
        assertLt(interest, 10 * 200);
        assertApproxEqAbs(pool.convertToAssets(pool.balanceOf(fund) * 1e6), interest * 1e5, 1e4);
    }

    function test_reserve_canBeRedeemed() public {
        lend(lender, 1_000_000e6);
        pool.setReserve(2_000, fund);
        owe(500_000e6);
        later(100 days);
        accrue();
        uint256 shares = pool.balanceOf(fund);
        vm.prank(fund);
        uint256 got = pool.redeem(shares, fund, fund);
        assertEq(token.balanceOf(fund), got);
        assertGt(got, 0);
    }
}
