// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IPriceBoard} from "../interfaces/IPriceBoard.sol";
import {SnapshotLib} from "../libraries/SnapshotLib.sol";

/// @title Stops new exposure to a collateral set whose prices have moved too far too fast (LIQ-10, ADR 0016)
/// @dev A move is what three stored snapshots show: one before, and two after that lie CONFIRM_SECONDS apart and are both beyond the limit on the same side. So one
/// wild answer of a feed, or one block, trips nothing; and a halt ends a fixed time after the last of the three, so showing the same three again adds nothing.
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
        if (windowSeconds < CONFIRM_SECONDS || windowSeconds > LONGEST) revert BadBreaker("window", windowSeconds);
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
    function trip(uint32 setId, uint32 before, uint32 first, uint32 second) external returns (uint40 until) {
        Breaker memory b = _breakers[setId];
        if (b.windowSeconds == 0) revert NoBreaker(setId);
        uint256[2][3] memory w;
        (w[0][0], w[0][1]) = _snapshotOf(setId, before);
        (w[1][0], w[1][1]) = _snapshotOf(setId, first);
        (w[2][0], w[2][1]) = _snapshotOf(setId, second);
        uint64 t0 = SnapshotLib.timeOf(w[0][0], w[0][1]);
        uint64 t1 = SnapshotLib.timeOf(w[1][0], w[1][1]);
        uint64 t2 = SnapshotLib.timeOf(w[2][0], w[2][1]);
        if (t1 <= t0 || t2 < t1 + CONFIRM_SECONDS || t2 > t0 + b.windowSeconds) revert BadEvidence(setId, t0, t1, t2);
        until = uint40(t2 + b.haltSeconds);
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

    /// @return slot the first that moved, 8 = none. A price that is missing in one of the three shows nothing.
    function _movedSlot(uint256[2][3] memory w, uint128 limits) private pure returns (uint8 slot) {
        for (; slot < 8; ++slot) {
            uint256 limit = uint16(limits >> (16 * slot));
            if (limit == 0) continue;
            uint256 p0 = SnapshotLib.priceAt(w[0][0], w[0][1], slot);
            uint256 p1 = SnapshotLib.priceAt(w[1][0], w[1][1], slot);
            uint256 p2 = SnapshotLib.priceAt(w[2][0], w[2][1], slot);
            if (p0 == 0 || p1 == 0 || p2 == 0) continue;
            (uint256 lower, uint256 upper) = p1 < p2 ? (p1, p2) : (p2, p1);
            if (upper * BPS < p0 * (BPS - limit) || lower * BPS > p0 * (BPS + limit)) return slot;
        }
    }
}
