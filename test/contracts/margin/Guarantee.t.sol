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

/// LIQ-5 and the floor box: whatever the hidden basket and wherever prices go, what the seizure prices make of the basket at the
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
