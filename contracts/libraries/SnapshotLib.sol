// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Eight prices and a time in two words (docs/encodings.md, Packed words)
/// @dev Lane of 56 bits: mantissa48 | exponent8 << 48, price = mantissa·2^exponent, rounded down. Word 0: slots 0..3 and the low half of the
/// time; word 1: slots 4..7 and the high half.
library SnapshotLib {
    uint256 private constant MANTISSA_BITS = 48;
    uint256 private constant LANE_BITS = 56;

    function pack(uint256[8] memory pricesX64, uint64 time) internal pure returns (uint256 word0, uint256 word1) {
        for (uint256 i; i < 4; ++i) {
            word0 |= _lane(pricesX64[i]) << (LANE_BITS * i);
            word1 |= _lane(pricesX64[i + 4]) << (LANE_BITS * i);
        }
        word0 |= uint256(uint32(time)) << 224;
        word1 |= uint256(time >> 32) << 224;
    }

    function unpack(uint256 word0, uint256 word1) internal pure returns (uint256[8] memory pricesX64, uint64 time) {
        for (uint256 i; i < 4; ++i) {
            pricesX64[i] = _price(word0 >> (LANE_BITS * i));
            pricesX64[i + 4] = _price(word1 >> (LANE_BITS * i));
        }
        time = timeOf(word0, word1);
    }

    /// @notice The price of one slot, < 8.
    function priceAt(uint256 word0, uint256 word1, uint256 slot) internal pure returns (uint256) {
        unchecked {
            return _price((slot < 4 ? word0 : word1) >> (LANE_BITS * (slot & 3)));
        }
    }

    function timeOf(uint256 word0, uint256 word1) internal pure returns (uint64) {
        return uint64((word0 >> 224) | ((word1 >> 224) << 32));
    }

    /// @dev Prices are below 2^96, so the exponent is at most 48.
    function _lane(uint256 price) private pure returns (uint256) {
        uint256 exponent;
        while (price >> (MANTISSA_BITS + exponent) != 0) ++exponent;
        return (price >> exponent) | (exponent << MANTISSA_BITS);
    }

    function _price(uint256 lane) private pure returns (uint256) {
        return (lane & 0xffffffffffff) << ((lane >> MANTISSA_BITS) & 0xff);
    }
}
