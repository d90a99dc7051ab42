// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPositionModule} from "../interfaces/IPositionModule.sol";
import {IMarginLiquidation} from "../interfaces/IMarginLiquidation.sol";
import {Delegating} from "./Delegating.sol";
import {Liquidation} from "./Liquidation.sol";
import {MarginStorage} from "./MarginStorage.sol";

/// @title The second part of the margin engine: coverage and liquidation
/// @dev Runs only by delegatecall from the MarginEngine. Called directly it has no market, and an owner that nobody is.
contract MarginExtension is Liquidation, Delegating {
    constructor(Wiring memory wiring, address extension_) MarginStorage(NOBODY, wiring) Delegating(extension_) {}

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
        return s.missing == 0 && !s.revoked ? s.guarantee : 0;
    }

    /// @inheritdoc IMarginLiquidation
    function revocation(bytes32 id, uint256 lockNullifier) external view returns (bool revoked, uint256 reproveUntil) {
        (AccountData storage a, MarketData storage m) = _account(id);
        SourceData storage source_ = m.sources[_sourceIdAt(a, _indexOf(id, a, lockNullifier))];
        revoked = _isRevoked(source_, _locks[_lockKey(_domain(source_), lockNullifier)]);
        if (revoked) reproveUntil = source_.revokedAt + REPROVE_SECONDS;
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
