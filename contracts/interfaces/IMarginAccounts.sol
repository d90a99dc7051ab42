// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginTypes} from "./IMarginTypes.sol";

/// @title Accounts of the margin engine: what controllers and modules call (rules.md ACC)
interface IMarginAccounts is IMarginTypes {
    // The controller.

    /// @notice Open an account on one lock and, if borrowAssets > 0, borrow in the same transaction to `receiver`. Caller = controller.
    function open(
        bytes32 marketId,
        bytes32 salt,
        MarginProof calldata proof,
        uint256 borrowAssets,
        address receiver
    ) external returns (bytes32 id);
    /// @notice Add a lock of the same controller. Clears a flag, or cancels auctions, if that suffices (LIQ-1, LIQ-6).
    function addLock(bytes32 id, MarginProof calldata proof) external;
    /// @notice Re-prove a lock of the account at new floors. Controller, or an approved operator that lowers neither its G nor its expiry (ACC-5).
    /// @dev The controller may lower the live coverage only while the account stays covered. The root must be attested, of any age.
    /// Sends an OPENED when M·(1 + maxBonus) exceeds what was announced. Clears and cancels like `addLock`.
    function refresh(bytes32 id, MarginProof calldata proof) external;
    /// @notice ACC-7 (iii): with debt, remaining coverage ≥ initial requirement at fresh prices, no flag, no auction. Controller.
    function removeLock(bytes32 id, uint256 lockNullifier) external;
    /// @notice ACC-7 (ii): retire every lock of an account without debt; controller, or anyone once all its proofs expired.
    function release(bytes32 id) external;
    /// @notice ACC-7 (i): send home a lock that never backed an account. Proof with M = 0, floors 0; caller = controller of the lock.
    /// @dev Public values: coverage, floors, haircutsPacked, riskPacked are 0, the trustee key is the market's, ext has account = 0 and nonce = 0.
    /// Root attested, of any age; snapshot, floorBps, profile and riskVersion are only bound, expiry only too. Nothing goes to the trustee.
    function releaseUnused(bytes32 marketId, MarginProof calldata proof) external;
    function approveOperator(bytes32 id, address operator, bool approved) external;

    // The module.

    /// @notice Reverts unless the caller is the account's module, `caller` its controller, no flag is up, and initialRequirement ≤ live coverage at
    /// min(latest snapshot, live) prices.
    function requireInitial(bytes32 id, address caller) external view;

    // Views.

    function domainOf(uint32 srcEid, address vault) external view returns (uint256);
    function accountId(bytes32 marketId, address controller, bytes32 salt) external view returns (bytes32);
    function account(bytes32 id) external view returns (AccountView memory);
    function lock(uint256 domain, uint256 lockNullifier) external view returns (Lock memory);
    function isOperator(bytes32 id, address operator) external view returns (bool);
}
