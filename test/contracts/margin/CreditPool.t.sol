// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ICreditPool} from "../../../contracts/interfaces/ICreditPool.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {IPositionModule} from "../../../contracts/interfaces/IPositionModule.sol";
import {CreditPool} from "../../../contracts/margin/CreditPool.sol";
import {KinkedRateModel} from "../../../contracts/margin/KinkedRateModel.sol";
import {Deploy} from "../support/Deploy.sol";
import {FeeOnTransferToken, ReentrantToken} from "../support/HostileTokens.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// Borrowing, repaying, lending, interest
contract CreditPoolTest is MarginFixture {
    function test_borrow_onlyTheControllerWithinTheRequirement() public {
        bytes32 id = openAccount(1, 10, 0);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotController.selector, id, bob, alice));
        pool.borrow(id, 1_000e6, bob);
        vm.startPrank(alice);
        vm.expectRevert(ICreditPool.ZeroAmount.selector);
        pool.borrow(id, 0, alice);
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.DebtBelowMinimum.selector, id, MIN_DEBT - 1, MIN_DEBT));
        pool.borrow(id, MIN_DEBT - 1, alice);
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.InsufficientLiquidity.selector, 2_000_000e6, 1_000_000e6));
        pool.borrow(id, 2_000_000e6, alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.CoverageTooLow.selector, id, 111_555e6, 100_000e6 - 8));
        pool.borrow(id, 100_000e6, alice);
        pool.borrow(id, 80_000e6, bob);
        vm.stopPrank();
        assertEq(usdc.balanceOf(bob), 80_000e6);
        assertEq(pool.totalDebt(), 80_000e6);
        assertEq(pool.cash(), 920_000e6);
        assertEq(pool.initialRequirement(id), (80_000e6 * 111_555) / 100_000);
        assertEq(pool.maintenanceRequirement(id), (80_000e6 * 106_530) / 100_000);
        assertEq(pool.debtValue(id), 80_000e6);
    }

    function test_borrow_badPricesBlock() public {
        bytes32 id = openAccount(1, 10, 0);
        eth.push(0);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.PriceMissing.selector, setId, 2));
        pool.borrow(id, 1_000e6, alice);
        push(eth, 3_000);
        usdcFeed.push(0);
        vm.prank(alice);
        vm.expectRevert();
        pool.borrow(id, 1_000e6, alice);
    }

    function test_borrow_foreignAccountOrEngineCallsOnly() public {
        CreditPool other = newPool();
        bytes32 id = openAccount(1, 10, 0);
        vm.prank(alice);
        vm.expectRevert(IPositionModule.NotBound.selector);
        other.borrow(id, 1_000e6, alice);
        IMarginTypes.MarketConfig memory c = marketConfig(address(other));
        engine.createMarket(c);
        usdc.mint(address(this), 10_000e6);
        usdc.approve(address(other), 10_000e6);
        other.deposit(10_000e6, lender);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotModule.selector, id, address(other)));
        other.borrow(id, 1_000e6, alice);
        bytes memory notEngine = abi.encodeWithSelector(IPositionModule.NotEngine.selector, address(this));
        vm.expectRevert(notEngine);
        pool.borrowFor(id, 1, alice);
        vm.expectRevert(notEngine);
        pool.closeOut(id, 1, 0, alice);
        vm.expectRevert(notEngine);
        pool.chargeFee(id, 1, alice);
        vm.expectRevert(notEngine);
        pool.bindMarket(0, 1, 1, 1);
    }

    function test_repay_anyoneUpToAll() public {
        bytes32 id = openAccount(1, 10, 80_000e6);
        later(30 days);
        fund(bob, 100_000e6);
        vm.startPrank(bob);
        vm.expectRevert(ICreditPool.ZeroAmount.selector);
        pool.repay(id, 0);
        assertEq(pool.repay(id, 79_950e6), 79_950e6); // leaves less than minDebt: repaying is never blocked
        uint256 rest = pool.debtOf(id);
        assertEq(pool.repay(id, type(uint256).max), rest);
        assertEq(pool.debtOf(id), 0);
        assertEq(pool.totalDebt(), 0);
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.NoDebt.selector, id));
        pool.repay(id, 1);
        vm.stopPrank();
        assertEq(pool.cash(), usdc.balanceOf(address(pool)));
        assertGt(pool.totalAssets(), 1_000_000e6);
    }

    /// rate·time compounding each second, against a floating series of the exponential: e^(rt) from below and above.
    function testFuzz_interest_compounds(uint32 elapsed) public {
        elapsed = uint32(bound(elapsed, 1, 365 days));
        bytes32 id = openAccount(1, 99, 800_000e6);
        uint256 perSecond = pool.rateModel().ratePerSecondWad(address(pool), 200_000e6, 800_000e6, 1);
        later(elapsed);
        uint256 x = perSecond * elapsed; // rt, WAD
        uint256 series =
            1e18 + x + (x * x) / 2e18 + (((x * x) / 1e18) * x) / 6e18 + (((((x * x) / 1e18) * x) / 1e18) * x) / 24e18;
        uint256 expected = (800_000e6 * series) / 1e18;
        // (1 + r)^n < e^(rn), by r/2 relative per second: far below 10⁻⁶ here.
        assertApproxEqRel(pool.debtOf(id), expected, 1e12);
        assertGe(pool.debtOf(id), 800_000e6 + (uint256(800_000e6) * x) / 1e18);
        assertLe(pool.totalDebt(), pool.debtOf(id));
    }

    function test_interest_accrualIsPathIndependent() public {
        bytes32 id = openAccount(1, 99, 800_000e6);
        uint256 snapshot = vm.snapshotState();
        later(100 days);
        uint256 once = pool.debtOf(id);
        vm.revertToState(snapshot);
        for (uint256 i; i < 10; ++i) {
            later(10 days);
            supply(1); // accrues
        }
        // The rate falls by less than a millionth with the wei-sized deposits.
        assertApproxEqRel(pool.debtOf(id), once, 3e16);
        assertGe(pool.debtOf(id), once - once / 1000);
    }

    function test_interest_survivesAnySilence() public {
        bytes32 id = openAccount(1, 99, 800_000e6);
        later(10_000 days);
        uint256 debt = pool.debtOf(id);
        fund(bob, debt);
        vm.prank(bob);
        pool.repay(id, type(uint256).max);
        assertEq(pool.totalDebt(), 0);
    }

    function test_withdraw_limitedByCash() public {
        openAccount(1, 99, 800_000e6);
        assertEq(pool.maxWithdraw(lender), 200_000e6);
        vm.startPrank(lender);
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.InsufficientLiquidity.selector, 200_000e6 + 1, 200_000e6));
        pool.withdraw(200_000e6 + 1, lender, lender);
        uint256 all = pool.balanceOf(lender);
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.InsufficientLiquidity.selector, 1_000_000e6, 200_000e6));
        pool.redeem(all, lender, lender);
        pool.withdraw(200_000e6, lender, lender);
        vm.stopPrank();
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxRedeem.selector, bob, 1, 0));
        pool.redeem(1, bob, bob);
        vm.stopPrank();
        assertEq(pool.decimals(), 12);
        assertEq(pool.maxRedeem(lender), 0);
    }

    /// First-depositor inflation by donation: cash is counted, so a donation is a gift to nobody.
    function test_deposit_donationChangesNothing() public {
        uint256 before = pool.convertToAssets(1e12);
        usdc.mint(address(pool), 1_000_000e6);
        assertEq(pool.convertToAssets(1e12), before);
        assertEq(pool.totalAssets(), 1_000_000e6);
    }

    /// No sequence of deposits, withdrawals, loans and repayments takes more out than in.
    function testFuzz_lenders_neverProfitFromRounding(uint256 seed) public {
        bytes32 id = openAccount(1, 99, 100_000e6);
        later(37 days);
        fund(bob, 1_000_000e6);
        uint256 start = usdc.balanceOf(bob);
        uint256 assetsBefore = pool.totalAssets();
        for (uint256 i; i < 12; ++i) {
            uint256 r = uint256(keccak256(abi.encode(seed, i)));
            uint256 amount = 1 + ((r >> 8) % 1e6);
            vm.startPrank(bob);
            if (r % 4 == 0) pool.deposit(amount, bob);
            else if (r % 4 == 1) pool.mint(1 + ((r >> 8) % 1e12), bob);
            else if (r % 4 == 2) pool.redeem((r >> 8) % (pool.balanceOf(bob) + 1), bob, bob);
            else pool.repay(id, amount);
            vm.stopPrank();
        }
        uint256 shares = pool.balanceOf(bob);
        vm.prank(bob);
        pool.redeem(shares, bob, bob);
        assertLe(usdc.balanceOf(bob), start);
        assertGe(pool.totalAssets() + 1, assetsBefore);
        assertEq(pool.cash(), usdc.balanceOf(address(pool)));
    }

    function test_deposit_feeOnTransferIsRefused() public {
        FeeOnTransferToken token = new FeeOnTransferToken();
        CreditPool p = Deploy.creditPool(token, address(engine), board, USDC_ID, pool.rateModel(), 0, 1);
        token.mint(address(this), 100);
        token.approve(address(p), 100);
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.UnexpectedTransfer.selector, 100, 99));
        p.deposit(100, address(this));
    }

    function test_pool_reentrancy() public {
        ReentrantToken token = new ReentrantToken();
        CreditPool p = Deploy.creditPool(token, address(engine), board, USDC_ID, pool.rateModel(), 0, 1);
        token.mint(address(this), 1000);
        token.approve(address(p), 1000);
        p.deposit(100, address(this));
        bytes[5] memory calls = [
            abi.encodeCall(p.deposit, (1, address(this))),
            abi.encodeCall(p.withdraw, (1, address(this), address(this))),
            abi.encodeCall(p.redeem, (1, address(this), address(this))),
            abi.encodeCall(p.borrow, (0, 1, address(this))),
            abi.encodeCall(p.repay, (0, 1))
        ];
        for (uint256 i; i < calls.length; ++i) {
            token.callBack(address(p), calls[i]);
            vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            p.deposit(100, address(this));
            vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            p.withdraw(100, address(this), address(this));
        }
    }

    /// While the engine is inside a sale or an opening, nobody borrows and nobody is flagged from a token's callback.
    function test_engine_reentrancyThroughTheToken() public {
        ReentrantToken token = new ReentrantToken();
        CreditPool p = Deploy.creditPool(
            token,
            address(engine),
            board,
            USDC_ID,
            pool.rateModel(),
            DEBT_HAIRCUT,
            INITIAL_EXTRA
        );
        bytes32 other = engine.createMarket(marketConfig(address(p)));
        engine.addSource(other, sourceConfig());
        token.mint(address(this), 1e12);
        token.approve(address(p), 1e12);
        p.deposit(1e12, address(this));
        bytes32 victim = openAccount(1, 10, 85_000e6);
        prices(40_000, 2_000);
        board.takeSnapshot(setId);
        IMarginTypes.MarginProof memory proof = proofOf(2, 10, 10, 9000, MAJORS);
        bytes[3] memory calls = [
            abi.encodeCall(engine.flag, (victim)),
            abi.encodeCall(engine.clear, (victim)),
            abi.encodeCall(engine.release, (victim))
        ];
        for (uint256 i; i < calls.length; ++i) {
            token.callBack(address(engine), calls[i]);
            vm.prank(alice);
            vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            engine.open(other, SALT, proof, 1_000e6, alice);
        }
        token.callBack(address(pool), abi.encodeCall(pool.borrow, (victim, 1e6, alice)));
        vm.prank(alice);
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        engine.open(other, SALT, proof, 1_000e6, alice);
    }

    function test_constructor_parameters() public {
        KinkedRateModel model = new KinkedRateModel(0, 0, 0, 1);
        vm.expectRevert(
            abi.encodeWithSelector(ICreditPool.BadPoolParameter.selector, bytes32("debtHaircutBps"), 10_001)
        );
        Deploy.closedPool(usdc, address(engine), board, USDC_ID, model, 10_001, 1);
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.BadPoolParameter.selector, bytes32("initialExtraBps"), 0));
        Deploy.closedPool(usdc, address(engine), board, USDC_ID, model, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ICreditPool.BadPoolParameter.selector, bytes32("engine"), 0));
        Deploy.closedPool(usdc, address(0), board, USDC_ID, model, 0, 1);
    }

    function testFuzz_rate_kinked(uint256 utilisation) public {
        KinkedRateModel model = new KinkedRateModel(0.01e18, 0.05e18, 1e18, 0.9e18);
        utilisation = bound(utilisation, 0, 1e18);
        uint256 yearly =
            utilisation <= 0.9e18
                ? 0.01e18 + (0.04e18 * utilisation) / 0.9e18
                : 0.05e18 + (0.95e18 * (utilisation - 0.9e18)) / 0.1e18;
        uint256 rate = model.ratePerSecondWad(address(pool), 1e18 - utilisation, utilisation, 1);
        assertEq(rate, model.advance(1e18 - utilisation, utilisation, 1));
        assertGe(rate * 365 days, yearly);
        assertLt(rate * 365 days, yearly + 365 days);
    }

    function test_rate_errors() public {
        vm.expectRevert(abi.encodeWithSelector(KinkedRateModel.BadRates.selector, 2, 1, 3, 1));
        new KinkedRateModel(2, 1, 3, 1);
        vm.expectRevert(abi.encodeWithSelector(KinkedRateModel.BadRates.selector, 1, 1, 11e18, 1));
        new KinkedRateModel(1, 1, 11e18, 1);
        vm.expectRevert(abi.encodeWithSelector(KinkedRateModel.BadRates.selector, 1, 1, 1, 1e18));
        new KinkedRateModel(1, 1, 1, 1e18);
    }
}
