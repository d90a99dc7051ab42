// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginTypes} from "./IMarginTypes.sol";

/// @title What an account holds: looking at it, leaving, and what attestors earned of it
interface IMarginHoldings is IMarginTypes {
    event AttestationFeesCollected(address indexed attestor, address indexed recipient, uint256 amount);

    // The controller.

    /// @notice ACC-7 (iii): with debt, remaining coverage ≥ initial requirement at fresh prices, no flag, no auction. Controller.
    function removeLock(bytes32 id, uint256 lockNullifier) external;
    /// @notice ACC-7 (ii): retire every lock of an account without debt; controller, or anyone once all its proofs expired.
    function release(bytes32 id) external;
    function approveOperator(bytes32 id, address operator, bool approved) external;

    // Attestors.

    /// @notice Send what the caller earned as the first attestor of roots that locks were added under (FEE-2) to `recipient`. Wei.
    function collectAttestationFees(address payable recipient) external returns (uint256 amount);
    /// @notice What an attestor has earned and not collected, wei.
    function attestationFeesOf(address attestor) external view returns (uint256);

    // Views.

    function domainOf(uint32 srcEid, address vault) external view returns (uint256);
    function accountId(bytes32 marketId, address controller, bytes32 salt) external view returns (bytes32);
    function account(bytes32 id) external view returns (AccountView memory);
    function lock(uint256 domain, uint256 lockNullifier) external view returns (Lock memory);
    function isOperator(bytes32 id, address operator) external view returns (bool);
}
