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
    event CapsSet(uint128 supplyCap, uint128 borrowCap);
    event GuardianSet(address indexed guardian);
    event ReserveSet(uint16 reserveFactorBps, address indexed recipient);
    /// The reserve's part of the interest of one accrual, as shares minted to its recipient.
    event ReserveMinted(address indexed recipient, uint256 shares);

    /// Thrown when the pool has less cash than asked for.
    error InsufficientLiquidity(uint256 requested, uint256 available);
    /// Thrown when a borrow would leave less debt than the market's minimum.
    error DebtBelowMinimum(bytes32 account, uint256 debtAssets, uint256 minDebt);
    error NoDebt(bytes32 account);
    error ZeroAmount();
    /// Thrown when the token moved another amount than asked for (fee on transfer): not supported.
    error UnexpectedTransfer(uint256 expected, uint256 got);
    error BadPoolParameter(bytes32 name, uint256 value);
    /// Thrown when all accounts together would owe more than the cap.
    error BorrowCapExceeded(uint256 totalDebt, uint256 borrowCap);
    error NotGuardian(address caller);

    /// @notice Borrow on an account; controller only. Engine checks initialRequirement ≤ live coverage.
    function borrow(bytes32 account, uint256 assets, address receiver) external;
    /// @notice Repay up to the whole debt; anyone, always. Returns what was taken. type(uint256).max repays all.
    function repay(bytes32 account, uint256 assets) external returns (uint256 repaid);
    /// @notice Debt of all accounts with interest to now, token units, down.
    function totalDebt() external view returns (uint256);
    /// @notice Token units that can be borrowed or withdrawn now.
    function cash() external view returns (uint256);
    /// @notice Guardian or owner: lower the caps, at once. Owner only: raise one. Token units; 0 stops lending or borrowing, there is no value for "none".
    function setCaps(uint128 supplyCap, uint128 borrowCap) external;
    /// @notice Name who may lower the caps; address(0) = only the owner. Owner only.
    function setGuardian(address guardian) external;
    /// @notice Send part of the interest from now on, of 10⁴, to a recipient as shares; what accrued before goes by the old terms. Owner only.
    function setReserve(uint16 reserveFactorBps, address recipient) external;

    /// @notice No deposit may bring totalAssets above it. Interest may.
    function supplyCap() external view returns (uint128);
    /// @notice No borrow may bring totalDebt above it. Interest and fixed fees of liquidations may.
    function borrowCap() external view returns (uint128);
    function guardian() external view returns (address);
    function reserveFactorBps() external view returns (uint16);
    function reserveRecipient() external view returns (address);
    function engine() external view returns (address);
    function market() external view returns (bytes32);
}
