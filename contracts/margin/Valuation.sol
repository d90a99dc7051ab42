// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginLosses} from "../interfaces/IMarginLosses.sol";
import {IRiskSet} from "../interfaces/IRiskSet.sol";
import {AuctionMath} from "../libraries/AuctionMath.sol";
import {FloorMath} from "../libraries/FloorMath.sol";
import {SnapshotLib} from "../libraries/SnapshotLib.sol";
import {MarginValues} from "../verifiers/PublicValues.sol";
import {MarginProofs} from "./MarginProofs.sol";

/// @title What a lock in auction is worth, shown by whoever knows its opening (LIQ-7)
/// @dev At f = s and h = 10⁴, Q = 0 the margin circuit says Σ⌊a_i·s_i⌋ ≥ M: what a settlement at those prices has to pay from.
abstract contract Valuation is MarginProofs, IMarginLosses {
    /// h_i = 10⁴ in every lane.
    uint256 private constant NO_HAIRCUTS = 0x27102710271027102710271027102710;

    /// @inheritdoc IMarginLosses
    function postValuation(bytes32 id, MarginProof calldata proof) external nonReentrant {
        (AccountData storage a, MarketData storage m) = _account(id);
        uint256 index = _indexOf(id, a, proof.lockNullifier);
        uint8 sourceId = _sourceIdAt(a, index);
        if (proof.sourceId != sourceId) revert WrongSource(proof.lockNullifier, sourceId, proof.sourceId);
        SourceData storage source_ = m.sources[sourceId];
        uint256 domain = _domain(source_);
        bytes32 key = _lockKey(domain, proof.lockNullifier);
        LockData memory lock_ = _locks[key];
        if (lock_.state != LOCK_IN_AUCTION) revert NotInAuction(id, proof.lockNullifier);
        if (_isRevoked(source_, lock_)) revert LockRevoked(id, proof.lockNullifier);
        if (block.timestamp > proof.deadline) revert DeadlinePassed(proof.deadline, block.timestamp);
        (bool valid, uint64 value) = FloorMath.coverage(proof.coverageMantissa, proof.coverageExponent);
        if (!valid) revert BadCoverage(proof.coverageMantissa, proof.coverageExponent);
        AuctionData storage d = _auctions[key];
        if (value <= d.valuation) revert ValuationNotBetter(id, proof.lockNullifier, d.valuation, value);
        SourceTerms memory terms = _termsOf(source_);
        _requireUnrevoked(terms, proof.root, _rootTime(terms, proof.root));

        uint64 startedAt = SnapshotLib.timeOf(d.word0, d.word1);
        Statement memory st = Statement(_marketId(a.marketIndex), id, startedAt, ACTION_VALUE, a.controller, 0);
        uint256[] memory x = _values(st, m, domain, proof);
        x[MarginValues.COVERAGE] = value;
        x[MarginValues.HAIRCUTS_PACKED] = NO_HAIRCUTS;
        _lastSeizurePrices(_floorsIn(x), m, d, terms.riskSet);
        MarginValues.checkWidths(x);
        _requireProof(x, proof);
        d.valuation = value;
        emit Valued(id, proof.lockNullifier, value, msg.sender);
    }

    /// @inheritdoc IMarginLosses
    function valuation(bytes32 id, uint256 lockNullifier) external view returns (uint64) {
        (AccountData storage a, MarketData storage m) = _account(id);
        uint256 index = _indexOf(id, a, lockNullifier);
        return _auctions[_lockKey(_domain(m.sources[_sourceIdAt(a, index)]), lockNullifier)].valuation;
    }

    /// @dev s at the end of the auction for a claim beyond the guarantee: all slots at haircut value.
    function _lastSeizurePrices(
        uint256[8] memory floorsX64,
        MarketData storage m,
        AuctionData storage d,
        address riskSet
    ) private view {
        (uint256[8] memory frozenX64, ) = SnapshotLib.unpack(d.word0, d.word1);
        (uint256 haircutsPacked, ) = IRiskSet(riskSet).packed(d.riskVersion);
        uint256 duration = m.auctionSeconds;
        uint96[8] memory s = AuctionMath.seizurePrices(
            frozenX64,
            FloorMath.haircutFactors(haircutsPacked),
            d.reliedOn,
            true,
            BPS - m.minBonusBps,
            duration,
            duration
        );
        for (uint256 i; i < 8; ++i) floorsX64[i] = s[i];
    }
}
