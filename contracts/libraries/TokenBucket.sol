// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title A token bucket in one number: the time at which it is full again
/// @dev The generic cell rate algorithm (ITU-T I.371, "virtual scheduling"). A bucket holds `capacity` and gains `refill` an hour. What is missing from it is
/// (fullAt − now)·refill, so taking an amount moves `fullAt` on by the time that its refill needs. Times are seconds·2^24 in 64 bits, so that an amount costs
/// less than a ten-millionth of a second too much: times are rounded up, against the taker.
/// Over any interval Δt no more than capacity + refill·Δt is taken, less what is given back.
library TokenBucket {
    /// A bucket that takes longer to fill than this is a cap, not a rate; and no time can overflow.
    uint256 internal constant MAX_FILL_SECONDS = 30 days;
    /// More is missing than this number can say: empty, and nothing given back changes that, until a higher refill counts MAX_FILL_SECONDS from then.
    uint64 internal constant EMPTY = type(uint64).max;
    uint256 private constant SHIFT = 24;
    uint256 private constant HOUR_X24 = 3600 << SHIFT;

    /// @notice Whether a bucket of these terms can be kept: it fills within MAX_FILL_SECONDS. A capacity of 0 lets nothing through.
    function isValid(uint256 capacity, uint256 refill) internal pure returns (bool) {
        return refill != 0 && capacity * 3600 <= refill * MAX_FILL_SECONDS;
    }

    /// @notice Take `amount` out. Amount and terms in one unit, each below 2^64; the terms are valid.
    /// @return fits whether it is there.
    /// @return taken `fullAt` afterwards, if it fits.
    /// @return fitsAt seconds from which it fits if nothing else is taken; type(uint256).max if it never does.
    function take(
        uint64 fullAt,
        uint256 time,
        uint256 amount,
        uint256 capacity,
        uint256 refill
    ) internal pure returns (bool fits, uint64 taken, uint256 fitsAt) {
        if (amount > capacity) return (false, 0, type(uint256).max);
        uint256 nowX24 = time << SHIFT;
        uint256 next = Math.max(fullAt, nowX24) + Math.ceilDiv(amount * HOUR_X24, refill);
        uint256 latest = nowX24 + Math.ceilDiv(capacity * HOUR_X24, refill);
        if (next <= latest) return (true, uint64(next), time);
        return (false, 0, time + Math.ceilDiv(next - latest, 1 << SHIFT));
    }

    /// @notice Take `amount` out, of what is still to come if it is not there: it is the caller's from `readyAt` on. Never refuses, never makes anyone wait longer
    /// than `longestWait`. Amount and capacity below 2^63, the terms valid.
    /// @return taken `fullAt` afterwards.
    /// @return readyAt seconds; `time` if it was there.
    function reserve(
        uint64 fullAt,
        uint256 time,
        uint256 amount,
        uint256 capacity,
        uint256 refill,
        uint256 longestWait
    ) internal pure returns (uint64 taken, uint256 readyAt) {
        uint256 nowX24 = time << SHIFT;
        uint256 latest = nowX24 + Math.ceilDiv(capacity * HOUR_X24, refill);
        uint256 next = Math.max(fullAt, nowX24) + Math.ceilDiv(amount * HOUR_X24, refill);
        next = Math.min(next, latest + (longestWait << SHIFT));
        // What was missing beyond the longest wait stays missing.
        taken = uint64(Math.max(fullAt, next));
        return (taken, time + Math.ceilDiv(Math.saturatingSub(next, latest), 1 << SHIFT));
    }

    /// @notice Put `amount` back in; what does not fit is lost. @return `fullAt` afterwards, 0 = full.
    function giveBack(uint64 fullAt, uint256 amount, uint256 refill) internal pure returns (uint64) {
        if (fullAt == EMPTY) return EMPTY;
        return uint64(Math.saturatingSub(fullAt, (amount * HOUR_X24) / refill));
    }

    /// @notice What is in it, down.
    function available(uint64 fullAt, uint256 time, uint256 capacity, uint256 refill) internal pure returns (uint256) {
        return Math.saturatingSub(capacity, missing(fullAt, time, refill));
    }

    /// @notice What is missing from it, up; more than the capacity after that was lowered.
    function missing(uint64 fullAt, uint256 time, uint256 refill) internal pure returns (uint256) {
        return Math.ceilDiv(Math.saturatingSub(fullAt, time << SHIFT) * refill, HOUR_X24);
    }

    /// @notice `fullAt` when the refill changes from `was` to `refill` and nothing else does: as much is missing, however slow the refill: who lowers it and raises it again
    /// must not fill the bucket.
    function retime(uint64 fullAt, uint256 time, uint256 was, uint256 refill) internal pure returns (uint64) {
        uint256 waitX24 = Math.ceilDiv(missing(fullAt, time, was) * HOUR_X24, refill);
        if (fullAt == EMPTY) {
            if (refill <= was) return EMPTY;
            waitX24 = MAX_FILL_SECONDS << SHIFT;
        }
        return uint64(Math.min((time << SHIFT) + waitX24, EMPTY));
    }
}
