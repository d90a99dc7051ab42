// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICreditPool} from "./ICreditPool.sol";
import {IPositionModule} from "./IPositionModule.sol";

/// @title Several credit pools as one position module: cross margin (ADR 0018)
/// @dev Its "debt token units" are µUSD. Pools keep their own.
interface ICrossMargin is IPositionModule {
    event PoolAdded(address indexed pool, uint128 minDebt);
    event PriceRecorded(address indexed pool, uint256 priceX64);

    error NotDeployer(address caller);
    error NotPool(address caller);
    error TooManyPools();
    /// Thrown when a pool names another engine than this module, or is here already.
    error BadPool(address pool);
    /// Thrown at binding when a pool's smallest debt is worth less than the market's smallest. µUSD.
    error MinDebtTooLow(address pool, uint256 worth, uint256 minDebt);
    /// Thrown when a pool's asset has no valid price, and none was recorded within a day.
    error DebtPriceUnknown(address pool);
    /// Thrown when there is no such claim (any more).
    error UnknownClaim(bytes32 lockKey);

    /// @notice Deployer only, until the market is bound: add a pool whose engine is this module. At most four. `minDebt`: the smallest debt in it, its token units.
    function addPool(ICreditPool pool, uint128 minDebt) external;
    /// @notice Anyone: note the pools' debt prices, which stand in for feeds that die within a day. Those without a price keep what was noted.
    function recordPrices() external;
    /// @notice Pools only: what a pool asks its engine before it lends. `caller` must be the account's controller.
    function requireInitial(bytes32 account, address caller) external view;
    /// @notice Pools only: a debt was repaid, which may clear the account.
    function onRepaid(bytes32 account) external;

    /// @notice The pools, in the order of `slices`. `borrowFor` borrows from the first, in its units.
    function pools() external view returns (ICreditPool[] memory);
    /// @notice What of the account's debt in each pool `microUsd` of its whole debt is, token units up: what a purchase at that price repays.
    function slices(bytes32 account, uint256 microUsd) external view returns (uint256[] memory assets);
    function engine() external view returns (address);
    function market() external view returns (bytes32);
}
