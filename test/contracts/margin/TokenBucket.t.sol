// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {TokenBucket} from "../../../contracts/libraries/TokenBucket.sol";

/// TokenBucket against a bucket that keeps its level, in exact arithmetic: units·3600, so that one second refills `refill`.
contract TokenBucketTest is Test {
    uint256 private constant T0 = 1_700_000_000;
    /// 2^32 USD in µUSD, about.
    uint256 private constant WIDE = (1 << 52) - 1;

    /// The bucket under test, and beside it one that keeps its level.
    struct Pair {
        uint64 capacity;
        uint64 refill;
        uint64 fullAt;
        uint256 time;
        uint256 level; // units·3600
        uint256 slack; // what roundings may have made of it: 2^−24 s of refill each
    }

    function testFuzz_take_isABucketWithALevel(uint64 capacity, uint64 refill, uint256 seed) public pure {
        Pair memory p;
        (p.capacity, p.refill) = _terms(capacity, refill);
        p.level = uint256(p.capacity) * 3600;
        p.time = T0;
        _round(p);
        for (uint256 i; i < 24; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            _wait(p, (seed >> 128) % 3 == 0 ? (seed >> 130) % (2 days) : (seed >> 130) % 60);
            uint256 available = TokenBucket.available(p.fullAt, p.time, p.capacity, p.refill);
            assertApproxEqAbs(available * 3600, p.level, p.slack + 2 * 3600);
            uint256 amount = (seed >> 8) % 4 == 0 ? (seed >> 10) % (2 * uint256(p.capacity) + 1) : p.level / 3600 / 3;
            if (seed % 5 == 0) _giveBack(p, amount);
            else _take(p, amount);
        }
    }

    function _take(Pair memory p, uint256 amount) private pure {
        (bool fits, uint64 taken, uint256 fitsAt) = TokenBucket.take(p.fullAt, p.time, amount, p.capacity, p.refill);
        if (amount > p.capacity) {
            assertFalse(fits);
            assertEq(fitsAt, type(uint256).max);
        } else if (amount * 3600 + p.slack <= p.level) {
            assertTrue(fits);
        } else if (amount * 3600 > p.level + p.slack) {
            assertFalse(fits);
            // The level reaches the amount after (amount·3600 − level) / refill seconds.
            assertApproxEqAbs(fitsAt, p.time + (amount * 3600 - p.level) / p.refill + 1, p.slack / p.refill + 2);
        }
        if (fits) {
            assertEq(fitsAt, p.time);
            p.fullAt = taken;
            p.level = amount * 3600 > p.level ? 0 : p.level - amount * 3600;
            _round(p);
        } else if (amount <= p.capacity) {
            // Exactly from fitsAt on.
            assertGt(fitsAt, p.time);
            (fits, , ) = TokenBucket.take(p.fullAt, fitsAt, amount, p.capacity, p.refill);
            assertTrue(fits);
            (fits, , ) = TokenBucket.take(p.fullAt, fitsAt - 1, amount, p.capacity, p.refill);
            assertFalse(fits);
        }
    }

    function _giveBack(Pair memory p, uint256 amount) private pure {
        p.fullAt = TokenBucket.giveBack(p.fullAt, amount, p.refill);
        _fill(p, amount * 3600);
        _round(p);
    }

    function _wait(Pair memory p, uint256 passed) private pure {
        p.time += passed;
        _fill(p, p.refill * passed);
    }

    function _fill(Pair memory p, uint256 more) private pure {
        uint256 full = uint256(p.capacity) * 3600;
        p.level = p.level + more > full ? full : p.level + more;
    }

    function _round(Pair memory p) private pure {
        p.slack += uint256(p.refill) / (1 << 24) + 1;
    }

    /// Over any interval: no more than capacity + refill·Δt, but for one tick.
    function testFuzz_take_neverMoreThanBurstAndRefill(uint64 capacity, uint64 refill, uint256 seed) public pure {
        (capacity, refill) = _terms(capacity, refill);
        uint64 fullAt;
        uint256 total;
        uint256 time = T0;
        for (uint256 i; i < 32; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            time += seed % 600;
            uint256 amount = TokenBucket.available(fullAt, time, capacity, refill);
            (bool fits, uint64 taken, ) = TokenBucket.take(fullAt, time, amount, capacity, refill);
            assertTrue(fits);
            fullAt = taken;
            total += amount;
            assertLe(total * 3600, uint256(capacity) * 3600 + refill * (time - T0) + uint256(refill) / (1 << 24) + 1);
        }
    }

    /// reserve is take where take fits, and waits for the rest where it does not; never longer than it may.
    function testFuzz_reserve_waitsForWhatIsMissing(
        uint64 capacity,
        uint64 refill,
        uint64 used,
        uint64 amount
    ) public pure {
        (capacity, refill) = _terms(capacity, refill);
        used = uint64(bound(used, 0, capacity));
        amount = uint64(bound(amount, 0, type(uint64).max >> 1));
        (, uint64 fullAt, ) = TokenBucket.take(0, T0, used, capacity, refill);
        (uint64 taken, uint256 readyAt) = TokenBucket.reserve(fullAt, T0, amount, capacity, refill, 7 days);
        (bool fits, uint64 expected, ) = TokenBucket.take(fullAt, T0, amount, capacity, refill);
        if (fits) {
            assertEq(taken, expected);
            assertEq(readyAt, T0);
            return;
        }
        // By the level: used + amount − capacity units are to come, at `refill` an hour.
        // Below what 2^−24 s bring, rounding alone may make it wait for one.
        uint256 wanted = uint256(used) + amount;
        uint256 wait = wanted < capacity ? 0 : ((wanted - capacity) * 3600) / refill;
        assertApproxEqAbs(readyAt - T0, wait < 7 days ? wait : 7 days, 2);
        assertLe(readyAt, T0 + 7 days);
    }

    function testFuzz_retime_keepsWhatIsMissing(
        uint64 capacity,
        uint64 refill,
        uint64 later_,
        uint64 used
    ) public pure {
        (capacity, refill) = _terms(capacity, refill);
        used = uint64(bound(used, 0, capacity));
        later_ = uint64(bound(later_, 1, WIDE));
        (, uint64 fullAt, ) = TokenBucket.take(0, T0, used, capacity, refill);
        uint64 moved = TokenBucket.retime(fullAt, T0, refill, later_);
        uint256 tick = uint256(refill) / (3600 << 24) + uint256(later_) / (3600 << 24) + 3;
        if (moved != TokenBucket.EMPTY) assertApproxEqAbs(TokenBucket.missing(moved, T0, later_), used, tick);
        else assertEq(TokenBucket.available(moved, T0, 720 * uint256(later_), later_), 0);
    }

    /// Lowered and raised again, by however much: no more is there than before, but for what came in meanwhile.
    function testFuzz_retime_loweredAndRaisedNeverFills(
        uint64 capacity,
        uint64 refill,
        uint64 low,
        uint64 used,
        uint64 given,
        uint32 meanwhile
    ) public pure {
        (capacity, refill) = _terms(capacity, refill);
        used = uint64(bound(used, 0, capacity));
        low = uint64(bound(low, 1, refill));
        given = uint64(bound(given, 0, used));
        (, uint64 fullAt, ) = TokenBucket.take(0, T0, used, capacity, refill);
        uint64 moved = TokenBucket.retime(fullAt, T0, refill, low);
        (moved, ) = TokenBucket.reserve(moved, T0, 1, 0, low, 7 days);
        moved = TokenBucket.giveBack(moved, given, low);
        uint256 end = T0 + meanwhile;
        moved = TokenBucket.retime(moved, end, low, refill);
        uint256 came = (uint256(low) * meanwhile) / 3600 + given;
        uint256 tick = 2 * (uint256(refill) / (3600 << 24) + 3);
        uint256 before = capacity - used;
        assertLe(TokenBucket.available(moved, end, capacity, refill), before + came + tick);
    }

    /// So much is missing that no time says it: empty, whatever is given back, and 30 days' worth once the refill is raised.
    function test_retime_beyondAllTimeIsEmpty() public pure {
        uint64 fullAt = TokenBucket.retime(uint64((T0 + 30 days) << 24), T0, 1e15, 1);
        assertEq(fullAt, TokenBucket.EMPTY);
        assertEq(TokenBucket.giveBack(fullAt, 1e18, 1), TokenBucket.EMPTY);
        assertEq(TokenBucket.retime(fullAt, T0, 2, 1), TokenBucket.EMPTY);
        (bool fits, , ) = TokenBucket.take(fullAt, T0, 1, 720, 1);
        assertFalse(fits);
        (uint64 taken, uint256 readyAt) = TokenBucket.reserve(fullAt, T0, 1, 720, 1, 7 days);
        assertEq(taken, TokenBucket.EMPTY);
        assertEq(readyAt, T0 + 7 days);
        assertEq(TokenBucket.retime(fullAt, T0, 1, 1e15), (T0 + 30 days) << 24);
    }

    function testFuzz_isValid_fillsWithinThirtyDays(uint64 capacity, uint64 refill) public pure {
        bool valid = refill != 0 && uint256(capacity) <= uint256(refill) * 720;
        assertEq(TokenBucket.isValid(capacity, refill), valid);
    }

    function test_take_capacityZeroLetsNothingThrough() public pure {
        assertTrue(TokenBucket.isValid(0, 1));
        (bool fits, , uint256 fitsAt) = TokenBucket.take(0, T0, 1, 0, 1);
        assertFalse(fits);
        assertEq(fitsAt, type(uint256).max);
    }

    function test_take_byHand() public pure {
        // 100 at most, 36 an hour: one every 100 s.
        (bool fits, uint64 fullAt, ) = TokenBucket.take(0, T0, 60, 100, 36);
        assertTrue(fits);
        assertEq(fullAt, (T0 + 6000) << 24);
        assertEq(TokenBucket.available(fullAt, T0, 100, 36), 40);
        uint256 fitsAt;
        (fits, , fitsAt) = TokenBucket.take(fullAt, T0, 50, 100, 36);
        assertFalse(fits);
        // Up to a tick of rounding, to the next whole second.
        assertApproxEqAbs(fitsAt, T0 + 1000, 1);
        assertEq(TokenBucket.giveBack(fullAt, 10, 36), (T0 + 5000) << 24);
    }

    /// Terms as the registry takes them: they fill within 30 days.
    function _terms(uint64 capacity, uint64 refill) private pure returns (uint64, uint64) {
        refill = uint64(bound(refill, 1e6, WIDE));
        uint256 most = uint256(refill) * 720 < WIDE ? uint256(refill) * 720 : WIDE;
        return (uint64(bound(capacity, 0, most)), refill);
    }
}
