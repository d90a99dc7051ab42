// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMarginLosses} from "../../../contracts/interfaces/IMarginLosses.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {InsuranceFund} from "../../../contracts/margin/InsuranceFund.sol";
import {Deploy} from "../support/Deploy.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// takeOver, provision, writeOff: the fund and the pool as last buyers (LIQ-4, LIQ-8, LIQ-9, ORD-5)
contract TakeOverTest is MarginFixture {
    InsuranceFund private insurance;

    function setUp() public override {
        super.setUp();
        insurance = Deploy.insuranceFund(address(this), pool);
        pool.setInsuranceFund(address(insurance));
    }

    // Unsold.

    /// X ≤ G: the pool carries all of it, and nobody loses anything.
    function test_takeOver_withinTheGuarantee() public {
        bytes32 id = inAuction(48_000, 2_400); // G = 88,889
        uint256 endsAt = engine.auction(id, 1).endsAt;
        vm.expectRevert(abi.encodeWithSelector(IMarginLosses.AuctionNotOver.selector, id, 1, endsAt));
        engine.takeOver(id, 1);
        later(AUCTION);
        uint256 debt = pool.debtOf(id);
        uint256 assets = pool.totalAssets();
        vm.recordLogs();
        vm.prank(bob);
        (uint64 claim, uint256 paid) = engine.takeOver(id, 1);
        assertEq(claim, debt);
        assertEq(paid, debt);
        // BTC and ETH at haircut value, nothing else; PUBLIC, for nobody in particular.
        uint96[8] memory s;
        (s[0], s[1]) = (uint96(384 * X64), uint96(18 * X64));
        assertEq(lastOrder(vm.getRecordedLogs()), _order(1, claim, s));
        assertEq(pool.debtOf(id), 0);
        assertEq(pool.carriedClaims(), debt);
        assertApproxEqAbs(pool.totalAssets(), assets, 1); // an account's debt is rounded up, the sum of all down
        assertEq(engine.lock(domain, 1).state, 3);
        assertEq(engine.account(id).flaggedAt, 0);
        IMarginLosses.Lot memory l = engine.lot(domain, 1);
        assertEq(l.market, marketId);
        assertEq(l.owed, debt);
        assertEq(l.takenAt, vm.getBlockTimestamp());
        assertFalse(l.recovered || l.sold);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockNotInAccount.selector, id, 1));
        engine.takeOver(id, 1);
    }

    function test_takeOver_byTheFund() public {
        usdc.mint(address(insurance), 100_000e6);
        bytes32 id = inAuction(48_000, 2_400);
        later(AUCTION);
        uint256 debt = pool.debtOf(id);
        engine.takeOver(id, 1);
        assertEq(pool.carriedClaims(), 0);
        assertEq(usdc.balanceOf(address(insurance)), 100_000e6 - debt);
        (, , uint256 covered) = pool.claimOf(_key(1));
        assertEq(covered, debt);
    }

    /// Prices that fell on after the freeze: the lower one counts, per slot, and G goes down in proportion. Frozen ones bound from above.
    function test_takeOver_atTheLowerOfFrozenAndLive() public {
        bytes32 id = inAuction(48_000, 2_400);
        later(AUCTION);
        prices(36_000, 3_000); // λ' = 0.75 of frozen
        uint256 debt = pool.debtOf(id);
        uint64 g = engine.auction(id, 1).guarantee;
        uint256 sure = (uint256(g) * 3) / 4 - 8;
        uint256 assets = pool.totalAssets();
        vm.recordLogs();
        (uint64 claim, ) = engine.takeOver(id, 1);
        assertEq(claim, debt);
        // Beyond what is sure, all slots are in: DAI and junk at haircut value.
        uint96[8] memory s;
        (s[0], s[1]) = (uint96(288 * X64), uint96(18 * X64));
        (s[2], s[3]) = (uint96((X64 * 95) / 100 + 1), uint96(X64 / 5 + 1));
        assertEq(lastOrder(vm.getRecordedLogs()), _order(1, claim, s));
        assertEq(pool.carriedClaims(), sure);
        assertApproxEqAbs(pool.totalAssets(), assets - (debt - sure), 1);
    }

    /// A feed that died during the auction: the frozen price stands.
    function test_takeOver_deadFeedAfterTheFreeze() public {
        bytes32 id = inAuction(48_000, 2_400);
        later(AUCTION);
        btc.push(0);
        usdcFeed.push(0);
        uint256 debt = pool.debtOf(id);
        (uint64 claim, ) = engine.takeOver(id, 1);
        assertEq(claim, debt);
        assertEq(pool.carriedClaims(), debt);
    }

    /// The guarantee is below the debt: the shortfall is provisioned at the flag, lost at takeover, and no lender leaves at the old price between.
    function test_takeOver_bookedLossIsNobodysSurprise() public {
        bytes32 id = inAuction(42_000, 2_100); // G = 77,778
        uint256 debt = pool.debtOf(id);
        uint256 g = engine.auction(id, 1).guarantee;
        uint256 flaggedDebt = debt - 2 * uint256(FLAG_FEE); // the fees of flag and start came after
        assertEq(pool.provisionOf(id), flaggedDebt - g);
        later(AUCTION);
        uint256 net = pool.totalAssets();
        engine.takeOver(id, 1);
        assertEq(pool.provisions(), 0);
        // Less the fees and half an hour's interest on them, which the provision did not know of.
        assertApproxEqAbs(pool.totalAssets(), net, 2 * FLAG_FEE + 3e6);
        assertLe(pool.totalAssets(), net);
        assertEq(pool.carriedClaims(), g);
    }

    function test_takeOver_oneOfSeveralLocksMaySuffice() public {
        bytes32 id = _threeLocks();
        prices(50_400, 2_520);
        flagged(id);
        later(GRACE);
        uint256 n = started(id)[0];
        later(AUCTION);
        engine.takeOver(id, n);
        assertEq(engine.account(id).locks.length, 2);
        assertEq(engine.account(id).flaggedAt, 0);
        assertTrue(engine.isCovered(id));
    }

    /// In shares, and the last takes all that is left: with every lock the whole debt is gone.
    function test_takeOver_allOfThem() public {
        bytes32 id = _threeLocks();
        prices(40_000, 2_000);
        flagged(id);
        assertEq(started(id).length, 3);
        later(AUCTION);
        uint256 debt = pool.debtOf(id);
        (uint64 x1, ) = engine.takeOver(id, 1);
        assertApproxEqAbs(x1, debt / 6, 10);
        (uint64 x2, ) = engine.takeOver(id, 3);
        (uint64 x3, ) = engine.takeOver(id, 2);
        assertEq(uint256(x1) + x2 + x3, debt);
        assertEq(pool.debtOf(id), 0);
        assertEq(pool.provisions(), 0);
    }

    function test_takeOver_errors() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownAccount.selector, bytes32("x")));
        engine.takeOver("x", 1);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockNotInAccount.selector, id, 2));
        engine.takeOver(id, 2);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotFlagged.selector, id));
        engine.takeOver(id, 1);
        prices(48_600, 2_430); // G = 90,000: not late
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotFlagged.selector, id));
        engine.takeOver(id, 1);
        prices(48_600, 2_430);
        flagged(id);
        later(GRACE);
        prices(48_600, 2_430);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotInAuction.selector, id, 1));
        engine.takeOver(id, 1);
        prices(60_000, 3_000);
        vm.expectPartialRevert(IMarginTypes.AccountCovered.selector);
        engine.takeOver(id, 1);
        prices(48_000, 2_400);
        started(id);
        later(AUCTION);
        uint256 debt = pool.debtOf(id);
        vm.mockCallRevert(address(engine), abi.encodeWithSelector(engine.onRepaid.selector), "");
        fund(keeper, debt);
        vm.prank(keeper);
        pool.repay(id, debt);
        vm.clearMockedCalls();
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NothingOwed.selector, id));
        engine.takeOver(id, 1);
    }

    /// Prices recovered, and nobody has cancelled the auction yet: a takeover at haircut value is refused, `clear` works.
    function test_takeOver_notFromAnAccountThatRecovered() public {
        bytes32 id = inAuction(48_000, 2_400);
        later(AUCTION);
        prices(60_000, 3_000);
        vm.expectPartialRevert(IMarginTypes.AccountCovered.selector);
        engine.takeOver(id, 1);
        engine.clear(id);
        assertEq(engine.account(id).auctions, 0);
    }

    // Unsellable.

    /// LIQ-9: three days after its root was revoked. Nothing is sure, all of it is a loss at once.
    function test_takeOver_revokedAndNotProvenAnew() public {
        bytes32 id = openAccount(1, 10, 50_000e6);
        uint256 from = vm.getBlockTimestamp() + 3 days + 1;
        engine.revokeRoots(marketId, 0);
        prices(27_000, 1_350);
        flagged(id);
        vm.expectRevert(abi.encodeWithSelector(IMarginLosses.TakeoverTooEarly.selector, id, 1, from));
        engine.takeOver(id, 1);
        vm.warp(from);
        prices(27_000, 1_350);
        uint256 debt = pool.debtOf(id);
        engine.provision(id);
        assertEq(pool.provisions(), debt);
        vm.recordLogs();
        (uint64 claim, ) = engine.takeOver(id, 1);
        assertEq(claim, debt);
        assertEq(pool.carriedClaims(), 0);
        assertEq(pool.provisions(), 0);
        uint96[8] memory s;
        (s[0], s[1]) = (uint96(216 * X64), uint96((X64 * 135 * 75) / 1_000));
        (s[2], s[3]) = (uint96((X64 * 95) / 100 + 1), uint96(X64 / 5 + 1));
        assertEq(lastOrder(vm.getRecordedLogs()), _order(1, claim, s));
    }

    function test_takeOver_revokedWhileInAuction() public {
        bytes32 id = inAuction(42_000, 2_100);
        engine.revokeRoots(marketId, 0);
        later(3 days + 1);
        prices(42_000, 2_100);
        engine.takeOver(id, 1);
        assertEq(pool.carriedClaims(), 0);
        assertEq(engine.account(id).auctions, 0);
    }

    /// LIQ-4: no auction starts without a price. Three days after the flag the pool takes the lock at its proof's prices less 30 %.
    function test_takeOver_deadFeed() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        btc.push(0);
        eth.push(2_400e8); // uncovered by ETH alone: G ≤ 88,889
        flagged(id);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NothingToAuction.selector, id));
        engine.startAuctions(id);
        uint256 from = vm.getBlockTimestamp() + 3 days;
        vm.expectRevert(abi.encodeWithSelector(IMarginLosses.TakeoverTooEarly.selector, id, 1, from));
        engine.takeOver(id, 1);
        vm.warp(from);
        eth.push(2_400e8);
        dai.push(1e8);
        junk.push(1e8);
        usdcFeed.push(1e8);
        uint256 debt = pool.debtOf(id);
        vm.recordLogs();
        (uint64 claim, ) = engine.takeOver(id, 1);
        assertEq(claim, debt);
        // BTC at 0.7 · 60,000, ETH at its live price; λ = 0.7 / 0.9.
        uint256 btcPrice = (600 * X64 * 7) / 10;
        uint256 sure = pool.carriedClaims();
        assertApproxEqAbs(sure, (uint256(100_000e6) * 7) / 9, 10);
        uint96[8] memory s;
        (s[0], s[1]) = (uint96(Math.ceilDiv(btcPrice * 8000, 10_000)), uint96(18 * X64));
        (s[2], s[3]) = (uint96((X64 * 95) / 100 + 1), uint96(X64 / 5 + 1));
        assertEq(lastOrder(vm.getRecordedLogs()), _order(1, claim, s));
    }

    function test_takeOver_deadFeedStaysInsideGrace() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        btc.push(0);
        eth.push(2_430e8); // not late: the whole grace
        flagged(id);
        uint256 graceEndsAt = engine.account(id).graceEndsAt;
        assertEq(graceEndsAt, vm.getBlockTimestamp() + GRACE);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.GraceRunning.selector, id, graceEndsAt));
        engine.takeOver(id, 1);
    }

    // Provisions, write-off.

    function test_provision_followsTheGuarantee() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        engine.provision(id);
        assertEq(pool.provisions(), 0);
        prices(42_000, 2_100);
        engine.provision(id);
        assertEq(pool.provisions(), pool.debtOf(id) - engine.guarantee(id, 1));
        // Half the collateral for a price of the debt of 2: in debt units.
        usdcFeed.push(2e8);
        engine.provision(id);
        assertEq(pool.provisions(), Math.ceilDiv(2 * pool.debtOf(id) - engine.guarantee(id, 1), 2));
        // A dead feed is no evidence.
        btc.push(0);
        eth.push(3_000e8);
        usdcFeed.push(1e8);
        engine.provision(id);
        assertEq(pool.provisions(), 0);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownAccount.selector, bytes32("x")));
        engine.provision("x");
    }

    /// The cap of the last lock left a debt without a lock.
    function test_writeOff_whatTheCapLeft() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        usdcFeed.push(2e8);
        flagged(id);
        vm.expectRevert(abi.encodeWithSelector(IMarginLosses.LocksLeft.selector, id, 1));
        engine.writeOff(id);
        started(id);
        later(AUCTION);
        engine.takeOver(id, 1);
        uint256 left = pool.debtOf(id);
        assertGt(left, 30_000e6);
        usdc.mint(address(insurance), 10_000e6);
        uint256 assets = pool.totalAssets() + pool.provisions();
        vm.expectEmit(address(engine));
        emit IMarginLosses.WrittenOff(id, left);
        assertEq(engine.writeOff(id), left);
        assertEq(pool.debtOf(id), 0);
        assertEq(pool.provisions(), 0);
        assertApproxEqAbs(pool.totalAssets(), assets - (left - 10_000e6), 1);
        assertEq(engine.account(id).flaggedAt, 0);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NothingOwed.selector, id));
        engine.writeOff(id);
    }

    /// X and what is sure, by another arrangement of LIQ-3 and ACC-3, at any prices and times.
    function testFuzz_takeOver_neverCarriesMoreThanIsSure(uint256 frozen, uint256 now_, uint256 wait) public {
        // ETH at a twentieth of BTC, exactly.
        frozen = 20 * bound(frozen, 1_000, 2_400);
        now_ = 20 * bound(now_, 50, 2_500); // above that the account is covered again
        bytes32 id = inAuction(frozen, frozen / 20);
        later(AUCTION + bound(wait, 0, 20 days));
        prices(now_, now_ / 20);
        uint256 debt = pool.debtOf(id);
        uint256 value = pool.totalAssets() + pool.provisions();
        (uint64 claim, uint256 paid) = engine.takeOver(id, 1);
        uint256 worth = (100_000e6 * Math.min(frozen, now_)) / 54_000;
        assertEq(claim, Math.min(debt, 105_000e6));
        assertLe(pool.carriedClaims(), worth);
        assertGe(pool.carriedClaims() + 24, Math.min(worth, claim));
        assertEq(pool.debtOf(id), debt - paid);
        // The loss is in the books, to the unit.
        assertApproxEqAbs(pool.totalAssets() + pool.provisions(), value - (paid - pool.carriedClaims()), 1);
    }

    function _threeLocks() private returns (bytes32 id) {
        id = openAccount(1, 10, 0);
        addLock(id, 2, 20, 9000, MAJORS);
        addLock(id, 3, 30, 9000, MAJORS);
        vm.prank(alice);
        pool.borrow(id, 530_000e6, alice);
    }

    function _key(uint256 n) private view returns (bytes32) {
        return keccak256(abi.encode(domain, n));
    }

    function _order(uint256 n, uint64 claim, uint96[8] memory s) private view returns (bytes memory order) {
        order = abi.encodePacked(uint8(2), VAULT, address(engine), n, claim);
        for (uint256 i; i < 8; ++i) order = abi.encodePacked(order, s[i]);
        return abi.encodePacked(order, uint8(1), uint256(0), uint256(0), uint256(0));
    }
}
