// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPositionModule} from "./IPositionModule.sol";

/// @title An ERC-4626 pool that lends its asset to margin accounts (the ERC-4626 surface is OpenZeppelin's)
interface ICreditPool is IPositionModule {
    event MarketBound(bytes32 indexed market, uint16 maxBonusBps, uint16 bufferBps, uint128 minDebt);
    event Borrowed(bytes32 indexed account, address indexed receiver, uint256 assets);
    event Repaid(bytes32 indexed account, address indexed payer, uint256 assets);
    event FeeCharged(bytes32 indexed account, address indexed to, uint256 assets);
    event Accrued(uint256 borrowIndexRay, uint256 totalDebt);

    /// Thrown when the pool has less cash than asked for.
    error InsufficientLiquidity(uint256 requested, uint256 available);
    /// Thrown when a borrow would leave less debt than the market's minimum.
    error DebtBelowMinimum(bytes32 account, uint256 debtAssets, uint256 minDebt);
    error NoDebt(bytes32 account);
    error ZeroAmount();
    /// Thrown when the token moved another amount than asked for (fee on transfer): not supported.
    error UnexpectedTransfer(uint256 expected, uint256 got);
    error BadPoolParameter(bytes32 name, uint256 value);

    /// @notice Borrow on an account; controller only. Engine checks initialRequirement ≤ live coverage.
    function borrow(bytes32 account, uint256 assets, address receiver) external;
    /// @notice Repay up to the whole debt; anyone, always. Returns what was taken. type(uint256).max repays all.
    function repay(bytes32 account, uint256 assets) external returns (uint256 repaid);
    /// @notice Debt of all accounts with interest to now, token units, down.
    function totalDebt() external view returns (uint256);
    /// @notice Token units that can be borrowed or withdrawn now.
    function cash() external view returns (uint256);
    function engine() external view returns (address);
    function market() external view returns (bytes32);
}
