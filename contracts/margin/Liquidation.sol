// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IClaimBuyer} from "../interfaces/IClaimBuyer.sol";
import {IMarginLiquidation} from "../interfaces/IMarginLiquidation.sol";
import {IPositionModule} from "../interfaces/IPositionModule.sol";
import {AuctionMath} from "../libraries/AuctionMath.sol";
import {BabyJubJub} from "../libraries/BabyJubJub.sol";
import {Coverage} from "../libraries/Coverage.sol";
import {FIELD_ORDER} from "../libraries/Field.sol";
import {SnapshotLib} from "../libraries/SnapshotLib.sol";
import {JubPoint, SettleOrder} from "../types/Types.sol";
import {Auctions} from "./Auctions.sol";

/// @title Flag, grace, auction, sale (LIQ-1 to 6)
/// @dev Evidence: against an account a slot without a price counts as not fallen (`atMost`); for it, as worth nothing (`proven`).
/// So a dead feed neither gets anyone flagged nor clears anyone.
abstract contract Liquidation is Auctions, IMarginLiquidation {
    /// What is put up for sale guarantees at least so many times what starting the sale costs.
    uint256 private constant LEAST_PER_FEE = 20;

    /// @inheritdoc IMarginLiquidation
    function flag(bytes32 id) external nonReentrant {
        (AccountData storage a, MarketData storage m) = _account(id);
        if (a.flaggedAt != 0) revert AlreadyFlagged(id);
        LockState[] memory states = _states(a, m, PriceMode.Live);
        IPositionModule module = IPositionModule(m.module);
        _requireUncovered(id, module.maintenanceRequirement(id), states);

        // One grace per episode: within the window it goes on with what was left when the flag was cleared.
        uint40 nowAt = uint40(block.timestamp);
        (uint40 clearedAt, uint40 oldEnd) = (a.clearedAt, a.graceEndsAt);
        bool resumed = clearedAt != 0 && nowAt <= uint256(clearedAt) + m.reflagWindowSeconds;
        uint40 grace = resumed ? (oldEnd > clearedAt ? oldEnd - clearedAt : 0) : m.graceSeconds;
        (uint256 debtValue, uint256 guarantees) = (module.debtValue(id), _guaranteeSum(states));
        if (_isLate(m, debtValue, guarantees)) grace = 0;
        if (debtValue > guarantees) _provide(id, module, debtValue, guarantees);
        a.flaggedAt = nowAt;
        a.graceEndsAt = nowAt + grace;
        emit Flagged(id, msg.sender, nowAt + grace);
        if (!resumed) _payFee(id, m);
    }

    /// @inheritdoc IMarginLiquidation
    function clear(bytes32 id) external nonReentrant {
        (AccountData storage a, MarketData storage m) = _account(id);
        if (a.flaggedAt == 0) revert NotFlagged(id);
        IPositionModule module = IPositionModule(m.module);
        uint256 requirement = a.auctions == 0 ? module.maintenanceRequirement(id) : module.initialRequirement(id);
        if (requirement != 0) {
            (uint256 proven, , , ) = _coverage(_states(a, m, PriceMode.Live));
            if (requirement > proven) revert StillUncovered(id, requirement, proven);
        }
        _clear(id, a, m);
    }

    /// @inheritdoc IMarginLiquidation
    function onRepaid(bytes32 id) external nonReentrant {
        (AccountData storage a, MarketData storage m) = _account(id);
        if (msg.sender != m.module) revert NotModule(id, msg.sender);
        _recover(id, a, m);
    }

    /// @inheritdoc IMarginLiquidation
    function startAuctions(bytes32 id) external nonReentrant returns (uint256[] memory lockNullifiers) {
        (AccountData storage a, MarketData storage m) = _account(id);
        if (a.flaggedAt == 0) revert NotFlagged(id);
        LockState[] memory states = _states(a, m, PriceMode.Live);
        IPositionModule module = IPositionModule(m.module);
        uint256 requirement = module.maintenanceRequirement(id);
        _requireUncovered(id, requirement, states);

        (uint256 debtValue, uint256 debtPriceX64) = (module.debtValue(id), module.debtPriceX64());
        // The flag's own fee makes nobody late: it would take the grace away that the flag gave.
        uint256 feeValue = Math.mulDiv(m.flagFee, debtPriceX64, 1 << 64);
        bool[] memory chosen = new bool[](states.length);
        if (_isLate(m, Math.saturatingSub(debtValue, feeValue), _guaranteeSum(states))) {
            // LIQ-2: debt·(1 + maxBonus) > ΣG, so no grace, and everything that is not for sale yet.
            for (uint256 i; i < states.length; ++i) chosen[i] = _sellable(states[i]);
        } else {
            if (block.timestamp < a.graceEndsAt) revert GraceRunning(id, a.graceEndsAt);
            _requireNoneRunning(id, states);
            _requireUnhurried(id, a, states, debtValue);
            uint256 best = _choose(m, states, requirement, debtValue);
            if (best < states.length) chosen[best] = true;
        }
        uint256 forSale;
        (lockNullifiers, forSale) = _startChosen(id, a, m, states, chosen, debtPriceX64);
        if (lockNullifiers.length == 0) revert NothingToAuction(id);
        // Lenders lend the fee: it is paid for putting up something that is worth it.
        if (forSale >= feeValue * LEAST_PER_FEE) _payFee(id, m);
    }

    /// @inheritdoc IMarginLiquidation
    function buy(
        bytes32 id,
        uint256 lockNullifier,
        uint256 maxDebtAssets,
        uint256 pkB,
        JubPoint calldata key
    ) external nonReentrant returns (uint64 claim, uint256 debtAssets) {
        return _buy(id, lockNullifier, maxDebtAssets, pkB, key, "");
    }

    /// @inheritdoc IMarginLiquidation
    function buyWithCallback(
        bytes32 id,
        uint256 lockNullifier,
        uint256 maxDebtAssets,
        uint256 pkB,
        JubPoint calldata key,
        bytes calldata data
    ) external nonReentrant returns (uint64 claim, uint256 debtAssets) {
        if (data.length == 0) revert EmptyCallbackData();
        return _buy(id, lockNullifier, maxDebtAssets, pkB, key, data);
    }

    /// @dev `data` empty: no callback.
    function _buy(
        bytes32 id,
        uint256 lockNullifier,
        uint256 maxDebtAssets,
        uint256 pkB,
        JubPoint calldata key,
        bytes memory data
    ) private returns (uint64 claim, uint256 debtAssets) {
        (AccountData storage a, MarketData storage m) = _account(id);
        uint256 index = _indexOf(id, a, lockNullifier);
        Quote memory q = _quote(id, a, m, index);
        (claim, debtAssets) = (q.claim, q.debtAssets + q.feeAssets);
        if (claim == 0) revert NothingOwed(id);
        if (debtAssets > maxDebtAssets) revert DebtAboveMaximum(debtAssets, maxDebtAssets);
        if (pkB == 0 || pkB >= FIELD_ORDER) revert BadParameter("pkB", pkB);
        JubPoint memory buyerKey = BabyJubJub.key(key);

        (SourceData storage source_, ) = _retire(id, a, m, index);
        emit Sold(id, lockNullifier, msg.sender, claim, debtAssets, q.seizurePricesX64);
        // The claim is the buyer's before it pays, as a flash loan is; the engine is locked meanwhile.
        if (data.length != 0) IClaimBuyer(msg.sender).onClaimBought(id, lockNullifier, claim, debtAssets, data);
        IPositionModule(m.module).closeOut(id, q.debtAssets, q.feeAssets, msg.sender);
        orderQueue.settle(
            source_.eid,
            SettleOrder({
                vault: source_.vault,
                engine: address(this),
                lockNullifier: lockNullifier,
                claim: claim,
                seizurePricesX64: q.seizurePricesX64,
                isPublic: false,
                buyerOwner: pkB,
                buyerKey: buyerKey
            })
        );
        _recover(id, a, m, q.coverageLeft);
    }

    /// @inheritdoc IMarginLiquidation
    function quoteBuy(
        bytes32 id,
        uint256 lockNullifier
    ) external view returns (uint64 claim, uint256 debtAssets, uint96[8] memory seizurePricesX64) {
        (AccountData storage a, MarketData storage m) = _account(id);
        Quote memory q = _quote(id, a, m, _indexOf(id, a, lockNullifier));
        return (q.claim, q.debtAssets + q.feeAssets, q.seizurePricesX64);
    }

    /// @inheritdoc IMarginLiquidation
    function auction(bytes32 id, uint256 lockNullifier) external view returns (AuctionView memory v) {
        (AccountData storage a, MarketData storage m) = _account(id);
        uint256 index = _indexOf(id, a, lockNullifier);
        AuctionData storage d = _auctions[_lockKey(_domain(m.sources[_sourceIdAt(a, index)]), lockNullifier)];
        uint64 startedAt;
        (v.frozenPricesX64, startedAt) = SnapshotLib.unpack(d.word0, d.word1);
        v.account = id;
        v.lockNullifier = lockNullifier;
        v.startedAt = uint40(startedAt);
        v.endsAt = startedAt == 0 ? 0 : uint40(startedAt + m.auctionSeconds);
        v.guarantee = d.guarantee;
        v.frozenDebtPriceX64 = d.debtPriceX64;
        v.riskVersion = d.riskVersion;
        v.reliedOn = d.reliedOn;
    }

    /// @dev LIQ-10: while prices are halted an account that is not late, and whose live coverage still exceeds its debt, has CASCADE_SECONDS more; no more, however
    /// long the halt lasts.
    function _requireUnhurried(
        bytes32 id,
        AccountData storage a,
        LockState[] memory states,
        uint256 debtValue
    ) private view {
        uint256 startsAt = a.graceEndsAt + CASCADE_SECONDS;
        if (block.timestamp >= startsAt) return;
        (uint256 proven, , , ) = _coverage(states);
        if (debtValue > proven) return;
        for (uint256 i; i < states.length; ++i) {
            if (block.timestamp < priceBoard.haltedUntil(states[i].setId)) revert LiquidationSlowed(id, startsAt);
        }
    }

    /// @dev LIQ-2: the smallest G whose sale restores cover, else the largest. states.length = none can be sold.
    function _choose(
        MarketData storage m,
        LockState[] memory states,
        uint256 requirement,
        uint256 debtValue
    ) private view returns (uint256 best) {
        uint256 feeBps = m.fundFeeBps;
        uint256 sum = _guaranteeSum(states);
        (, uint256 covered, , ) = _coverage(states);
        best = states.length;
        bool bestRestores;
        for (uint256 i; i < states.length; ++i) {
            LockState memory s = states[i];
            // A claim of a lock that guarantees nothing, beside others that do, would be 0: nobody could end its auction.
            if (!_sellable(s) || s.guarantee == 0) continue;
            (, uint256 repaid) = AuctionMath.claimWithFee(
                debtValue,
                feeBps,
                s.data.cap,
                s.guarantee,
                s.guarantee,
                sum,
                states.length == 1
            );
            // The requirement is proportional to the debt.
            uint256 after_ = Math.mulDiv(requirement, debtValue - repaid, debtValue, Math.Rounding.Ceil);
            bool restores = after_ <= covered - (s.counts ? s.guarantee : 0);
            bool better =
                best == states.length ||
                    (
                        restores
                            ? !bestRestores || s.guarantee < states[best].guarantee
                            : !bestRestores && s.guarantee > states[best].guarantee
                    );
            if (better) (best, bestRestores) = (i, restores);
        }
    }

    function _startChosen(
        bytes32 id,
        AccountData storage a,
        MarketData storage m,
        LockState[] memory states,
        bool[] memory chosen,
        uint256 debtPriceX64
    ) private returns (uint256[] memory nullifiers, uint256 forSale) {
        if (debtPriceX64 > type(uint128).max) revert BadParameter("debtPriceX64", debtPriceX64);
        uint256 count;
        for (uint256 i; i < chosen.length; ++i) {
            if (chosen[i]) ++count;
        }
        nullifiers = new uint256[](count);
        a.auctions += uint8(count);
        count = 0;
        for (uint256 i; i < chosen.length; ++i) {
            if (!chosen[i]) continue;
            nullifiers[count++] = states[i].nullifier;
            forSale += states[i].guarantee;
            _freeze(id, m, states[i], uint128(debtPriceX64));
        }
    }

    /// @dev The guarantee is that of the prices as stored, which packing may have rounded down: seizure prices come from the same words.
    function _freeze(bytes32 id, MarketData storage m, LockState memory s, uint128 debtPriceX64) private {
        AuctionData storage d = _auctions[s.key];
        (uint256 word0, uint256 word1) = SnapshotLib.pack(priceBoard.livePrices(s.setId), uint64(block.timestamp));
        (uint256[8] memory frozenX64, ) = SnapshotLib.unpack(word0, word1);
        (uint64 g, ) = Coverage.guarantee(s.data.coverage, s.floorsX64, s.data.reliedOn, frozenX64);
        d.word0 = word0;
        d.word1 = word1;
        d.guarantee = g;
        d.debtPriceX64 = debtPriceX64;
        d.riskVersion = s.data.riskVersion;
        d.reliedOn = s.data.reliedOn;
        _locks[s.key].state = LOCK_IN_AUCTION;
        emit AuctionStarted(id, s.nullifier, g, uint40(block.timestamp + m.auctionSeconds));
    }

    /// @dev LIQ-4: valid prices on all relied-on slots; not for sale already; LIQ-9: nor on a revoked root.
    function _sellable(LockState memory s) private pure returns (bool) {
        return s.missing == 0 && s.data.state == LOCK_ACTIVE && !s.revoked;
    }

    /// @dev Auctions that somebody can end: one at a time, unless the account is late. A revoked lock's cannot be bought, and holds up no other.
    function _requireNoneRunning(bytes32 id, LockState[] memory states) private pure {
        for (uint256 i; i < states.length; ++i) {
            if (states[i].data.state == LOCK_IN_AUCTION && !states[i].revoked) revert AuctionRunning(id);
        }
    }

    /// @dev A debt token that does not move holds up the fee, not the liquidation. A keeper that sends too little gas loses its own fee.
    function _payFee(bytes32 id, MarketData storage m) private {
        if (m.flagFee == 0) return;
        // solhint-disable-next-line no-empty-blocks
        try IPositionModule(m.module).chargeFee(id, m.flagFee, msg.sender) {} catch {}
    }
}
