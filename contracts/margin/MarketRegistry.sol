// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginMarkets} from "../interfaces/IMarginMarkets.sol";
import {IPositionModule} from "../interfaces/IPositionModule.sol";
import {IRiskSet} from "../interfaces/IRiskSet.sol";
import {BabyJubJub} from "../libraries/BabyJubJub.sol";
import {FloorMath} from "../libraries/FloorMath.sol";
import {TokenBucket} from "../libraries/TokenBucket.sol";
import {JubPoint} from "../types/Types.sol";
import {MarginStorage} from "./MarginStorage.sol";

/// @title Markets and the vaults they accept
/// @dev Both are written once, but for a source's limits, which bind new coverage only, and its revocations (LIQ-9): nothing else here can change the terms of an
/// account that exists.
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
        m.auctionSeconds = uint24(config.auctionSeconds);
        m.maxProofAgeSeconds = uint24(config.maxProofAgeSeconds);
        m.attestationFee = uint16(config.attestationFee / ATTESTATION_FEE_UNIT);
        m.maxSnapshotAgeSeconds = config.maxSnapshotAgeSeconds;
        m.minBonusBps = config.minBonusBps;
        m.maxBonusBps = config.maxBonusBps;
        m.bufferBps = config.bufferBps;
        m.fundFeeBps = config.fundFeeBps;
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
        if (config.setId == 0 || config.setId > priceBoard.setCount()) revert BadParameter("setId", config.setId);
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
        added.riskSet = config.riskSet;
        emit SourceAdded(marketId, sourceId, domain, config.eid, config.vault);
        _setLimits(
            m,
            marketId,
            sourceId,
            SourceLimits(
                config.maxRootAge,
                config.maxCoveragePerLock,
                config.exposureCap,
                config.coverageBurst,
                config.coveragePerHour
            )
        );
    }

    /// @inheritdoc IMarginMarkets
    function setSourceLimits(bytes32 marketId, uint32 sourceId, SourceLimits calldata limits) external {
        MarketData storage m = _market(marketId);
        SourceData storage s = _source(m, marketId, sourceId);
        bool raises =
            limits.maxRootAge > s.maxRootAge ||
                limits.maxCoveragePerLock > s.maxCoveragePerLock ||
                limits.exposureCap > s.exposureCap ||
                limits.coverageBurst > s.burstUsd * MICRO_USD ||
                limits.coveragePerHour > s.hourlyUsd * MICRO_USD;
        if (raises) _checkOwner();
        else _onlyGuardian();
        _setLimits(m, marketId, sourceId, limits);
    }

    /// @inheritdoc IMarginMarkets
    function revokeRoots(bytes32 marketId, uint32 sourceId) external {
        _onlyGuardian();
        SourceData storage s = _source(_market(marketId), marketId, sourceId);
        uint256 reproveUntil = s.revokedAt + REPROVE_SECONDS;
        if (block.timestamp <= reproveUntil && msg.sender != owner()) {
            revert RevokedAlready(marketId, sourceId, reproveUntil);
        }
        if (s.revocations == type(uint8).max) revert TooManyRevocations(marketId, sourceId);
        ++s.revocations;
        s.revokedAt = uint32(block.timestamp);
        emit RootsRevoked(marketId, sourceId, s.revocations, s.revokedAt, msg.sender);
    }

    /// @inheritdoc IMarginMarkets
    function setGuardian(address guardian_) external onlyOwner {
        guardian = guardian_;
        emit GuardianSet(guardian_);
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
            fundFeeBps: m.fundFeeBps,
            attestationFee: uint64(m.attestationFee * ATTESTATION_FEE_UNIT),
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
                exposure: s.exposure,
                coverageBurst: uint64(s.burstUsd * MICRO_USD),
                coveragePerHour: uint64(s.hourlyUsd * MICRO_USD),
                coverageAvailable: uint64(
                    TokenBucket.available(s.fullAt, block.timestamp, s.burstUsd * MICRO_USD, s.hourlyUsd * MICRO_USD)
                ),
                revocations: s.revocations,
                revokedAt: s.revokedAt
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

    function _onlyGuardian() private view {
        if (msg.sender != guardian && msg.sender != owner()) revert NotGuardian(msg.sender);
    }

    /// @dev What is missing from the bucket stays missing.
    function _setLimits(MarketData storage m, bytes32 marketId, uint32 sourceId, SourceLimits memory limits) private {
        SourceData storage s = m.sources[sourceId];
        if (limits.maxRootAge == 0 || limits.maxRootAge > type(uint24).max) {
            revert BadParameter("maxRootAge", limits.maxRootAge);
        }
        if (FloorMath.cap(limits.maxCoveragePerLock, m.maxBonusBps) > type(uint64).max) {
            revert BadParameter("maxCoveragePerLock", limits.maxCoveragePerLock);
        }
        uint32 burstUsd = _wholeUsd("coverageBurst", limits.coverageBurst);
        uint32 hourlyUsd = _wholeUsd("coveragePerHour", limits.coveragePerHour);
        if (!TokenBucket.isValid(burstUsd, hourlyUsd)) revert BadParameter("coveragePerHour", limits.coveragePerHour);
        if (s.hourlyUsd != 0 && s.hourlyUsd != hourlyUsd) {
            s.fullAt = TokenBucket.retime(s.fullAt, block.timestamp, s.hourlyUsd * MICRO_USD, hourlyUsd * MICRO_USD);
        }
        s.maxRootAge = uint24(limits.maxRootAge);
        s.maxCoveragePerLock = limits.maxCoveragePerLock;
        s.exposureCap = limits.exposureCap;
        s.burstUsd = burstUsd;
        s.hourlyUsd = hourlyUsd;
        emit SourceLimitsSet(marketId, sourceId, limits);
    }

    function _wholeUsd(bytes32 name, uint64 microUsd) private pure returns (uint32) {
        if (microUsd % MICRO_USD != 0 || microUsd / MICRO_USD > type(uint32).max) revert BadParameter(name, microUsd);
        return uint32(microUsd / MICRO_USD);
    }

    function _checkConfig(MarketConfig calldata config) private view {
        if (config.module.code.length == 0) revert BadParameter("module", uint160(config.module));
        if (config.auctionSeconds == 0 || config.auctionSeconds > type(uint24).max)
            revert BadParameter("auctionSeconds", config.auctionSeconds);
        if (config.maxProofAgeSeconds == 0 || config.maxProofAgeSeconds > type(uint24).max)
            revert BadParameter("maxProofAgeSeconds", config.maxProofAgeSeconds);
        if (
            config.attestationFee % ATTESTATION_FEE_UNIT != 0 ||
            config.attestationFee / ATTESTATION_FEE_UNIT > type(uint16).max
        ) revert BadParameter("attestationFee", config.attestationFee);
        if (config.maxSnapshotAgeSeconds == 0) revert BadParameter("maxSnapshotAgeSeconds", 0);
        if (config.bufferBps == 0) revert BadParameter("bufferBps", 0);
        if (config.minBonusBps > config.maxBonusBps) revert BadParameter("minBonusBps", config.minBonusBps);
        if (uint256(config.maxBonusBps) + config.bufferBps > BPS)
            revert BadParameter("maxBonusBps", config.maxBonusBps);
        // A sale must bring the account nearer to cover: the requirement counts 1 + maxBonus + buffer of what is repaid.
        if (config.fundFeeBps > config.bufferBps) revert BadParameter("fundFeeBps", config.fundFeeBps);
        if (uint256(config.flagFee) * MIN_DEBT_PER_FEE > config.minDebt) revert BadParameter("flagFee", config.flagFee);
        if (config.profiles.length == 0 || config.profiles.length > MAX_PROFILES)
            revert BadParameter("profiles", config.profiles.length);
    }
}
