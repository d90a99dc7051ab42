// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IRiskSet} from "../../../contracts/interfaces/IRiskSet.sol";
import {AuctionMath} from "../../../contracts/libraries/AuctionMath.sol";
import {Coverage} from "../../../contracts/libraries/Coverage.sol";
import {FloorMath} from "../../../contracts/libraries/FloorMath.sol";
import {SnapshotLib} from "../../../contracts/libraries/SnapshotLib.sol";
import {RiskSet} from "../../../contracts/risk/RiskSet.sol";

/// LIQ-5 and the floor box (docs/floor-box.md): whatever the hidden basket and wherever prices go, what the seizure prices make of the basket at the
/// auction's end is at least G; and G never exceeds the margin function itself at those prices.
contract GuaranteeTest is Test {
    RiskSet private riskSet = new RiskSet(address(this), 200);

    struct Case {
        uint256[8] amounts;
        uint256[8] snapshot;
        uint256[8] prices;
        uint256[8] h;
        uint256[4] risk;
        uint256[8] floorsX64;
        uint8 mask;
        uint64 m;
    }

    function testFuzz_guarantee_isAlwaysPaidAtTheEnd(uint256 seed) public {
        Case memory c = _case(seed);
        if (c.m == 0) return;
        (uint256 w0, uint256 w1) = SnapshotLib.pack(c.prices, 1);
        (uint256[8] memory frozen, ) = SnapshotLib.unpack(w0, w1);
        (uint64 g, uint8 missing) = Coverage.guarantee(c.m, c.floorsX64, c.mask, frozen);
        assertEq(missing, 0);

        uint96[8] memory s = AuctionMath.seizurePrices(frozen, c.h, c.mask, false, 9800, 1, 1);
        uint256 v;
        for (uint256 i; i < 8; ++i) v += (c.amounts[i] * s[i]) >> 64;
        assertGe(v, g, "the claim G is not fully paid");

        // G ≤ g(p): haircut value less the z-sigma move, at p. Floors of eight slots cost at most 8 µUSD, which g(p) has too.
        (uint256 value, uint256 variance) = _margin(c.amounts, frozen, c.h, c.risk, c.mask);
        assertGe(value + 8e4, uint256(g) * 1e4 + Math.sqrt(variance), "the floor box does not hold");
    }

    /// Lemma 1 on the contract's own matrices, every asset near its limit: (Qv)_i² ≤ Q_ii·vᵀQv for v ≥ 0, so no row outgrows its haircut.
    function testFuzz_riskMatrix_noRowOutgrowsItsDiagonal(uint256 seed) public {
        IRiskSet.Model memory model;
        model.loadings = new int64[8][](_pick(seed, "factors", 1, 3));
        model.zE4 = 23_300;
        uint256[8] memory v;
        for (uint256 i; i < 8; ++i) {
            model.haircutFactors[i] = 9800;
            for (uint256 f; f < model.loadings.length; ++f) {
                model.loadings[f][i] = int64(int256(_pick(seed, 100 + 8 * f + i, 0, 0.48e9))) - 0.24e9;
            }
            v[i] = _pick(seed, i + 10, 0, 1) * _pick(seed, i, 0, 2 ** _pick(seed, i + 20, 1, 64) - 1);
        }
        (, uint256[4] memory risk) = riskSet.packed(riskSet.addVersion(model));
        uint256[8][8] memory q = _full(risk);
        uint256[8] memory rows;
        uint256 variance;
        for (uint256 i; i < 8; ++i) {
            for (uint256 j; j < 8; ++j) rows[i] += q[i][j] * v[j];
            variance += rows[i] * v[i];
        }
        // rows < 8·2^27·2^64 = 2^94, the variance below 2^161.
        for (uint256 i; i < 8; ++i) assertLe(rows[i] * rows[i], q[i][i] * variance);
    }

    /// Theorem 3 at the ends of the widths: 63-bit amounts, 96-bit prices, one slot or all, M as large as its 64 bits let it be.
    function testFuzz_guarantee_isPaidAtTheEndsOfTheWidths(uint256 seed) public pure {
        Case memory c;
        c.mask = uint8(_pick(seed, "mask", 1, 255));
        uint256 value;
        uint256 relied;
        for (uint256 i; i < 8; ++i) {
            uint256 bits = _pick(seed, i, 0, 63);
            c.amounts[i] = 2 ** bits - _pick(seed, i + 100, 0, 1);
            if (bits == 63) c.amounts[i] = 2 ** 63 - 1;
            c.h[i] = _pick(seed, i + 200, 0, 9800);
            uint256 floorBits = _pick(seed, i + 300, 1, 127 - bits > 96 ? 96 : 127 - bits);
            c.prices[i] = _pick(seed, i + 400, 1, 2 ** 96 - 1);
            if ((c.mask >> i) & 1 == 0) continue;
            ++relied;
            c.floorsX64[i] = 2 ** floorBits - 1;
            // Half of the prices are near their floor, so that λ is not nothing.
            if (seed % 2 == 0) c.prices[i] = Math.max(1, (c.floorsX64[i] * _pick(seed, i + 500, 900, 1100)) / 1000);
            if (c.prices[i] >= 2 ** 96) c.prices[i] = 2 ** 96 - 1;
            uint256 v = (c.amounts[i] * c.floorsX64[i]) >> 64;
            assertLt(v, 2 ** 64);
            value += v * c.h[i];
        }
        uint64 m = uint64(Math.min(value / 1e4, type(uint64).max)); // Q = 0
        (uint64 g, uint8 missing) = Coverage.guarantee(m, c.floorsX64, c.mask, c.prices);
        assertEq(missing, 0);
        assertEq(uint256(g), _guarantee(m, c));

        uint96[8] memory s = AuctionMath.seizurePrices(c.prices, c.h, c.mask, false, 9800, 1, 1);
        uint256 v_;
        for (uint256 i; i < 8; ++i) v_ += (c.amounts[i] * s[i]) >> 64;
        // The theorem's own bound, n − 1 µUSD below ⌊min(1, λ)·M⌋: what the contract takes off is never less.
        assertGe(v_ + relied - 1, uint256(g) + (g == 0 ? 0 : 8));
        assertGe(v_, g);
    }

    /// Worked by hand in docs/floor-box.md: eight slots of 9 µUSD at h = 0.875 cover 63 and are settled at 56. G = 55: one to spare.
    function test_guarantee_worstRounding() public pure {
        Case memory c;
        for (uint256 i; i < 8; ++i) (c.amounts[i], c.floorsX64[i], c.h[i]) = (9, 1 << 64, 8750);
        (uint64 g, ) = Coverage.guarantee(63, c.floorsX64, 255, c.floorsX64);
        assertEq(g, 55);
        uint96[8] memory s = AuctionMath.seizurePrices(c.floorsX64, c.h, 255, false, 9800, 1, 1);
        uint256 v;
        for (uint256 i; i < 8; ++i) v += (c.amounts[i] * s[i]) >> 64;
        assertEq(v, 56);
    }

    /// ⌊min(1, λ)·M⌋ − 8 by its definition: the largest k with k·f_i ≤ M·p_i on every relied-on slot, found by bisection.
    function _guarantee(uint256 m, Case memory c) private pure returns (uint256) {
        uint256 low;
        uint256 high = m + 1;
        while (high - low > 1) {
            uint256 k = (low + high) / 2;
            bool within = true;
            for (uint256 i; i < 8; ++i) {
                if ((c.mask >> i) & 1 == 1 && k * c.floorsX64[i] > m * c.prices[i]) within = false;
            }
            if (within) low = k;
            else high = k;
        }
        return low > 8 ? low - 8 : 0;
    }

    function _full(uint256[4] memory risk) private pure returns (uint256[8][8] memory q) {
        uint256 k;
        for (uint256 i; i < 8; ++i) {
            for (uint256 j = i; j < 8; ++j) {
                q[i][j] = q[j][i] = (risk[k / 9] >> (28 * (k % 9))) & ((1 << 28) - 1);
                ++k;
            }
        }
    }

    /// Amounts, prices, risk model, floors; M = the largest two-digit coverage provable at the floors (design §4, statement 4).
    function _case(uint256 seed) private returns (Case memory c) {
        c.mask = uint8(_pick(seed, "mask", 1, 255));
        IRiskSet.Model memory model;
        model.loadings = new int64[8][](_pick(seed, "factors", 0, 8));
        model.zE4 = uint32(_pick(seed, "z", 0, 40_000));
        for (uint256 i; i < 8; ++i) {
            c.amounts[i] = _pick(seed, i, 0, 2 ** _pick(seed, i + 100, 1, 50));
            c.snapshot[i] = _pick(seed, i + 200, 1 << 40, 1 << _pick(seed, i + 300, 44, 76));
            c.prices[i] = (c.snapshot[i] * _pick(seed, i + 400, 1, 3000)) / 1000 + 1;
            model.haircutFactors[i] = uint16(_pick(seed, i + 500, 4000, 9800));
            model.specificVariance[i] = uint64(_pick(seed, i + 600, 0, 0.003e18));
            for (uint256 f; f < model.loadings.length; ++f) {
                model.loadings[f][i] = int64(int256(_pick(seed, 1000 + 8 * f + i, 0, 0.06e9))) - 0.03e9;
            }
            c.h[i] = model.haircutFactors[i];
        }
        uint32 version = riskSet.addVersion(model);
        (, c.risk) = riskSet.packed(version);
        uint16[4] memory fractions = [uint16(10_000), 9000, 7500, 5000];
        (uint256 w0, uint256 w1) = SnapshotLib.pack(c.snapshot, 1);
        (uint256[8] memory stored, ) = SnapshotLib.unpack(w0, w1);
        c.floorsX64 = FloorMath.floors(stored, c.mask, fractions[_pick(seed, "floor", 0, 3)]);
        (uint256 value, uint256 variance) = _margin(c.amounts, c.floorsX64, c.h, c.risk, c.mask);
        uint256 root = Math.sqrt(variance);
        if (root * root < variance) ++root;
        if (value <= root) return c;
        uint256 most = (value - root) / 1e4;
        uint256 scale = 1;
        while (most / scale > 99) scale *= 10;
        if (most / scale >= 10) c.m = uint64((most / scale) * scale);
    }

    /// V = Σ v_i·h_i and vᵀQv over the relied-on slots.
    function _margin(
        uint256[8] memory a,
        uint256[8] memory p,
        uint256[8] memory h,
        uint256[4] memory risk,
        uint8 mask
    ) private pure returns (uint256 value, uint256 variance) {
        uint256[8] memory v;
        for (uint256 i; i < 8; ++i) {
            if ((mask >> i) & 1 == 1) v[i] = (a[i] * p[i]) >> 64;
            value += v[i] * h[i];
        }
        uint256 k;
        for (uint256 i; i < 8; ++i) {
            for (uint256 j = i; j < 8; ++j) {
                uint256 q = (risk[k / 9] >> (28 * (k % 9))) & ((1 << 28) - 1);
                variance += v[i] * v[j] * q * (i == j ? 1 : 2);
                ++k;
            }
        }
    }

    function _pick(uint256 seed, uint256 salt, uint256 low, uint256 high) private pure returns (uint256) {
        return low + (uint256(keccak256(abi.encode(seed, salt))) % (high - low + 1));
    }

    function _pick(uint256 seed, bytes32 salt, uint256 low, uint256 high) private pure returns (uint256) {
        return _pick(seed, uint256(salt), low, high);
    }
}
