// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginMarkets} from "../interfaces/IMarginMarkets.sol";
import {IPositionModule} from "../interfaces/IPositionModule.sol";
import {IRiskSet} from "../interfaces/IRiskSet.sol";
import {BabyJubJub} from "../libraries/BabyJubJub.sol";
import {FloorMath} from "../libraries/FloorMath.sol";
import {JubPoint} from "../types/Types.sol";
import {MarginStorage} from "./MarginStorage.sol";

/// @title Markets and the vaults they accept
/// @dev Both are written once: nothing here can change the terms of an account that exists.
abstract contract MarketRegistry is MarginStorage, IMarginMarkets {
    uint256 private constant MAX_PROFILES = 16;
    uint256 private constant MAX_SOURCES = 256;
    /// A fee that anyone can put on a debt must stay small beside it.
    uint256 private constant MIN_DEBT_PER_FEE = 20;

    /// @inheritdoc IMarginMarkets
    function createMarket(MarketConfig calldata config) external onlyOwner returns (bytes32 id) {
        _checkConfig(config);
        JubPoint memory key = BabyJubJub.key(config.trusteeKey);
        uint16 index = marketCount;
        if (index == type(uint16).max) revert TooManyMarkets();
        marketCount = index + 1;
        id = _marketId(index);

        MarketData storage m = _markets[id];
        m.module = config.module;
        m.graceSeconds = config.graceSeconds;
        m.reflagWindowSeconds = config.reflagWindowSeconds;
        m.auctionSeconds = config.auctionSeconds;
        m.maxProofAgeSeconds = config.maxProofAgeSeconds;
        m.maxSnapshotAgeSeconds = config.maxSnapshotAgeSeconds;
        m.minBonusBps = config.minBonusBps;
        m.maxBonusBps = config.maxBonusBps;
        m.bufferBps = config.bufferBps;
        m.flagFee = config.flagFee;
        m.minDebt = config.minDebt;
        m.index = index;
        m.trusteeKey = key;
        m.submittedKey = config.trusteeKey;
        m.profileCount = uint8(config.profiles.length);
        uint128 profiles;
        for (uint256 i; i < config.profiles.length; ++i) {
            if (config.profiles[i] == 0) revert BadParameter("profiles", i);
            profiles |= uint128(config.profiles[i]) << uint128(8 * i);
        }
        m.profiles = profiles;
        emit MarketCreated(id, config.module, key.x, key.y);
        IPositionModule(config.module).bindMarket(id, config.maxBonusBps, config.bufferBps, config.minDebt);
    }

    /// @inheritdoc IMarginMarkets
    function addSource(bytes32 marketId, SourceConfig calldata config) external onlyOwner returns (uint32 sourceId) {
        MarketData storage m = _market(marketId);
        if (m.sourceCount == MAX_SOURCES) revert TooManySources(marketId);
        if (config.vault == address(0)) revert BadParameter("vault", 0);
        if (config.maxRootAge == 0) revert BadParameter("maxRootAge", 0);
        if (config.setId == 0 || config.setId > priceBoard.setCount()) revert BadParameter("setId", config.setId);
        if (FloorMath.cap(config.maxCoveragePerLock, m.maxBonusBps) > type(uint64).max) {
            revert BadParameter("maxCoveragePerLock", config.maxCoveragePerLock);
        }
        uint16 riskBonus = IRiskSet(config.riskSet).minBonusBps();
        if (riskBonus < m.minBonusBps) revert RiskSetBonusTooLow(config.riskSet, riskBonus, m.minBonusBps);

        sourceId = m.sourceCount++;
        SourceData storage added = m.sources[sourceId];
        added.vault = config.vault;
        added.eid = config.eid;
        uint256 domain = _domain(added);
        for (uint256 i; i < sourceId; ++i) {
            if (_domain(m.sources[i]) == domain) revert SourceExists(marketId, domain);
        }
        added.setId = config.setId;
        added.maxRootAge = config.maxRootAge;
        added.riskSet = config.riskSet;
        added.maxCoveragePerLock = config.maxCoveragePerLock;
        added.exposureCap = config.exposureCap;
        emit SourceAdded(marketId, sourceId, domain, config.eid, config.vault);
    }

    /// @inheritdoc IMarginMarkets
    function heartbeat(bytes32 marketId, uint32 sourceId) external returns (uint256 orderId) {
        SourceData storage s = _source(_market(marketId), marketId, sourceId);
        return orderQueue.heartbeat(s.eid, s.vault);
    }

    /// @inheritdoc IMarginMarkets
    function market(
        bytes32 marketId
    ) external view returns (MarketConfig memory config, uint256 trusteeX, uint256 trusteeY) {
        MarketData storage m = _market(marketId);
        uint8[] memory profiles = new uint8[](m.profileCount);
        for (uint256 i; i < profiles.length; ++i) profiles[i] = uint8(m.profiles >> (8 * i));
        config = MarketConfig({
            module: m.module,
            trusteeKey: m.submittedKey,
            graceSeconds: m.graceSeconds,
            reflagWindowSeconds: m.reflagWindowSeconds,
            auctionSeconds: m.auctionSeconds,
            maxProofAgeSeconds: m.maxProofAgeSeconds,
            maxSnapshotAgeSeconds: m.maxSnapshotAgeSeconds,
            minBonusBps: m.minBonusBps,
            maxBonusBps: m.maxBonusBps,
            bufferBps: m.bufferBps,
            flagFee: m.flagFee,
            minDebt: m.minDebt,
            profiles: profiles
        });
        return (config, m.trusteeKey.x, m.trusteeKey.y);
    }

    /// @inheritdoc IMarginMarkets
    function source(bytes32 marketId, uint32 sourceId) external view returns (Source memory) {
        SourceData storage s = _source(_market(marketId), marketId, sourceId);
        return
            Source({
                eid: s.eid,
                vault: s.vault,
                domain: _domain(s),
                riskSet: s.riskSet,
                setId: s.setId,
                maxRootAge: s.maxRootAge,
                maxCoveragePerLock: s.maxCoveragePerLock,
                exposureCap: s.exposureCap,
                exposure: s.exposure
            });
    }

    /// @inheritdoc IMarginMarkets
    function floors(
        bytes32 marketId,
        uint32 sourceId,
        uint32 snapshot,
        uint16 floorBps,
        uint8 profile
    ) external view returns (uint256[8] memory) {
        MarketData storage m = _market(marketId);
        if (!FloorMath.isFraction(floorBps)) revert BadFloor(floorBps);
        (uint256[8] memory pricesX64, ) = priceBoard.snapshotPrices(_source(m, marketId, sourceId).setId, snapshot);
        return FloorMath.floors(pricesX64, _profile(m, profile), floorBps);
    }

    /// @inheritdoc IMarginMarkets
    function sourceCount(bytes32 marketId) external view returns (uint32) {
        return _market(marketId).sourceCount;
    }

    function _checkConfig(MarketConfig calldata config) private view {
        if (config.module.code.length == 0) revert BadParameter("module", uint160(config.module));
        if (config.auctionSeconds == 0) revert BadParameter("auctionSeconds", 0);
        if (config.maxProofAgeSeconds == 0) revert BadParameter("maxProofAgeSeconds", 0);
        if (config.maxSnapshotAgeSeconds == 0) revert BadParameter("maxSnapshotAgeSeconds", 0);
        if (config.bufferBps == 0) revert BadParameter("bufferBps", 0);
        if (config.minBonusBps > config.maxBonusBps) revert BadParameter("minBonusBps", config.minBonusBps);
        if (uint256(config.maxBonusBps) + config.bufferBps > BPS)
            revert BadParameter("maxBonusBps", config.maxBonusBps);
        if (uint256(config.flagFee) * MIN_DEBT_PER_FEE > config.minDebt) revert BadParameter("flagFee", config.flagFee);
        if (config.profiles.length == 0 || config.profiles.length > MAX_PROFILES)
            revert BadParameter("profiles", config.profiles.length);
    }
}
