// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ICreditPool} from "../../../contracts/interfaces/ICreditPool.sol";
import {IPositionModule} from "../../../contracts/interfaces/IPositionModule.sol";
import {InsuranceFund} from "../../../contracts/margin/InsuranceFund.sol";
import {Deploy} from "../support/Deploy.sol";
import {PoolFixture} from "../support/PoolFixture.sol";

/// A fund that does its worst when it is asked.
contract HostileFund {
    address public immutable pool;

    constructor(address pool_) {
        pool = pool_;
    }

    fallback() external {
        revert("no");
    }
}

/// takeOver, receiveLot, writeDown, provision: what a pool's books say of bad debt (LIQ-8)
contract PoolLossesTest is PoolFixture {
    bytes32 private constant KEY = "lock";
    uint256 private constant VIRTUAL = 1e6;

    InsuranceFund private insurance;

    function setUp() public override {
        super.setUp();
        insurance = Deploy.insuranceFund(address(this), pool);
        pool.setInsuranceFund(address(insurance));
        lend(lender, 1_000e6);
        lend(bob, 1_000e6);
        owe(1_000e6);
    }

    // Takeover.

    function test_takeOver_fundPaysTheWholeIfItCan() public {
        token.mint(address(insurance), 600e6);
        vm.expectEmit(address(pool));
        emit ICreditPool.ClaimTaken(ACCOUNT, KEY, 500e6, 0, 500e6);
        assertEq(engine.takeOver(pool, ACCOUNT, KEY, 500e6, 400e6), 500e6);
        assertEq(pool.cash(), 1_500e6);
        assertEq(pool.debtOf(ACCOUNT), 500e6);
        assertEq(pool.totalAssets(), 2_000e6);
        assertEq(pool.carriedClaims(), 0);
        _claim(500e6, 0, 500e6);
        assertEq(token.balanceOf(address(insurance)), 100e6);

        // So the whole price is the fund's.
        give(address(this), 550e6);
        engine.receiveLot(pool, KEY, 550e6, address(this));
        assertEq(token.balanceOf(address(insurance)), 650e6);
        assertEq(pool.totalAssets(), 2_000e6);
        assertEq(pool.lockedGain(), 0);
    }

    function test_takeOver_poolCarriesWhatIsSureAndBooksTheRest() public {
        token.mint(address(insurance), 30e6);
        vm.expectEmit(address(pool));
        emit ICreditPool.LossBooked(100e6, 30e6);
        vm.expectEmit(address(pool));
        emit ICreditPool.ClaimTaken(ACCOUNT, KEY, 500e6, 400e6, 30e6);
        engine.takeOver(pool, ACCOUNT, KEY, 500e6, 400e6);
        assertEq(pool.carriedClaims(), 400e6);
        assertEq(pool.cash(), 1_030e6);
        assertEq(pool.totalAssets(), 1_930e6);
        _claim(500e6, 400e6, 30e6);
        // Both lenders alike.
        assertApproxEqAbs(pool.convertToAssets(pool.balanceOf(lender)), 965e6, 1);
        assertApproxEqAbs(pool.convertToAssets(pool.balanceOf(bob)), 965e6, 1);
    }

    /// The fund's shares are burnt at what they were worth before the loss: other lenders lose nothing while they last.
    function test_takeOver_burnsTheFundsShares() public {
        lend(lender, 200e6);
        vm.startPrank(lender);
        pool.transfer(address(insurance), pool.previewWithdraw(200e6));
        vm.stopPrank();
        uint256 before = pool.convertToAssets(pool.balanceOf(bob));
        engine.takeOver(pool, ACCOUNT, KEY, 500e6, 350e6);
        assertApproxEqAbs(pool.convertToAssets(pool.balanceOf(bob)), before, 1);
        assertApproxEqAbs(pool.convertToAssets(pool.balanceOf(address(insurance))), 50e6, 2);
        _claim(500e6, 350e6, 150e6);
    }

    function test_takeOver_lossBeyondTheFund() public {
        lend(lender, 50e6);
        vm.startPrank(lender);
        pool.transfer(address(insurance), pool.previewWithdraw(50e6));
        vm.stopPrank();
        engine.takeOver(pool, ACCOUNT, KEY, 1_000e6, 0);
        assertEq(pool.balanceOf(address(insurance)), 0);
        assertEq(pool.totalAssets(), 1_050e6);
        (uint256 owed, uint256 carried, uint256 covered) = pool.claimOf(KEY);
        assertEq(owed, 1_000e6);
        assertEq(carried, 0);
        assertApproxEqAbs(covered, 50e6, 2);
        assertApproxEqAbs(pool.convertToAssets(pool.balanceOf(bob)), 525e6, 2);
    }

    function test_takeOver_withoutAFundOrWithOneThatFails() public {
        pool.setInsuranceFund(address(new HostileFund(address(pool))));
        engine.takeOver(pool, ACCOUNT, KEY, 300e6, 100e6);
        assertEq(pool.totalAssets(), 1_800e6);
        pool.setInsuranceFund(address(0));
        engine.takeOver(pool, ACCOUNT, "another", 300e6, 300e6);
        assertEq(pool.totalAssets(), 1_800e6);
        assertEq(pool.carriedClaims(), 400e6);
        // A claim at its full value is no loss, whatever it is said to be worth beyond.
        engine.takeOver(pool, ACCOUNT, "third", 300e6, 10_000e6);
        assertEq(pool.totalAssets(), 1_800e6);
    }

    function test_takeOver_bookedOnce() public {
        engine.takeOver(pool, ACCOUNT, KEY, 300e6, 100e6);
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.BadClaim.selector, KEY));
        engine.takeOver(pool, ACCOUNT, KEY, 300e6, 100e6);
    }

    /// Bad debt that nothing stands for: no claim is kept.
    function test_takeOver_withoutAClaim() public {
        token.mint(address(insurance), 2_000e6);
        engine.takeOver(pool, ACCOUNT, 0, type(uint256).max, 0);
        assertEq(pool.debtOf(ACCOUNT), 0);
        assertEq(pool.totalAssets(), 2_000e6);
        assertEq(token.balanceOf(address(insurance)), 1_000e6);
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.BadClaim.selector, bytes32(0)));
        engine.receiveLot(pool, 0, 0, address(this));
    }

    // Sale.

    /// What comes in pays the pool's carrying value, the fund, what lenders lost; the rest is the fund's.
    function test_receiveLot_waterfall() public {
        token.mint(address(insurance), 30e6);
        engine.takeOver(pool, ACCOUNT, KEY, 500e6, 400e6); // carried 400, fund 30, lost 70
        give(address(this), 700e6);
        vm.expectEmit(address(pool));
        emit ICreditPool.LotReceived(KEY, 700e6, 230e6, 70e6);
        engine.receiveLot(pool, KEY, 700e6, address(this));
        assertEq(token.balanceOf(address(insurance)), 230e6);
        assertEq(pool.carriedClaims(), 0);
        assertEq(pool.lockedGain(), 70e6);
        assertEq(pool.totalAssets(), 1_930e6);
        later(3.5 days);
        assertEq(pool.lockedGain(), 35e6);
        later(3.5 days);
        accrue();
        assertEq(pool.lockedGain(), 0);
        assertGe(pool.totalAssets(), 2_000e6); // and interest
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.BadClaim.selector, KEY));
        engine.receiveLot(pool, KEY, 1, address(this));
    }

    function test_receiveLot_withoutAFundAllIsTheLenders() public {
        pool.setInsuranceFund(address(0));
        engine.takeOver(pool, ACCOUNT, KEY, 500e6, 400e6);
        give(address(this), 700e6);
        engine.receiveLot(pool, KEY, 700e6, address(this));
        assertEq(pool.lockedGain(), 300e6);
        assertEq(pool.totalAssets(), 1_900e6);
    }

    function test_receiveLot_lessThanCarriedIsALoss() public {
        engine.takeOver(pool, ACCOUNT, KEY, 500e6, 400e6);
        assertEq(pool.totalAssets(), 1_900e6);
        token.mint(address(insurance), 50e6);
        give(address(this), 250e6);
        vm.expectEmit(address(pool));
        emit ICreditPool.LossBooked(150e6, 50e6);
        engine.receiveLot(pool, KEY, 250e6, address(this));
        assertEq(pool.totalAssets(), 1_800e6);
        assertEq(pool.carriedClaims(), 0);
        assertEq(pool.cash(), 1_300e6);
    }

    /// Nobody deposits before a sale and leaves with part of its gain.
    function testFuzz_receiveLot_notToBeSharedByACall(uint256 deposited, uint256 price) public {
        engine.takeOver(pool, ACCOUNT, KEY, 500e6, 200e6);
        deposited = bound(deposited, 1, 1e15);
        price = bound(price, 0, 1e12);
        address guest = address(0x9e57);
        uint256 shares = lend(guest, deposited);
        give(address(this), price);
        engine.receiveLot(pool, KEY, price, address(this));
        vm.prank(guest);
        assertLe(pool.redeem(shares, guest, guest), deposited);
    }

    function test_writeDown_thenSoldAfterAll() public {
        token.mint(address(insurance), 30e6);
        engine.takeOver(pool, ACCOUNT, KEY, 500e6, 400e6);
        token.mint(address(insurance), 100e6);
        engine.writeDown(pool, KEY);
        _claim(500e6, 0, 130e6);
        assertEq(pool.totalAssets(), 2_000e6 - 370e6);
        assertEq(pool.carriedClaims(), 0);
        give(address(this), 450e6);
        engine.receiveLot(pool, KEY, 450e6, address(this));
        assertEq(token.balanceOf(address(insurance)), 130e6);
        assertEq(pool.lockedGain(), 320e6);
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.BadClaim.selector, KEY));
        engine.writeDown(pool, KEY);
    }

    /// A loss takes gains first that are nobody's yet.
    function test_loss_absorbedByLockedGain() public {
        pool.setInsuranceFund(address(0));
        engine.takeOver(pool, ACCOUNT, KEY, 500e6, 400e6);
        give(address(this), 500e6);
        engine.receiveLot(pool, KEY, 500e6, address(this));
        assertEq(pool.totalAssets(), 1_900e6);
        engine.takeOver(pool, ACCOUNT, "second", 200e6, 130e6); // loses 70 of the 100 that are locked
        assertEq(pool.totalAssets(), 1_900e6);
        assertEq(pool.lockedGain(), 30e6);
        engine.takeOver(pool, ACCOUNT, "third", 200e6, 130e6);
        assertEq(pool.totalAssets(), 1_860e6);
        assertEq(pool.lockedGain(), 0);
    }

    // Provisions.

    /// Nobody runs first: who leaves is paid as if the debt were lost, who stays has the difference if it is not.
    function test_provision_pricesTheWayOut() public {
        engine.provision(pool, ACCOUNT, 400e6);
        assertEq(pool.totalAssets(), 1_600e6);
        assertEq(pool.provisions(), 400e6);
        assertEq(pool.provisionOf(ACCOUNT), 400e6);
        uint256 shares = pool.balanceOf(lender);
        vm.prank(lender);
        assertApproxEqAbs(pool.redeem(shares, lender, lender), 800e6, 1);
        // Bob, who stayed, has his own share of a loss that comes, …
        assertApproxEqAbs(pool.convertToAssets(pool.balanceOf(bob)), 800e6, 1);
        engine.takeOver(pool, ACCOUNT, KEY, 1_000e6, 600e6);
        assertApproxEqAbs(pool.convertToAssets(pool.balanceOf(bob)), 800e6, 1);
        assertEq(pool.provisions(), 0);
    }

    /// … and who comes in pays the full price, so a provision that is released is no gift to him.
    function testFuzz_provision_noGainByTiming(uint256 deposited, uint256 provision) public {
        deposited = bound(deposited, 1, 1e15);
        engine.provision(pool, ACCOUNT, bound(provision, 0, 2_000e6));
        uint256 shares = lend(address(this), deposited);
        engine.provision(pool, ACCOUNT, 0);
        assertLe(pool.redeem(shares, address(this), address(this)), deposited);
    }

    function test_provision_setNotAddedAndAtMostTheDebt() public {
        engine.provision(pool, ACCOUNT, 100e6);
        engine.provision(pool, ACCOUNT, 300e6);
        assertEq(pool.provisions(), 300e6);
        vm.expectEmit(address(pool));
        emit ICreditPool.Provisioned(ACCOUNT, 1_000e6, 1_000e6);
        engine.provision(pool, ACCOUNT, 5_000e6);
        engine.provision(pool, "owes nothing", 5_000e6);
        assertEq(pool.provisions(), 1_000e6);
        // What is repaid needs none.
        give(address(this), 700e6);
        pool.repay(ACCOUNT, 700e6);
        assertEq(pool.provisions(), 300e6);
        assertEq(pool.totalAssets(), 1_700e6);
    }

    /// A preview is what happens, with provisions, claims and gains in the books.
    function testFuzz_previews_withDoubts(uint256 amount, uint256 provision, uint256 carried) public {
        engine.takeOver(pool, ACCOUNT, KEY, 400e6, bound(carried, 0, 400e6));
        give(address(this), 1_000e6);
        engine.receiveLot(pool, KEY, 390e6, address(this));
        engine.provision(pool, ACCOUNT, bound(provision, 0, 600e6));
        later(1 days);
        amount = bound(amount, 1, 500e6);
        give(bob, 1_000e6);
        vm.startPrank(bob);
        uint256 preview = pool.previewDeposit(amount);
        assertEq(pool.deposit(amount, bob), preview);
        preview = pool.previewMint(amount);
        assertEq(pool.mint(amount, bob), preview);
        preview = pool.previewWithdraw(amount);
        assertEq(pool.withdraw(amount, bob, bob), preview);
        preview = pool.previewRedeem(amount);
        assertEq(pool.redeem(amount, bob, bob), preview);
    }

    // Who.

    function test_losses_onlyTheEngine() public {
        vm.startPrank(bob);
        bytes memory no = abi.encodeWithSelector(IPositionModule.NotEngine.selector, bob);
        vm.expectRevert(no);
        pool.takeOver(ACCOUNT, KEY, 1, 1);
        vm.expectRevert(no);
        pool.receiveLot(KEY, 1, bob);
        vm.expectRevert(no);
        pool.writeDown(KEY);
        vm.expectRevert(no);
        pool.provision(ACCOUNT, 1);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, bob));
        pool.setInsuranceFund(bob);
        vm.stopPrank();
    }

    /// A lender's shares are never burnt: what is named must be a fund of this pool.
    function test_setInsuranceFund_onlyOneOfThisPool() public {
        address other = address(new HostileFund(bob));
        vm.expectRevert(
            abi.encodeWithSelector(ICreditPool.BadPoolParameter.selector, bytes32("insuranceFund"), uint160(other))
        );
        pool.setInsuranceFund(other);
        vm.expectRevert();
        pool.setInsuranceFund(lender);
        vm.expectRevert();
        pool.setInsuranceFund(address(token));
        vm.expectEmit(address(pool));
        emit ICreditPool.InsuranceFundSet(address(0));
        pool.setInsuranceFund(address(0));
    }

    function _claim(uint256 owed, uint256 carried, uint256 covered) private view {
        (uint256 o, uint256 c, uint256 v) = pool.claimOf(KEY);
        assertEq(o, owed);
        assertEq(c, carried);
        assertApproxEqAbs(v, covered, 1);
    }
}
