// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPositionModule} from "../interfaces/IPositionModule.sol";
import {IRiskSet} from "../interfaces/IRiskSet.sol";
import {AuctionMath} from "../libraries/AuctionMath.sol";
import {FloorMath} from "../libraries/FloorMath.sol";
import {SnapshotLib} from "../libraries/SnapshotLib.sol";
import {Recovery} from "./Recovery.sol";

/// @title What a claim in auction costs and what it gives now (LIQ-3, LIQ-4), and when an account may be liquidated
abstract contract Auctions is Recovery {
    /// What a sale is made of.
    struct Quote {
        uint64 claim;
        uint256 debtAssets;
        uint256 feeAssets; // on top, for the insurance fund
        uint96[8] seizurePricesX64;
        uint256 coverageLeft; // live coverage of the other locks
    }

    function _quote(
        bytes32 id,
        AccountData storage a,
        MarketData storage m,
        uint256 index
    ) internal view returns (Quote memory q) {
        SourceData storage source_ = m.sources[_sourceIdAt(a, index)];
        bytes32 key = _lockKey(_domain(source_), a.nullifiers[index]);
        LockData memory lock_ = _locks[key];
        if (lock_.state != LOCK_IN_AUCTION) revert NotInAuction(id, a.nullifiers[index]);
        if (_isRevoked(source_, lock_)) revert LockRevoked(id, a.nullifiers[index]);
        AuctionData memory d = _auctions[key];

        // X, from the debt now at the debt's price then, without haircut (LIQ-3).
        uint256 debt = IPositionModule(m.module).debtOf(id);
        uint256 debtValue = Math.mulDiv(debt, d.debtPriceX64, 1 << 64, Math.Rounding.Ceil);
        bool last = a.lockCount == 1;
        uint256 weight;
        uint256 sum;
        if (!last) {
            LockState[] memory states = _states(a, m, PriceMode.Live);
            (weight, sum) = _weights(states, index);
            states[index].counts = false;
            (q.coverageLeft, , , ) = _coverage(states);
        }
        uint256 repaid;
        (q.claim, repaid) = AuctionMath.claimWithFee(
            debtValue,
            m.fundFeeBps,
            lock_.cap,
            d.guarantee,
            weight,
            sum,
            last
        );
        q.debtAssets = Math.min(debt, Math.mulDiv(repaid, 1 << 64, d.debtPriceX64, Math.Rounding.Ceil));
        q.feeAssets = Math.mulDiv(q.claim - repaid, 1 << 64, d.debtPriceX64, Math.Rounding.Ceil);

        (uint256[8] memory frozenX64, uint64 startedAt) = SnapshotLib.unpack(d.word0, d.word1);
        (uint256 haircutsPacked, ) = IRiskSet(source_.riskSet).packed(d.riskVersion);
        q.seizurePricesX64 = AuctionMath.seizurePrices(
            frozenX64,
            FloorMath.haircutFactors(haircutsPacked),
            d.reliedOn,
            q.claim > d.guarantee,
            BPS - m.minBonusBps,
            block.timestamp - startedAt,
            m.auctionSeconds
        );
    }

    /// @dev G of lock `index` and ΣG: frozen for locks in auction, at prices now for the others. M where every G is 0.
    function _weights(LockState[] memory states, uint256 index) internal view returns (uint256 weight, uint256 sum) {
        uint256 coverageSum;
        for (uint256 i; i < states.length; ++i) {
            LockState memory s = states[i];
            uint256 g = s.guarantee;
            if (s.data.state == LOCK_IN_AUCTION && !s.revoked) g = _auctions[s.key].guarantee;
            if (i == index) weight = g;
            sum += g;
            coverageSum += s.data.coverage;
        }
        if (sum == 0) return (uint256(states[index].data.coverage), coverageSum);
    }

    function _isLate(MarketData storage m, uint256 debtValue, uint256 guaranteeSum) internal view returns (bool) {
        return debtValue * (BPS + m.maxBonusBps) > guaranteeSum * BPS;
    }

    function _requireUncovered(bytes32 id, uint256 requirement, LockState[] memory states) internal pure {
        (uint256 proven, uint256 atMost, , ) = _coverage(states);
        if (requirement > atMost) return;
        if (requirement > proven) revert EvidenceMissing(id, requirement, atMost);
        revert AccountCovered(id, requirement, proven);
    }

    /// @dev The module provisions what the account's guarantees fall short of its debt (LIQ-8). µUSD.
    function _provide(bytes32 id, IPositionModule module, uint256 debtValue, uint256 guaranteeSum) internal {
        uint256 shortfall = Math.saturatingSub(debtValue, guaranteeSum);
        if (shortfall != 0) shortfall = Math.mulDiv(shortfall, 1 << 64, module.debtPriceX64(), Math.Rounding.Ceil);
        module.provision(id, shortfall);
    }
}
