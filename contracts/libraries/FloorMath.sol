// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

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

    /// @notice keccak256 of s°, s°_i = ⌈f_i·h_i⌉ with h_i in 10⁴ (ORD-1).
    function openedPricesHash(uint256[8] memory floorsX64, uint256 haircutsPacked) internal pure returns (bytes32) {
        uint96[8] memory s;
        for (uint256 i; i < 8; ++i) {
            // h_i ≤ 10⁴, so s°_i ≤ f_i < 2^96.
            s[i] = uint96((floorsX64[i] * uint16(haircutsPacked >> (16 * i)) + BPS - 1) / BPS);
        }
        return keccak256(abi.encode(s));
    }
}
