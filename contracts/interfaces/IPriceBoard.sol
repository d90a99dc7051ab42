// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Prices of the assets of collateral sets, from oracle feeds, in µUSD per shared unit · 2^64
interface IPriceBoard {
    event SnapshotTaken(uint32 indexed setId, uint32 indexed snapshot, uint64 time, uint256 word0, uint256 word1);

    /// @notice Store the live prices of a set (bad feeds as 0) as a packed snapshot. Anyone.
    function takeSnapshot(uint32 setId) external returns (uint32 snapshot);
    /// @notice Prices of a stored snapshot; 0 where the feed was bad. Reverts when unknown.
    function snapshotPrices(uint32 setId, uint32 snapshot) external view returns (uint256[8] memory pricesX64, uint64 time);
    function latestSnapshot(uint32 setId) external view returns (uint32 snapshot);
    /// @notice Live bounded prices; 0 where the feed is stale, non-positive, out of bounds or the sequencer is down (never reverts).
    function livePrices(uint32 setId) external view returns (uint256[8] memory pricesX64);
    /// @notice Price of a single asset (a debt asset): µUSD per token unit · 2^64, reverts when bad.
    function assetPriceX64(bytes32 assetId) external view returns (uint256);
}
