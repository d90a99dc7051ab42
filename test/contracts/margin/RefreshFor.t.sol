// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICreditPool} from "../../../contracts/interfaces/ICreditPool.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {SignedFixture} from "../support/SignedFixture.sol";

/// refreshFor: a lock proven anew by another, on its controller's signature (ACC-5, FEE-3)
contract RefreshForTest is SignedFixture {
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        IMarginTypes.MarginProof memory p = proofOf(7, 10, 10, 9000, MAJORS);
        vm.prank(carol);
        id = engine.open(marketId, SALT, p, 50_000e6, carol);
    }

    function test_refreshFor_raisesAndPays() public {
        IMarginTypes.MarginProof memory p = proofOf(7, 12, 10, 9000, MAJORS);
        bytes memory signature = signRefresh(carolKey, id, 1, FEE, p, keeper);
        uint256 debt = pool.debtOf(id);
        vm.prank(keeper);
        engine.refreshFor(id, FEE, p, signature);
        assertEq(engine.lock(domain, 7).coverage, 120_000e6);
        assertEq(usdc.balanceOf(keeper), FEE);
        assertEq(pool.debtOf(id), debt + FEE);
        assertEq(engine.account(id).nonce, 2);
        // Once: the nonce has moved.
        vm.prank(keeper);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.BadSignature.selector, carol));
        engine.refreshFor(id, FEE, p, signature);
    }

    function testFuzz_refreshFor_everySignedFieldIsBound(uint8 field) public {
        IMarginTypes.MarginProof memory p = proofOf(7, 12, 10, 9000, MAJORS);
        bytes memory signature = signRefresh(carolKey, id, 1, FEE, p, keeper);
        IMarginTypes.MarginProof memory other = proofOf(8, 10, 10, 9000, MAJORS);
        vm.prank(carol);
        bytes32 second = engine.open(marketId, "second", other, 0, carol);
        (bytes32 of_, uint256 fee, address submitter) = (id, FEE, keeper);
        field = uint8(bound(field, 0, 12));
        if (field < 9) change(p, field);
        else if (field == 9) of_ = second;
        else if (field == 10) fee += 1;
        else if (field == 11) submitter = bob;
        else vm.chainId(999);
        vm.prank(submitter);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.BadSignature.selector, carol));
        engine.refreshFor(of_, fee, p, signature);
    }

    /// It is the controller's refresh: it may lower M, while the account stays covered.
    function test_refreshFor_mayLower() public {
        _refresh(80, 9, 0);
        assertEq(engine.lock(domain, 7).coverage, 80_000e6);
        IMarginTypes.MarginProof memory p = proofOf(7, 50, 9, 9000, MAJORS);
        bytes memory signature = signRefresh(carolKey, id, 2, 0, p, keeper);
        vm.prank(keeper);
        vm.expectPartialRevert(IMarginTypes.CoverageTooLow.selector);
        engine.refreshFor(id, 0, p, signature);
    }

    /// With a fee it is a loan, which needs what a loan needs; without, nothing keeps it from helping.
    function test_refreshFor_feeNeedsWhatALoanNeeds() public {
        prices(28_000, 1_400); // λ = 0.52
        flagged(id);
        board.takeSnapshot(setId);
        _refused(IMarginTypes.CoverageTooLow.selector, 54, 9); // maintenance is met, the initial requirement not
        pool.setCaps(0, 0);
        _refused(ICreditPool.BorrowCapExceeded.selector, 90, 9);
        _refresh(90, 9, 0);
        assertEq(engine.account(id).flaggedAt, 0);
    }

    /// Still uncovered: the flag stays, and nobody lends on it.
    function test_refreshFor_noFeeFromTheFlagged() public {
        prices(28_000, 1_400);
        flagged(id);
        board.takeSnapshot(setId);
        _refused(IMarginTypes.AccountFlagged.selector, 53, 9);
    }

    function test_refreshFor_noFeeFromASilentDomain() public {
        later(8 days);
        prices(60_000, 3_000);
        board.takeSnapshot(setId);
        _refused(IMarginTypes.ReportTooOld.selector, 10, 10);
        _refresh(10, 10, 0);
    }

    function test_refreshFor_noFeeWithoutADebt() public {
        vm.startPrank(carol);
        usdc.mint(carol, 1e6);
        usdc.approve(address(pool), type(uint256).max);
        pool.repay(id, type(uint256).max);
        vm.stopPrank();
        _refused(ICreditPool.DebtBelowMinimum.selector, 10, 10);
    }

    function _refused(bytes4 why, uint8 mantissa, uint8 exponent) private {
        IMarginTypes.MarginProof memory p = proofOf(7, mantissa, exponent, 9000, MAJORS);
        bytes memory signature = signRefresh(carolKey, id, engine.account(id).nonce, FEE, p, keeper);
        vm.prank(keeper);
        vm.expectPartialRevert(why);
        engine.refreshFor(id, FEE, p, signature);
    }

    function _refresh(uint8 mantissa, uint8 exponent, uint256 fee) private {
        IMarginTypes.MarginProof memory p = proofOf(7, mantissa, exponent, 9000, MAJORS);
        bytes memory signature = signRefresh(carolKey, id, engine.account(id).nonce, fee, p, keeper);
        vm.prank(keeper);
        engine.refreshFor(id, fee, p, signature);
    }
}
