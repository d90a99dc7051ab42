// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IPriceBoard} from "../interfaces/IPriceBoard.sol";
import {SnapshotLib} from "../libraries/SnapshotLib.sol";

/// @title Stops new exposure to a collateral set whose prices have moved too far too fast (LIQ-10, ADR 0016)
/// @dev A move is what four stored snapshots show: two before and two after, each pair CONFIRM_SECONDS apart, both of the later beyond the limit on the same side of both of
/// the earlier. So one wild answer of a feed, or one block, trips nothing, be it the first or the last; and a halt ends a fixed time after the last of the four, so
/// showing the same four again adds nothing.
abstract contract CircuitBreaker is IPriceBoard, Ownable2Step {
    /// One word.
    struct Breaker {
        uint128 limits; // of 10⁴, 16 bits a slot; 0 = that slot is not watched
        uint32 windowSeconds; // 0 = no breaker
        uint32 haltSeconds;
    }

    uint256 private constant BPS = 10_000;
    uint256 private constant CONFIRM_SECONDS = 60;
    uint256 private constant LONGEST = 1 days;

    mapping(uint32 setId => Breaker) private _breakers;

    /// @inheritdoc IPriceBoard
    function setBreaker(
        uint32 setId,
        uint16[8] calldata limitsBps,
        uint32 windowSeconds,
        uint32 haltSeconds
    ) external onlyOwner {
        _requireSet(setId);
        if (windowSeconds <= 2 * CONFIRM_SECONDS || windowSeconds > LONGEST) revert BadBreaker("window", windowSeconds);
        if (haltSeconds == 0 || haltSeconds > LONGEST) revert BadBreaker("halt", haltSeconds);
        uint128 limits;
        for (uint256 i; i < 8; ++i) {
            if (limitsBps[i] >= BPS) revert BadBreaker("limit", limitsBps[i]);
            limits |= uint128(limitsBps[i]) << uint128(16 * i);
        }
        _breakers[setId] = Breaker(limits, windowSeconds, haltSeconds);
        emit BreakerSet(setId, limitsBps, windowSeconds, haltSeconds);
    }

    /// @inheritdoc IPriceBoard
    function trip(uint32 setId, uint32[4] calldata snapshots) external returns (uint40 until) {
        Breaker memory b = _breakers[setId];
        if (b.windowSeconds == 0) revert NoBreaker(setId);
        uint256[2][4] memory w;
        uint64[4] memory t;
        for (uint256 i; i < 4; ++i) {
            (w[i][0], w[i][1]) = _snapshotOf(setId, snapshots[i]);
            t[i] = SnapshotLib.timeOf(w[i][0], w[i][1]);
        }
        bool confirmed = t[1] >= t[0] + CONFIRM_SECONDS && t[3] >= t[2] + CONFIRM_SECONDS;
        if (!confirmed || t[2] <= t[1] || t[3] > t[0] + b.windowSeconds)
            revert BadEvidence(setId, t[0], t[1], t[2], t[3]);
        until = uint40(t[3] + b.haltSeconds);
        if (until <= block.timestamp || until <= haltedUntil(setId)) revert NothingToHalt(setId, until);
        uint8 slot = _movedSlot(w, b.limits);
        if (slot == 8) revert PricesWithinLimits(setId);
        _halt(setId, until);
        emit Halted(setId, slot, until);
    }

    /// @inheritdoc IPriceBoard
    function breaker(
        uint32 setId
    ) external view returns (uint16[8] memory limitsBps, uint32 windowSeconds, uint32 haltSeconds) {
        Breaker memory b = _breakers[setId];
        for (uint256 i; i < 8; ++i) limitsBps[i] = uint16(b.limits >> (16 * i));
        return (limitsBps, b.windowSeconds, b.haltSeconds);
    }

    /// @inheritdoc IPriceBoard
    function haltedUntil(uint32 setId) public view virtual returns (uint40);

    function _halt(uint32 setId, uint40 until) internal virtual;

    function _snapshotOf(uint32 setId, uint32 snapshot) internal view virtual returns (uint256 word0, uint256 word1);

    function _requireSet(uint32 setId) internal view virtual;

    /// @return slot the first that moved, 8 = none. A price that is missing in one of the four shows nothing.
    function _movedSlot(uint256[2][4] memory w, uint128 limits) private pure returns (uint8 slot) {
        for (; slot < 8; ++slot) {
            uint256 limit = uint16(limits >> (16 * slot));
            if (limit == 0) continue;
            (uint256 low, uint256 high) = _both(w[0], w[1], slot);
            (uint256 lower, uint256 upper) = _both(w[2], w[3], slot);
            if (low == 0 || lower == 0) continue;
            if (upper * BPS < low * (BPS - limit) || lower * BPS > high * (BPS + limit)) return slot;
        }
    }

    /// @return low the lower price of a slot in two snapshots. @return high the higher.
    function _both(
        uint256[2] memory a,
        uint256[2] memory b,
        uint256 slot
    ) private pure returns (uint256 low, uint256 high) {
        uint256 p = SnapshotLib.priceAt(a[0], a[1], slot);
        uint256 q = SnapshotLib.priceAt(b[0], b[1], slot);
        return p < q ? (p, q) : (q, p);
    }
}
