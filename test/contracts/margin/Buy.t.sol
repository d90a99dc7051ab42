// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {BabyJubJub} from "../../../contracts/libraries/BabyJubJub.sol";
import {JubPoint} from "../../../contracts/types/Types.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// buy and quoteBuy (LIQ-3 to 6, ORD-2, ORD-6)
contract BuyTest is MarginFixture {
    uint256 private constant PK = 4242;

    function setUp() public override {
        super.setUp();
        fund(keeper, 10_000_000e6);
    }

    function test_buy_lastLockTakesAllThatIsLeft() public {
        bytes32 id = _late();
        uint256 debt = pool.debtOf(id);
        vm.recordLogs();
        vm.prank(keeper);
        (uint64 claim, uint256 paid) = engine.buy(id, 1, type(uint256).max, PK, base8());
        // G is 88,889; the last lock takes the whole debt, below its cap of 105,000.
        assertEq(claim, debt);
        assertEq(paid, debt);
        assertEq(pool.debtOf(id), 0);
        IMarginTypes.AccountView memory a = engine.account(id);
        assertEq(a.locks.length, 0);
        assertEq(a.auctions, 0);
        assertEq(a.flaggedAt, 0);
        assertEq(engine.lock(domain, 1).state, 3);
        assertEq(engine.source(marketId, 0).exposure, 0);

        // claim ≤ G: BTC and ETH at 0.98 of market at the start, nothing else.
        (, uint256 kx, uint256 ky) = engine.market(marketId); // the trustee's key is 8·base8 too
        uint96[8] memory s;
        s[0] = uint96(Math.ceilDiv(uint256(480 * X64) * 98, 100));
        s[1] = uint96(Math.ceilDiv(uint256(24 * X64) * 98, 100));
        assertEq(lastOrder(vm.getRecordedLogs()), _order(1, claim, s, kx, ky));
    }

    function test_buy_errors() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        vm.startPrank(keeper);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotInAuction.selector, id, 1));
        engine.buy(id, 1, type(uint256).max, PK, base8());
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockNotInAccount.selector, id, 2));
        engine.buy(id, 2, type(uint256).max, PK, base8());
        vm.stopPrank();
        prices(48_000, 2_400);
        flagged(id);
        started(id);
        uint256 debt = pool.debtOf(id);
        uint256 q = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
        vm.startPrank(keeper);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.DebtAboveMaximum.selector, debt, debt - 1));
        engine.buy(id, 1, debt - 1, PK, base8());
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.BadParameter.selector, bytes32("pkB"), 0));
        engine.buy(id, 1, debt, 0, base8());
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.BadParameter.selector, bytes32("pkB"), q));
        engine.buy(id, 1, debt, q, base8());
        vm.expectRevert(abi.encodeWithSelector(BabyJubJub.NotOnCurve.selector, 3, 4));
        engine.buy(id, 1, debt, PK, JubPoint(3, 4));
        vm.expectRevert(abi.encodeWithSelector(BabyJubJub.LowOrderPoint.selector, 0, 1));
        engine.buy(id, 1, debt, PK, JubPoint(0, 1));
        engine.buy(id, 1, debt, PK, base8());
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockNotInAccount.selector, id, 1));
        engine.buy(id, 1, debt, PK, base8());
        vm.stopPrank();
    }

    /// Seizure prices fall from 0.98 to h in a straight line and stay there; the unsold lock stays for sale.
    function testFuzz_buy_seizurePricesFall(uint256 elapsed) public {
        bytes32 id = _late();
        elapsed = bound(elapsed, 0, 3 * AUCTION);
        later(elapsed);
        (, , uint96[8] memory s) = engine.quoteBuy(id, 1);
        uint256 t = elapsed > AUCTION ? AUCTION : elapsed;
        uint256[2] memory p = [uint256(480), 24];
        uint256[2] memory h = [uint256(8000), 7500];
        for (uint256 i; i < 2; ++i) {
            // s = p·(0.98·(T − t) + h·t)/T, up: another arrangement of the same line.
            uint256 k = 9800 * (AUCTION - t) + h[i] * t;
            assertEq(s[i], Math.mulDiv(p[i] * X64, k, 10_000 * uint256(AUCTION), Math.Rounding.Ceil));
        }
        assertEq(s[2], 0);
        assertEq(s[3], 0);
        if (elapsed >= AUCTION) assertEq(s[0], 384 * X64);
        vm.prank(keeper);
        engine.buy(id, 1, type(uint256).max, PK, base8());
    }

    /// The debt grows while the auction runs; its price does not move.
    function test_buy_currentDebtAtTheFrozenPrice() public {
        bytes32 id = _late();
        later(1 days - 1);
        uint256 debt = pool.debtOf(id);
        assertGt(debt, 85_010e6);
        usdcFeed.push(0.5e8);
        (uint64 claim, uint256 paid, ) = engine.quoteBuy(id, 1);
        assertEq(claim, debt);
        assertEq(paid, debt);
        // Prices that died after the start do not stop the sale.
        usdcFeed.push(0);
        btc.push(0);
        vm.prank(keeper);
        engine.buy(id, 1, paid, PK, base8());
    }

    /// Beyond G the slots not relied on are in from the start, at haircut value; unpriced ones never.
    function test_buy_beyondTheGuarantee() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        prices(42_000, 2_100); // G = 77,778
        junk.push(0);
        flagged(id);
        started(id);
        (uint64 claim, , uint96[8] memory s) = engine.quoteBuy(id, 1);
        assertEq(claim, pool.debtOf(id));
        assertGt(claim, engine.auction(id, 1).guarantee);
        assertEq(s[0], Math.ceilDiv(uint256(420 * X64) * 98, 100));
        assertEq(s[2], uint96((X64 * 95) / 100 + 1));
        assertEq(s[3], 0);
    }

    function test_buy_neverMoreThanTheCap() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        later(MAX_PROOF_AGE + 1);
        // 1,000 % would be needed for real; the debt asset doubles instead.
        prices(60_000, 3_000);
        usdcFeed.push(2e8);
        flagged(id);
        started(id);
        vm.prank(keeper);
        (uint64 claim, uint256 paid) = engine.buy(id, 1, type(uint256).max, PK, base8());
        assertEq(claim, 105_000e6);
        assertEq(paid, 52_500e6);
        // What is left is owed without a lock: flagged, nothing to sell, until someone repays.
        assertEq(engine.account(id).locks.length, 0);
        assertGt(engine.account(id).flaggedAt, 0);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NothingToAuction.selector, id));
        engine.startAuctions(id);
    }

    /// One lock of two is sold, and the account lives on with the other.
    function test_buy_partialLiquidationLeavesTheAccountCovered() public {
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 10_000, MAJORS);
        vm.prank(alice);
        bytes32 id = engine.open(marketId, SALT, p, 0, alice);
        addLock(id, 2, 10, 10_000, MAJORS);
        vm.prank(alice);
        pool.borrow(id, 170_000e6, alice); // maintenance 181,101
        prices(54_000, 2_700); // ΣG = 180,000
        flagged(id);
        later(GRACE);
        uint256 sold = started(id)[0];
        (uint64 quoted, , ) = engine.quoteBuy(id, sold);
        assertEq(quoted, 90_000e6 - 8);
        vm.prank(keeper);
        (uint64 claim, uint256 paid) = engine.buy(id, sold, type(uint256).max, PK, base8());
        assertEq(claim, quoted);
        assertEq(paid, quoted);
        assertTrue(engine.isCovered(id));
        assertEq(engine.account(id).flaggedAt, 0);
        assertEq(engine.account(id).locks.length, 1);
        // No proof of the sold lock is accepted again.
        board.takeSnapshot(setId);
        p = proofOf(sold, 99, 10, 9000, MAJORS);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockNotInAccount.selector, id, sold));
        engine.refresh(id, p);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockUsed.selector, domain, sold));
        engine.addLock(id, p);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockUsed.selector, domain, sold));
        engine.open(marketId, "again", p, 0, alice);
        vm.stopPrank();
    }

    /// Late: each lock its share of the debt by G, and the last one all that is left.
    function test_buy_sharesOnceDebtExceedsTheSum() public {
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 10_000, MAJORS);
        vm.prank(alice);
        bytes32 id = engine.open(marketId, SALT, p, 0, alice);
        addLock(id, 2, 20, 10_000, MAJORS);
        addLock(id, 3, 30, 10_000, MAJORS);
        vm.prank(alice);
        pool.borrow(id, 520_000e6, alice);
        prices(48_000, 2_400); // G = 80, 160, 240: Σ 480
        flagged(id);
        assertEq(started(id).length, 3);
        uint256 debt = pool.debtOf(id);
        vm.startPrank(keeper);
        (uint64 x1, ) = engine.buy(id, 1, type(uint256).max, PK, base8());
        assertApproxEqAbs(x1, debt / 6, 10);
        (uint64 x3, ) = engine.buy(id, 3, type(uint256).max, PK, base8());
        assertApproxEqAbs(x3, debt / 2, 20);
        (uint64 x2, ) = engine.buy(id, 2, type(uint256).max, PK, base8());
        vm.stopPrank();
        assertEq(uint256(x1) + x2 + x3, debt);
        assertEq(pool.debtOf(id), 0);
    }

    /// ΣG = 0: shares by M. λ = 10⁻⁸ leaves 2 and 6 µUSD, less 8.
    function test_buy_sharesByCoverageWhenNothingIsGuaranteed() public {
        IMarginTypes.MarginProof memory p = proofOf(1, 20, 7, 10_000, DAI_ONLY);
        vm.prank(alice);
        bytes32 id = engine.open(marketId, SALT, p, 0, alice);
        p = proofOf(2, 60, 7, 10_000, DAI_ONLY);
        vm.prank(alice);
        engine.addLock(id, p);
        vm.prank(alice);
        pool.borrow(id, 600e6, alice);
        dai.push(1);
        flagged(id);
        started(id);
        assertEq(engine.auction(id, 1).guarantee, 0);
        assertEq(engine.auction(id, 2).guarantee, 0);
        uint256 debt = pool.debtOf(id);
        (uint64 x1, , ) = engine.quoteBuy(id, 1);
        assertEq(x1, debt / 4);
        (uint64 x2, , ) = engine.quoteBuy(id, 2);
        assertEq(x2, (debt * 3) / 4);
    }

    function test_buy_nothingOwed() public {
        bytes32 id = _late();
        // As if the repayment had left too little gas for the engine's hook.
        uint256 debt = pool.debtOf(id);
        vm.mockCallRevert(address(engine), abi.encodeWithSelector(engine.onRepaid.selector), "");
        vm.prank(keeper);
        pool.repay(id, debt);
        vm.clearMockedCalls();
        vm.prank(keeper);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NothingOwed.selector, id));
        engine.buy(id, 1, type(uint256).max, PK, base8());
        engine.clear(id);
        assertEq(engine.account(id).auctions, 0);
    }

    /// The review's basket: $100k of BTC that the loan relies on, $900k of junk in the same lock. Defaulting must not pay: what the buyer
    /// takes is BTC worth at least the claim at market, never a slice of junk.
    function testFuzz_buy_junkBasket(uint256 elapsed) public {
        uint256 btcAmount = 166_666_667; // 1.67 BTC in sats
        uint256 junkAmount = 900_000e6;
        IMarginTypes.MarginProof memory p = proofOf(1, 78, 9, 10_000, BTC_ONLY);
        vm.prank(alice);
        bytes32 id = engine.open(marketId, SALT, p, 69_000e6, alice);
        prices(56_000, 3_000);
        flagged(id);
        later(GRACE);
        started(id);
        elapsed = bound(elapsed, 0, 2 * AUCTION);
        later(elapsed);
        (uint64 claim, , uint96[8] memory s) = engine.quoteBuy(id, 1);
        assertLe(claim, engine.auction(id, 1).guarantee);
        uint256 v = ((btcAmount * s[0]) >> 64) + ((junkAmount * s[3]) >> 64);
        assertGe(v, claim);
        uint256 seizedBtc = Math.mulDiv(btcAmount, claim, v, Math.Rounding.Ceil);
        uint256 seizedJunk = s[3] == 0 ? 0 : Math.mulDiv(junkAmount, claim, v, Math.Rounding.Ceil);
        assertEq(seizedJunk, 0);
        assertGe(seizedBtc * 560, claim); // µUSD at market
        assertLe(seizedBtc, btcAmount);
    }

    function _late() private returns (bytes32 id) {
        id = openAccount(1, 10, 85_000e6);
        prices(48_000, 2_400);
        flagged(id);
        started(id);
    }

    function _order(
        uint256 n,
        uint64 claim,
        uint96[8] memory s,
        uint256 kx,
        uint256 ky
    ) private view returns (bytes memory order) {
        order = abi.encodePacked(uint8(2), VAULT, address(engine), n, claim);
        for (uint256 i; i < 8; ++i) order = abi.encodePacked(order, s[i]);
        return abi.encodePacked(order, uint8(0), PK, kx, ky);
    }
}
