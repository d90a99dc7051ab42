// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICreditPool} from "../../../contracts/interfaces/ICreditPool.sol";
import {PoolFixture} from "../support/PoolFixture.sol";

/// EIP-4626: previews are what happens, roundings are the pool's, maxima are taken
contract PoolPreviewsTest is PoolFixture {
    /// A pool that has lent, with interest and a reserve's share that nobody booked.
    modifier used(uint256 seed) {
        pool.setReserve(uint16(seed % 5_001), fund);
        lend(lender, 1e6 + (seed % 1e15));
        owe(1 + (uint256(keccak256(abi.encode(seed))) % pool.cash()));
        later(1 + (seed % 400 days));
        _;
    }

    function testFuzz_deposit_isItsPreview(uint256 seed, uint96 assets) public used(seed) {
        give(bob, assets);
        uint256 preview = pool.previewDeposit(assets);
        assertEq(preview, pool.convertToShares(assets));
        vm.prank(bob);
        assertEq(pool.deposit(assets, bob), preview);
        assertEq(pool.balanceOf(bob), preview);
        assertLe(pool.previewRedeem(preview), assets);
    }

    function testFuzz_mint_isItsPreview(uint256 seed, uint96 shares) public used(seed) {
        uint256 preview = pool.previewMint(shares);
        assertGe(preview, pool.convertToAssets(shares));
        assertLe(preview, pool.convertToAssets(shares) + 1);
        give(bob, preview);
        vm.prank(bob);
        assertEq(pool.mint(shares, bob), preview);
        assertEq(token.balanceOf(bob), 0);
        assertEq(pool.balanceOf(bob), shares);
    }

    function testFuzz_withdraw_isItsPreviewUpToTheMaximum(uint256 seed, uint256 assets) public used(seed) {
        uint256 max = pool.maxWithdraw(lender);
        assertLe(max, pool.cash());
        vm.startPrank(lender);
        vm.expectRevert();
        pool.withdraw(max + 1, lender, lender);
        assets = bound(assets, 0, max);
        uint256 preview = pool.previewWithdraw(assets);
        assertGe(preview, pool.convertToShares(assets));
        assertEq(pool.withdraw(assets, lender, lender), preview);
        pool.withdraw(pool.maxWithdraw(lender), lender, lender);
        vm.stopPrank();
        assertEq(token.balanceOf(lender), max);
    }

    function testFuzz_redeem_isItsPreviewUpToTheMaximum(uint256 seed, uint256 shares) public used(seed) {
        uint256 max = pool.maxRedeem(lender);
        shares = bound(shares, 0, max);
        uint256 preview = pool.previewRedeem(shares);
        assertEq(preview, pool.convertToAssets(shares));
        vm.startPrank(lender);
        vm.expectRevert();
        pool.redeem(max + 1, lender, lender);
        assertEq(pool.redeem(shares, lender, lender), preview);
        pool.redeem(pool.maxRedeem(lender), lender, lender);
        vm.stopPrank();
    }

    function test_withdraw_beyondLiquidity() public {
        lend(lender, 1_000e6);
        owe(900e6);
        vm.prank(lender);
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.InsufficientLiquidity.selector, 100e6 + 1, 100e6));
        pool.withdraw(100e6 + 1, lender, lender);
    }

    /// First depositor, donor and sandwich in one: whatever the sums and the time between, the attacker ends with no more, the victim loses a unit at most.
    function testFuzz_deposit_noFirstDepositorGains(uint64 first, uint64 donation, uint64 victims, uint64 loan) public {
        give(bob, uint256(first) + donation);
        vm.startPrank(bob);
        pool.deposit(first, bob);
        token.transfer(address(pool), donation);
        vm.stopPrank();
        lend(lender, victims);
        if (loan % (pool.cash() + 1) != 0) {
            owe(loan % (pool.cash() + 1));
            give(address(this), 2 * uint256(type(uint64).max));
            pool.repay(ACCOUNT, type(uint256).max);
        }
        uint256 shares = pool.balanceOf(bob);
        vm.prank(bob);
        pool.redeem(shares, bob, bob);
        assertLe(token.balanceOf(bob), first);
        shares = pool.balanceOf(lender);
        vm.prank(lender);
        assertGe(pool.redeem(shares, lender, lender) + 1, victims);
    }
}
