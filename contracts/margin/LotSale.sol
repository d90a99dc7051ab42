// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginLosses} from "../interfaces/IMarginLosses.sol";
import {IPositionModule} from "../interfaces/IPositionModule.sol";
import {Takeover} from "./Takeover.sol";

/// @title The sale of what a claim that was taken over seized on S (LIQ-8)
/// @dev A falling price that asks no feed: a dead one, or a false one, decides nothing. The tokens wait in S's RecoveryVault for whom a RELEASE names.
abstract contract LotSale is Takeover {
    uint256 private constant START_MULTIPLE = 16;
    uint256 private constant HALVING_SECONDS = 1 hours;
    uint256 private constant OVERDUE_SECONDS = 60 days;

    /// @inheritdoc IMarginLosses
    function startLotSale(uint256 domain, uint256 lockNullifier) external nonReentrant {
        LotData storage l = _waitingLot(domain, lockNullifier);
        if (l.startedAt != 0) revert LotSaleRunning(domain, lockNullifier);
        (bool known, , ) = _recovered(l, lockNullifier);
        if (!known) revert NotRecovered(domain, lockNullifier);
        l.startedAt = uint40(block.timestamp);
        emit LotSaleStarted(domain, lockNullifier, _price(l));
    }

    /// @inheritdoc IMarginLosses
    function buyLot(
        uint256 domain,
        uint256 lockNullifier,
        uint256 maxPrice,
        address recipient
    ) external nonReentrant returns (uint256 price) {
        LotData storage l = _waitingLot(domain, lockNullifier);
        if (l.startedAt == 0) revert LotSaleNotStarted(domain, lockNullifier);
        price = _price(l);
        if (price > maxPrice) revert LotPriceAboveMaximum(price, maxPrice);
        l.state = LOT_SOLD;
        MarketData storage m = _markets[_marketId(l.marketIndex)];
        SourceData storage source_ = m.sources[l.sourceId];
        emit LotSold(domain, lockNullifier, msg.sender, price, recipient);
        IPositionModule(m.module).receiveLot(_lockKey(domain, lockNullifier), price, msg.sender);
        orderQueue.release(source_.eid, source_.vault, lockNullifier, recipient);
    }

    /// @inheritdoc IMarginLosses
    function writeDownLot(uint256 domain, uint256 lockNullifier) external nonReentrant {
        LotData storage l = _waitingLot(domain, lockNullifier);
        (bool known, , ) = _recovered(l, lockNullifier);
        uint256 from = known ? type(uint256).max : l.takenAt + OVERDUE_SECONDS;
        if (block.timestamp < from) revert LotNotOverdue(domain, lockNullifier, from);
        IPositionModule(_markets[_marketId(l.marketIndex)].module).writeDown(_lockKey(domain, lockNullifier));
        emit LotWrittenDown(domain, lockNullifier);
    }

    /// @inheritdoc IMarginLosses
    function lot(uint256 domain, uint256 lockNullifier) external view returns (Lot memory v) {
        LotData storage l = _lots[_lockKey(domain, lockNullifier)];
        if (l.state == 0) revert UnknownLot(domain, lockNullifier);
        v.market = _marketId(l.marketIndex);
        v.owed = l.owed;
        v.takenAt = l.takenAt;
        v.startedAt = l.startedAt;
        v.sold = l.state == LOT_SOLD;
        (v.recovered, v.amountsLo, v.amountsHi) = _recovered(l, lockNullifier);
        if (l.startedAt != 0 && !v.sold) v.price = _price(l);
    }

    function _waitingLot(uint256 domain, uint256 lockNullifier) private view returns (LotData storage l) {
        l = _lots[_lockKey(domain, lockNullifier)];
        if (l.state != LOT_WAITING) revert UnknownLot(domain, lockNullifier);
    }

    function _recovered(
        LotData storage l,
        uint256 lockNullifier
    ) private view returns (bool known, uint256 lo, uint256 hi) {
        SourceData storage source_ = _markets[_marketId(l.marketIndex)].sources[l.sourceId];
        return rootInbox.recovered(source_.eid, source_.vault, address(this), lockNullifier);
    }

    /// @dev owed·16·2^−t, t in hours, in a straight line within each; 0 in the end. Rounded up.
    function _price(LotData storage l) private view returns (uint256) {
        uint256 elapsed = block.timestamp - l.startedAt;
        uint256 base = (uint256(l.owed) * START_MULTIPLE) >> (elapsed / HALVING_SECONDS);
        return base - (base * (elapsed % HALVING_SECONDS)) / (2 * HALVING_SECONDS);
    }
}
