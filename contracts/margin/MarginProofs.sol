// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {IRiskSet} from "../interfaces/IRiskSet.sol";
import {Coverage} from "../libraries/Coverage.sol";
import {DomainLib} from "../libraries/DomainLib.sol";
import {FloorMath} from "../libraries/FloorMath.sol";
import {InputDigest} from "../libraries/InputDigest.sol";
import {SnapshotLib} from "../libraries/SnapshotLib.sol";
import {TokenBucket} from "../libraries/TokenBucket.sol";
import {MarginValues} from "../verifiers/PublicValues.sol";
import {Recovery} from "./Recovery.sol";

/// @title Accepting margin proofs (design §4)
/// @dev Every public value is computed here from storage, msg.sender and what `ext` binds; the prover chooses only the root (attested), N,
/// M (two digits), a stored snapshot and the sealed opening. x_i < q is InputDigest's check, the widths are MarginValues'.
abstract contract MarginProofs is Recovery {
    uint8 internal constant ACTION_OPEN = 1;
    uint8 internal constant ACTION_ADD_LOCK = 2;
    uint8 internal constant ACTION_REFRESH = 3;
    uint8 internal constant ACTION_RELEASE_UNUSED = 4;
    uint8 internal constant ACTION_VALUE = 5;

    /// µUSD. What a lock must at least cover, so that none costs more to sell than it brings.
    uint64 internal constant MIN_COVERAGE = 1e6;

    /// What a proof is made for.
    struct Statement {
        bytes32 marketId;
        bytes32 accountId;
        uint64 nonce;
        uint8 action;
        address controller;
        uint256 fee; // FEE-3, debt token units
    }

    /// What an accepted proof says.
    struct Accepted {
        uint256 domain;
        bytes32 key;
        LockData data; // state and cap not filled in
        uint256[8] floorsX64;
        uint256 haircutsPacked;
        uint64 guarantee; // at conservative prices
    }

    /// The words of a source that a proof needs, read once.
    struct SourceTerms {
        address vault;
        uint32 eid;
        uint32 setId;
        uint32 maxRootAge;
        uint8 revocations;
        address riskSet;
        uint64 maxCoveragePerLock;
        uint32 revokedAt;
        uint32 renewedVersion; // of the proof that is replaced; 0 = a new lock
    }

    // New locks.

    /// @dev Prove a lock that never backed an account into the account, as its lock number `count`; the caller counts it.
    function _addProvenLock(
        Statement memory st,
        AccountData storage a,
        MarketData storage m,
        MarginProof calldata proof,
        uint256 count
    ) internal returns (Accepted memory ok) {
        SourceData storage source_ = _source(m, st.marketId, proof.sourceId);
        SourceTerms memory terms = _termsOf(source_);
        uint256 domain = DomainLib.compute(terms.eid, terms.vault, localEid, address(this));
        bytes32 key = _lockKey(domain, proof.lockNullifier);
        if (_locks[key].state != 0) revert LockUsed(domain, proof.lockNullifier);
        if (count == MAX_LOCKS) revert TooManyLocks(st.accountId);
        // Two vaults may hold locks of one N; within an account N must name one lock.
        for (uint256 i; i < count; ++i) {
            if (a.nullifiers[i] == proof.lockNullifier) revert LockUsed(domain, proof.lockNullifier);
        }

        _payAttestor(m, _requireOpenable(terms, domain, proof.root));

        PriceCache memory cache; // PriceMode.Conservative
        ok = _prove(st, m, terms, domain, proof, cache);
        ok.key = key;
        if (st.action == ACTION_OPEN) _requireNotHalted(cache);

        a.nullifiers[count] = proof.lockNullifier;
        if (proof.sourceId != 0) a.sourceIds |= uint64(proof.sourceId) << uint64(8 * count);
        ok.data.state = LOCK_ACTIVE;
        _store(st, m, source_, terms, proof, ok, 0);
    }

    /// @dev A root that is attested, young enough and not revoked, of a source that lives.
    function _requireOpenable(
        SourceTerms memory terms,
        uint256 domain,
        uint256 root
    ) private view returns (address attestor) {
        uint64 attestedAt;
        uint64 reportedAt;
        uint64 lastSeen;
        bool retired;
        (attestedAt, attestor, reportedAt, lastSeen, retired) = rootInbox.openingState(
            terms.eid,
            terms.vault,
            root,
            domain
        );
        if (attestedAt == 0) revert UnknownRoot(terms.eid, terms.vault, root);
        if (uint256(attestedAt) + terms.maxRootAge < block.timestamp) {
            revert RootTooOld(root, attestedAt, block.timestamp - terms.maxRootAge);
        }
        _requireUnrevoked(terms, root, attestedAt);
        _requireAlive(domain, reportedAt, lastSeen, retired);
    }

    /// @dev FEE-2, for it to collect: what an attestor is, is no matter of an opening.
    function _payAttestor(MarketData storage m, address attestor) private {
        uint256 fee = m.attestationFee * ATTESTATION_FEE_UNIT;
        if (msg.value != fee) revert IMarginAccounts.WrongAttestationFee(msg.value, fee);
        if (fee != 0) _attestationFees[attestor] += fee;
    }

    /// @dev Re-prove the lock `old` of the account; `cache` has the prices that it was evaluated at.
    function _reprove(
        Statement memory st,
        MarketData storage m,
        MarginProof calldata proof,
        LockState memory old,
        PriceCache memory cache
    ) internal returns (Accepted memory ok) {
        SourceData storage source_ = _source(m, st.marketId, proof.sourceId);
        SourceTerms memory terms = _termsOf(source_);
        terms.renewedVersion = old.data.riskVersion;
        _requireUnrevoked(terms, proof.root, _rootTime(terms, proof.root));
        ok = _prove(st, m, terms, old.domain, proof, cache);
        ok.key = old.key;
        ok.data.state = old.data.state;
        ok.data.cap = old.data.cap;
        _store(st, m, source_, terms, proof, ok, old.data.coverage);
    }

    /// @dev Exposure, announcement, storage, event. `ok.data.cap`: announced so far.
    function _store(
        Statement memory st,
        MarketData storage m,
        SourceData storage source_,
        SourceTerms memory terms,
        MarginProof calldata proof,
        Accepted memory ok,
        uint64 oldCoverage
    ) private {
        LockData memory data = ok.data;
        data.revocations = terms.revocations;
        if (data.coverage != oldCoverage) _expose(st, source_, terms, proof.sourceId, oldCoverage, data.coverage);

        // ORD-1: S keeps the largest, so only a larger one is news.
        uint64 cap = uint64(FloorMath.cap(data.coverage, m.maxBonusBps));
        // S takes no notice for a retired domain, so D must not sell more than the last one said.
        bool raised = cap > data.cap && (st.action != ACTION_REFRESH || !_isRetired(terms, ok.domain));
        if (raised) data.cap = cap;
        _writeLock(ok.key, data);
        emit ProofAccepted(
            st.accountId,
            ok.domain,
            proof.lockNullifier,
            st.action,
            data.coverage,
            proof.snapshot,
            proof.floorBps,
            data.reliedOn,
            proof.riskVersion,
            proof.expiry,
            proof.root,
            proof.ephemeral.x,
            proof.ephemeral.y,
            proof.sealedOpening
        );
        if (raised) {
            orderQueue.opened(
                terms.eid,
                terms.vault,
                proof.lockNullifier,
                cap,
                FloorMath.openedPricesHash(ok.floorsX64, ok.haircutsPacked)
            );
        }
    }

    function _isRetired(SourceTerms memory terms, uint256 domain) private view returns (bool retired) {
        (, , retired) = rootInbox.domainState(terms.eid, terms.vault, domain);
    }

    /// @dev A lock's M becomes `coverage`. Limits bind what comes in; what goes out makes room in the bucket, so that nobody empties it by going up and down. One
    /// word, read and written once.
    function _expose(
        Statement memory st,
        SourceData storage source_,
        SourceTerms memory terms,
        uint32 sourceId,
        uint64 oldCoverage,
        uint64 coverage
    ) private {
        uint256 word;
        assembly ("memory-safe") {
            word := sload(add(source_.slot, 2))
        }
        (uint256 exposure, uint64 fullAt) = (uint64(word >> 64), uint64(word >> 192));
        exposure = exposure - oldCoverage + coverage;
        uint256 hourly = uint32(word >> 160) * MICRO_USD;
        if (coverage < oldCoverage) {
            fullAt = TokenBucket.giveBack(fullAt, oldCoverage - coverage, hourly);
        } else {
            if (coverage > terms.maxCoveragePerLock) revert CoverageAboveMaximum(coverage, terms.maxCoveragePerLock);
            if (exposure > uint64(word)) {
                revert ExposureCapExceeded(st.marketId, sourceId, exposure, uint64(word));
            }
            uint64 added = coverage - oldCoverage;
            uint256 burst = uint32(word >> 128) * MICRO_USD;
            if (added > burst) revert CoverageAboveBurst(st.marketId, sourceId, added, burst);
            (bool fits, uint64 taken, uint256 fitsAt) = TokenBucket.take(fullAt, block.timestamp, added, burst, hourly);
            if (!fits) revert CoverageRateExceeded(st.marketId, sourceId, added, fitsAt);
            fullAt = taken;
        }
        // Cap and terms stay as they are: bits 0 to 63 and 128 to 191.
        word =
            (word & ((uint256(type(uint64).max) << 128) | type(uint64).max)) |
            (exposure << 64) |
            (uint256(fullAt) << 192);
        assembly ("memory-safe") {
            sstore(add(source_.slot, 2), word)
        }
    }

    /// @dev Everything that a proof must be, besides its root's age and the lock's history.
    function _prove(
        Statement memory st,
        MarketData storage m,
        SourceTerms memory terms,
        uint256 domain,
        MarginProof calldata proof,
        PriceCache memory cache
    ) private view returns (Accepted memory ok) {
        _checkTimes(m, proof);
        if (!FloorMath.isFraction(proof.floorBps)) revert BadFloor(proof.floorBps);
        (bool valid, uint64 coverage) = FloorMath.coverage(proof.coverageMantissa, proof.coverageExponent);
        if (!valid) revert BadCoverage(proof.coverageMantissa, proof.coverageExponent);
        if (coverage < MIN_COVERAGE) revert CoverageBelowMinimum(coverage, MIN_COVERAGE);
        uint8 reliedOn = _profile(m, proof.profile);
        uint256[] memory x = _values(st, m, domain, proof);
        ok.floorsX64 = _floorsIn(x);
        _floors(m, terms.setId, proof, reliedOn, cache, ok.floorsX64);

        (bool openable, uint256 haircutsPacked, uint256[4] memory riskPacked) = IRiskSet(terms.riskSet).openTerms(
            proof.riskVersion,
            terms.renewedVersion
        );
        if (!openable) revert RiskVersionNotOpenable(terms.riskSet, proof.riskVersion);
        x[MarginValues.COVERAGE] = coverage;
        x[MarginValues.HAIRCUTS_PACKED] = haircutsPacked;
        _copyRisk(x, riskPacked);
        MarginValues.checkWidths(x);
        _requireProof(x, proof);

        uint8 missing;
        (ok.guarantee, missing) = Coverage.guarantee(coverage, ok.floorsX64, reliedOn, cache.pricesX64);
        if (missing != 0) revert PriceMissing(terms.setId, missing);
        ok.domain = domain;
        ok.haircutsPacked = haircutsPacked;
        ok.data.coverage = coverage;
        ok.data.expiry = proof.expiry;
        ok.data.snapshot = proof.snapshot;
        ok.data.riskVersion = uint16(proof.riskVersion); // RiskSet has no version above 16 bits
        ok.data.sourceId = uint8(proof.sourceId); // at most 256 sources
        ok.data.reliedOn = reliedOn;
        ok.data.floorPercent = uint8(proof.floorBps / 100);
    }

    /// @dev ACC-7 (i): M = 0, floors, haircuts and risk 0; no price, risk set or age is looked at.
    function _proveUnused(
        Statement memory st,
        MarketData storage m,
        SourceData storage source_,
        uint256 domain,
        MarginProof calldata proof
    ) internal view {
        if (block.timestamp > proof.deadline) revert DeadlinePassed(proof.deadline, block.timestamp);
        if (proof.coverageMantissa != 0) revert BadCoverage(proof.coverageMantissa, proof.coverageExponent);
        _rootTime(_termsOf(source_), proof.root);
        _requireProof(_values(st, m, domain, proof), proof);
    }

    function _requireProof(uint256[] memory x, MarginProof calldata proof) internal view {
        (uint256 y, uint256 r) = InputDigest.digest(x, proof.zk.commitment);
        if (!verifier.verify(proof.zk.points, proof.zk.commitment, y, r)) revert InvalidProof(proof.lockNullifier);
    }

    /// @dev The public values that every margin proof has; M, floors and risk are left 0.
    function _values(
        Statement memory st,
        MarketData storage m,
        uint256 domain,
        MarginProof calldata proof
    ) internal view returns (uint256[] memory x) {
        x = new uint256[](MarginValues.COUNT);
        x[MarginValues.ROOT] = proof.root;
        x[MarginValues.LOCK_NULLIFIER] = proof.lockNullifier;
        x[MarginValues.DOMAIN] = domain;
        x[MarginValues.CONTROLLER] = uint160(st.controller);
        x[MarginValues.TRUSTEE_X] = m.trusteeKey.x;
        x[MarginValues.TRUSTEE_Y] = m.trusteeKey.y;
        x[MarginValues.EPHEMERAL_X] = proof.ephemeral.x;
        x[MarginValues.EPHEMERAL_Y] = proof.ephemeral.y;
        _copySealed(x, proof.sealedOpening);
        x[MarginValues.EXT] = _ext(st, proof);
    }

    /// @dev docs/encodings.md, "Hashes that bind".
    function _ext(Statement memory st, MarginProof calldata proof) private view returns (uint256) {
        return
            uint256(
                keccak256(
                    abi.encode(
                        "hypothec.margin",
                        block.chainid,
                        address(this),
                        st.marketId,
                        st.action,
                        st.accountId,
                        st.nonce,
                        msg.sender,
                        st.fee,
                        proof.snapshot,
                        proof.riskVersion,
                        proof.expiry,
                        proof.deadline
                    )
                )
            ) >> 8;
    }

    function _checkTimes(MarketData storage m, MarginProof calldata proof) private view {
        if (block.timestamp > proof.deadline) revert DeadlinePassed(proof.deadline, block.timestamp);
        uint256 latest = block.timestamp + m.maxProofAgeSeconds;
        if (proof.expiry <= block.timestamp || proof.expiry > latest)
            revert BadExpiry(proof.expiry, block.timestamp, latest);
    }

    function _termsOf(SourceData storage s) internal view returns (SourceTerms memory) {
        return
            SourceTerms({
                vault: s.vault,
                eid: s.eid,
                setId: s.setId,
                maxRootAge: s.maxRootAge,
                revocations: s.revocations,
                riskSet: s.riskSet,
                maxCoveragePerLock: s.maxCoveragePerLock,
                revokedAt: s.revokedAt,
                renewedVersion: 0
            });
    }

    /// @dev LIQ-9
    function _requireUnrevoked(SourceTerms memory terms, uint256 root, uint64 rootTime) internal pure {
        if (rootTime <= terms.revokedAt) revert RootRevoked(root, rootTime, terms.revokedAt);
    }

    function _rootTime(SourceTerms memory terms, uint256 root) internal view returns (uint64 time) {
        time = rootInbox.rootTime(terms.eid, terms.vault, root);
        if (time == 0) revert UnknownRoot(terms.eid, terms.vault, root);
    }

    function _copyRisk(uint256[] memory x, uint256[4] memory riskPacked) private pure {
        uint256 offset = 0x20 * (MarginValues.RISK_PACKED + 1);
        assembly ("memory-safe") {
            mcopy(add(x, offset), riskPacked, 0x80)
        }
    }

    function _copySealed(uint256[] memory x, uint256[5] calldata sealedOpening) private pure {
        uint256 offset = 0x20 * (MarginValues.SEALED + 1);
        assembly ("memory-safe") {
            calldatacopy(add(x, offset), sealedOpening, 0xa0)
        }
    }

    /// @dev The eight floors among the public values, in place.
    function _floorsIn(uint256[] memory x) internal pure returns (uint256[8] memory floorsX64) {
        uint256 offset = 0x20 * (MarginValues.FLOOR_X64 + 1);
        assembly ("memory-safe") {
            floorsX64 := add(x, offset)
        }
    }

    /// @dev Writes the floors, and brings the prices into the cache that the guarantee is then taken at.
    function _floors(
        MarketData storage m,
        uint32 setId,
        MarginProof calldata proof,
        uint8 reliedOn,
        PriceCache memory cache,
        uint256[8] memory floorsX64
    ) private view {
        (uint256 word0, uint256 word1) = _prices(cache, setId, reliedOn, proof.snapshot);
        uint64 time = SnapshotLib.timeOf(word0, word1);
        uint256 maxAge = m.maxSnapshotAgeSeconds;
        if (time + maxAge < block.timestamp) revert SnapshotTooOld(proof.snapshot, time, block.timestamp - maxAge);
        uint8 missing = FloorMath.floorsOf(word0, word1, reliedOn, proof.floorBps, floorsX64);
        if (missing != 0) revert PriceMissing(setId, missing);
    }
}
