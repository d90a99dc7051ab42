// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPositionModule} from "./IPositionModule.sol";

/// @title An ERC-4626 pool that lends its asset to margin accounts (the ERC-4626 surface is OpenZeppelin's)
interface ICreditPool is IPositionModule {
    event Borrowed(bytes32 indexed account, address indexed receiver, uint256 assets);
    event Repaid(bytes32 indexed account, address indexed payer, uint256 assets);

    /// @notice Borrow on an account; controller only. Engine checks initialRequirement ≤ live coverage afterwards.
    function borrow(bytes32 account, uint256 assets, address receiver) external;
    /// @notice Repay up to the whole debt; anyone. Returns what was taken. type(uint256).max repays all.
    function repay(bytes32 account, uint256 assets) external returns (uint256 repaid);
    function totalDebt() external view returns (uint256);
    function engine() external view returns (address);
}
