// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The exponential function in RAY (10²⁷)
library Exponential {
    int256 private constant RAY = 1e27;
    /// ln 2 = 0.693147180559945309417232121458…
    int256 private constant LN_2 = 693147180559945309417232121;

    /// @notice e^x, off by less than 10⁻²⁴ of itself and one in the last digit; |x| ≤ 50 RAY, which is the caller's to see to.
    /// @dev x = n·ln 2 + r with |r| ≤ ln 2 / 2, so that the series for e^r ends after about 20 terms.
    function expRay(int256 x) internal pure returns (uint256) {
        unchecked {
            int256 n = (x + (x < 0 ? -LN_2 : LN_2) / 2) / LN_2;
            int256 r = x - n * LN_2;
            int256 sum = RAY;
            int256 term = RAY;
            for (int256 i = 1; term != 0; ++i) {
                term = (term * r) / (RAY * i);
                sum += term;
            }
            return n < 0 ? uint256(sum) >> uint256(-n) : uint256(sum) << uint256(n);
        }
    }
}
