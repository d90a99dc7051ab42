// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ICreditPool} from "../../../contracts/interfaces/ICreditPool.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {AuctionMath} from "../../../contracts/libraries/AuctionMath.sol";
import {InsuranceFund} from "../../../contracts/margin/InsuranceFund.sol";
import {Deploy} from "../support/Deploy.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// The insurance fund's part of the penalty (buy, quoteBuy)
contract BuyPenaltyTest is MarginFixture {
    uint256 private constant FEE = 80;
    uint256 private constant PK = 4242;
    InsuranceFund private insurance;

    function setUp() public override {
        super.setUp();
        pool = newPool();
        IMarginTypes.MarketConfig memory c = marketConfig(address(pool));
        c.fundFeeBps = uint8(FEE);
        marketId = engine.createMarket(c);
        engine.addSource(marketId, sourceConfig());
        (IMarginTypes.MarketConfig memory stored, , ) = engine.market(marketId);
        assertEq(stored.fundFeeBps, FEE);
        supply(1_000_000e6);
        insurance = Deploy.insuranceFund(address(this), pool);
        pool.setInsuranceFund(address(insurance));
        fund(keeper, 10_000_000e6);
    }

    function test_buy_addsTheFundsPart() public {
        bytes32 id = inAuction(48_600, 2_430); // G = 90,000: not late, the grace first
        uint256 debt = pool.debtOf(id);
        uint256 fee = Math.ceilDiv(debt * FEE, 10_000);
        (uint64 quoted, uint256 due, ) = engine.quoteBuy(id, 1);
        assertEq(quoted, debt + fee);
        assertEq(due, debt + fee);
        uint256 assets = pool.totalAssets();
        vm.expectEmit(true, true, false, false, address(pool));
        emit ICreditPool.PenaltyPaid(id, keeper, fee, 0);
        vm.prank(keeper);
        (uint64 claim, uint256 paid) = engine.buy(id, 1, due, PK, base8());
        assertEq(claim, debt + fee);
        assertEq(paid, debt + fee);
        assertEq(pool.debtOf(id), 0);
        assertApproxEqAbs(pool.convertToAssets(pool.balanceOf(address(insurance))), fee, 1);
        assertApproxEqAbs(pool.totalAssets(), assets + fee, 1);
        assertEq(pool.cash(), usdc.balanceOf(address(pool)));
    }

    function test_buy_withoutAFundItIsTheLenders() public {
        pool.setInsuranceFund(address(0));
        bytes32 id = inAuction(48_600, 2_430);
        uint256 debt = pool.debtOf(id);
        uint256 assets = pool.totalAssets();
        vm.prank(keeper);
        engine.buy(id, 1, type(uint256).max, PK, base8());
        assertEq(pool.lockedGain(), Math.ceilDiv(debt * FEE, 10_000));
        assertApproxEqAbs(pool.totalAssets(), assets, 1);
        assertEq(pool.cash(), usdc.balanceOf(address(pool)));
    }

    /// Beyond the guarantee the debt comes first.
    function test_buy_noneFromALateAccount() public {
        bytes32 id = inAuction(45_900, 2_295); // G = 85,000 of 85,010
        uint256 debt = pool.debtOf(id);
        (uint64 claim, uint256 due, ) = engine.quoteBuy(id, 1);
        assertEq(claim, debt);
        assertEq(due, debt);
    }

    /// One of two locks, its whole guarantee: what is repaid is less by the fee, and the account is nearer to cover all the same.
    function test_buy_partialBringsNearerToCover() public {
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 10_000, MAJORS);
        vm.prank(alice);
        bytes32 id = engine.open(marketId, SALT, p, 0, alice);
        addLock(id, 2, 10, 10_000, MAJORS);
        vm.prank(alice);
        pool.borrow(id, 170_000e6, alice);
        prices(54_000, 2_700); // ΣG = 180,000
        flagged(id);
        later(GRACE);
        uint256 n = started(id)[0];
        int256 missing = int256(pool.maintenanceRequirement(id)) - int256(engine.liveCoverage(id));
        uint256 debt = pool.debtOf(id);
        vm.prank(keeper);
        (uint64 claim, uint256 paid) = engine.buy(id, n, type(uint256).max, PK, base8());
        assertEq(claim, 90_000e6 - 8);
        assertEq(paid, claim);
        assertEq(debt - pool.debtOf(id), Math.ceilDiv(uint256(claim) * 10_000, 10_000 + FEE));
        assertLt(int256(pool.maintenanceRequirement(id)) - int256(engine.liveCoverage(id)), missing);
    }

    function test_createMarket_feeWithinTheBuffer() public {
        IMarginTypes.MarketConfig memory c = marketConfig(address(newPool()));
        c.fundFeeBps = uint8(BUFFER);
        engine.createMarket(c);
        c = marketConfig(address(newPool()));
        c.fundFeeBps = uint8(BUFFER + 1);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.BadParameter.selector, bytes32("fundFeeBps"), BUFFER + 1));
        engine.createMarket(c);
    }

    /// What is repaid and the fee add up to the claim; the fee is the stated part of what is repaid, up; none beyond the guarantee.
    function testFuzz_claimWithFee(
        uint64 debt,
        uint8 feeBps,
        uint64 g,
        uint64 cap,
        uint64 weight,
        bool last
    ) public pure {
        uint256 sum = uint256(g) + weight;
        if (sum == 0) return;
        (uint64 x, uint256 repaid) = AuctionMath.claimWithFee(debt, feeBps, cap, g, g, sum, last);
        assertLe(repaid, debt);
        assertLe(repaid, x);
        assertLe(x, cap);
        uint256 fee = x - repaid;
        if (fee != 0) assertLe(x, g);
        assertLe(fee * 10_000, repaid * feeBps + 10_000);
        if (x <= g && x != AuctionMath.claim(debt, cap, g, g, sum, last)) assertGt(uint256(feeBps), 0);
    }
}
