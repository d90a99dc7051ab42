// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Eight 63-bit shared amounts in two words: lo = Σ_{i<4} a_i·2^(63·i), hi the other four
library PackedAmounts {
    uint256 internal constant AMOUNT_BITS = 63;
    uint256 internal constant MAX_AMOUNT = (1 << AMOUNT_BITS) - 1; // shared units
    uint256 internal constant SLOTS = 8;

    /// @dev The words come with a proof: their width, 252 bits, is checked with its public values (PublicValues.checkWidths).
    function amountAt(uint256 lo, uint256 hi, uint256 slot) internal pure returns (uint64) {
        uint256 word = slot < 4 ? lo : hi;
        return uint64((word >> (AMOUNT_BITS * (slot & 3))) & MAX_AMOUNT);
    }
}
