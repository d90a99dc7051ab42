// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IMarginLosses} from "../interfaces/IMarginLosses.sol";
import {IPositionModule} from "../interfaces/IPositionModule.sol";
import {IRiskSet} from "../interfaces/IRiskSet.sol";
import {AuctionMath} from "../libraries/AuctionMath.sol";
import {Coverage} from "../libraries/Coverage.sol";
import {FloorMath} from "../libraries/FloorMath.sol";
import {SnapshotLib} from "../libraries/SnapshotLib.sol";
import {JubPoint, SettleOrder} from "../types/Types.sol";
import {Auctions} from "./Auctions.sol";

/// @title The last buyer: the insurance fund, then the pool (LIQ-8)
/// @dev A PUBLIC order for the lock's slice of the debt. The module books at once what the guarantee, or a valuation, does not cover.
abstract contract Takeover is Auctions, IMarginLosses {
    using SafeCast for uint256;

    uint8 internal constant LOT_WAITING = 1;
    uint8 internal constant LOT_SOLD = 2;
    /// LIQ-4: for how long after its flag an account's dead feeds may come back.
    uint256 private constant DEAD_FEED_SECONDS = 3 days;
    /// LIQ-4: what is taken off the prices of its proof then.
    uint256 private constant DEAD_FEED_DISCOUNT_BPS = 3_000;

    /// At which prices a lock is taken over, and what it guarantees there.
    struct Terms {
        uint256[8] pricesX64;
        uint256 debtPriceX64;
        uint64 guarantee; // that X is sized by (LIQ-3), µUSD
        uint64 sure; // the larger of guarantee and valuation at `pricesX64`, µUSD
        uint64 sureOfReliedOn; // guarantee at `pricesX64`, µUSD
        uint16 riskVersion;
        uint8 reliedOn;
    }

    /// @inheritdoc IMarginLosses
    function takeOver(
        bytes32 id,
        uint256 lockNullifier
    ) external nonReentrant returns (uint64 claim, uint256 debtAssets) {
        (AccountData storage a, MarketData storage m) = _account(id);
        uint256 index = _indexOf(id, a, lockNullifier);
        LockState[] memory states = _states(a, m, PriceMode.Live);
        LockState memory s = states[index];
        bool inAuction = s.data.state == LOCK_IN_AUCTION && !s.revoked;
        Terms memory t = inAuction ? _unsold(id, m, s) : _unsellable(id, a, m, states, index);
        if (inAuction) _requireNotRecovered(id, m.module, states);
        (claim, debtAssets) = _slice(id, a, m, states, index, t);
        if (claim == 0) revert NothingOwed(id);
        uint96[8] memory seizurePricesX64 = _seizurePrices(m, s, t, claim > t.sureOfReliedOn);
        s.counts = false;
        (uint256 coverageLeft, , , ) = _coverage(states);

        _takeOver(id, a, m, index, s, t, claim, debtAssets, seizurePricesX64);
        _recover(id, a, m, coverageLeft);
    }

    /// @inheritdoc IMarginLosses
    function provision(bytes32 id) external nonReentrant {
        (AccountData storage a, MarketData storage m) = _account(id);
        IPositionModule module = IPositionModule(m.module);
        _provide(id, module, module.debtValue(id), _guaranteeSum(_states(a, m, PriceMode.Live)));
    }

    /// @inheritdoc IMarginLosses
    function writeOff(bytes32 id) external nonReentrant returns (uint256 debtAssets) {
        (AccountData storage a, MarketData storage m) = _account(id);
        if (a.lockCount != 0) revert LocksLeft(id, a.lockCount);
        IPositionModule module = IPositionModule(m.module);
        debtAssets = module.debtOf(id);
        if (debtAssets == 0) revert NothingOwed(id);
        module.takeOver(id, 0, debtAssets, 0);
        emit WrittenOff(id, debtAssets);
        _recover(id, a, m, 0);
    }

    /// @dev Retires the lock, hands the debt to the module, orders the settlement.
    function _takeOver(
        bytes32 id,
        AccountData storage a,
        MarketData storage m,
        uint256 index,
        LockState memory s,
        Terms memory t,
        uint64 claim,
        uint256 debtAssets,
        uint96[8] memory seizurePricesX64
    ) private {
        (SourceData storage source_, ) = _retire(id, a, m, index);
        _lots[s.key] = LotData({
            marketIndex: a.marketIndex,
            sourceId: s.data.sourceId,
            state: LOT_WAITING,
            takenAt: uint40(block.timestamp),
            startedAt: 0,
            owed: debtAssets.toUint128()
        });
        uint64 sure = claim < t.sure ? claim : t.sure;
        emit TakenOver(id, s.domain, s.nullifier, claim, sure, debtAssets, seizurePricesX64);
        uint256 carried = sure == claim ? debtAssets : Math.mulDiv(sure, 1 << 64, t.debtPriceX64);
        IPositionModule(m.module).takeOver(id, s.key, debtAssets, carried);
        orderQueue.settle(
            source_.eid,
            SettleOrder({
                vault: source_.vault,
                engine: address(this),
                lockNullifier: s.nullifier,
                claim: claim,
                seizurePricesX64: seizurePricesX64,
                isPublic: true,
                buyerOwner: 0,
                buyerKey: JubPoint(0, 0)
            })
        );
    }

    /// @dev Its auction is over: the lower of frozen and live prices. What was sure at the frozen ones is sure in proportion (homogeneity, design §4).
    function _unsold(bytes32 id, MarketData storage m, LockState memory s) private view returns (Terms memory t) {
        AuctionData memory d = _auctions[s.key];
        (uint256[8] memory frozenX64, uint64 startedAt) = SnapshotLib.unpack(d.word0, d.word1);
        uint256 endsAt = uint256(startedAt) + m.auctionSeconds;
        if (block.timestamp < endsAt) revert AuctionNotOver(id, s.nullifier, endsAt);
        t.pricesX64 = priceBoard.livePrices(s.setId);
        for (uint256 i; i < 8; ++i) {
            if (t.pricesX64[i] == 0 || t.pricesX64[i] > frozenX64[i]) t.pricesX64[i] = frozenX64[i];
        }
        t.debtPriceX64 = d.debtPriceX64;
        t.guarantee = d.guarantee;
        t.sureOfReliedOn = _inProportion(d.guarantee, frozenX64, t.pricesX64, d.reliedOn);
        t.sure = _inProportion(d.valuation, frozenX64, t.pricesX64, type(uint8).max);
        if (t.sure < t.sureOfReliedOn) t.sure = t.sureOfReliedOn;
        (t.riskVersion, t.reliedOn) = (d.riskVersion, d.reliedOn);
    }

    /// @dev No auction could start: its root is revoked and it was not proven anew (LIQ-9), or feeds that it relies on are dead (LIQ-4).
    function _unsellable(
        bytes32 id,
        AccountData storage a,
        MarketData storage m,
        LockState[] memory states,
        uint256 index
    ) private view returns (Terms memory t) {
        if (a.flaggedAt == 0) revert NotFlagged(id);
        IPositionModule module = IPositionModule(m.module);
        _requireUncovered(id, module.maintenanceRequirement(id), states);
        if (block.timestamp < a.graceEndsAt) revert GraceRunning(id, a.graceEndsAt);
        LockState memory s = states[index];
        uint256 from;
        if (s.revoked) from = uint256(m.sources[s.data.sourceId].revokedAt) + REPROVE_SECONDS + 1;
        else if (s.missing != 0) from = a.flaggedAt + DEAD_FEED_SECONDS;
        else revert NotInAuction(id, s.nullifier);
        if (block.timestamp < from) revert TakeoverTooEarly(id, s.nullifier, from);

        t.pricesX64 = priceBoard.livePrices(s.setId);
        (uint256 word0, uint256 word1) = priceBoard.snapshotWords(s.setId, s.data.snapshot);
        for (uint256 i; i < 8; ++i) {
            if (t.pricesX64[i] != 0 || (s.data.reliedOn >> i) & 1 == 0) continue;
            t.pricesX64[i] = (SnapshotLib.priceAt(word0, word1, i) * (BPS - DEAD_FEED_DISCOUNT_BPS)) / BPS;
        }
        t.debtPriceX64 = module.debtPriceX64();
        if (!s.revoked) (t.sure, ) = Coverage.guarantee(s.data.coverage, s.floorsX64, s.data.reliedOn, t.pricesX64);
        (t.guarantee, t.sureOfReliedOn) = (t.sure, t.sure);
        s.guarantee = t.sure;
        (t.riskVersion, t.reliedOn) = (s.data.riskVersion, s.data.reliedOn);
    }

    /// @dev LIQ-6: whoever meets the initial requirement again can have the auction cancelled, by anyone (`clear`). Nobody is made to pay haircuts first.
    function _requireNotRecovered(bytes32 id, address module, LockState[] memory states) private view {
        (bool known, uint256 requirement) = _tryRequirement(id, module, true);
        (uint256 proven, , , ) = _coverage(states);
        // Without debt there is nothing to take over, which is said by name.
        if (known && requirement != 0 && requirement <= proven) revert AccountCovered(id, requirement, proven);
    }

    /// @dev X, as a buyer would have it (LIQ-3), and what it is in debt.
    function _slice(
        bytes32 id,
        AccountData storage a,
        MarketData storage m,
        LockState[] memory states,
        uint256 index,
        Terms memory t
    ) private view returns (uint64 claim, uint256 debtAssets) {
        uint256 debt = IPositionModule(m.module).debtOf(id);
        uint256 debtValue = Math.mulDiv(debt, t.debtPriceX64, 1 << 64, Math.Rounding.Ceil);
        bool last = a.lockCount == 1;
        (uint256 weight, uint256 sum) = _weights(states, index);
        // A lock that was never proven again and all others gone: nothing to weigh, it is the last.
        claim = AuctionMath.claim(debtValue, states[index].data.cap, t.guarantee, weight, sum, last || sum == 0);
        debtAssets = Math.min(debt, Math.mulDiv(claim, 1 << 64, t.debtPriceX64, Math.Rounding.Ceil));
    }

    function _seizurePrices(
        MarketData storage m,
        LockState memory s,
        Terms memory t,
        bool beyondGuarantee
    ) private view returns (uint96[8] memory) {
        (uint256 haircutsPacked, ) = IRiskSet(m.sources[s.data.sourceId].riskSet).packed(t.riskVersion);
        uint256 duration = m.auctionSeconds;
        return
            AuctionMath.seizurePrices(
                t.pricesX64,
                FloorMath.haircutFactors(haircutsPacked),
                t.reliedOn,
                beyondGuarantee,
                BPS - m.minBonusBps,
                duration,
                duration
            );
    }

    /// @dev What is worth `value` at prices p is worth λ·value at p′, λ = min p′_i/p_i ≤ 1, less what flooring takes.
    function _inProportion(
        uint64 value,
        uint256[8] memory p,
        uint256[8] memory lower,
        uint8 mask
    ) private pure returns (uint64) {
        uint256 best = value;
        for (uint256 i; i < 8; ++i) {
            if ((mask >> i) & 1 == 0 || p[i] == 0) continue;
            best = Math.min(best, (uint256(value) * lower[i]) / p[i]);
        }
        return best == value ? value : uint64(Math.saturatingSub(best, Coverage.FLOOR_LOSS));
    }
}
