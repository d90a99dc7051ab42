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
        LotData storage lot_ = _waitingLot(domain, lockNullifier);
        if (lot_.startedAt != 0) revert LotSaleRunning(domain, lockNullifier);
        (bool known, , ) = _recovered(lot_, lockNullifier);
        if (!known) revert NotRecovered(domain, lockNullifier);
        lot_.startedAt = uint40(block.timestamp);
        emit LotSaleStarted(domain, lockNullifier, _price(lot_));
    }

    /// @inheritdoc IMarginLosses
    function buyLot(
        uint256 domain,
        uint256 lockNullifier,
        uint256 maxPrice,
        address recipient
    ) external nonReentrant returns (uint256 price) {
        LotData storage lot_ = _waitingLot(domain, lockNullifier);
        if (lot_.startedAt == 0) revert LotSaleNotStarted(domain, lockNullifier);
        price = _price(lot_);
        if (price > maxPrice) revert LotPriceAboveMaximum(price, maxPrice);
        lot_.state = LOT_SOLD;
        MarketData storage m = _markets[_marketId(lot_.marketIndex)];
        SourceData storage source_ = m.sources[lot_.sourceId];
        emit LotSold(domain, lockNullifier, msg.sender, price, recipient);
        IPositionModule(m.module).receiveLot(_lockKey(domain, lockNullifier), price, msg.sender);
        orderQueue.release(source_.eid, source_.vault, lockNullifier, recipient);
    }

    /// @inheritdoc IMarginLosses
    function writeDownLot(uint256 domain, uint256 lockNullifier) external nonReentrant {
        LotData storage lot_ = _waitingLot(domain, lockNullifier);
        (bool known, , ) = _recovered(lot_, lockNullifier);
        uint256 from = known ? type(uint256).max : lot_.takenAt + OVERDUE_SECONDS;
        if (block.timestamp < from) revert LotNotOverdue(domain, lockNullifier, from);
        IPositionModule(_markets[_marketId(lot_.marketIndex)].module).writeDown(_lockKey(domain, lockNullifier));
        emit LotWrittenDown(domain, lockNullifier);
    }

    /// @inheritdoc IMarginLosses
    function lot(uint256 domain, uint256 lockNullifier) external view returns (Lot memory v) {
        LotData storage lot_ = _lots[_lockKey(domain, lockNullifier)];
        if (lot_.state == 0) revert UnknownLot(domain, lockNullifier);
        v.market = _marketId(lot_.marketIndex);
        v.owed = lot_.owed;
        v.takenAt = lot_.takenAt;
        v.startedAt = lot_.startedAt;
        v.sold = lot_.state == LOT_SOLD;
        (v.recovered, v.amountsLo, v.amountsHi) = _recovered(lot_, lockNullifier);
        if (lot_.startedAt != 0 && !v.sold) v.price = _price(lot_);
    }

    function _waitingLot(uint256 domain, uint256 lockNullifier) private view returns (LotData storage lot_) {
        lot_ = _lots[_lockKey(domain, lockNullifier)];
        if (lot_.state != LOT_WAITING) revert UnknownLot(domain, lockNullifier);
    }

    function _recovered(
        LotData storage lot_,
        uint256 lockNullifier
    ) private view returns (bool known, uint256 lo, uint256 hi) {
        SourceData storage source_ = _markets[_marketId(lot_.marketIndex)].sources[lot_.sourceId];
        return rootInbox.recovered(source_.eid, source_.vault, address(this), lockNullifier);
    }

    /// @dev owed·16·2^−t, t in hours, in a straight line within each; 0 in the end. Rounded up.
    function _price(LotData storage lot_) private view returns (uint256) {
        uint256 elapsed = block.timestamp - lot_.startedAt;
        uint256 base = (uint256(lot_.owed) * START_MULTIPLE) >> (elapsed / HALVING_SECONDS);
        return base - (base * (elapsed % HALVING_SECONDS)) / (2 * HALVING_SECONDS);
    }
}
