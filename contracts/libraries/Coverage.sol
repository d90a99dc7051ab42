// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What a margin proof is worth at other prices (design §4, the floor box)
/// @dev A proof at floors f shows g(p) ≥ λ·M for every price vector p, λ = min over relied-on slots of p_i/f_i.
library Coverage {
    /// @dev The circuit floors eight slot values: up to 1 µUSD is lost in each.
    uint256 internal constant FLOOR_LOSS = 8;

    /// @notice G = ⌊min(1, λ)·M⌋ − 8 over the relied-on slots that have a price (ACC-3), never below 0.
    /// @dev floorsX64 are > 0 on relied-on slots (checked when the proof was accepted; snapshots never change). M·p < 2^160.
    /// @return g an upper bound of the guarantee while `missing` ≠ 0: a slot without a price is taken as not fallen.
    /// @return missing bit mask of relied-on slots without a price.
    function guarantee(
        uint64 coverage,
        uint256[8] memory floorsX64,
        uint8 reliedOn,
        uint256[8] memory pricesX64
    ) internal pure returns (uint64 g, uint8 missing) {
        uint256 best = coverage;
        for (uint256 i; reliedOn >> i != 0; ++i) {
            if ((reliedOn >> i) & 1 == 0) continue;
            uint256 price = pricesX64[i];
            if (price == 0) {
                missing |= uint8(1 << i);
                continue;
            }
            uint256 scaled = (uint256(coverage) * price) / floorsX64[i];
            if (scaled < best) best = scaled;
        }
        g = best > FLOOR_LOSS ? uint64(best - FLOOR_LOSS) : 0;
    }
}
