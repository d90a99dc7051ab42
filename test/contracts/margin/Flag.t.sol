// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {IPriceBoard} from "../../../contracts/interfaces/IPriceBoard.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// flag, clear, onRepaid (LIQ-1). M = $100,000, debt $85,000: maintenance $90,550.5, late above G = $89,250.
contract FlagTest is MarginFixture {
    bytes32 private id;
    uint256 private t0;

    function setUp() public override {
        super.setUp();
        id = openAccount(1, 10, 85_000e6);
        t0 = vm.getBlockTimestamp();
    }

    /// LIQ-1, FEE-4
    function test_flag_givesOneGraceAndPaysOnce() public {
        prices(48_600, 2_430); // G = 90,000
        assertFalse(engine.isCovered(id));
        flagged(id);
        IMarginTypes.AccountView memory a = engine.account(id);
        assertEq(a.flaggedAt, t0);
        assertEq(a.graceEndsAt, t0 + GRACE);
        assertEq(usdc.balanceOf(keeper), FLAG_FEE);
        assertEq(pool.debtOf(id), 85_000e6 + FLAG_FEE);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.AlreadyFlagged.selector, id));
        engine.flag(id);
    }

    function test_flag_noGraceWhenLate() public {
        prices(48_000, 2_400); // G = 88,889
        flagged(id);
        assertEq(engine.account(id).graceEndsAt, t0);
    }

    function test_flag_coveredAccount() public {
        prices(48_930, 2_447); // G = 90,611 − 8
        uint256 requirement = pool.maintenanceRequirement(id);
        assertEq(requirement, 90_550_500_000);
        uint256 covered = engine.liveCoverage(id);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.AccountCovered.selector, id, requirement, covered));
        engine.flag(id);
    }

    function test_flag_interestAloneUncovers() public {
        later(200 days);
        prices(60_000, 3_000);
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 9000, MAJORS);
        p.snapshot = board.takeSnapshot(setId);
        vm.prank(alice);
        engine.refresh(id, p);
        assertTrue(engine.isCovered(id));
        prices(49_200, 2_460);
        assertFalse(engine.isCovered(id));
        flagged(id);
    }

    /// A dead feed is no evidence, but does not hide what the other slots show.
    function test_flag_missingPriceIsNoEvidence() public {
        eth.push(0);
        assertEq(engine.liveCoverage(id), 0);
        uint256 requirement = pool.maintenanceRequirement(id);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.EvidenceMissing.selector, id, requirement, 100_000e6 - 8));
        engine.flag(id);
        push(btc, 48_600);
        flagged(id);
        // Nor does it clear.
        push(btc, 60_000);
        requirement = pool.maintenanceRequirement(id);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.StillUncovered.selector, id, requirement, 0));
        engine.clear(id);
    }

    function test_flag_eachKindOfBadFeed() public {
        uint256 requirement = pool.maintenanceRequirement(id);
        bytes memory missing = abi.encodeWithSelector(
            IMarginTypes.EvidenceMissing.selector,
            id,
            requirement,
            100_000e6 - 8
        );
        eth.push(-3_000e8);
        vm.expectRevert(missing);
        engine.flag(id);
        eth.push(1e8 * 1e8 + 1); // above its bound
        vm.expectRevert(missing);
        engine.flag(id);
        eth.pushAt(1e8, t0 - 1 days - 1); // stale
        vm.expectRevert(missing);
        engine.flag(id);
        eth.pushAt(1e8, t0 + 1); // from the future
        vm.expectRevert(missing);
        engine.flag(id);
    }

    function test_flag_slotsNotReliedOnDoNotMatter() public {
        dai.push(0);
        junk.push(0);
        assertTrue(engine.isCovered(id));
        uint256 requirement = pool.maintenanceRequirement(id);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.AccountCovered.selector, id, requirement, 100_000e6 - 8));
        engine.flag(id);
    }

    function test_flag_needsTheDebtsPrice() public {
        prices(40_000, 2_000);
        usdcFeed.push(0);
        vm.expectRevert(abi.encodeWithSelector(IPriceBoard.PriceUnavailable.selector, USDC_ID, address(usdcFeed)));
        engine.flag(id);
    }

    function test_flag_resumesWithinTheWindow() public {
        prices(48_600, 2_430);
        flagged(id);
        later(20 minutes);
        prices(60_000, 3_000);
        engine.clear(id);
        assertEq(engine.account(id).flaggedAt, 0);
        later(REFLAG);
        prices(48_600, 2_430);
        flagged(id);
        // 40 minutes of grace were left; no second fee.
        assertEq(engine.account(id).graceEndsAt, vm.getBlockTimestamp() + 40 minutes);
        assertEq(usdc.balanceOf(keeper), FLAG_FEE);
    }

    function test_flag_usedUpGraceStaysUsedUp() public {
        prices(48_600, 2_430);
        flagged(id);
        later(GRACE + 1);
        prices(60_000, 3_000);
        engine.clear(id);
        prices(48_600, 2_430);
        flagged(id);
        assertEq(engine.account(id).graceEndsAt, vm.getBlockTimestamp());
    }

    function test_flag_newEpisodeAfterTheWindow() public {
        prices(48_600, 2_430);
        flagged(id);
        later(20 minutes);
        prices(60_000, 3_000);
        engine.clear(id);
        later(REFLAG + 1);
        prices(48_600, 2_430);
        flagged(id);
        assertEq(engine.account(id).graceEndsAt, vm.getBlockTimestamp() + GRACE);
        assertEq(usdc.balanceOf(keeper), 2 * FLAG_FEE);
    }

    function test_clear_errors() public {
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotFlagged.selector, id));
        engine.clear(id);
        prices(48_600, 2_430);
        flagged(id);
        uint256 requirement = pool.maintenanceRequirement(id);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.StillUncovered.selector, id, requirement, 90_000e6 - 9));
        engine.clear(id);
    }

    /// LIQ-6
    function test_clear_byRepaying() public {
        prices(48_600, 2_430);
        flagged(id);
        fund(bob, 10_000e6);
        vm.prank(bob);
        pool.repay(id, 10_000e6);
        assertEq(engine.account(id).flaggedAt, 0);
    }

    function test_repay_isNotBlockedByADeadOracle() public {
        prices(48_600, 2_430);
        flagged(id);
        usdcFeed.push(0);
        eth.push(0);
        fund(bob, 10_000e6);
        vm.prank(bob);
        pool.repay(id, 10_000e6);
        assertEq(engine.account(id).flaggedAt, t0);
        prices(48_600, 2_430);
        engine.clear(id);
    }

    function test_onRepaid_onlyTheModule() public {
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotModule.selector, id, address(this)));
        engine.onRepaid(id);
    }

    function test_flag_blocksBorrowing() public {
        prices(48_600, 2_430);
        flagged(id);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.AccountFlagged.selector, id));
        pool.borrow(id, 1e6, alice);
    }
}
