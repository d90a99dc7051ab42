// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRiskSet} from "../interfaces/IRiskSet.sol";
import {Coverage} from "../libraries/Coverage.sol";
import {FloorMath} from "../libraries/FloorMath.sol";
import {InputDigest} from "../libraries/InputDigest.sol";
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

    /// What a proof is made for.
    struct Statement {
        bytes32 marketId;
        bytes32 accountId;
        uint64 nonce;
        uint8 action;
        address controller;
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

    // New locks.

    /// @dev Prove a lock that never backed an account into the account.
    function _addProvenLock(
        Statement memory st,
        AccountData storage a,
        MarketData storage m,
        MarginProof calldata proof
    ) internal returns (Accepted memory ok) {
        SourceData storage source_ = _source(m, st.marketId, proof.sourceId);
        uint256 domain = _domain(source_);
        bytes32 key = _lockKey(domain, proof.lockNullifier);
        if (_locks[key].state != 0) revert LockUsed(domain, proof.lockNullifier);
        uint256 count = a.lockCount;
        if (count == MAX_LOCKS) revert TooManyLocks(st.accountId);
        // Two vaults may hold locks of one N; within an account N must name one lock.
        (bool found, ) = _find(a, proof.lockNullifier);
        if (found) revert LockUsed(domain, proof.lockNullifier);

        uint64 attestedAt = _rootTime(source_, proof.root);
        if (uint256(attestedAt) + source_.maxRootAge < block.timestamp) {
            revert RootTooOld(proof.root, attestedAt, block.timestamp - source_.maxRootAge);
        }

        ok = _prove(st, m, source_, proof);
        ok.domain = domain;
        ok.key = key;
        ok.guarantee = _guaranteeOf(ok, source_);

        a.lockCount = uint8(count + 1);
        a.nullifiers[count] = proof.lockNullifier;
        if (proof.sourceId != 0) a.sourceIds |= uint64(proof.sourceId) << uint64(8 * count);
        ok.data.state = LOCK_ACTIVE;
        _store(st, m, source_, proof, ok, 0);
    }

    /// @dev Re-prove the lock `old` of the account.
    function _reprove(
        Statement memory st,
        MarketData storage m,
        MarginProof calldata proof,
        LockState memory old
    ) internal returns (Accepted memory ok) {
        SourceData storage source_ = _source(m, st.marketId, proof.sourceId);
        _rootTime(source_, proof.root);
        ok = _prove(st, m, source_, proof);
        ok.domain = old.domain;
        ok.key = old.key;
        ok.guarantee = _guaranteeOf(ok, source_);
        ok.data.state = old.data.state;
        ok.data.cap = old.data.cap;
        _store(st, m, source_, proof, ok, old.data.coverage);
    }

    /// @dev Exposure, announcement, storage, event. `ok.data.cap`: announced so far.
    function _store(
        Statement memory st,
        MarketData storage m,
        SourceData storage source_,
        MarginProof calldata proof,
        Accepted memory ok,
        uint64 oldCoverage
    ) private {
        LockData memory data = ok.data;
        if (data.coverage > source_.maxCoveragePerLock)
            revert CoverageAboveMaximum(data.coverage, source_.maxCoveragePerLock);
        uint256 exposure = uint256(source_.exposure) - oldCoverage + data.coverage;
        if (data.coverage > oldCoverage && exposure > source_.exposureCap) {
            revert ExposureCapExceeded(st.marketId, proof.sourceId, exposure, source_.exposureCap);
        }
        source_.exposure = uint64(exposure);

        // ORD-1: S keeps the largest, so only a larger one is news.
        uint64 cap = uint64(FloorMath.cap(data.coverage, m.maxBonusBps));
        bool raised = cap > data.cap;
        if (raised) data.cap = cap;
        _locks[ok.key] = data;
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
                source_.eid,
                source_.vault,
                proof.lockNullifier,
                cap,
                FloorMath.openedPricesHash(ok.floorsX64, ok.haircutsPacked)
            );
        }
    }

    /// @dev Everything that a proof must be, besides its root's age and the lock's history.
    function _prove(
        Statement memory st,
        MarketData storage m,
        SourceData storage source_,
        MarginProof calldata proof
    ) private view returns (Accepted memory ok) {
        _checkTimes(m, proof);
        if (!FloorMath.isFraction(proof.floorBps)) revert BadFloor(proof.floorBps);
        (bool valid, uint64 coverage) = FloorMath.coverage(proof.coverageMantissa, proof.coverageExponent);
        if (!valid) revert BadCoverage(proof.coverageMantissa, proof.coverageExponent);
        uint8 reliedOn = _profile(m, proof.profile);
        ok.floorsX64 = _floors(m, source_.setId, proof.snapshot, proof.floorBps, reliedOn);

        IRiskSet riskSet = IRiskSet(source_.riskSet);
        if (!riskSet.isOpenable(proof.riskVersion)) revert RiskVersionNotOpenable(address(riskSet), proof.riskVersion);
        uint256[4] memory riskPacked;
        (ok.haircutsPacked, riskPacked) = riskSet.packed(proof.riskVersion);

        uint256[] memory x = _values(st, m, source_, proof);
        x[MarginValues.COVERAGE] = coverage;
        for (uint256 i; i < 8; ++i) x[MarginValues.FLOOR_X64 + i] = ok.floorsX64[i];
        x[MarginValues.HAIRCUTS_PACKED] = ok.haircutsPacked;
        for (uint256 i; i < 4; ++i) x[MarginValues.RISK_PACKED + i] = riskPacked[i];
        MarginValues.checkWidths(x);
        _requireProof(x, proof);

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
        MarginProof calldata proof
    ) internal view {
        if (block.timestamp > proof.deadline) revert DeadlinePassed(proof.deadline, block.timestamp);
        if (proof.coverageMantissa != 0) revert BadCoverage(proof.coverageMantissa, proof.coverageExponent);
        _rootTime(source_, proof.root);
        _requireProof(_values(st, m, source_, proof), proof);
    }

    function _requireProof(uint256[] memory x, MarginProof calldata proof) private view {
        (uint256 y, uint256 r) = InputDigest.digest(x, proof.zk.commitment);
        if (!verifier.verify(proof.zk.points, proof.zk.commitment, y, r)) revert InvalidProof(proof.lockNullifier);
    }

    /// @dev The public values that every margin proof has; M, floors and risk are left 0.
    function _values(
        Statement memory st,
        MarketData storage m,
        SourceData storage source_,
        MarginProof calldata proof
    ) private view returns (uint256[] memory x) {
        x = new uint256[](MarginValues.COUNT);
        x[MarginValues.ROOT] = proof.root;
        x[MarginValues.LOCK_NULLIFIER] = proof.lockNullifier;
        x[MarginValues.DOMAIN] = _domain(source_);
        x[MarginValues.CONTROLLER] = uint160(st.controller);
        x[MarginValues.TRUSTEE_X] = m.trusteeKey.x;
        x[MarginValues.TRUSTEE_Y] = m.trusteeKey.y;
        x[MarginValues.EPHEMERAL_X] = proof.ephemeral.x;
        x[MarginValues.EPHEMERAL_Y] = proof.ephemeral.y;
        for (uint256 i; i < 5; ++i) x[MarginValues.SEALED + i] = proof.sealedOpening[i];
        x[MarginValues.EXT] = _ext(st, proof);
    }

    /// @dev docs/encodings.md, "Hashes that bind". fee: 0 until gasless opening exists.
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
                        uint256(0),
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

    function _rootTime(SourceData storage source_, uint256 root) private view returns (uint64 time) {
        time = rootInbox.rootTime(source_.eid, source_.vault, root);
        if (time == 0) revert UnknownRoot(source_.eid, source_.vault, root);
    }

    function _floors(
        MarketData storage m,
        uint32 setId,
        uint32 snapshot,
        uint16 floorBps,
        uint8 reliedOn
    ) private view returns (uint256[8] memory floorsX64) {
        (uint256[8] memory pricesX64, uint64 time) = priceBoard.snapshotPrices(setId, snapshot);
        if (uint256(time) + m.maxSnapshotAgeSeconds < block.timestamp) {
            revert SnapshotTooOld(snapshot, time, block.timestamp - m.maxSnapshotAgeSeconds);
        }
        floorsX64 = FloorMath.floors(pricesX64, reliedOn, floorBps);
        uint8 missing;
        for (uint256 i; i < 8; ++i) {
            if ((reliedOn >> i) & 1 == 1 && floorsX64[i] == 0) missing |= uint8(1 << i);
        }
        if (missing != 0) revert PriceMissing(setId, missing);
    }

    function _guaranteeOf(Accepted memory ok, SourceData storage source_) private view returns (uint64 g) {
        uint256[8] memory pricesX64 = priceBoard.conservativePrices(source_.setId, ok.data.reliedOn);
        uint8 missing;
        (g, missing) = Coverage.guarantee(ok.data.coverage, ok.floorsX64, ok.data.reliedOn, pricesX64);
        if (missing != 0) revert PriceMissing(source_.setId, missing);
    }
}
