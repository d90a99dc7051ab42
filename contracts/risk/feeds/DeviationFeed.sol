// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {DerivedFeed} from "./DerivedFeed.sol";
import {SourceReader} from "./SourceReader.sol";

/// @title The primary feed's price, as long as a second source agrees
/// @dev Warning: without a fresh second answer there is no price. Two sources of which one may be missing are as good as the worse one: whoever stops the
/// second would be back to lying with the first. Where the primary alone is good enough, list the primary alone.
contract DeviationFeed is DerivedFeed {
    uint256 private constant BPS = 10_000;

    uint8 public immutable decimals;
    address public immutable primary;
    address public immutable second;
    uint256 public immutable secondHeartbeat;
    uint256 public immutable maxDeviationBps;
    // One of them is 1: the answers are compared at the larger number of decimals.
    uint256 private immutable _primaryScale;
    uint256 private immutable _secondScale;

    error SameSource(address source);

    /// @param secondHeartbeat_ seconds after which the second answer is stale; that of the primary is the price board's.
    /// @param maxDeviationBps_ the most that the answers may differ, of the lower one.
    constructor(address primary_, address second_, uint256 secondHeartbeat_, uint256 maxDeviationBps_) {
        if (primary_ == second_) revert SameSource(primary_);
        uint256 own = _decimalsOf("primary", primary_);
        uint256 others = _decimalsOf("second", second_);
        _requireRange("secondHeartbeat", secondHeartbeat_, 1, type(uint32).max);
        _requireRange("maxDeviationBps", maxDeviationBps_, 1, BPS - 1);
        (primary, second, decimals) = (primary_, second_, uint8(own));
        (secondHeartbeat, maxDeviationBps) = (secondHeartbeat_, maxDeviationBps_);
        _primaryScale = 10 ** (others - Math.min(own, others));
        _secondScale = 10 ** (own - Math.min(own, others));
    }

    function _latest() internal view override returns (uint256 price, uint256 time) {
        (price, time) = SourceReader.latest(primary);
        if (price == 0) return (0, 0);
        (uint256 other, ) = SourceReader.fresh(second, secondHeartbeat);
        if (other == 0 || !_agree(price * _primaryScale, other * _secondScale)) return (0, 0);
    }

    /// @dev Both below 2^128 · 10^36 < 2^248.
    function _agree(uint256 a, uint256 b) private view returns (bool) {
        (uint256 low, uint256 high) = a < b ? (a, b) : (b, a);
        return high - low <= Math.mulDiv(low, maxDeviationBps, BPS);
    }
}
