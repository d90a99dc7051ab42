// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Prices of the assets of collateral sets, from oracle feeds, in µUSD per shared unit · 2^64
/// @dev A price is valid or 0. Valid: < 2^96, positive, within the feed's bounds, complete round, not older than the feed's heartbeat, sequencer up for
/// its grace period. Collateral prices are rounded down, debt prices up.
interface IPriceBoard {
    /// How to read one Chainlink-style feed.
    struct FeedConfig {
        address feed; // AggregatorV3; address(0): slot unused
        uint8 assetDecimals; // sharedDecimals of the slot, or decimals of a debt token; feed decimals + assetDecimals ≤ 44
        uint32 heartbeat; // seconds after which an answer is stale
        uint128 minAnswer; // bounds, inclusive, in the feed's own units; 0 < min ≤ max
        uint128 maxAnswer;
    }

    event SetAdded(uint32 indexed setId, FeedConfig[8] feeds);
    event AssetAdded(bytes32 indexed assetId, FeedConfig feed);
    event SequencerFeedSet(address feed, uint32 graceSeconds);
    event SnapshotTaken(uint32 indexed setId, uint32 indexed snapshot, uint64 time, uint256 word0, uint256 word1);

    event BreakerSet(uint32 indexed setId, uint16[8] limitsBps, uint32 windowSeconds, uint32 haltSeconds);
    /// `slot`: the first whose price moved beyond its limit.
    event Halted(uint32 indexed setId, uint8 slot, uint40 until);

    error UnknownSet(uint32 setId);
    error UnknownSnapshot(uint32 setId, uint32 snapshot);
    error UnknownAsset(bytes32 assetId);
    error AssetExists(bytes32 assetId);
    /// Thrown when a debt asset has no valid price now.
    error PriceUnavailable(bytes32 assetId, address feed);
    error BadFeedConfig(address feed, bytes32 name, uint256 value);
    /// Thrown when a breaker's window is not one minute to one day, its halt not up to one day, or a limit not below 10⁴. `name`: which.
    error BadBreaker(bytes32 name, uint256 value);
    /// Thrown when a set has no breaker.
    error NoBreaker(uint32 setId);
    /// Thrown unless four snapshots were taken one after the other within the window, the first two and the last two at least a minute apart. Times in seconds.
    error BadEvidence(uint32 setId, uint64 earlier, uint64 before, uint64 first, uint64 second);
    /// Thrown when the halt that the snapshots call for, until `until`, is over or is on already.
    error NothingToHalt(uint32 setId, uint40 until);
    /// Thrown when no watched price moved beyond its limit.
    error PricesWithinLimits(uint32 setId);

    /// @notice Add a collateral set. Owner only. Sets never change: a new set is a new id.
    function addSet(FeedConfig[8] calldata feeds) external returns (uint32 setId);
    /// @notice Add a debt asset. Owner only, once per id.
    function addAsset(bytes32 assetId, FeedConfig calldata feed) external;
    /// @notice The L2 sequencer's uptime feed (0 = none) and for how long after a restart no price is valid. Owner only.
    function setSequencerFeed(address feed, uint32 graceSeconds) external;

    /// @notice Store the live prices of a set (bad feeds as 0) as a packed snapshot. Anyone.
    function takeSnapshot(uint32 setId) external returns (uint32 snapshot);
    /// @notice The breaker of a set: what move of each slot, of 10⁴ (0 = not watched), within which window halts new exposure for how long. Owner only.
    function setBreaker(uint32 setId, uint16[8] calldata limitsBps, uint32 windowSeconds, uint32 haltSeconds) external;
    /// @notice Show by four snapshots, two before and two after, that a price of a set moved beyond its limit within the window: new exposure halts until `haltSeconds`
    /// after the last of them. Anyone.
    function trip(uint32 setId, uint32[4] calldata snapshots) external returns (uint40 until);
    function breaker(
        uint32 setId
    ) external view returns (uint16[8] memory limitsBps, uint32 windowSeconds, uint32 haltSeconds);
    /// @notice Until when nothing is opened or borrowed against a set, seconds; may lie in the past.
    function haltedUntil(uint32 setId) external view returns (uint40);
    /// @notice Prices of a stored snapshot; 0 where the feed was bad. Reverts when unknown.
    function snapshotPrices(
        uint32 setId,
        uint32 snapshot
    ) external view returns (uint256[8] memory pricesX64, uint64 time);
    /// @notice The same as stored (docs/encodings.md, Packed words). Reverts when unknown.
    function snapshotWords(uint32 setId, uint32 snapshot) external view returns (uint256 word0, uint256 word1);
    /// @notice Id of the newest snapshot, 0 if there is none.
    function latestSnapshot(uint32 setId) external view returns (uint32 snapshot);
    /// @notice Live bounded prices; 0 where the feed is bad or the sequencer is down (never reverts for a known set).
    function livePrices(uint32 setId) external view returns (uint256[8] memory pricesX64);
    /// @notice The same for the slots of `mask` only; 0 elsewhere.
    function livePricesOf(uint32 setId, uint8 mask) external view returns (uint256[8] memory pricesX64);
    /// @notice min(latest snapshot, live) for the slots of `mask`; 0 elsewhere and where either is bad or missing.
    function conservativePrices(uint32 setId, uint8 mask) external view returns (uint256[8] memory pricesX64);
    /// @notice `conservativePrices`, the snapshot that a proof was made at, and `haltedUntil`. Reverts when the snapshot is unknown.
    function provingPrices(
        uint32 setId,
        uint8 mask,
        uint32 snapshot
    ) external view returns (uint256[8] memory pricesX64, uint256 word0, uint256 word1, uint40 until);
    /// @notice Price of a single asset (a debt asset): µUSD per token unit · 2^64, up; reverts when bad.
    function assetPriceX64(bytes32 assetId) external view returns (uint256);
    function setCount() external view returns (uint32);
    function feed(uint32 setId, uint8 slot) external view returns (FeedConfig memory);
    function assetFeed(bytes32 assetId) external view returns (FeedConfig memory);
}
