// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Test} from "forge-std/Test.sol";
import {IRiskSet} from "../../../contracts/interfaces/IRiskSet.sol";
import {RiskSet} from "../../../contracts/risk/RiskSet.sol";

contract RiskSetTest is Test {
    RiskSet private set = new RiskSet(address(this), 200);

    /// By hand: L = (0.03, 0.04), d = (10⁻⁴, 0), z = 2: Q_00 = 4·(0.0009 + 0.0001)·10⁸ = 400,000; Q_01 = 4·0.0012·10⁸ = 480,000;
    /// Q_11 = 4·0.0016·10⁸ = 640,000. All exact, so nothing is added.
    function test_addVersion_handCalculation() public {
        IRiskSet.Model memory m = _listed();
        m.loadings = new int64[8][](1);
        (m.loadings[0][0], m.loadings[0][1]) = (0.03e9, 0.04e9);
        m.specificVariance[0] = 0.0001e18;
        m.zE4 = 20_000;
        uint32 v = set.addVersion(m);
        (uint256 haircuts, uint256[4] memory risk) = set.packed(v);
        assertEq(haircuts, 8000 | (7500 << 16));
        assertEq(_entry(risk, 0), 400_000);
        assertEq(_entry(risk, 1), 480_000);
        assertEq(_entry(risk, 8), 640_000);
        for (uint256 k = 9; k < 36; ++k) assertEq(_entry(risk, k), 0);
        assertEq(set.haircutFactors(v)[1], 7500);
        (bool openable, uint256 openHaircuts, uint256[4] memory openRisk) = set.openTerms(v, 0);
        assertTrue(openable);
        assertEq(abi.encode(openHaircuts, openRisk), abi.encode(haircuts, risk));
        (openable, openHaircuts, openRisk) = set.openTerms(v + 1, 0);
        assertFalse(openable);
        assertEq(abi.encode(openHaircuts, openRisk), new bytes(160));
        assertEq(set.currentVersion(), 1);
        assertTrue(set.isOpenable(1));
        assertTrue(set.isAccepted(1));
        assertFalse(set.isOpenable(2));
        assertFalse(set.isAccepted(2));
    }

    /// The count is set from outside: 2^16 − 1 versions would take hours.
    function test_addVersion_atMost65535() public {
        set.addVersion(_listed());
        bytes32 slot = bytes32(uint256(3)); // count, the version in force, …
        uint256 line = uint256(vm.load(address(set), slot));
        assertEq(uint32(line), 1);
        vm.store(address(set), slot, bytes32(line | type(uint16).max));
        IRiskSet.Model memory m = _listed();
        vm.expectRevert(IRiskSet.TooManyVersions.selector);
        set.addVersion(m);
    }

    function test_addVersion_negativeCovarianceIsFloored() public {
        IRiskSet.Model memory m = _listed();
        m.loadings = new int64[8][](1);
        (m.loadings[0][0], m.loadings[0][1]) = (0.03e9, -0.04e9);
        m.zE4 = 20_000;
        (, uint256[4] memory risk) = set.packed(set.addVersion(m));
        assertEq(_entry(risk, 1), 0);
        assertEq(_entry(risk, 0), 360_000);
    }

    function test_addVersion_staticRatioIsAllZero() public {
        (, uint256[4] memory risk) = set.packed(set.addVersion(_listed()));
        for (uint256 w; w < 4; ++w) assertEq(risk[w], 0);
    }

    /// Entries up; what rounding adds off the diagonal, the diagonal outweighs: Q − (exact Q, floored) is diagonally dominant.
    function testFuzz_addVersion_roundsUpAndKeepsTheFloorBox(uint256 seed) public {
        IRiskSet.Model memory m;
        m.loadings = new int64[8][](seed % 9);
        m.zE4 = 23_300;
        for (uint256 i; i < 8; ++i) {
            m.haircutFactors[i] = 9000;
            m.specificVariance[i] = uint64(uint256(keccak256(abi.encode(seed, i))) % 0.001e18);
            for (uint256 f; f < m.loadings.length; ++f) {
                m.loadings[f][i] = int64(int256(uint256(keccak256(abi.encode(seed, i, f))) % 0.1e9)) - 0.05e9;
            }
        }
        (, uint256[4] memory risk) = set.packed(set.addVersion(m));
        uint256 k;
        uint256[8] memory off;
        uint256[8] memory diagonal;
        for (uint256 i; i < 8; ++i) {
            for (uint256 j = i; j < 8; ++j) {
                int256 cov = i == j ? int256(uint256(m.specificVariance[i])) : int256(0);
                for (uint256 f; f < m.loadings.length; ++f) cov += int256(m.loadings[f][i]) * m.loadings[f][j];
                // Exact Q in units of 10⁻¹⁸ of an entry.
                uint256 exact = cov > 0 ? uint256(cov) * 23_300 * 23_300 : 0;
                uint256 added = _entry(risk, k) * 1e18 - exact; // reverts if rounded down
                if (i == j) {
                    diagonal[i] = added;
                    assertLt(added, 8e18);
                } else {
                    assertLt(added, 1e18);
                    off[i] += added;
                    off[j] += added;
                }
                ++k;
            }
        }
        for (uint256 i; i < 8; ++i) assertGe(diagonal[i], off[i]);
    }

    function test_addVersion_errors() public {
        IRiskSet.Model memory m = _listed();
        m.haircutFactors[0] = 9801;
        vm.expectRevert(abi.encodeWithSelector(IRiskSet.HaircutFactorTooHigh.selector, 0, 9801, 9800));
        set.addVersion(m);
        m = _listed();
        m.loadings = new int64[8][](9);
        vm.expectRevert(abi.encodeWithSelector(IRiskSet.TooManyFactors.selector, 9));
        set.addVersion(m);
        m.loadings = new int64[8][](1);
        m.loadings[0][1] = 4e9 + 1;
        vm.expectRevert(abi.encodeWithSelector(IRiskSet.LoadingTooLarge.selector, 0, 1, int64(4e9 + 1)));
        set.addVersion(m);
        m.loadings[0][1] = -4e9 - 1;
        vm.expectRevert(abi.encodeWithSelector(IRiskSet.LoadingTooLarge.selector, 0, 1, int64(-4e9 - 1)));
        set.addVersion(m);
        m = _listed();
        m.specificVariance[2] = 16e18 + 1;
        vm.expectRevert(abi.encodeWithSelector(IRiskSet.VarianceTooLarge.selector, 2, uint64(16e18 + 1)));
        set.addVersion(m);
        m = _listed();
        m.zE4 = 1e6 + 1;
        vm.expectRevert(abi.encodeWithSelector(IRiskSet.ZTooLarge.selector, 1e6 + 1));
        set.addVersion(m);
        // h = 0.8: Q_00 may be 0.64·10⁸ and no more.
        m = _listed();
        m.zE4 = 10_000;
        m.specificVariance[0] = 0.64e18;
        set.addVersion(m);
        m.specificVariance[0] = 0.64e18 + 1;
        vm.expectRevert(abi.encodeWithSelector(IRiskSet.RiskExceedsHaircut.selector, 0, 64_000_001, 8000));
        set.addVersion(m);
        m = _listed();
        m.zE4 = 10_000;
        m.loadings = new int64[8][](1);
        (m.loadings[0][0], m.loadings[0][1]) = (1.1e9, 1e9);
        vm.expectRevert(abi.encodeWithSelector(IRiskSet.RiskEntryTooLarge.selector, 0, 1, 1.1e8));
        set.addVersion(m);
        vm.expectRevert(abi.encodeWithSelector(IRiskSet.BonusTooHigh.selector, 10_000));
        new RiskSet(address(this), 10_000);
    }

    function test_versions_closeAndRetire() public {
        set.addVersion(_listed());
        set.setOpenable(1, false);
        assertFalse(set.isOpenable(1));
        (bool openable, , ) = set.openTerms(1, 0);
        assertFalse(openable);
        assertTrue(set.isAccepted(1));
        set.setOpenable(1, true);
        assertFalse(set.isOpenable(1));
        vm.warp(block.timestamp + 3 days);
        assertTrue(set.isOpenable(1));
        uint256 t = block.timestamp;
        vm.expectRevert(abi.encodeWithSelector(IRiskSet.RetirementTooSoon.selector, t + 7 days - 1, t + 7 days));
        set.retireVersion(1, uint40(t + 7 days - 1));
        set.retireVersion(1, uint40(t + 7 days));
        assertFalse(set.isOpenable(1));
        vm.expectRevert(abi.encodeWithSelector(IRiskSet.VersionRetiring.selector, 1, t + 7 days));
        set.setOpenable(1, true);
        vm.warp(t + 7 days);
        assertTrue(set.isAccepted(1));
        vm.warp(t + 7 days + 1);
        assertFalse(set.isAccepted(1));
        vm.expectRevert(abi.encodeWithSelector(IRiskSet.UnknownVersion.selector, 2));
        set.packed(2);
        vm.expectRevert(abi.encodeWithSelector(IRiskSet.UnknownVersion.selector, 0));
        set.haircutFactors(0);
        vm.expectRevert(abi.encodeWithSelector(IRiskSet.UnknownVersion.selector, 2));
        set.setOpenable(2, true);
        IRiskSet.Model memory m = _listed();
        bytes memory notOwner = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(5));
        vm.startPrank(address(5));
        vm.expectRevert(notOwner);
        set.addVersion(m);
        vm.expectRevert(notOwner);
        set.setOpenable(1, false);
        vm.expectRevert(notOwner);
        set.retireVersion(1, type(uint40).max);
        vm.stopPrank();
    }

    function test_addVersion_tighterIsOpenAtOnceAndClosesTheOthers() public {
        set.addVersion(_riskyBy(0));
        IRiskSet.Model memory m = _riskyBy(1);
        m.haircutFactors[0] -= 1000;
        assertEq(set.addVersion(m), 2);
        assertEq(set.currentVersion(), 2);
        assertTrue(set.isOpenable(2));
        assertFalse(set.isOpenable(1));
        // Existing proofs count, and may be renewed, but a new lock may not use it.
        assertTrue(set.isAccepted(1));
        (bool openable, uint256 haircuts, ) = set.openTerms(1, 1);
        assertTrue(openable);
        assertEq(haircuts, 8000 | (7500 << 16));
        (openable, , ) = set.openTerms(1, 2);
        assertFalse(openable);
        (openable, , ) = set.openTerms(1, 0);
        assertFalse(openable);
        (openable, , ) = set.openTerms(0, 0);
        assertFalse(openable);
    }

    function test_addVersion_looserWaitsForTheDelay() public {
        set.addVersion(_riskyBy(0));
        IRiskSet.Model memory m = _riskyBy(0);
        m.haircutFactors[0] += 1;
        uint256 t = vm.getBlockTimestamp();
        set.addVersion(m);
        _assertPending(2, t + 3 days);
        assertEq(set.currentVersion(), 1);
        assertTrue(set.isOpenable(1));
        vm.warp(t + 3 days - 1);
        assertFalse(set.isOpenable(2));
        vm.warp(t + 3 days);
        assertTrue(set.isOpenable(2));
        assertEq(set.currentVersion(), 2);
        _assertPending(0, 0);
        // The next one is measured against it and closes both.
        m.haircutFactors[0] -= 1;
        set.addVersion(m);
        assertEq(set.currentVersion(), 3);
        assertFalse(set.isOpenable(1));
        assertFalse(set.isOpenable(2));
    }

    /// A looser one that waits is no yardstick: what is tighter than it and looser than what is in force waits, too.
    function test_addVersion_pendingIsNoYardstick() public {
        set.addVersion(_riskyBy(0));
        IRiskSet.Model memory m = _riskyBy(0);
        m.haircutFactors[0] += 500;
        set.addVersion(m);
        m.haircutFactors[0] -= 1;
        uint256 t = vm.getBlockTimestamp();
        set.addVersion(m);
        _assertPending(3, t + 3 days);
        vm.warp(t + 30 days);
        assertFalse(set.isOpenable(2)); // replaced
        assertTrue(set.isOpenable(3));
    }

    function test_addVersion_tighterCancelsWhatWaits() public {
        set.addVersion(_riskyBy(0));
        IRiskSet.Model memory m = _riskyBy(0);
        m.haircutFactors[0] += 500;
        set.addVersion(m);
        set.addVersion(_riskyBy(0));
        _assertPending(0, 0);
        vm.warp(vm.getBlockTimestamp() + 30 days);
        assertFalse(set.isOpenable(2));
        assertEq(set.currentVersion(), 3);
    }

    function test_setOpenable_cancelsWhatWaits() public {
        set.addVersion(_riskyBy(0));
        IRiskSet.Model memory m = _riskyBy(0);
        m.haircutFactors[0] += 500;
        set.addVersion(m);
        set.setOpenable(2, false);
        vm.warp(vm.getBlockTimestamp() + 30 days);
        assertFalse(set.isOpenable(2));
        assertEq(set.currentVersion(), 1);
        assertTrue(set.isOpenable(1));
    }

    /// Steps of one period add up: no matter in how many versions, at once no h_i falls by more than 1,000 bps in all.
    function test_addVersion_moreThanAStepWaits() public {
        set.addVersion(_riskyBy(0));
        IRiskSet.Model memory m = _riskyBy(0);
        m.haircutFactors[0] -= 600;
        set.addVersion(m);
        assertEq(set.currentVersion(), 2);
        m.haircutFactors[0] -= 401;
        uint256 t = vm.getBlockTimestamp();
        set.addVersion(m);
        _assertPending(3, t + 3 days);
        m.haircutFactors[0] += 1;
        set.addVersion(m);
        assertEq(set.currentVersion(), 4);
        // A new period, a new step.
        vm.warp(t + 7 days);
        m.haircutFactors[0] -= 1000;
        set.addVersion(m);
        assertEq(set.currentVersion(), 5);
        // Q_00 = 10⁶: four times as much is a step, one more is not.
        vm.warp(t + 14 days);
        m.specificVariance[0] = 0.04e18 + 1;
        set.addVersion(m);
        assertEq(set.currentVersion(), 5);
        m.specificVariance[0] = 0.04e18;
        set.addVersion(m);
        assertEq(set.currentVersion(), 7);
    }

    /// Open at once exactly when every entry says so, by the unpacked numbers.
    function testFuzz_addVersion_opensAtOnceIffTighterWithinAStep(uint256 seed) public {
        IRiskSet.Model memory m = _riskyBy(0);
        IRiskSet.Model memory n = _riskyBy(0);
        bool expected = true;
        for (uint256 i; i < 2; ++i) {
            // One change in four is out of bounds, at its edge.
            uint256 r = uint256(keccak256(abi.encode(seed, i)));
            uint16[4] memory h = [m.haircutFactors[i] - 1000, m.haircutFactors[i], m.haircutFactors[i] - 1001, 8001];
            n.haircutFactors[i] = h[r % 4];
            uint64[4] memory d = [uint64(0.01e18), 0.04e18, 0.04e18 + 1e10, 0.01e18 - 1e10];
            n.specificVariance[i] = d[(r >> 8) % 4];
            expected = expected && r % 4 < 2 && (r >> 8) % 4 < 2;
        }
        set.addVersion(m);
        set.addVersion(n);
        assertEq(set.isOpenable(2), expected);
        assertEq(set.isOpenable(1), !expected);
    }

    function _assertPending(uint32 version, uint256 openFrom) private view {
        (uint32 v, uint40 from) = set.pendingVersion();
        assertEq(v, version);
        assertEq(from, openFrom);
    }

    /// d = 10⁻² on both slots and z = 1: Q_ii = 10⁶ and `more`.
    function _riskyBy(uint64 more) private pure returns (IRiskSet.Model memory m) {
        m = _listed();
        m.zE4 = 10_000;
        (m.specificVariance[0], m.specificVariance[1]) = (0.01e18 + more * 1e10, 0.01e18 + more * 1e10);
    }

    function _listed() private pure returns (IRiskSet.Model memory m) {
        (m.haircutFactors[0], m.haircutFactors[1]) = (8000, 7500);
    }

    function _entry(uint256[4] memory risk, uint256 k) private pure returns (uint256) {
        return (risk[k / 9] >> (28 * (k % 9))) & ((1 << 28) - 1);
    }
}
