// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ICreditPool} from "../../../contracts/interfaces/ICreditPool.sol";
import {ICrossMargin} from "../../../contracts/interfaces/ICrossMargin.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {IPositionModule} from "../../../contracts/interfaces/IPositionModule.sol";
import {IPriceBoard} from "../../../contracts/interfaces/IPriceBoard.sol";
import {CreditPool} from "../../../contracts/margin/CreditPool.sol";
import {CrossMargin} from "../../../contracts/margin/CrossMargin.sol";
import {KinkedRateModel} from "../../../contracts/margin/KinkedRateModel.sol";
import {MarginLens} from "../../../contracts/periphery/MarginLens.sol";
import {Deploy} from "../support/Deploy.sol";
import {MarginFixture} from "../support/MarginFixture.sol";
import {ReplayAggregator} from "../support/ReplayAggregator.sol";
import {TestToken} from "../support/TestToken.sol";

/// CrossMargin: one account that owes two pools, USDC and WETH (ACC-4, LIQ-3, LIQ-8, ADR 0018)
contract CrossMarginTest is MarginFixture {
    bytes32 private constant WETH_ID = "WETH";
    uint128 private constant WETH_MIN = 0.1e18;

    TestToken private weth;
    ReplayAggregator private wethFeed;
    CrossMargin private cross;
    CreditPool private ethPool;

    function setUp() public override {
        super.setUp();
        weth = new TestToken("Wrapped Ether", "WETH", 18);
        wethFeed = new ReplayAggregator(8, "ETH / USD", 3_000e8);
        board.addAsset(WETH_ID, feedConfig(wethFeed, 18));
        cross = Deploy.crossMargin(address(engine));
        pool = _pool(usdc, USDC_ID);
        ethPool = _pool(weth, WETH_ID);
        cross.addPool(pool, MIN_DEBT);
        cross.addPool(ethPool, WETH_MIN);
        marketId = engine.createMarket(marketConfig(address(cross)));
        engine.addSource(marketId, sourceConfig());
        supply(1_000_000e6);
        weth.mint(lender, 1_000e18);
        vm.startPrank(lender);
        weth.approve(address(ethPool), type(uint256).max);
        ethPool.deposit(1_000e18, lender);
        vm.stopPrank();
    }

    // Requirements.

    /// 40,000 USDC and 15 ETH at $3,000: the requirement is the sum of both, each priced up by its own haircut.
    function test_borrow_requirementsAreSummed() public {
        bytes32 id = _open();
        uint256 bps = 10_000 + MAX_BONUS + BUFFER;
        uint256 usdcPart = (uint256(40_000e6) * (10_000 + DEBT_HAIRCUT) * bps) / 1e8;
        uint256 ethPart = (uint256(45_000e6) * (10_000 + DEBT_HAIRCUT) * bps) / 1e8;
        assertApproxEqAbs(cross.maintenanceRequirement(id), usdcPart + ethPart, 2);
        assertGt(cross.initialRequirement(id), cross.maintenanceRequirement(id));
        assertEq(cross.debtOf(id), 85_000e6 + 1); // prices of debts are rounded up
        assertEq(cross.debtValue(id), cross.debtOf(id));
        assertEq(usdc.balanceOf(alice), 40_000e6);
        assertEq(weth.balanceOf(alice), 15e18);
    }

    /// What is owed to one pool leaves less to borrow from the other.
    function test_borrow_oneCoverageForAll() public {
        bytes32 id = _open();
        uint256 requirement = cross.initialRequirement(id);
        assertLt(requirement, 100_000e6);
        // Another 5 ETH are $15,000.
        vm.prank(alice);
        vm.expectPartialRevert(IMarginTypes.CoverageTooLow.selector);
        ethPool.borrow(id, 5e18, alice);
        vm.prank(alice);
        vm.expectPartialRevert(IMarginTypes.CoverageTooLow.selector);
        pool.borrow(id, 15_000e6, alice);
    }

    function test_borrow_onlyTheController() public {
        bytes32 id = _open();
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotController.selector, id, bob, alice));
        vm.prank(bob);
        ethPool.borrow(id, 1e18, bob);
    }

    /// A feed of a debt that the account does not have is not asked.
    function test_borrow_deadFeedOfAnotherPoolDoesNotMatter() public {
        bytes32 id = openAccount(1, 10, 40_000e6);
        wethFeed.push(0);
        vm.prank(alice);
        pool.borrow(id, 1_000e6, alice);
        vm.prank(alice);
        vm.expectPartialRevert(IPriceBoard.PriceUnavailable.selector);
        ethPool.borrow(id, 1e18, alice);
    }

    function test_repay_bothThenHome() public {
        bytes32 id = _open();
        _fund(alice);
        vm.startPrank(alice);
        pool.repay(id, type(uint256).max);
        vm.expectPartialRevert(IMarginTypes.DebtOutstanding.selector);
        engine.release(id);
        wethFeed.push(0); // nobody needs a price to repay
        ethPool.repay(id, type(uint256).max);
        engine.release(id);
        vm.stopPrank();
        assertEq(engine.account(id).locks.length, 0);
    }

    /// Repaying either debt clears the flag.
    function test_repay_clears() public {
        bytes32 id = _flagged();
        _fund(alice);
        vm.prank(alice);
        ethPool.repay(id, 4e18);
        assertEq(engine.account(id).flaggedAt, 0);
    }

    /// A screen of both: what is owed to one pool is not to be borrowed from the other.
    function test_screen_ofBothPools() public {
        bytes32 id = _open();
        MarginLens lens = new MarginLens();
        MarginLens.Screen memory s = lens.screen(engine, id);
        assertEq(s.module, address(cross));
        assertEq(s.debtValue, cross.debtOf(id));
        assertEq(s.initialRequirement, cross.initialRequirement(id));
        assertTrue(s.covered);
        assertEq(s.pools.length, 2);
        assertEq(s.pools[1].pool, address(ethPool));
        assertEq(s.pools[1].debtAssets, 15e18);
        vm.startPrank(alice);
        ethPool.borrow(id, s.pools[1].borrowable, alice);
        vm.expectPartialRevert(IMarginTypes.CoverageTooLow.selector);
        pool.borrow(id, 3, alice);
        vm.stopPrank();
        wethFeed.push(0);
        later(2 days);
        push(usdcFeed, 1);
        s = lens.screen(engine, id);
        assertFalse(s.debtPriceKnown || s.covered);
        assertEq(s.pools[1].debtAssets, ethPool.debtOf(id));
    }

    // Liquidation.

    /// The fixed fee comes from the first pool that the account owes.
    function test_flag_paysItsFee() public {
        bytes32 id = _flagged();
        assertEq(usdc.balanceOf(keeper), FLAG_FEE);
        assertApproxEqAbs(cross.debtOf(id), 82_000e6 + FLAG_FEE, 2);
    }

    /// A pool without cash does not pay it, the next one does.
    function test_flag_feeFromTheNextPool() public {
        bytes32 id = _open();
        uint256 all = pool.cash();
        vm.prank(lender);
        pool.withdraw(all, lender, lender);
        _fall();
        flagged(id);
        assertEq(usdc.balanceOf(keeper), 0);
        assertApproxEqAbs(weth.balanceOf(keeper), (uint256(FLAG_FEE) * 1e18) / 2_800e6, 1e12);
    }

    /// Two locks, one sold: of every debt the same part, which the claim is worth at least.
    function test_buy_repaysEveryPoolAlike() public {
        bytes32 id = _twoLocksInAuction();
        (uint256 usdcDebt, uint256 ethDebt) = (pool.debtOf(id), ethPool.debtOf(id));
        uint256 n = engine.account(id).locks[0];
        (uint64 claim, uint256 microUsd, ) = engine.quoteBuy(id, n);
        assertEq(claim, microUsd);
        uint256[] memory want = cross.slices(id, microUsd);
        _fund(bob);
        (uint256 usdcBefore, uint256 ethBefore) = (usdc.balanceOf(bob), weth.balanceOf(bob));
        vm.prank(bob);
        engine.buy(id, n, microUsd, 4242, base8());
        (uint256 usdcPaid, uint256 ethPaid) = (usdcBefore - usdc.balanceOf(bob), ethBefore - weth.balanceOf(bob));
        assertEq(usdcPaid, want[0]);
        assertEq(ethPaid, want[1]);
        assertEq(pool.debtOf(id), usdcDebt - usdcPaid);
        assertApproxEqAbs(ethPool.debtOf(id), ethDebt - ethPaid, 1);
        assertApproxEqRel(usdcPaid * ethDebt, ethPaid * usdcDebt, 1e12);
        // Debts are valued up, each by itself.
        assertGe(_worth(usdcPaid, USDC_ID) + _worth(ethPaid, WETH_ID) + 2, claim);
        assertEq(pool.cash(), usdc.balanceOf(address(pool)));
        assertEq(ethPool.cash(), weth.balanceOf(address(ethPool)));
    }

    /// Slices of any part: no debt is repaid by more than it is, none by less than its part, and all of it by all.
    function testFuzz_slices(uint256 microUsd, uint256 ethUsd) public {
        bytes32 id = _open();
        ethUsd = bound(ethUsd, 1, 1_000_000);
        wethFeed.push(int256(ethUsd * 1e8));
        uint256 all = cross.debtOf(id);
        microUsd = bound(microUsd, 0, all + 10);
        uint256[] memory part = cross.slices(id, microUsd);
        uint256[2] memory debts = [pool.debtOf(id), ethPool.debtOf(id)];
        for (uint256 k; k < 2; ++k) {
            assertLe(part[k], debts[k]);
            assertGe(part[k] * all, Math.min(microUsd, all) * debts[k]);
            if (part[k] != 0) assertLt((part[k] - 1) * all, Math.min(microUsd, all) * debts[k]);
        }
        if (microUsd >= all) assertEq(part[0] + part[1], debts[0] + debts[1]);
    }

    /// The last lock takes every debt.
    function test_buy_lastLockEndsEveryDebt() public {
        bytes32 id = _inAuction();
        _fund(bob);
        vm.prank(bob);
        engine.buy(id, 1, type(uint256).max, 4242, base8());
        assertEq(pool.debtOf(id), 0);
        assertEq(ethPool.debtOf(id), 0);
        assertEq(engine.account(id).flaggedAt, 0);
    }

    /// The feed of a debt dies during the auction: the last price noted stands in, for a day.
    function test_buy_deadDebtFeed() public {
        bytes32 id = _inAuction();
        wethFeed.push(0);
        _fund(bob);
        uint256 state = vm.snapshotState();
        later(1 days + 1);
        push(usdcFeed, 1);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(ICrossMargin.DebtPriceUnknown.selector, ethPool));
        engine.buy(id, 1, type(uint256).max, 4242, base8());
        vm.revertToState(state);
        later(1 hours);
        vm.prank(bob);
        engine.buy(id, 1, type(uint256).max, 4242, base8());
        assertEq(ethPool.debtOf(id), 0);
    }

    /// A stand-in is no evidence: requirements need every price.
    function test_flag_deadDebtFeed() public {
        bytes32 id = _open();
        _fall();
        wethFeed.push(0);
        vm.expectPartialRevert(IPriceBoard.PriceUnavailable.selector);
        engine.flag(id);
    }

    /// Anyone may note prices; one that is not there leaves what was noted.
    function test_recordPrices() public {
        bytes32 id = _open();
        push(wethFeed, 2_000);
        later(10);
        vm.expectEmit(address(cross));
        emit ICrossMargin.PriceRecorded(address(ethPool), board.assetPriceX64(WETH_ID));
        vm.prank(bob);
        cross.recordPrices();
        assertApproxEqAbs(cross.debtOf(id), 70_000e6, 1e6);
        wethFeed.push(0);
        cross.recordPrices();
        assertApproxEqAbs(cross.debtOf(id), 70_000e6, 1e6);
    }

    // The last buyer.

    /// Both pools keep their part of the claim, provisions too, and both are paid when what it seized is sold.
    function test_takeOver_bothPoolsThenTheSale() public {
        bytes32 id = _open();
        prices(42_000, 2_100);
        push(wethFeed, 2_800);
        flagged(id);
        started(id);
        assertGt(pool.provisions(), 0);
        assertApproxEqRel(
            pool.provisionOf(id) * ethPool.debtOf(id),
            ethPool.provisionOf(id) * pool.debtOf(id),
            1e15 // the fees came after
        );
        later(AUCTION);
        (uint256 usdcDebt, uint256 ethDebt) = (pool.debtOf(id), ethPool.debtOf(id));
        (uint64 claim, uint256 owed) = engine.takeOver(id, 1);
        assertEq(claim, owed);
        assertEq(pool.debtOf(id) + ethPool.debtOf(id), 0);
        assertEq(pool.provisions() + ethPool.provisions(), 0);
        bytes32 key = keccak256(abi.encode(domain, 1));
        (uint256 usdcOwed, uint256 usdcCarried, ) = pool.claimOf(key);
        (uint256 ethOwed, uint256 ethCarried, ) = ethPool.claimOf(key);
        assertEq(usdcOwed, usdcDebt);
        assertEq(ethOwed, ethDebt);
        // G, in parts.
        uint256 g = 77_777.7e6;
        assertApproxEqRel(usdcCarried + (ethCarried * 2_800e6) / 1e18, g, 1e13);
        assertApproxEqRel(usdcCarried * ethOwed, ethCarried * usdcOwed, 1e13);

        recover(1, 77, 0);
        engine.startLotSale(domain, 1);
        later(4 hours);
        wethFeed.push(0); // no feed is asked
        _fund(bob);
        uint256 cash = ethPool.cash();
        vm.prank(bob);
        assertEq(engine.buyLot(domain, 1, type(uint256).max, bob), owed);
        assertApproxEqAbs(ethPool.cash(), cash + ethDebt, 1);
        assertEq(pool.carriedClaims() + ethPool.carriedClaims(), 0);
        vm.expectRevert(abi.encodeWithSelector(ICrossMargin.UnknownClaim.selector, key));
        vm.prank(address(engine));
        cross.receiveLot(key, 1, bob);
    }

    function test_writeDown_bothPools() public {
        bytes32 id = _inAuction();
        later(AUCTION);
        engine.takeOver(id, 1);
        assertGt(pool.carriedClaims(), 0);
        later(60 days);
        engine.writeDownLot(domain, 1);
        assertEq(pool.carriedClaims() + ethPool.carriedClaims(), 0);
        vm.expectRevert(abi.encodeWithSelector(ICrossMargin.UnknownClaim.selector, bytes32("x")));
        vm.prank(address(engine));
        cross.writeDown("x");
    }

    /// What is left when the last lock is gone is lost in both.
    function test_writeOff_bothPools() public {
        bytes32 id = _open();
        prices(10_000, 500);
        push(wethFeed, 2_800);
        flagged(id);
        started(id);
        later(AUCTION);
        push(wethFeed, 6_000); // debt beyond the lock's cap
        engine.takeOver(id, 1);
        uint256 left = cross.debtOf(id);
        assertGt(left, 0);
        assertGt(ethPool.debtOf(id), 0);
        assertEq(engine.writeOff(id), left);
        assertEq(pool.debtOf(id) + ethPool.debtOf(id), 0);
    }

    /// Covered again: no pool keeps a provision.
    function test_provision_isReleased() public {
        bytes32 id = _inAuction();
        prices(42_000, 2_100);
        engine.provision(id);
        assertGt(ethPool.provisionOf(id), 0);
        prices(60_000, 3_000);
        engine.provision(id);
        assertEq(pool.provisions() + ethPool.provisions(), 0);
    }

    // Listing.

    function test_addPool_errors() public {
        CrossMargin other = Deploy.crossMargin(address(engine));
        vm.expectRevert(abi.encodeWithSelector(ICrossMargin.BadPool.selector, pool));
        other.addPool(pool, 1);
        CreditPool mine = _poolOf(address(other), usdc, USDC_ID);
        vm.expectRevert(abi.encodeWithSelector(ICrossMargin.BadPool.selector, mine));
        other.addPool(mine, 0);
        vm.expectRevert(abi.encodeWithSelector(ICrossMargin.NotDeployer.selector, bob));
        vm.prank(bob);
        other.addPool(mine, MIN_DEBT);
        IMarginTypes.MarketConfig memory config = marketConfig(address(other));
        vm.expectRevert(IPositionModule.NotBound.selector);
        engine.createMarket(config);
        other.addPool(mine, MIN_DEBT);
        vm.expectRevert(abi.encodeWithSelector(ICrossMargin.BadPool.selector, mine));
        other.addPool(mine, MIN_DEBT);
        for (uint256 i; i < 3; ++i) other.addPool(_poolOf(address(other), usdc, USDC_ID), MIN_DEBT);
        mine = _poolOf(address(other), usdc, USDC_ID);
        vm.expectRevert(ICrossMargin.TooManyPools.selector);
        other.addPool(mine, MIN_DEBT);
        vm.expectRevert(abi.encodeWithSelector(IPositionModule.AlreadyBound.selector, marketId));
        cross.addPool(mine, MIN_DEBT);
    }

    /// The market's smallest debt bounds the fixed fee, so no pool's own may be smaller.
    function test_bindMarket_errors() public {
        CrossMargin other = Deploy.crossMargin(address(engine));
        CreditPool mine = _poolOf(address(other), weth, WETH_ID);
        other.addPool(mine, 0.03e18);
        IMarginTypes.MarketConfig memory config = marketConfig(address(other));
        vm.expectRevert(abi.encodeWithSelector(ICrossMargin.MinDebtTooLow.selector, mine, 90e6 + 1, MIN_DEBT));
        engine.createMarket(config);
        config.module = address(cross);
        vm.expectRevert(abi.encodeWithSelector(IPositionModule.AlreadyBound.selector, marketId));
        engine.createMarket(config);
        wethFeed.push(0);
        config.module = address(other);
        vm.expectRevert(abi.encodeWithSelector(ICrossMargin.DebtPriceUnknown.selector, mine));
        engine.createMarket(config);
    }

    function test_hooks_engineAndPoolsOnly() public {
        vm.startPrank(bob);
        bytes memory denied = abi.encodeWithSelector(IPositionModule.NotEngine.selector, bob);
        vm.expectRevert(denied);
        cross.bindMarket("m", 1, 1, 1);
        vm.expectRevert(denied);
        cross.borrowFor("a", 1, bob);
        vm.expectRevert(denied);
        cross.closeOut("a", 1, 0, bob);
        vm.expectRevert(denied);
        cross.chargeFee("a", 1, bob);
        vm.expectRevert(denied);
        cross.takeOver("a", "k", 1, 1);
        vm.expectRevert(denied);
        cross.receiveLot("k", 1, bob);
        vm.expectRevert(denied);
        cross.writeDown("k");
        vm.expectRevert(denied);
        cross.provision("a", 1);
        denied = abi.encodeWithSelector(ICrossMargin.NotPool.selector, bob);
        vm.expectRevert(denied);
        cross.requireInitial("a", bob);
        vm.expectRevert(denied);
        cross.onRepaid("a");
        vm.stopPrank();
        ICreditPool[] memory list = cross.pools();
        assertEq(list.length, 2);
        assertEq(address(list[1]), address(ethPool));
    }

    // Helpers.

    /// M = 100,000 on BTC and ETH; owing 40,000 USDC and 15 WETH.
    function _open() private returns (bytes32 id) {
        id = openAccount(1, 10, 40_000e6);
        vm.prank(alice);
        ethPool.borrow(id, 15e18, alice);
    }

    /// λ = 0.85: ΣG = 85,185 above the debt of 82,000, below its requirement.
    function _fall() private {
        prices(46_000, 2_300);
        push(wethFeed, 2_800);
    }

    function _flagged() private returns (bytes32 id) {
        id = _open();
        _fall();
        flagged(id);
    }

    function _inAuction() private returns (bytes32 id) {
        id = _flagged();
        vm.warp(engine.account(id).graceEndsAt);
        _fall();
        started(id);
    }

    function _twoLocksInAuction() private returns (bytes32 id) {
        id = openAccount(1, 40, 150_000e6);
        addLock(id, 2, 40, 9000, MAJORS);
        vm.prank(alice);
        ethPool.borrow(id, 180e18, alice);
        prices(42_000, 2_100);
        push(wethFeed, 2_800);
        flagged(id);
        started(id);
    }

    function _worth(uint256 assets, bytes32 assetId) private view returns (uint256) {
        return Math.mulDiv(assets, board.assetPriceX64(assetId), X64, Math.Rounding.Ceil);
    }

    function _fund(address who) private {
        fund(who, 10_000_000e6);
        weth.mint(who, 10_000e18);
        vm.prank(who);
        weth.approve(address(ethPool), type(uint256).max);
    }

    function _pool(TestToken asset, bytes32 assetId) private returns (CreditPool) {
        return _poolOf(address(cross), asset, assetId);
    }

    function _poolOf(address module, TestToken asset, bytes32 assetId) private returns (CreditPool) {
        KinkedRateModel model = new KinkedRateModel(0.01e18, 0.05e18, 1e18, 0.9e18);
        return Deploy.creditPool(asset, module, board, assetId, model, DEBT_HAIRCUT, INITIAL_EXTRA);
    }
}
