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
    event InsuranceFundSet(address indexed insuranceFund);
    /// The insurance fund's part of a purchase, paid as shares; 0 shares: without a fund it comes to lenders over a week.
    event PenaltyPaid(bytes32 indexed account, address indexed payer, uint256 assets, uint256 shares);
    /// Debt without enough behind it, of one account and of all; withdrawals are paid as if it were lost.
    event Provisioned(bytes32 indexed account, uint256 assets, uint256 allAssets);
    /// `owed` came off an account's debt: the pool carries the claim at `carried`, the insurance fund paid `covered`, lenders lost the rest.
    event ClaimTaken(bytes32 indexed account, bytes32 indexed lockKey, uint256 owed, uint256 carried, uint256 covered);
    /// A claim became `assets`: `toFund` of them the insurance fund's, `gain` the lenders' beyond what was carried.
    event LotReceived(bytes32 indexed lockKey, uint256 assets, uint256 toFund, uint256 gain);
    /// A claim is carried at 0 from now on.
    event WrittenDown(bytes32 indexed lockKey, uint256 carried);
    /// Bad debt, in the open: of `assets` that will not come back, the insurance fund bore `covered` and lenders the rest.
    event LossBooked(uint256 assets, uint256 covered);

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
    /// Thrown when a lock's claim is taken over a second time, or one that is not here is sold.
    error BadClaim(bytes32 lockKey);

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

    /// @notice Name who bears losses before lenders do; address(0) = nobody. Owner only.
    function setInsuranceFund(address insuranceFund) external;

    /// @notice Who bears losses first.
    function insuranceFund() external view returns (address);
    /// @notice What the pool took over and has not sold, at what it is carried at, token units.
    function carriedClaims() external view returns (uint256);
    /// @notice Debt that withdrawals are paid as if it were lost: of all accounts, and of one. Token units.
    function provisions() external view returns (uint256);
    function provisionOf(bytes32 account) external view returns (uint256);
    /// @notice A claim that was taken over and not sold: what it paid off, at what it is carried, what the insurance fund put in. Token units.
    function claimOf(bytes32 lockKey) external view returns (uint256 owed, uint256 carried, uint256 covered);
    /// @notice Gains on claims that lenders do not have yet: they come in evenly over a week. Token units.
    function lockedGain() external view returns (uint256);
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
