// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CreditPool} from "../margin/CreditPool.sol";
import {ICreditPool} from "../interfaces/ICreditPool.sol";
import {ICrossMargin} from "../interfaces/ICrossMargin.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {IMarginTypes} from "../interfaces/IMarginTypes.sol";
import {IPositionModule} from "../interfaces/IPositionModule.sol";
import {IPriceBoard} from "../interfaces/IPriceBoard.sol";
import {IRiskSet} from "../interfaces/IRiskSet.sol";
import {FloorMath} from "../libraries/FloorMath.sol";

/// @title All that a screen needs of an account, in one call
/// @notice Views only, for any engine; nothing depends on it. A missing price never makes it revert: what depends on one says so and is 0.
/// @dev µUSD, debt token units, seconds, bps of 10⁴, as in IMarginTypes.
contract MarginLens {
    uint256 private constant BPS = 10_000;

    struct LockScreen {
        uint256 lockNullifier;
        uint256 domain;
        uint64 coverage; // M
        uint64 guarantee; // G at live prices; 0 without them
        bool counts; // towards live coverage: unexpired, on an accepted risk version, not revoked
        bool revoked; // LIQ-9
        uint8 missing; // relied-on slots without a price
        uint8 nearestSlot; // the relied-on slot whose price is nearest to its floor, or furthest below
        int256 aboveFloorBps; // how far: its price over its floor, less 1. Below 0 the guarantee falls with it
        uint256 secondsLeft; // of its proof; 0 = expired
        uint32 riskVersion;
        uint32 currentRiskVersion; // that a refresh would use
        uint8 state; // as IMarginTypes.Lock
        uint40 auctionEndsAt; // 0 = none
    }

    /// Of a pool that the account may owe.
    struct PoolScreen {
        address pool;
        uint256 debtAssets; // its token units, like all below
        uint256 borrowRateWad; // a year, compounding by the second, as of now
        uint256 borrowable; // by requirement, cash and the pool's cap; what sets halted or a flag forbid is not in it
        uint256 provisioned;
    }

    struct Screen {
        bytes32 market;
        address controller;
        uint64 nonce;
        address module;
        bool debtPriceKnown; // of every debt; without it the µUSD of the debt, and what depends on it, are 0
        uint256 debtValue;
        uint256 initialRequirement;
        uint256 maintenanceRequirement;
        uint256 liveCoverage;
        uint256 borrowCoverage; // at min(latest snapshot, live)
        bool covered;
        uint256 fallToUncoveredBps; // the largest fall of all collateral prices alike that leaves it covered, down; 10⁴ = any; 0 if uncovered
        uint256 secondsLeft; // until the first counting proof expires; max = none counts
        uint40 flaggedAt;
        uint40 graceEndsAt;
        PoolScreen[] pools; // one, or those of its CrossMargin
        LockScreen[] locks;
    }

    /// @notice The account at this block. Reverts as the engine does for one that it does not know.
    function screen(IMarginEngine engine, bytes32 id) external view returns (Screen memory s) {
        IMarginTypes.AccountView memory a = engine.account(id);
        (s.market, s.controller, s.nonce) = (a.market, a.controller, a.nonce);
        (s.flaggedAt, s.graceEndsAt) = (a.flaggedAt, a.graceEndsAt);
        (IMarginTypes.MarketConfig memory m, , ) = engine.market(a.market);
        s.module = m.module;
        s.secondsLeft = type(uint256).max;
        s.locks = new LockScreen[](a.locks.length);
        uint256[] memory lambdasE18 = new uint256[](a.locks.length);
        for (uint256 i; i < a.locks.length; ++i) {
            lambdasE18[i] = _lock(engine, id, a, i, s.locks[i]);
            if (s.locks[i].counts && s.locks[i].secondsLeft < s.secondsLeft) s.secondsLeft = s.locks[i].secondsLeft;
        }
        s.liveCoverage = engine.liveCoverage(id);
        s.borrowCoverage = engine.borrowCoverage(id);
        bool owes = _debt(m.module, id, s);
        s.covered = !owes || (s.debtPriceKnown && s.maintenanceRequirement <= s.liveCoverage);
        s.fallToUncoveredBps = _fallToUncovered(s, lambdasE18);
    }

    /// @return lambdaE18 min p/f over relied-on slots · 10¹⁸; 0 where the lock counts for nothing
    function _lock(
        IMarginEngine engine,
        bytes32 id,
        IMarginTypes.AccountView memory a,
        uint256 index,
        LockScreen memory lock_
    ) private view returns (uint256 lambdaE18) {
        (lock_.lockNullifier, lock_.domain) = (a.locks[index], a.domains[index]);
        IMarginTypes.Lock memory d = engine.lock(lock_.domain, lock_.lockNullifier);
        IMarginTypes.Source memory source = engine.source(a.market, d.sourceId);
        (lock_.coverage, lock_.state, lock_.riskVersion) = (d.coverage, d.state, d.riskVersion);
        lock_.guarantee = uint64(engine.guarantee(id, lock_.lockNullifier));
        (lock_.revoked, ) = engine.revocation(id, lock_.lockNullifier);
        lock_.secondsLeft = block.timestamp <= d.expiry ? d.expiry - block.timestamp : 0;
        lock_.counts =
            block.timestamp <= d.expiry &&
            !lock_.revoked &&
            IRiskSet(source.riskSet).isAccepted(uint32(d.riskVersion));
        lock_.currentRiskVersion = IRiskSet(source.riskSet).currentVersion();
        lock_.auctionEndsAt = engine.auction(id, lock_.lockNullifier).endsAt;
        lambdaE18 = _nearestFloor(engine.priceBoard(), source.setId, d, lock_);
        if (!lock_.counts || lock_.missing != 0) lambdaE18 = 0;
    }

    function _nearestFloor(
        IPriceBoard board,
        uint32 setId,
        IMarginTypes.Lock memory d,
        LockScreen memory lock_
    ) private view returns (uint256 lambdaE18) {
        uint256[8] memory live = board.livePricesOf(setId, d.reliedOn);
        (uint256[8] memory proven, ) = board.snapshotPrices(setId, d.snapshot);
        uint256[8] memory floors = FloorMath.floors(proven, d.reliedOn, d.floorBps);
        lambdaE18 = type(uint256).max;
        for (uint256 i; i < 8; ++i) {
            if ((d.reliedOn >> i) & 1 == 0) continue;
            if (live[i] == 0) {
                lock_.missing |= uint8(1 << i);
                continue;
            }
            uint256 ratio = (live[i] * 1e18) / floors[i];
            if (ratio >= lambdaE18) continue;
            (lambdaE18, lock_.nearestSlot) = (ratio, uint8(i));
            lock_.aboveFloorBps = int256((live[i] * BPS) / floors[i]) - int256(BPS);
        }
    }

    function _debt(address module, bytes32 id, Screen memory s) private view returns (bool owes) {
        ICreditPool[] memory pools = _poolsOf(module);
        try IPositionModule(module).initialRequirement(id) returns (uint256 requirement) {
            s.debtPriceKnown = true;
            s.initialRequirement = requirement;
            s.maintenanceRequirement = IPositionModule(module).maintenanceRequirement(id);
            s.debtValue = IPositionModule(module).debtValue(id);
        } catch {}
        s.pools = new PoolScreen[](pools.length);
        for (uint256 k; k < pools.length; ++k) {
            _pool(CreditPool(address(pools[k])), id, s, s.pools[k]);
            owes = owes || s.pools[k].debtAssets != 0;
        }
    }

    function _poolsOf(address module) private view returns (ICreditPool[] memory pools) {
        try ICrossMargin(module).pools() returns (ICreditPool[] memory several) {
            return several;
        } catch {
            pools = new ICreditPool[](1);
            pools[0] = ICreditPool(module);
        }
    }

    function _pool(CreditPool pool, bytes32 id, Screen memory s, PoolScreen memory p) private view {
        p.pool = address(pool);
        p.debtAssets = pool.debtOf(id);
        p.provisioned = pool.provisionOf(id);
        (uint256 cash, uint256 totalDebt) = (pool.cash(), pool.totalDebt());
        p.borrowRateWad = pool.rateModel().ratePerSecondWad(address(pool), cash, totalDebt, 0) * 365 days;
        if (!s.debtPriceKnown) return;
        try pool.debtPriceX64() returns (uint256 priceX64) {
            // What is owed elsewhere uses coverage up.
            uint256 elsewhere = s.initialRequirement - pool.initialRequirement(id);
            uint256 coverage = s.borrowCoverage > elsewhere ? s.borrowCoverage - elsewhere : 0;
            p.borrowable = _borrowable(pool, p.debtAssets, coverage, priceX64, cash, totalDebt);
        } catch {}
    }

    /// @dev The inverse of the pool's requirement, down, and one unit less: an account's debt is rounded up.
    function _borrowable(
        CreditPool pool,
        uint256 debt,
        uint256 coverage,
        uint256 priceX64,
        uint256 cash,
        uint256 totalDebt
    ) private view returns (uint256 assets) {
        uint256 factor = (BPS + pool.debtHaircutBps()) * (pool.maintenanceFactorBps() + pool.initialExtraBps());
        uint256 most = (((coverage * BPS * BPS) << 64) / factor) / priceX64;
        assets = most > debt + 1 ? most - debt - 1 : 0;
        uint256 cap = pool.borrowCap();
        uint256 room = cap > totalDebt + 1 ? cap - totalDebt - 1 : 0;
        if (assets > cash) assets = cash;
        if (assets > room) assets = room;
    }

    /// @dev Σ min(1, λ_j·(1 − x))·M_j falls in x: bisection to a bps.
    function _fallToUncovered(Screen memory s, uint256[] memory lambdasE18) private pure returns (uint256 low) {
        if (!s.covered) return 0;
        if (s.maintenanceRequirement == 0) return BPS;
        uint256 high = BPS;
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            if (_coverageAfter(s, lambdasE18, middle) >= s.maintenanceRequirement) low = middle;
            else high = middle;
        }
    }

    function _coverageAfter(
        Screen memory s,
        uint256[] memory lambdasE18,
        uint256 fallBps
    ) private pure returns (uint256 sum) {
        for (uint256 i; i < lambdasE18.length; ++i) {
            uint256 lambda = (lambdasE18[i] * (BPS - fallBps)) / BPS;
            if (lambda > 1e18) lambda = 1e18;
            uint256 g = (uint256(s.locks[i].coverage) * lambda) / 1e18;
            if (g > 8) sum += g - 8;
        }
    }
}
