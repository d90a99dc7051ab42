// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginLosses} from "../../../contracts/interfaces/IMarginLosses.sol";
import {OrderQueue} from "../../../contracts/messaging/OrderQueue.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// startLotSale, buyLot, writeDownLot: what a claim that was taken over seized is sold (LIQ-8, ORD-5)
contract LotSaleTest is MarginFixture {
    address private constant RECIPIENT = address(0x5ec1);
    uint256 private owed;

    function setUp() public override {
        super.setUp();
        bytes32 id = inAuction(42_000, 2_100);
        later(AUCTION);
        owed = pool.debtOf(id);
        engine.takeOver(id, 1);
        fund(bob, 10_000_000e6);
    }

    function test_buyLot_paysThePoolAndReleases() public {
        _start();
        later(4 hours); // 16 → 1
        assertEq(engine.lot(domain, 1).price, owed);
        vm.recordLogs();
        vm.expectEmit(address(engine));
        emit IMarginLosses.LotSold(domain, 1, bob, owed, RECIPIENT);
        vm.prank(bob);
        assertEq(engine.buyLot(domain, 1, owed, RECIPIENT), owed);
        assertEq(
            lastOrder(vm.getRecordedLogs()),
            abi.encodePacked(uint8(4), VAULT, address(engine), uint256(1), RECIPIENT)
        );
        assertEq(pool.carriedClaims(), 0);
        assertEq(pool.cash(), usdc.balanceOf(address(pool)));
        IMarginLosses.Lot memory l = engine.lot(domain, 1);
        assertTrue(l.sold && l.recovered);
        assertEq(l.price, 0);
        assertEq(l.amountsLo, 77);
        vm.expectRevert(abi.encodeWithSelector(IMarginLosses.UnknownLot.selector, domain, 1));
        engine.buyLot(domain, 1, owed, RECIPIENT);
    }

    /// owed·16·2^−t: halves each hour, in a straight line within, never rises, and comes to 0.
    function testFuzz_lot_price(uint256 t1, uint256 t2) public {
        _start();
        t1 = bound(t1, 0, 4 days);
        t2 = bound(t2, t1, 4 days);
        uint256 start = vm.getBlockTimestamp();
        vm.warp(start + t1);
        uint256 p1 = engine.lot(domain, 1).price;
        uint256 hours_ = t1 / 1 hours;
        uint256 top = (owed * 16) / 2 ** hours_;
        uint256 rest = t1 - hours_ * 1 hours;
        assertApproxEqAbs(p1, (top * (7_200 - rest)) / 7_200, 1);
        vm.warp(start + t2);
        assertLe(engine.lot(domain, 1).price, p1);
        vm.warp(start + 60 hours);
        assertEq(engine.lot(domain, 1).price, 0);
        vm.prank(bob);
        assertEq(engine.buyLot(domain, 1, 0, RECIPIENT), 0);
    }

    function test_lotSale_errors() public {
        vm.expectRevert(abi.encodeWithSelector(IMarginLosses.UnknownLot.selector, domain, 2));
        engine.startLotSale(domain, 2);
        vm.expectRevert(abi.encodeWithSelector(IMarginLosses.UnknownLot.selector, domain, 2));
        engine.lot(domain, 2);
        vm.expectRevert(abi.encodeWithSelector(IMarginLosses.NotRecovered.selector, domain, 1));
        engine.startLotSale(domain, 1);
        vm.expectRevert(abi.encodeWithSelector(IMarginLosses.LotSaleNotStarted.selector, domain, 1));
        engine.buyLot(domain, 1, type(uint256).max, RECIPIENT);
        _start();
        vm.expectRevert(abi.encodeWithSelector(IMarginLosses.LotSaleRunning.selector, domain, 1));
        engine.startLotSale(domain, 1);
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(IMarginLosses.LotPriceAboveMaximum.selector, owed * 16, owed * 16 - 1));
        engine.buyLot(domain, 1, owed * 16 - 1, RECIPIENT);
        vm.expectRevert(abi.encodeWithSelector(OrderQueue.ZeroRecipient.selector, 1));
        engine.buyLot(domain, 1, owed * 16, address(0));
        vm.stopPrank();
    }

    /// S says nothing for 60 days: carried at 0. When it speaks after all, the sale goes on.
    function test_writeDownLot_thenSold() public {
        uint256 from = vm.getBlockTimestamp() + 60 days;
        vm.expectRevert(abi.encodeWithSelector(IMarginLosses.LotNotOverdue.selector, domain, 1, from));
        engine.writeDownLot(domain, 1);
        vm.warp(from);
        uint256 carried = pool.carriedClaims();
        assertGt(carried, 0);
        uint256 assets = pool.totalAssets();
        vm.expectEmit(address(engine));
        emit IMarginLosses.LotWrittenDown(domain, 1);
        engine.writeDownLot(domain, 1);
        assertEq(pool.carriedClaims(), 0);
        assertEq(pool.totalAssets(), assets - carried);
        _start();
        later(4 hours);
        vm.prank(bob);
        engine.buyLot(domain, 1, owed, RECIPIENT);
        assertEq(pool.lockedGain(), owed);
    }

    function test_writeDownLot_notWhatIsRecovered() public {
        recover(1, 77, 0);
        later(61 days);
        vm.expectRevert(abi.encodeWithSelector(IMarginLosses.LotNotOverdue.selector, domain, 1, type(uint256).max));
        engine.writeDownLot(domain, 1);
    }

    function _start() private {
        recover(1, 77, 0);
        vm.expectEmit(address(engine));
        emit IMarginLosses.LotSaleStarted(domain, 1, owed * 16);
        engine.startLotSale(domain, 1);
    }
}
