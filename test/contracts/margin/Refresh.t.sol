// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Origin} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppReceiver.sol";
import {IRiskSet} from "../../../contracts/interfaces/IRiskSet.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {DomainReport, RootMessage} from "../../../contracts/libraries/MessageCodec.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// refresh and approveOperator: new floors, never less by anyone but the controller, no proof twice (ACC-5)
contract RefreshTest is MarginFixture {
    function test_refresh_hiddenHeadroomBecomesCoverage() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        refreshPrices(48_600, 2_430);
        // λ = 0.81/0.9
        assertApproxEqAbs(engine.liveCoverage(id), 90_000e6 - 8, 2);
        flagged(id);
        _refresh(alice, id, 1, 12, 9000);
        assertEq(engine.liveCoverage(id), 120_000e6 - 8);
        assertEq(engine.account(id).flaggedAt, 0);
        assertEq(engine.lock(domain, 1).cap, 126_000e6);
        assertEq(queue.nextId(REMOTE_EID), 2);
        assertEq(engine.source(marketId, 0).exposure, 120_000e6);
    }

    /// ORD-1: S keeps the largest, so a smaller M announces nothing and keeps its cap.
    function test_refresh_announcesOnlyMore() public {
        bytes32 id = openAccount(1, 20, 0);
        _refresh(alice, id, 1, 10, 9000);
        assertEq(queue.nextId(REMOTE_EID), 1);
        assertEq(engine.lock(domain, 1).cap, 210_000e6);
        assertEq(engine.lock(domain, 1).coverage, 100_000e6);
        assertEq(engine.source(marketId, 0).exposure, 100_000e6);
        _refresh(alice, id, 1, 20, 9000);
        assertEq(queue.nextId(REMOTE_EID), 1);
        _refresh(alice, id, 1, 21, 9000);
        assertEq(queue.nextId(REMOTE_EID), 2);
    }

    /// The nonce is in ext: whatever was proven once cannot be shown again, by anyone.
    function test_refresh_everyEarlierProofIsRejected() public {
        bytes32 id = openAccount(1, 10, 0);
        IMarginTypes.MarginProof memory low = proofOf(1, 11, 10, 9000, MAJORS);
        (uint256 c, uint256 y, uint256 r) = _signals(low, id, 1);
        verifier.acceptAny(false);
        verifier.expect(c, y, r);
        vm.prank(alice);
        engine.refresh(id, low);
        verifier.acceptAny(true);
        _refresh(alice, id, 1, 20, 9000);
        verifier.acceptAny(false);
        address[3] memory callers = [alice, bob, keeper];
        vm.startPrank(alice);
        engine.approveOperator(id, bob, true);
        engine.approveOperator(id, keeper, true);
        vm.stopPrank();
        for (uint256 i; i < 3; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IMarginTypes.InvalidProof.selector, 1));
            engine.refresh(id, low);
        }
        assertEq(engine.lock(domain, 1).coverage, 200_000e6);
    }

    function test_refresh_operators() public {
        bytes32 id = openAccount(1, 10, 0);
        IMarginTypes.MarginProof memory p = proofOf(1, 11, 10, 9000, MAJORS);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotAuthorised.selector, id, bob));
        engine.refresh(id, p);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotController.selector, id, bob, alice));
        engine.approveOperator(id, bob, true);
        vm.prank(alice);
        engine.approveOperator(id, bob, true);
        assertTrue(engine.isOperator(id, bob));
        vm.prank(bob);
        engine.refresh(id, p);

        p = proofOf(1, 10, 10, 9000, MAJORS);
        vm.prank(bob);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginTypes.OperatorLowersGuarantee.selector, 1, 110_000e6 - 8, 100_000e6 - 8)
        );
        engine.refresh(id, p);
        p = proofOf(1, 12, 10, 9000, MAJORS);
        p.expiry -= 1;
        vm.prank(bob);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginTypes.OperatorShortensExpiry.selector, 1, p.expiry + 1, p.expiry)
        );
        engine.refresh(id, p);
        vm.prank(alice);
        engine.approveOperator(id, bob, false);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotAuthorised.selector, id, bob));
        engine.refresh(id, p);
    }

    /// Missing evidence counts against the operator: a dead feed does not let it lower G.
    function test_refresh_operatorAndADeadFeed() public {
        bytes32 id = openAccount(1, 20, 0);
        vm.prank(alice);
        engine.approveOperator(id, bob, true);
        eth.push(0);
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 9000, BTC_ONLY);
        vm.prank(bob);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginTypes.OperatorLowersGuarantee.selector, 1, 200_000e6 - 8, 100_000e6 - 8)
        );
        engine.refresh(id, p);
        // The controller may leave the dead slot.
        vm.prank(alice);
        engine.refresh(id, p);
        assertEq(engine.liveCoverage(id), 100_000e6 - 8);
    }

    function test_refresh_controllerMayLowerWhileCovered() public {
        bytes32 id = openAccount(1, 20, 80_000e6);
        _refresh(alice, id, 1, 10, 9000);
        IMarginTypes.MarginProof memory p = proofOf(1, 80, 9, 9000, MAJORS);
        uint256 requirement = pool.maintenanceRequirement(id);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.CoverageTooLow.selector, id, requirement, 80_000e6 - 8));
        engine.refresh(id, p);
    }

    /// An expired proof counts nothing, so any new one is more; and roots of any age will do.
    function test_refresh_afterExpiry() public {
        bytes32 id = openAccount(1, 20, 80_000e6);
        later(MAX_PROOF_AGE + 1);
        refreshPrices(60_000, 3_000);
        assertEq(engine.liveCoverage(id), 0);
        assertEq(engine.guarantee(id, 1), 200_000e6 - 8);
        _refresh(alice, id, 1, 10, 9000);
        assertEq(engine.liveCoverage(id), 100_000e6 - 8);
    }

    function test_refresh_retiredRiskVersion() public {
        bytes32 id = openAccount(1, 20, 0);
        riskSet.addVersion(riskModel());
        riskSet.retireVersion(1, uint40(vm.getBlockTimestamp() + 7 days));
        later(7 days);
        refreshPrices(60_000, 3_000);
        assertEq(engine.liveCoverage(id), 200_000e6 - 8);
        later(1);
        assertEq(engine.liveCoverage(id), 0);
        _refresh(alice, id, 1, 10, 9000);
        assertEq(engine.liveCoverage(id), 100_000e6 - 8);
    }

    /// Threat "risk-role key used to liquidate everyone by tightening": whatever the role does, for seven days a proof counts and may be renewed.
    function test_refresh_riskRoleCannotUncoverWithinTheNotice() public {
        bytes32 id = openAccount(1, 20, 80_000e6);
        uint256 t = vm.getBlockTimestamp();
        IRiskSet.Model memory tighter = riskModel();
        for (uint256 i; i < 8; ++i) tighter.haircutFactors[i] -= tighter.haircutFactors[i] < 500 ? 0 : 500;
        riskSet.addVersion(tighter);
        assertEq(riskSet.currentVersion(), 2);
        riskSet.setOpenable(2, false);
        vm.expectRevert(abi.encodeWithSelector(IRiskSet.RetirementTooSoon.selector, t + 7 days - 1, t + 7 days));
        riskSet.retireVersion(1, uint40(t + 7 days - 1));
        riskSet.retireVersion(1, uint40(t + 7 days));
        assertEq(engine.liveCoverage(id), 200_000e6 - 8);

        // The proof expires just before the notice does; nothing is open to new proofs, its renewal is accepted.
        later(7 days - 1);
        refreshPrices(60_000, 3_000);
        assertEq(engine.liveCoverage(id), 200_000e6 - 8);
        vm.expectPartialRevert(IMarginTypes.AccountCovered.selector);
        engine.flag(id);
        IMarginTypes.MarginProof memory p = proofOf(1, 20, 10, 9000, MAJORS);
        p.riskVersion = 1;
        vm.prank(alice);
        engine.refresh(id, p);
        later(1);
        assertEq(engine.liveCoverage(id), 200_000e6 - 8);
        // A new lock may not use it.
        attest(REMOTE_EID, VAULT, 0xcafe, uint64(vm.getBlockTimestamp()));
        p = proofOf(2, 20, 10, 9000, MAJORS);
        (p.root, p.riskVersion) = (0xcafe, 1);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.RiskVersionNotOpenable.selector, address(riskSet), 1));
        engine.addLock(id, p);
    }

    function test_refresh_names() public {
        bytes32 id = openAccount(1, 10, 0);
        IMarginTypes.MarginProof memory p = proofOf(2, 11, 10, 9000, MAJORS);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockNotInAccount.selector, id, 2));
        engine.refresh(id, p);
        vm.stopPrank();
        IMarginTypes.SourceConfig memory c = sourceConfig();
        c.vault = address(0x2222);
        engine.addSource(marketId, c);
        p.lockNullifier = 1;
        p.sourceId = 1;
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.WrongSource.selector, 1, 0, 1));
        engine.refresh(id, p);
        p.sourceId = 0;
        p.root = 0xdead;
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownRoot.selector, REMOTE_EID, VAULT, 0xdead));
        engine.refresh(id, p);
    }

    function test_refresh_badFeed() public {
        bytes32 id = openAccount(1, 10, 0);
        eth.push(-1);
        IMarginTypes.MarginProof memory p = proofOf(1, 11, 10, 9000, MAJORS);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.PriceMissing.selector, setId, 2));
        engine.refresh(id, p);
    }

    function test_refresh_exposureCapBindsOnlyIncreases() public {
        bytes32 id = openAccount(1, 10, 0);
        vm.prank(alice);
        engine.open(marketId, "a", proofOf(2, 10, 12, 9000, MAJORS), 0, alice);
        vm.prank(alice);
        engine.open(marketId, "b", proofOf(3, 98, 11, 9000, MAJORS), 0, alice);
        // 19,900,000 of 20,000,000
        IMarginTypes.MarginProof memory p = proofOf(1, 21, 10, 9000, MAJORS);
        vm.prank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginTypes.ExposureCapExceeded.selector, marketId, 0, 20_010_000e6, EXPOSURE_CAP)
        );
        engine.refresh(id, p);
        _refresh(alice, id, 1, 20, 9000);
        _refresh(alice, id, 1, 10, 9000);
    }

    function _refresh(address who, bytes32 id, uint256 n, uint8 mantissa, uint16 floorBps) private {
        IMarginTypes.MarginProof memory p = proofOf(n, mantissa, 10, floorBps, MAJORS);
        vm.prank(who);
        engine.refresh(id, p);
    }

    /// The public signals of alice's refresh with `nonce`, for the fixture's prices and risk set.
    function _signals(
        IMarginTypes.MarginProof memory p,
        bytes32 id,
        uint64 nonce
    ) private view returns (uint256 c, uint256 y, uint256 r) {
        uint256 q = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
        uint256[] memory x = new uint256[](28);
        (x[0], x[1], x[2], x[3], x[4]) = (ROOT, 1, domain, uint160(alice), uint256(p.coverageMantissa) * 1e10);
        (x[5], x[6]) = (540 * X64, 27 * X64);
        uint256[4] memory risk;
        (x[13], risk) = riskSet.packed(1);
        (x[14], x[15], x[16], x[17]) = (risk[0], risk[1], risk[2], risk[3]);
        (, x[18], x[19]) = engine.market(marketId);
        (x[20], x[21]) = (p.ephemeral.x, p.ephemeral.y);
        for (uint256 i; i < 5; ++i) x[22 + i] = p.sealedOpening[i];
        x[27] = contextOf(p, id, nonce, 3, alice);
        c = p.zk.commitment;
        r = uint256(keccak256(abi.encodePacked(x, c))) % q;
        for (uint256 i; i < 28; ++i) y = addmod(mulmod(y, r, q), x[i], q);
    }

    /// ACC-3: an expired proof keeps its G for liquidation. Its controller may not talk it away: provisions, shares and what a takeover books go by it.
    function test_refresh_expiredProofKeepsItsGuarantee() public {
        bytes32 id = openAccount(1, 20, 80_000e6);
        later(MAX_PROOF_AGE + 1);
        refreshPrices(60_000, 3_000);
        uint256 requirement = (pool.debtValue(id) * (10_000 + MAX_BONUS) + 9_999) / 10_000;
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 5, 9000, MAJORS);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.CoverageTooLow.selector, id, requirement, 1e6 - 8));
        engine.refresh(id, p);
        // Not late: as before.
        _refresh(alice, id, 1, 10, 9000);
        // Without a debt it is nobody's business.
        later(MAX_PROOF_AGE + 1);
        refreshPrices(60_000, 3_000);
        fund(alice, 100_000e6);
        vm.prank(alice);
        pool.repay(id, type(uint256).max);
        p = proofOf(1, 10, 5, 9000, MAJORS);
        vm.prank(alice);
        engine.refresh(id, p);
    }

    /// An operator's proof is as good at every lower price, not at this one only.
    function test_refresh_operatorKeepsTheCushion() public {
        IMarginTypes.MarginProof memory p = proofOf(1, 10, 10, 5000, MAJORS);
        vm.prank(alice);
        bytes32 id = engine.open(marketId, SALT, p, 0, alice);
        vm.prank(alice);
        engine.approveOperator(id, bob, true);
        p = proofOf(1, 10, 10, 9000, MAJORS);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.OperatorRaisesFloor.selector, 1, 0));
        engine.refresh(id, p);
        p = proofOf(1, 18, 10, 9000, MAJORS); // in proportion
        vm.prank(bob);
        engine.refresh(id, p);
        // A slot that it did not rely on has no floor to compare with.
        p = proofOf(1, 18, 10, 9000, DAI_ONLY);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.OperatorRaisesFloor.selector, 1, 2));
        engine.refresh(id, p);
    }

    /// Nor may it choose a moment: a snapshot that somebody took in a dip makes the old proof look worth less than it is.
    function test_refresh_operatorCannotUseADip() public {
        bytes32 id = openAccount(1, 10, 0); // floors at 0.9
        vm.prank(alice);
        engine.approveOperator(id, bob, true);
        refreshPrices(43_200, 2_160); // 0.8 of the floors
        prices(60_000, 3_000);
        IMarginTypes.MarginProof memory p = proofOf(1, 80, 9, 10_000, MAJORS);
        vm.prank(bob);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginTypes.OperatorLowersGuarantee.selector, 1, 100_000e6 - 8, 80_000e6 - 8)
        );
        engine.refresh(id, p);
    }

    /// S takes no notice of a retired domain's OPENED, so D's cap stays what S has: nothing is sold that S would not carry out.
    function test_refresh_retiredDomainRaisesNoCap() public {
        bytes32 id = openAccount(1, 10, 0);
        uint64 cap = engine.lock(domain, 1).cap;
        DomainReport[] memory reports = new DomainReport[](1);
        reports[0] = DomainReport(domain, uint64(block.timestamp), true);
        RootMessage memory message = RootMessage(VAULT, ROOT, 1, uint64(block.timestamp), keeper, reports);
        vm.prank(address(endpoint));
        inbox.lzReceive(Origin(REMOTE_EID, MESSENGER, 1), bytes32(0), encode(message), address(0), "");
        uint256 queued = queue.nextId(REMOTE_EID);
        _refresh(alice, id, 1, 20, 9000);
        assertEq(engine.lock(domain, 1).coverage, 200_000e6);
        assertEq(engine.lock(domain, 1).cap, cap);
        assertEq(queue.nextId(REMOTE_EID), queued);
    }
}
