// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPositionModule} from "../interfaces/IPositionModule.sol";
import {IMarginLiquidation} from "../interfaces/IMarginLiquidation.sol";
import {FloorMath} from "../libraries/FloorMath.sol";
import {Liquidation} from "./Liquidation.sol";
import {MarginStorage} from "./MarginStorage.sol";
import {MarketRegistry} from "./MarketRegistry.sol";

/// @title The second half of the margin engine's code: markets, coverage, liquidation
/// @dev Runs only by delegatecall from the MarginEngine that made it. Called directly it has no market and no owner but that engine, which never calls.
contract MarginExtension is MarketRegistry, Liquidation {
    constructor(Wiring memory wiring) MarginStorage(msg.sender, wiring) {}

    /// @inheritdoc IMarginLiquidation
    function floors(
        bytes32 marketId,
        uint32 sourceId,
        uint32 snapshot,
        uint16 floorBps,
        uint8 profile
    ) external view returns (uint256[8] memory) {
        MarketData storage m = _market(marketId);
        if (!FloorMath.isFraction(floorBps)) revert BadFloor(floorBps);
        (uint256[8] memory pricesX64, ) = priceBoard.snapshotPrices(_source(m, marketId, sourceId).setId, snapshot);
        return FloorMath.floors(pricesX64, _profile(m, profile), floorBps);
    }

    /// @inheritdoc IMarginLiquidation
    function liveCoverage(bytes32 id) external view returns (uint256 proven) {
        (AccountData storage a, MarketData storage m) = _account(id);
        (proven, , , ) = _coverage(_states(a, m, PriceMode.Live));
    }

    /// @inheritdoc IMarginLiquidation
    function borrowCoverage(bytes32 id) external view returns (uint256 proven) {
        (AccountData storage a, MarketData storage m) = _account(id);
        (proven, , , ) = _coverage(_states(a, m, PriceMode.Conservative));
    }

    /// @inheritdoc IMarginLiquidation
    function guarantee(bytes32 id, uint256 lockNullifier) external view returns (uint256) {
        (AccountData storage a, MarketData storage m) = _account(id);
        LockState memory s;
        PriceCache memory cache;
        cache.mode = PriceMode.Live;
        _evaluate(s, a, m, _indexOf(id, a, lockNullifier), cache);
        return s.missing == 0 ? s.guarantee : 0;
    }

    /// @inheritdoc IMarginLiquidation
    function isCovered(bytes32 id) external view returns (bool) {
        (AccountData storage a, MarketData storage m) = _account(id);
        uint256 requirement = IPositionModule(m.module).maintenanceRequirement(id);
        if (requirement == 0) return true;
        (uint256 proven, , , ) = _coverage(_states(a, m, PriceMode.Live));
        return requirement <= proven;
    }
}
