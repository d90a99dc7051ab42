// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {ICreditPool} from "../../../contracts/interfaces/ICreditPool.sol";
import {IPriceBoard} from "../../../contracts/interfaces/IPriceBoard.sol";
import {CreditPool} from "../../../contracts/margin/CreditPool.sol";
import {Deploy} from "../support/Deploy.sol";
import {PoolFixture} from "../support/PoolFixture.sol";

/// Supply and borrow caps, and who may set them
contract PoolCapsTest is PoolFixture {
    function test_setCaps_onlyTheOwnerRaises() public {
        pool.setGuardian(guardian);
        pool.setCaps(1_000e6, 500e6);
        bytes memory notOwner = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian);
        vm.startPrank(guardian);
        vm.expectRevert(notOwner);
        pool.setCaps(1_000e6 + 1, 500e6);
        vm.expectRevert(notOwner);
        pool.setCaps(0, 500e6 + 1);
        vm.expectEmit(address(pool));
        emit ICreditPool.CapsSet(999e6, 500e6);
        pool.setCaps(999e6, 500e6);
        pool.setCaps(0, 0);
        vm.stopPrank();
        assertEq(pool.supplyCap() + pool.borrowCap(), 0);
        pool.setCaps(7, 8);
        assertEq(pool.supplyCap(), 7);
        assertEq(pool.borrowCap(), 8);
    }

    function test_setCaps_notByStrangersNorAFormerGuardian() public {
        vm.expectEmit(address(pool));
        emit ICreditPool.GuardianSet(guardian);
        pool.setGuardian(guardian);
        assertEq(pool.guardian(), guardian);
        pool.setGuardian(address(0));
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.NotGuardian.selector, guardian));
        pool.setCaps(0, 0);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, bob));
        pool.setGuardian(bob);
    }

    function test_constructor_beginsClosed() public {
        CreditPool closed = Deploy.closedPool(token, address(engine), IPriceBoard(address(0)), "USDC", model, 0, 1);
        assertEq(closed.owner(), address(this));
        assertEq(closed.maxDeposit(lender), 0);
        assertEq(closed.maxMint(lender), 0);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxDeposit.selector, lender, 1, 0));
        closed.deposit(1, lender);
    }

    function testFuzz_deposit_upToTheSupplyCapAndInterestBeyondIt(uint128 cap, uint128 first, uint32 elapsed) public {
        cap = uint128(bound(cap, 1e6, type(uint128).max));
        first = uint128(bound(first, 1e6, cap));
        pool.setCaps(cap, type(uint128).max);
        lend(lender, first);
        owe(first / 2);
        later(bound(elapsed, 0, 3 * 365 days));
        uint256 room = pool.maxDeposit(bob);
        uint256 assets = pool.totalAssets();
        assertEq(room, assets >= cap ? 0 : cap - assets);
        give(bob, room + 1);
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxDeposit.selector, bob, room + 1, room));
        pool.deposit(room + 1, bob);
        uint256 maxShares = pool.maxMint(bob);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxMint.selector, bob, maxShares + 1, maxShares));
        pool.mint(maxShares + 1, bob);
        pool.mint(maxShares, bob);
        pool.deposit(pool.maxDeposit(bob), bob);
        vm.stopPrank();
        assertEq(pool.totalAssets(), assets + room);
    }

    function testFuzz_borrow_upToTheBorrowCap(uint128 cap, uint128 first) public {
        cap = uint128(bound(cap, 2, 1e30));
        first = uint128(bound(first, 1, cap));
        lend(lender, uint256(cap) + 1);
        pool.setCaps(type(uint128).max, cap);
        owe(first);
        uint256 rest = cap - first;
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.BorrowCapExceeded.selector, uint256(cap) + 1, cap));
        pool.borrow("another", rest + 1, bob);
        if (rest > 0) pool.borrow("another", rest, bob);
        assertEq(pool.totalDebt(), cap);
    }

    /// Both caps at 0 are how a pool is stopped. What must go on goes on.
    function test_setCaps_zeroHoldsUpNothingButLendingAndBorrowing() public {
        lend(lender, 1_000e6);
        owe(500e6);
        pool.setCaps(0, 0);
        later(1 days);
        vm.expectPartialRevert(ICreditPool.BorrowCapExceeded.selector);
        pool.borrow(ACCOUNT, 1, bob);
        assertEq(engine.chargeFee(pool, ACCOUNT, 5e6, bob), 5e6);
        vm.prank(lender);
        pool.withdraw(100e6, lender, lender);
        give(bob, 1_000e6);
        vm.prank(bob);
        pool.repay(ACCOUNT, type(uint256).max);
        assertEq(pool.totalDebt(), 0);
        uint256 all = pool.balanceOf(lender);
        vm.prank(lender);
        pool.redeem(all, lender, lender);
        assertEq(pool.balanceOf(lender), 0);
    }

    function test_bindMarket_minimumDebtMustFit() public {
        CreditPool other = Deploy.creditPool(token, address(this), IPriceBoard(address(0)), "USDC", model, 0, 1);
        uint128 tooMuch = uint128(type(uint96).max) + 1;
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.BadPoolParameter.selector, bytes32("minDebt"), tooMuch));
        other.bindMarket("market", 500, 100, tooMuch);
        other.bindMarket("market", 500, 100, tooMuch - 1);
        assertEq(other.minDebt(), tooMuch - 1);
    }
}
