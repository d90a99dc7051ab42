// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SnapshotLib} from "./SnapshotLib.sol";

/// @title Coarse public values: two-digit coverage, floors as one fraction of a snapshot (ACC-6), and what is announced of them (ORD-1)
library FloorMath {
    uint256 internal constant BPS = 10_000;

    /// @notice Whether floors may be `floorBps` of a snapshot: 1, 0.9, 0.75 or 0.5.
    function isFraction(uint16 floorBps) internal pure returns (bool) {
        return floorBps == 10_000 || floorBps == 9_000 || floorBps == 7_500 || floorBps == 5_000;
    }

    /// @notice f_i = ⌊p_i·fraction⌋ on relied-on slots, 0 elsewhere.
    function floors(
        uint256[8] memory pricesX64,
        uint8 reliedOn,
        uint16 floorBps
    ) internal pure returns (uint256[8] memory floorsX64) {
        for (uint256 i; i < 8; ++i) {
            if ((reliedOn >> i) & 1 == 1) floorsX64[i] = (pricesX64[i] * floorBps) / BPS;
        }
    }

    /// @notice The same of a packed snapshot. @return missing relied-on slots without a price there.
    function floorsOf(
        uint256 word0,
        uint256 word1,
        uint8 reliedOn,
        uint16 floorBps,
        uint256[8] memory floorsX64
    ) internal pure returns (uint8 missing) {
        // Prices are below 2^96: nothing overflows.
        unchecked {
            for (uint256 i; reliedOn >> i != 0; ++i) {
                if ((reliedOn >> i) & 1 == 0) continue;
                uint256 floor = (SnapshotLib.priceAt(word0, word1, i) * floorBps) / BPS;
                if (floor == 0) missing |= uint8(1 << i);
                floorsX64[i] = floor;
            }
        }
    }

    /// @notice M = mantissa·10^exponent with 10 ≤ mantissa ≤ 99; `ok` is false for anything else or above 64 bits.
    function coverage(uint8 mantissa, uint8 exponent) internal pure returns (bool ok, uint64 value) {
        // 99·10^18 > 2^64 > 10·10^18: the exponent is bounded before the power is taken.
        if (mantissa < 10 || mantissa > 99 || exponent > 18) return (false, 0);
        uint256 wide = uint256(mantissa) * 10 ** exponent;
        if (wide > type(uint64).max) return (false, 0);
        return (true, uint64(wide));
    }

    /// @notice The most that D will ever claim of a lock: ⌊M·(1 + maxBonus)⌋. Fits 64 bits for M within a source's maximum (checked there).
    function cap(uint64 value, uint16 maxBonusBps) internal pure returns (uint256) {
        return (uint256(value) * (BPS + maxBonusBps)) / BPS;
    }

    /// @notice h_i of haircutsPacked, in 10⁴.
    function haircutFactors(uint256 haircutsPacked) internal pure returns (uint256[8] memory factors) {
        for (uint256 i; i < 8; ++i) factors[i] = uint16(haircutsPacked >> (16 * i));
    }

    /// @notice keccak256 of s°, s°_i = ⌈f_i·h_i⌉ with h_i in 10⁴ (ORD-1).
    function openedPricesHash(uint256[8] memory floorsX64, uint256 haircutsPacked) internal pure returns (bytes32) {
        uint256[8] memory s;
        // f_i < 2^96 and h_i ≤ 10⁴, so nothing overflows and s°_i ≤ f_i: abi.encode of uint96[8] is these eight words.
        unchecked {
            for (uint256 i; i < 8; ++i) {
                if (floorsX64[i] != 0) s[i] = (floorsX64[i] * uint16(haircutsPacked >> (16 * i)) + BPS - 1) / BPS;
            }
        }
        return keccak256(abi.encode(s));
    }
}
