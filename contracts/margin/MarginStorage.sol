// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IMarginTypes} from "../interfaces/IMarginTypes.sol";
import {IOrderQueue} from "../interfaces/IOrderQueue.sol";
import {IPriceBoard} from "../interfaces/IPriceBoard.sol";
import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {IRiskSet} from "../interfaces/IRiskSet.sol";
import {IRootInbox} from "../interfaces/IRootInbox.sol";
import {Coverage} from "../libraries/Coverage.sol";
import {DomainLib} from "../libraries/DomainLib.sol";
import {FloorMath} from "../libraries/FloorMath.sol";
import {JubPoint} from "../types/Types.sol";

/// @title What the engine remembers, and what its locks are worth now
/// @dev The one base of all parts of the engine: their storage is declared here, so all see the same layout. Layouts are drawn so that opening an account writes three new words: the account, its first nullifier, the lock.
abstract contract MarginStorage is IMarginTypes, Ownable2Step, ReentrancyGuardTransient {
    uint256 internal constant BPS = 10_000;
    uint256 internal constant MAX_LOCKS = 8;
    /// µUSD per USD.
    uint256 internal constant MICRO_USD = 1e6;
    /// Wei.
    uint256 internal constant ATTESTATION_FEE_UNIT = 1e12;
    /// Owner of the parts that run by delegatecall only.
    address internal constant NOBODY = address(0xdead);

    /// ORD-7, ESC-1: new exposure needs a report of S that is no older, and that shows a silence of at most half of what arms the escape hatch there (`EscapeHatch`).
    uint256 internal constant MAX_REPORT_AGE = 7 days;
    uint256 internal constant MAX_SILENCE = 15 days;
    /// LIQ-9: for how long a lock on a revoked root is no evidence against its account.
    uint256 internal constant REPROVE_SECONDS = 3 days;
    /// LIQ-10: how much longer a solvent account's grace is while prices of its collateral are halted.
    uint256 internal constant CASCADE_SECONDS = 30 minutes;

    uint8 internal constant LOCK_ACTIVE = 1;
    uint8 internal constant LOCK_IN_AUCTION = 2;
    uint8 internal constant LOCK_RETIRED = 3;

    /// Words 0 and 1 are what accepting a proof and selling a lock read.
    struct MarketData {
        address module; // word 0
        uint24 maxProofAgeSeconds;
        uint24 auctionSeconds;
        uint16 attestationFee; // FEE-2, in ATTESTATION_FEE_UNIT
        uint16 minBonusBps;
        uint16 maxBonusBps;
        uint128 profiles; // word 1: 16 masks of 8 bits
        uint32 maxSnapshotAgeSeconds;
        uint8 profileCount;
        uint16 index;
        uint16 sourceCount;
        uint16 bufferBps;
        uint32 graceSeconds;
        uint8 fundFeeBps;
        uint128 flagFee; // word 2
        uint32 reflagWindowSeconds;
        JubPoint trusteeKey; // 8R
        JubPoint submittedKey; // R
        uint128 minDebt;
        mapping(uint256 sourceId => SourceData) sources;
    }

    struct SourceData {
        address vault; // word 0
        uint32 eid;
        uint32 setId;
        uint24 maxRootAge;
        uint8 revocations; // LIQ-9: how often roots were revoked
        address riskSet; // word 1
        uint64 maxCoveragePerLock;
        uint32 revokedAt; // seconds; roots up to then are revoked, 0 = none
        uint64 exposureCap; // word 2
        uint64 exposure;
        uint32 burstUsd; // TokenBucket of new coverage: its capacity and its refill an hour, whole USD
        uint32 hourlyUsd;
        uint64 fullAt;
    }

    /// One word.
    struct LockData {
        uint64 coverage;
        uint64 cap;
        uint40 expiry;
        uint32 snapshot;
        uint16 riskVersion;
        uint8 sourceId;
        uint8 reliedOn;
        uint8 floorPercent;
        uint8 state;
        uint8 revocations; // of the source when the proof was accepted
    }

    struct AccountData {
        address controller; // word 0
        uint64 nonce;
        uint8 lockCount;
        uint8 auctions;
        uint16 marketIndex;
        uint40 flaggedAt; // word 1; stays 0 at open with source 0
        uint40 graceEndsAt;
        uint40 clearedAt;
        uint64 sourceIds; // 8 bits a lock, in the order of `nullifiers`
        uint256[8] nullifiers;
    }

    /// Prices frozen at the start (SnapshotLib layout; the time is the start), and what was true then.
    struct AuctionData {
        uint256 word0;
        uint256 word1;
        uint64 guarantee; // word 2
        uint128 debtPriceX64;
        uint16 riskVersion;
        uint8 reliedOn;
        uint64 valuation; // word 3: what the lock was shown to be worth at the auction's last seizure prices (LIQ-7), µUSD
    }

    /// A claim that was taken over (LIQ-8), and the sale of what it seized. One word.
    struct LotData {
        uint16 marketIndex;
        uint8 sourceId;
        uint8 state;
        uint40 takenAt;
        uint40 startedAt; // of the sale; 0 = not yet
        uint128 owed; // what it paid off, debt token units
    }

    /// A lock and its worth at one set of prices.
    struct LockState {
        bytes32 key;
        uint256 domain;
        uint256 nullifier;
        LockData data;
        uint32 setId;
        uint256[8] floorsX64;
        uint64 guarantee; // an upper bound while `missing` ≠ 0
        uint8 missing; // relied-on slots without a price
        bool counts; // unexpired, on an accepted risk version (ACC-3), on a root that is not revoked (LIQ-9)
        bool revoked; // on a revoked root: worth nothing to anyone but the fund
        bool pending; // would count, but for a revocation that it may still answer with a new proof
    }

    /// What locks of an account have in common, mostly: prices of one set, standing of one risk version. Read once and handed on.
    struct PriceCache {
        PriceMode mode;
        bool accepted;
        uint16 riskVersion;
        address riskSet; // of the last two; 0 = not asked yet
        uint32 setId;
        uint8 mask;
        uint32 haltedSet; // of the sets asked for, the one that is halted longest (LIQ-10); PriceMode.Conservative only
        uint40 haltedUntil;
        uint256[8] pricesX64;
    }

    /// Which price is p: min(latest snapshot, live) for opening, refreshing, borrowing; live for flags and auctions.
    enum PriceMode {
        Conservative,
        Live
    }

    struct Wiring {
        uint32 localEid;
        IProofVerifier verifier;
        IRootInbox rootInbox;
        IOrderQueue orderQueue;
        IPriceBoard priceBoard;
    }

    /// @inheritdoc IMarginTypes
    uint32 public immutable override localEid;
    /// @inheritdoc IMarginTypes
    IProofVerifier public immutable override verifier;
    /// @inheritdoc IMarginTypes
    IRootInbox public immutable override rootInbox;
    /// @inheritdoc IMarginTypes
    IOrderQueue public immutable override orderQueue;
    /// @inheritdoc IMarginTypes
    IPriceBoard public immutable override priceBoard;

    /// @inheritdoc IMarginTypes
    uint16 public override marketCount;
    mapping(bytes32 marketId => MarketData) internal _markets;
    mapping(bytes32 accountId => AccountData) internal _accounts;
    mapping(bytes32 lockKey => LockData) internal _locks;
    mapping(bytes32 lockKey => AuctionData) internal _auctions;
    mapping(bytes32 accountId => mapping(address operator => bool)) internal _operators;
    /// @inheritdoc IMarginTypes
    address public override guardian;
    mapping(bytes32 lockKey => LotData) internal _lots;
    /// Of what the engine holds in ether: wei.
    mapping(address attestor => uint256) internal _attestationFees;

    constructor(address owner_, Wiring memory wiring) Ownable(owner_) {
        localEid = wiring.localEid;
        verifier = wiring.verifier;
        rootInbox = wiring.rootInbox;
        orderQueue = wiring.orderQueue;
        priceBoard = wiring.priceBoard;
    }

    /// @notice Parts of one engine are wired alike.
    function wiringHash() public view returns (bytes32) {
        return keccak256(abi.encode(localEid, verifier, rootInbox, orderQueue, priceBoard));
    }

    // Lookups.

    function _marketId(uint256 index) internal view returns (bytes32) {
        return keccak256(abi.encode("hypothec.market", address(this), index));
    }

    function _market(bytes32 marketId) internal view returns (MarketData storage m) {
        m = _markets[marketId];
        if (m.module == address(0)) revert UnknownMarket(marketId);
    }

    function _source(
        MarketData storage m,
        bytes32 marketId,
        uint32 sourceId
    ) internal view returns (SourceData storage) {
        if (sourceId >= m.sourceCount) revert UnknownSource(marketId, sourceId);
        return m.sources[sourceId];
    }

    function _accountId(bytes32 marketId, address controller, bytes32 salt) internal view returns (bytes32) {
        return keccak256(abi.encode(address(this), marketId, controller, salt));
    }

    function _account(bytes32 id) internal view returns (AccountData storage a, MarketData storage m) {
        a = _accounts[id];
        if (a.controller == address(0)) revert UnknownAccount(id);
        m = _markets[_marketId(a.marketIndex)];
    }

    function _onlyController(bytes32 id, AccountData storage a) internal view {
        if (msg.sender != a.controller) revert NotController(id, msg.sender, a.controller);
    }

    function _domain(SourceData storage source_) internal view returns (uint256) {
        return DomainLib.compute(source_.eid, source_.vault, localEid, address(this));
    }

    function _lockKey(uint256 domain, uint256 nullifier) internal pure returns (bytes32) {
        return Hashes.efficientKeccak256(bytes32(domain), bytes32(nullifier)); // keccak256(abi.encode(domain, nullifier))
    }

    function _sourceIdAt(AccountData storage a, uint256 index) internal view returns (uint8) {
        return uint8(a.sourceIds >> (8 * index));
    }

    function _find(AccountData storage a, uint256 nullifier) internal view returns (bool found, uint256 index) {
        uint256 count = a.lockCount;
        for (; index < count; ++index) {
            if (a.nullifiers[index] == nullifier) return (true, index);
        }
    }

    function _indexOf(bytes32 id, AccountData storage a, uint256 nullifier) internal view returns (uint256) {
        (bool found, uint256 index) = _find(a, nullifier);
        if (!found) revert LockNotInAccount(id, nullifier);
        return index;
    }

    function _profile(MarketData storage m, uint8 profile) internal view returns (uint8) {
        if (profile >= m.profileCount) revert UnknownProfile(profile);
        return uint8(m.profiles >> (8 * profile));
    }

    /// @dev Solidity would write the word field by field.
    function _writeLock(bytes32 key, LockData memory d) internal {
        LockData storage stored = _locks[key];
        uint256 word =
            uint256(d.coverage) |
                (uint256(d.cap) << 64) |
                (uint256(d.expiry) << 128) |
                (uint256(d.snapshot) << 168) |
                (uint256(d.riskVersion) << 200) |
                (uint256(d.sourceId) << 216) |
                (uint256(d.reliedOn) << 224) |
                (uint256(d.floorPercent) << 232) |
                (uint256(d.state) << 240) |
                (uint256(d.revocations) << 248);
        assembly ("memory-safe") {
            sstore(stored.slot, word)
        }
    }

    /// @dev D and S agree that D lives, so no lock of the domain is on its way home. `reportedAt` is never in our future.
    function _requireAlive(uint256 domain, uint64 reportedAt, uint64 lastSeen, bool retired) internal view {
        if (retired) revert DomainRetired(domain);
        if (reportedAt + MAX_REPORT_AGE < block.timestamp)
            revert ReportTooOld(domain, reportedAt, block.timestamp - MAX_REPORT_AGE);
        if (lastSeen + MAX_SILENCE < reportedAt) revert DomainSilent(domain, lastSeen, reportedAt);
    }

    /// @dev The same for all locks of an account, a source at a time.
    function _requireAllAlive(AccountData storage a, MarketData storage m) internal view {
        uint256 seen; // bit set of source ids
        uint256 count = a.lockCount;
        for (uint256 i; i < count; ++i) {
            uint8 sourceId = _sourceIdAt(a, i);
            if ((seen >> sourceId) & 1 != 0) continue;
            seen |= 1 << sourceId;
            SourceData storage source_ = m.sources[sourceId];
            uint256 domain = _domain(source_);
            (uint64 reportedAt, uint64 lastSeen, bool retired) = rootInbox.domainState(
                source_.eid,
                source_.vault,
                domain
            );
            _requireAlive(domain, reportedAt, lastSeen, retired);
        }
    }

    // Worth.

    /// @dev All locks of an account at prices now.
    function _states(
        AccountData storage a,
        MarketData storage m,
        PriceMode mode
    ) internal view returns (LockState[] memory states) {
        PriceCache memory cache;
        cache.mode = mode;
        return _states(a, m, cache);
    }

    function _states(
        AccountData storage a,
        MarketData storage m,
        PriceCache memory cache
    ) internal view returns (LockState[] memory states) {
        states = new LockState[](a.lockCount);
        for (uint256 i; i < states.length; ++i) _evaluate(states[i], a, m, i, cache);
    }

    function _evaluate(
        LockState memory s,
        AccountData storage a,
        MarketData storage m,
        uint256 index,
        PriceCache memory cache
    ) internal view {
        SourceData storage source_ = m.sources[_sourceIdAt(a, index)];
        s.nullifier = a.nullifiers[index];
        s.domain = _domain(source_);
        s.key = _lockKey(s.domain, s.nullifier);
        s.data = _locks[s.key];
        s.setId = source_.setId;
        s.counts = block.timestamp <= s.data.expiry && _isAccepted(cache, source_.riskSet, s.data.riskVersion);
        bool lapsed;
        if (_isRevoked(source_, s.data)) {
            lapsed = block.timestamp > source_.revokedAt + REPROVE_SECONDS;
            (s.revoked, s.pending, s.counts) = (true, s.counts && !lapsed, false);
        }
        (uint256 word0, uint256 word1) = _prices(cache, s.setId, s.data.reliedOn, s.data.snapshot);
        FloorMath.floorsOf(word0, word1, s.data.reliedOn, uint16(s.data.floorPercent) * 100, s.floorsX64);
        (s.guarantee, s.missing) = Coverage.guarantee(s.data.coverage, s.floorsX64, s.data.reliedOn, cache.pricesX64);
        if (lapsed) s.guarantee = 0;
    }

    /// @dev LIQ-9: roots of the source were revoked since the lock's proof was accepted. Once `REPROVE_SECONDS` have passed since `revokedAt`, only the fund may
    /// take its claim.
    function _isRevoked(SourceData storage source_, LockData memory d) internal view returns (bool) {
        return d.revocations != source_.revocations;
    }

    function _isAccepted(PriceCache memory cache, address riskSet, uint16 version) private view returns (bool) {
        if (cache.riskSet != riskSet || cache.riskVersion != version) {
            cache.accepted = IRiskSet(riskSet).isAccepted(version);
            (cache.riskSet, cache.riskVersion) = (riskSet, version);
        }
        return cache.accepted;
    }

    /// @dev Brings the slots of `mask` into the cache. @return word0 @return word1 the snapshot as stored.
    function _prices(
        PriceCache memory cache,
        uint32 setId,
        uint8 mask,
        uint32 snapshot
    ) internal view returns (uint256 word0, uint256 word1) {
        if (cache.setId == setId) {
            if (mask & ~cache.mask == 0) return priceBoard.snapshotWords(setId, snapshot);
            mask |= cache.mask;
        }
        cache.setId = setId;
        cache.mask = mask;
        if (cache.mode == PriceMode.Live) {
            cache.pricesX64 = priceBoard.livePricesOf(setId, mask);
            return priceBoard.snapshotWords(setId, snapshot);
        }
        uint40 until;
        (cache.pricesX64, word0, word1, until) = priceBoard.provingPrices(setId, mask, snapshot);
        if (until > cache.haltedUntil) (cache.haltedSet, cache.haltedUntil) = (setId, until);
    }

    /// @dev LIQ-10: nothing is opened or borrowed against sets whose prices have just moved too far.
    function _requireNotHalted(PriceCache memory cache) internal view {
        if (block.timestamp < cache.haltedUntil) revert SetHalted(cache.haltedSet, cache.haltedUntil);
    }

    /// @return proven live coverage: a counting lock without a price is worth nothing.
    /// @return atMost the same if no missing price has fallen, and if locks that can still be proven anew will be.
    /// @return missing some relied-on slots without a price.
    /// @return setId theirs.
    function _coverage(
        LockState[] memory states
    ) internal pure returns (uint256 proven, uint256 atMost, uint8 missing, uint32 setId) {
        for (uint256 i; i < states.length; ++i) {
            LockState memory s = states[i];
            if (s.counts || s.pending) atMost += s.guarantee;
            if (!s.counts) continue;
            if (s.missing == 0) {
                proven += s.guarantee;
            } else {
                (missing, setId) = (s.missing, s.setId);
            }
        }
    }

    /// @dev Reverts unless proven coverage reaches `requirement`; blames a missing price where that is the cause.
    function _requireCoverage(bytes32 id, uint256 requirement, LockState[] memory states) internal pure {
        (uint256 proven, uint256 atMost, uint8 missing, uint32 setId) = _coverage(states);
        if (requirement <= proven) return;
        if (missing != 0 && requirement <= atMost) revert PriceMissing(setId, missing);
        revert CoverageTooLow(id, requirement, proven);
    }

    function _guaranteeSum(LockState[] memory states) internal pure returns (uint256 sum) {
        for (uint256 i; i < states.length; ++i) sum += states[i].guarantee;
    }
}
