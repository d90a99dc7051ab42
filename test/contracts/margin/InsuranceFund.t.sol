// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IInsuranceFund} from "../../../contracts/interfaces/IInsuranceFund.sol";
import {InsuranceFund} from "../../../contracts/margin/InsuranceFund.sol";
import {Deploy} from "../support/Deploy.sol";
import {PoolFixture} from "../support/PoolFixture.sol";

contract InsuranceFundTest is PoolFixture {
    InsuranceFund private insurance;

    function setUp() public override {
        super.setUp();
        insurance = Deploy.insuranceFund(address(this), pool);
    }

    function test_cover_onlyThePool() public {
        token.mint(address(insurance), 100);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.NotPool.selector, address(this)));
        insurance.cover(1, false);
        vm.startPrank(address(pool));
        assertEq(insurance.cover(101, true), 0);
        assertEq(insurance.cover(30, true), 30);
        assertEq(insurance.cover(101, false), 70);
        assertEq(insurance.cover(1, false), 0);
        assertEq(token.balanceOf(address(pool)), 100);
    }

    function test_redeem_turnsTheReserveIntoAssets() public {
        lend(lender, 1_000e6);
        uint256 shares = pool.balanceOf(lender);
        vm.prank(lender);
        pool.transfer(address(insurance), shares);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, bob));
        insurance.redeem(shares);
        assertApproxEqAbs(insurance.redeem(shares), 1_000e6, 1);
        assertApproxEqAbs(token.balanceOf(address(insurance)), 1_000e6, 1);
    }

    function test_withdraw_onlyWhatWasAnnouncedFourteenDaysAgo() public {
        token.mint(address(insurance), 100);
        vm.expectRevert(IInsuranceFund.NothingAnnounced.selector);
        insurance.withdraw();
        vm.expectRevert(IInsuranceFund.NothingAnnounced.selector);
        insurance.cancelWithdrawal();
        uint256 readyAt = vm.getBlockTimestamp() + 14 days;
        vm.expectEmit(address(insurance));
        emit IInsuranceFund.WithdrawalAnnounced(token, bob, 60, readyAt);
        insurance.announceWithdrawal(token, bob, 60);
        later(14 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.NotReady.selector, readyAt));
        insurance.withdraw();
        later(1);
        assertEq(insurance.withdraw(), 60);
        assertEq(token.balanceOf(bob), 60);
        vm.expectRevert(IInsuranceFund.NothingAnnounced.selector);
        insurance.withdraw();

        insurance.announceWithdrawal(token, bob, 1);
        insurance.cancelWithdrawal();
        later(15 days);
        vm.expectRevert(IInsuranceFund.NothingAnnounced.selector);
        insurance.withdraw();

        // Losses come first: what is left goes.
        insurance.announceWithdrawal(token, bob, 40);
        vm.prank(address(pool));
        insurance.cover(15, false);
        later(14 days);
        assertEq(insurance.withdraw(), 25);

        // An announcement is no standing permission.
        insurance.announceWithdrawal(token, bob, type(uint256).max);
        uint256 until = vm.getBlockTimestamp() + 21 days;
        later(21 days + 1);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.AnnouncementLapsed.selector, until));
        insurance.withdraw();
    }

    function test_withdraw_onlyTheOwner() public {
        vm.startPrank(bob);
        bytes memory no = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, bob);
        vm.expectRevert(no);
        insurance.announceWithdrawal(IERC20(token), bob, 1);
        vm.expectRevert(no);
        insurance.cancelWithdrawal();
        vm.expectRevert(no);
        insurance.withdraw();
    }
}
