// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginTypes} from "./IMarginTypes.sol";

/// @title Accounts of the margin engine: what controllers and modules call (rules.md ACC)
interface IMarginAccounts is IMarginTypes {
    /// What an account is opened with, for whom.
    struct Opening {
        bytes32 market;
        bytes32 salt;
        address controller;
        uint256 borrowAssets; // debt token units; 0 = none
        address receiver;
        uint256 fee; // debt token units, borrowed for the caller (FEE-3); 0 = none
    }

    /// Thrown when an opening or a refresh is not signed by the controller (EIP-712, EIP-1271).
    error BadSignature(address controller);
    /// Thrown when a new lock does not come with its attestor's fee (FEE-2). Wei.
    error WrongAttestationFee(uint256 sent, uint256 fee);

    // The controller.

    /// @notice Open an account on one lock and, if borrowAssets > 0, borrow in the same transaction to `receiver`. Caller = controller. Value: the market's
    /// attestation fee.
    function open(
        bytes32 marketId,
        bytes32 salt,
        MarginProof calldata proof,
        uint256 borrowAssets,
        address receiver
    ) external payable returns (bytes32 id);
    /// @notice Add a lock of the same controller. Clears a flag, or cancels auctions, if that suffices (LIQ-1, LIQ-6). Value: the market's attestation fee.
    function addLock(bytes32 id, MarginProof calldata proof) external payable;
    /// @notice Re-prove a lock of the account at new floors. Controller, or an approved operator that lowers neither its G nor its expiry (ACC-5).
    /// @dev The controller may lower the live coverage only while the account stays covered. The root must be attested, of any age.
    /// Sends an OPENED when M·(1 + maxBonus) exceeds what was announced. Clears and cancels like `addLock`.
    function refresh(bytes32 id, MarginProof calldata proof) external;
    /// @notice ACC-7 (i): send home a lock that never backed an account. Proof with M = 0, floors 0; caller = controller of the lock.
    /// @dev Public values: coverage, floors, haircutsPacked, riskPacked are 0, the trustee key is the market's, ext has account = 0 and nonce = 0.
    /// Root attested, of any age; snapshot, floorBps, profile and riskVersion are only bound, expiry only too. Nothing goes to the trustee.
    function releaseUnused(bytes32 marketId, MarginProof calldata proof) external;

    // Whoever submits for the controller (FEE-3).

    /// @notice `open` for a controller that signed it, by the caller that the signature names. `proof` is made for that caller and `opening.fee`.
    /// @param signature over the EIP-712 type Open (docs/encodings.md): terms of the loan, the fee, and all that the proof leaves to its prover but the root.
    function openFor(
        Opening calldata opening,
        MarginProof calldata proof,
        bytes calldata signature
    ) external payable returns (bytes32 id);
    /// @notice `refresh` for a controller that signed it. The fee is a loan to the caller, so the account must be free to borrow it afterwards.
    /// @param fee debt token units; 0 = none. @param signature over the EIP-712 type Refresh.
    function refreshFor(bytes32 id, uint256 fee, MarginProof calldata proof, bytes calldata signature) external;

    // The module.

    /// @notice Reverts unless the caller is the account's module, `caller` its controller, no flag is up, and initialRequirement ≤ live coverage at
    /// min(latest snapshot, live) prices.
    function requireInitial(bytes32 id, address caller) external view;
}
