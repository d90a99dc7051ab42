// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IPriceBoard} from "../interfaces/IPriceBoard.sol";
import {CodeStore} from "../libraries/CodeStore.sol";
import {SnapshotLib} from "../libraries/SnapshotLib.sol";
import {CircuitBreaker} from "./CircuitBreaker.sol";
import {FeedReader} from "./FeedReader.sol";

/// @title Prices of collateral sets from Chainlink-style feeds
/// @dev No feed can make a view revert: a bad one yields 0, and what a 0 means is decided by who relies on that slot.
contract PriceBoard is CircuitBreaker {
    struct StoredFeed {
        address feed;
        uint32 heartbeat;
        uint8 exponent; // feed decimals + asset decimals
        uint8 assetDecimals;
        uint128 minAnswer;
        uint128 maxAnswer;
    }

    struct CollateralSet {
        uint32 latest; // snapshot; one word with the next two: every proof reads them
        uint40 haltedUntil; // CircuitBreaker
        address feeds; // CodeStore: two words a slot, laid out as StoredFeed is; they never change. 0 = no such set
        mapping(uint32 snapshot => uint256[2]) snapshots;
    }

    /// 10^44 · 2^96 fits a word; feeds have at most 36 decimals, slots 8.
    uint256 public constant MAX_EXPONENT = 44;
    uint256 private constant FEED_WORDS = 16;
    /// Rounding a unit's price to a whole number moves it by a basis point at most: a token of $1 may have 21 decimals as a debt.
    uint256 private constant MIN_PRICE_X64 = 10_000;

    // One word with its grace: every price reads both.
    address public sequencerFeed;
    uint32 public sequencerGraceSeconds;
    uint32 public setCount;
    mapping(uint32 setId => CollateralSet) private _sets;
    mapping(bytes32 assetId => StoredFeed) private _assets;

    constructor(address owner_) Ownable(owner_) {}

    /// @inheritdoc IPriceBoard
    function addSet(FeedConfig[8] calldata feeds) external onlyOwner returns (uint32 setId) {
        setId = ++setCount;
        uint256[FEED_WORDS] memory words;
        for (uint256 i; i < 8; ++i) {
            if (feeds[i].feed != address(0)) (words[2 * i], words[2 * i + 1]) = _packed(_checked(feeds[i]));
        }
        _sets[setId].feeds = CodeStore.write(abi.encode(words));
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
        (uint256 word0, uint256 word1) = _snapshot(setId, _sets[setId], snapshot);
        return SnapshotLib.unpack(word0, word1);
    }

    /// @inheritdoc IPriceBoard
    function snapshotWords(uint32 setId, uint32 snapshot) external view returns (uint256 word0, uint256 word1) {
        return _snapshot(setId, _sets[setId], snapshot);
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
        return _conservative(setId, mask);
    }

    /// @inheritdoc IPriceBoard
    function provingPrices(
        uint32 setId,
        uint8 mask,
        uint32 snapshot
    ) external view returns (uint256[8] memory pricesX64, uint256 word0, uint256 word1, uint40 until) {
        CollateralSet storage set = _sets[setId];
        (word0, word1) = _snapshot(setId, set, snapshot);
        pricesX64 = _conservative(setId, mask);
        until = set.haltedUntil;
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
        if (_sets[setId].feeds == address(0)) return _config(_unpacked(0, 0));
        uint256[] memory words = CodeStore.read(_sets[setId].feeds, FEED_WORDS);
        return _config(_unpacked(words[2 * uint256(slot)], words[2 * uint256(slot) + 1]));
    }

    /// @inheritdoc IPriceBoard
    function assetFeed(bytes32 assetId) external view returns (FeedConfig memory) {
        return _config(_assets[assetId]);
    }

    /// @inheritdoc IPriceBoard
    function haltedUntil(uint32 setId) public view override returns (uint40) {
        return _sets[setId].haltedUntil;
    }

    function _halt(uint32 setId, uint40 until) internal override {
        _sets[setId].haltedUntil = until;
    }

    function _snapshotOf(uint32 setId, uint32 snapshot) internal view override returns (uint256, uint256) {
        return _snapshot(setId, _sets[setId], snapshot);
    }

    function _requireSet(uint32 setId) internal view override {
        if (_sets[setId].feeds == address(0)) revert UnknownSet(setId);
    }

    function _live(uint32 setId, uint8 mask) private view returns (uint256[8] memory pricesX64) {
        address feeds = _sets[setId].feeds;
        if (feeds == address(0)) revert UnknownSet(setId);
        if (!_sequencerUp()) return pricesX64;
        uint256[] memory words = CodeStore.read(feeds, FEED_WORDS);
        for (uint256 i; mask >> i != 0; ++i) {
            if ((mask >> i) & 1 == 0) continue;
            (uint256 head, uint256 bounds) = (words[2 * i], words[2 * i + 1]);
            if (head == 0) continue;
            uint256 answer = FeedReader.answer(
                address(uint160(head)),
                uint32(head >> 160),
                uint128(bounds),
                bounds >> 128
            );
            if (answer != 0) pricesX64[i] = FeedReader.priceDownX64(answer, uint8(head >> 192));
        }
    }

    /// @dev min(latest snapshot, live). No snapshot at all is one of zeros.
    function _conservative(uint32 setId, uint8 mask) private view returns (uint256[8] memory pricesX64) {
        pricesX64 = _live(setId, mask);
        CollateralSet storage set = _sets[setId];
        uint256[2] storage words = set.snapshots[set.latest];
        (uint256 word0, uint256 word1) = (words[0], words[1]);
        for (uint256 i; mask >> i != 0; ++i) {
            if ((mask >> i) & 1 == 0) continue;
            uint256 stored = SnapshotLib.priceAt(word0, word1, i);
            if (stored < pricesX64[i]) pricesX64[i] = stored;
        }
    }

    function _snapshot(
        uint32 setId,
        CollateralSet storage set,
        uint32 snapshot
    ) private view returns (uint256 word0, uint256 word1) {
        uint256[2] storage words = set.snapshots[snapshot];
        (word0, word1) = (words[0], words[1]);
        if (SnapshotLib.timeOf(word0, word1) == 0) revert UnknownSnapshot(setId, snapshot);
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
        uint256 answer = FeedReader.answer(config.feed, config.heartbeat, config.minAnswer, config.maxAnswer);
        if (answer != 0) {
            uint256 price = FeedReader.priceDownX64(answer, exponent);
            if (price < MIN_PRICE_X64) revert BadFeedConfig(config.feed, "precision", price);
        }
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

    /// @dev As Solidity packs a StoredFeed.
    function _packed(StoredFeed memory f) private pure returns (uint256 head, uint256 bounds) {
        head =
            uint160(f.feed) |
            (uint256(f.heartbeat) << 160) |
            (uint256(f.exponent) << 192) |
            (uint256(f.assetDecimals) << 200);
        bounds = f.minAnswer | (uint256(f.maxAnswer) << 128);
    }

    function _unpacked(uint256 head, uint256 bounds) private pure returns (StoredFeed memory) {
        return
            StoredFeed({
                feed: address(uint160(head)),
                heartbeat: uint32(head >> 160),
                exponent: uint8(head >> 192),
                assetDecimals: uint8(head >> 200),
                minAnswer: uint128(bounds),
                maxAnswer: uint128(bounds >> 128)
            });
    }

    function _config(StoredFeed memory stored) private pure returns (FeedConfig memory) {
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
