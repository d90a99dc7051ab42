// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IPriceBoard} from "../interfaces/IPriceBoard.sol";
import {SnapshotLib} from "../libraries/SnapshotLib.sol";
import {FeedReader} from "./FeedReader.sol";

/// @title Prices of collateral sets from Chainlink-style feeds
/// @dev No feed can make a view revert: a bad one yields 0, and what a 0 means is decided by who relies on that slot.
contract PriceBoard is IPriceBoard, Ownable2Step {
    struct StoredFeed {
        address feed;
        uint32 heartbeat;
        uint8 exponent; // feed decimals + asset decimals
        uint8 assetDecimals;
        uint128 minAnswer;
        uint128 maxAnswer;
    }

    struct CollateralSet {
        uint32 latest;
        StoredFeed[8] feeds;
        mapping(uint32 snapshot => uint256[2]) snapshots;
    }

    /// 10^44 · 2^96 fits a word; feeds have at most 36 decimals, slots 8.
    uint256 public constant MAX_EXPONENT = 44;

    uint32 public setCount;
    address public sequencerFeed;
    uint32 public sequencerGraceSeconds;
    mapping(uint32 setId => CollateralSet) private _sets;
    mapping(bytes32 assetId => StoredFeed) private _assets;

    constructor(address owner_) Ownable(owner_) {}

    /// @inheritdoc IPriceBoard
    function addSet(FeedConfig[8] calldata feeds) external onlyOwner returns (uint32 setId) {
        setId = ++setCount;
        for (uint256 i; i < 8; ++i) {
            if (feeds[i].feed != address(0)) _sets[setId].feeds[i] = _checked(feeds[i]);
        }
        emit SetAdded(setId, feeds);
    }

    /// @inheritdoc IPriceBoard
    function addAsset(bytes32 assetId, FeedConfig calldata config) external onlyOwner {
        if (_assets[assetId].feed != address(0)) revert AssetExists(assetId);
        if (config.feed == address(0)) revert BadFeedConfig(config.feed, "feed", 0);
        _assets[assetId] = _checked(config);
        emit AssetAdded(assetId, config);
    }

    /// @inheritdoc IPriceBoard
    function setSequencerFeed(address feed_, uint32 graceSeconds) external onlyOwner {
        if (feed_ != address(0) && feed_.code.length == 0) revert BadFeedConfig(feed_, "sequencer", 0);
        sequencerFeed = feed_;
        sequencerGraceSeconds = graceSeconds;
        emit SequencerFeedSet(feed_, graceSeconds);
    }

    /// @inheritdoc IPriceBoard
    function takeSnapshot(uint32 setId) external returns (uint32 snapshot) {
        (uint256 word0, uint256 word1) = SnapshotLib.pack(_live(setId, 0xff), uint64(block.timestamp));
        CollateralSet storage set = _sets[setId];
        snapshot = ++set.latest;
        set.snapshots[snapshot] = [word0, word1];
        emit SnapshotTaken(setId, snapshot, uint64(block.timestamp), word0, word1);
    }

    /// @inheritdoc IPriceBoard
    function snapshotPrices(
        uint32 setId,
        uint32 snapshot
    ) external view returns (uint256[8] memory pricesX64, uint64 time) {
        uint256[2] storage words = _sets[setId].snapshots[snapshot];
        (pricesX64, time) = SnapshotLib.unpack(words[0], words[1]);
        if (time == 0) revert UnknownSnapshot(setId, snapshot);
    }

    /// @inheritdoc IPriceBoard
    function latestSnapshot(uint32 setId) external view returns (uint32) {
        return _sets[setId].latest;
    }

    /// @inheritdoc IPriceBoard
    function livePrices(uint32 setId) external view returns (uint256[8] memory) {
        return _live(setId, 0xff);
    }

    /// @inheritdoc IPriceBoard
    function livePricesOf(uint32 setId, uint8 mask) external view returns (uint256[8] memory) {
        return _live(setId, mask);
    }

    /// @inheritdoc IPriceBoard
    function conservativePrices(uint32 setId, uint8 mask) external view returns (uint256[8] memory pricesX64) {
        pricesX64 = _live(setId, mask);
        CollateralSet storage set = _sets[setId];
        uint256[2] storage words = set.snapshots[set.latest];
        (uint256[8] memory stored, ) = SnapshotLib.unpack(words[0], words[1]);
        for (uint256 i; i < 8; ++i) {
            if (stored[i] < pricesX64[i]) pricesX64[i] = stored[i];
        }
    }

    /// @inheritdoc IPriceBoard
    function assetPriceX64(bytes32 assetId) external view returns (uint256 priceX64) {
        StoredFeed storage stored = _assets[assetId];
        address feed_ = stored.feed;
        if (feed_ == address(0)) revert UnknownAsset(assetId);
        if (_sequencerUp()) {
            uint256 answer = FeedReader.answer(feed_, stored.heartbeat, stored.minAnswer, stored.maxAnswer);
            if (answer != 0) priceX64 = FeedReader.priceUpX64(answer, stored.exponent);
        }
        if (priceX64 == 0) revert PriceUnavailable(assetId, feed_);
    }

    /// @inheritdoc IPriceBoard
    function feed(uint32 setId, uint8 slot) external view returns (FeedConfig memory) {
        return _config(_sets[setId].feeds[slot]);
    }

    /// @inheritdoc IPriceBoard
    function assetFeed(bytes32 assetId) external view returns (FeedConfig memory) {
        return _config(_assets[assetId]);
    }

    function _live(uint32 setId, uint8 mask) private view returns (uint256[8] memory pricesX64) {
        if (setId == 0 || setId > setCount) revert UnknownSet(setId);
        if (!_sequencerUp()) return pricesX64;
        CollateralSet storage set = _sets[setId];
        for (uint256 i; i < 8; ++i) {
            if ((mask >> i) & 1 == 0) continue;
            StoredFeed storage stored = set.feeds[i];
            address feed_ = stored.feed;
            if (feed_ == address(0)) continue;
            uint256 answer = FeedReader.answer(feed_, stored.heartbeat, stored.minAnswer, stored.maxAnswer);
            if (answer != 0) pricesX64[i] = FeedReader.priceDownX64(answer, stored.exponent);
        }
    }

    function _sequencerUp() private view returns (bool) {
        address feed_ = sequencerFeed;
        return feed_ == address(0) || FeedReader.sequencerUp(feed_, sequencerGraceSeconds);
    }

    function _checked(FeedConfig calldata config) private view returns (StoredFeed memory) {
        if (config.feed.code.length == 0) revert BadFeedConfig(config.feed, "code", 0);
        if (config.heartbeat == 0) revert BadFeedConfig(config.feed, "heartbeat", 0);
        if (config.minAnswer == 0 || config.minAnswer > config.maxAnswer)
            revert BadFeedConfig(config.feed, "minAnswer", config.minAnswer);
        uint256 exponent = uint256(FeedReader.decimals(config.feed)) + config.assetDecimals;
        if (exponent > MAX_EXPONENT) revert BadFeedConfig(config.feed, "decimals", exponent);
        return
            StoredFeed({
                feed: config.feed,
                heartbeat: config.heartbeat,
                exponent: uint8(exponent),
                assetDecimals: config.assetDecimals,
                minAnswer: config.minAnswer,
                maxAnswer: config.maxAnswer
            });
    }

    function _config(StoredFeed storage stored) private view returns (FeedConfig memory) {
        return
            FeedConfig({
                feed: stored.feed,
                assetDecimals: stored.assetDecimals,
                heartbeat: stored.heartbeat,
                minAnswer: stored.minAnswer,
                maxAnswer: stored.maxAnswer
            });
    }
}
