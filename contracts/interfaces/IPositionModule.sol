// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Something an account can owe. Requirements and debts are µUSD, rounded up, debt asset priced with its own upward haircut
interface IPositionModule {
    /// Thrown when someone else than the engine calls an engine's hook.
    error NotEngine(address caller);
    /// Thrown when the engine binds the module a second time: one module serves one market.
    error AlreadyBound(bytes32 market);
    /// Thrown when the module was never bound to a market.
    error NotBound();

    /// @notice Engine only, once, when the market is created: the market's parameters, whose only source is the engine.
    function bindMarket(bytes32 market, uint16 maxBonusBps, uint16 bufferBps, uint128 minDebt) external;
    /// @notice Requirement to open or grow a position. > maintenanceRequirement.
    function initialRequirement(bytes32 account) external view returns (uint256);
    /// @notice ≥ debt·(1 + maxBonus + buffer).
    function maintenanceRequirement(bytes32 account) external view returns (uint256);
    /// @notice Debt at the plain debt price, no haircut, µUSD up.
    function debtValue(bytes32 account) external view returns (uint256);
    /// @notice The plain debt price now (frozen by an auction at its start): µUSD per debt token unit · 2^64.
    function debtPriceX64() external view returns (uint256);
    /// @notice Debt of the account in token units, up, with interest to now.
    function debtOf(bytes32 account) external view returns (uint256);
    /// @notice Engine only: `payer` repays `debtAssets` token units of the account's debt, and adds `feeAssets` for the insurance fund (both pulled from payer).
    function closeOut(bytes32 account, uint256 debtAssets, uint256 feeAssets, address payer) external;
    /// @notice Engine only: add a fixed fee (FEE-4) of `feeAssets` token units to the debt and pay it to `to`. Pays less if the pool has no cash, and at most a twentieth of what the account owes. Returns what was paid.
    function chargeFee(bytes32 account, uint256 feeAssets, address to) external returns (uint256 paid);
    /// @notice Engine only (LIQ-8): take `debtAssets` token units off the account's debt against the claim on a lock that nobody bought. The insurance fund pays
    /// them if it has them all; else the module carries the claim at `carriedAssets` and books the rest as a loss. `lockKey` 0: there is no claim, all is lost.
    /// @return owed what came off the debt.
    function takeOver(
        bytes32 account,
        bytes32 lockKey,
        uint256 debtAssets,
        uint256 carriedAssets
    ) external returns (uint256 owed);
    /// @notice Engine only: what a claim that was taken over seized is sold to `payer` for `assets` token units (pulled).
    function receiveLot(bytes32 lockKey, uint256 assets, address payer) external;
    /// @notice Engine only: nothing came of a claim that was taken over, so far: carry it at 0.
    function writeDown(bytes32 lockKey) external;
    /// @notice Engine only: token units by which what stands behind the account's debt falls short of it, now. Set, not added.
    function provision(bytes32 account, uint256 shortfallAssets) external;
    /// @notice Engine only, at open: borrow for the account on behalf of its controller. Returns the initial requirement that comes of it, µUSD.
    function borrowFor(bytes32 account, uint256 assets, address receiver) external returns (uint256 requirement);
}
