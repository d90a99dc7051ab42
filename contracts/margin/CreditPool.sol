// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20, ERC4626, IERC20} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICreditPool} from "../interfaces/ICreditPool.sol";
import {IInterestRateModel} from "../interfaces/IInterestRateModel.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {IPositionModule} from "../interfaces/IPositionModule.sol";
import {IPriceBoard} from "../interfaces/IPriceBoard.sol";
import {DebtLedger} from "./DebtLedger.sol";
import {PoolLimits} from "./PoolLimits.sol";

/// @title An ERC-4626 pool that lends its asset to the accounts of one market
/// @dev Every entry accrues first. Debt is booked before a token moves, so a callback of the token sees a pool that has already paid. totalAssets = cash + debt at face value:
/// doubtful debt is not provisioned yet (it comes with the insurance fund), so until then a bad debt is borne by the last lenders to leave.
/// Tokens that charge a fee on transfer are refused by balance difference; tokens that rebase must not be listed.
contract CreditPool is PoolLimits, ERC4626, DebtLedger, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    uint256 private constant BPS = 10_000;
    uint16 public constant MAX_RESERVE_FACTOR_BPS = 5_000;
    /// Virtual shares: 10^6 a token unit make inflating the first share price unprofitable.
    uint8 private constant SHARE_DECIMALS_OFFSET = 6;

    /// @inheritdoc ICreditPool
    address public immutable engine;
    IPriceBoard public immutable priceBoard;
    bytes32 public immutable assetId;
    /// Upward haircut of the debt's price, of 10⁴.
    uint16 public immutable debtHaircutBps;
    /// What the initial requirement asks for above maintenance, of the debt's value, of 10⁴.
    uint16 public immutable initialExtraBps;

    /// @inheritdoc ICreditPool
    address public reserveRecipient;

    modifier onlyEngine() {
        if (msg.sender != engine) revert NotEngine(msg.sender);
        _;
    }

    constructor(
        address owner_,
        IERC20 asset_,
        string memory name_,
        string memory symbol_,
        address engine_,
        IPriceBoard priceBoard_,
        bytes32 assetId_,
        IInterestRateModel rateModel_,
        uint16 debtHaircutBps_,
        uint16 initialExtraBps_
    ) PoolLimits(owner_) ERC20(name_, symbol_) ERC4626(asset_) DebtLedger(rateModel_) {
        if (debtHaircutBps_ > BPS) revert BadPoolParameter("debtHaircutBps", debtHaircutBps_);
        // ACC-4: initial > maintenance.
        if (initialExtraBps_ == 0 || initialExtraBps_ > BPS)
            revert BadPoolParameter("initialExtraBps", initialExtraBps_);
        if (engine_ == address(0)) revert BadPoolParameter("engine", 0);
        // The native asset in particular: wrap it.
        if (address(asset_).code.length == 0) revert BadPoolParameter("asset", uint160(address(asset_)));
        engine = engine_;
        priceBoard = priceBoard_;
        assetId = assetId_;
        debtHaircutBps = debtHaircutBps_;
        initialExtraBps = initialExtraBps_;
    }

    /// @inheritdoc IPositionModule
    function bindMarket(bytes32 market_, uint16 maxBonusBps, uint16 bufferBps, uint128 minDebt_) external onlyEngine {
        if (maintenanceFactorBps != 0) revert AlreadyBound(market);
        if (minDebt_ > type(uint96).max) revert BadPoolParameter("minDebt", minDebt_);
        market = market_;
        minDebt = uint96(minDebt_);
        maintenanceFactorBps = uint32(BPS + maxBonusBps + bufferBps);
        emit MarketBound(market_, maxBonusBps, bufferBps, minDebt_);
    }

    // Borrowers.

    /// @inheritdoc ICreditPool
    function borrow(bytes32 account, uint256 assets, address receiver) external nonReentrant {
        _book(account, assets);
        IMarginEngine(engine).requireInitial(account, msg.sender);
        _send(receiver, assets);
        emit Borrowed(account, receiver, assets);
    }

    /// @inheritdoc IPositionModule
    function borrowFor(
        bytes32 account,
        uint256 assets,
        address receiver
    ) external onlyEngine nonReentrant returns (uint256 requirement) {
        uint256 debt = _book(account, assets);
        _send(receiver, assets);
        emit Borrowed(account, receiver, assets);
        return _requirementOf(debt, maintenanceFactorBps + initialExtraBps);
    }

    /// @inheritdoc ICreditPool
    function repay(bytes32 account, uint256 assets) external nonReentrant returns (uint256 repaid) {
        if (assets == 0) revert ZeroAmount();
        repaid = _repay(account, assets, msg.sender);
        if (repaid == 0) revert NoDebt(account);
        // Repaying is never blocked (LIQ-6): what the engine makes of it cannot undo it. `clear` does the same later.
        // solhint-disable-next-line no-empty-blocks
        try IMarginEngine(engine).onRepaid(account) {} catch {}
    }

    /// @inheritdoc IPositionModule
    function closeOut(bytes32 account, uint256 debtAssets, address payer) external onlyEngine nonReentrant {
        _repay(account, debtAssets, payer);
    }

    /// @inheritdoc IPositionModule
    function chargeFee(
        bytes32 account,
        uint256 feeAssets,
        address to
    ) external onlyEngine nonReentrant returns (uint256 paid) {
        uint256 indexRay = _accrue();
        paid = Math.min(feeAssets, _cash);
        if (paid == 0) return 0;
        _addDebt(account, paid, indexRay);
        _send(to, paid);
        emit FeeCharged(account, to, paid);
    }

    // Requirements.

    /// @inheritdoc IPositionModule
    function initialRequirement(bytes32 account) external view returns (uint256) {
        return _requirement(account, maintenanceFactorBps + initialExtraBps);
    }

    /// @inheritdoc IPositionModule
    function maintenanceRequirement(bytes32 account) external view returns (uint256) {
        return _requirement(account, maintenanceFactorBps);
    }

    /// @inheritdoc IPositionModule
    function debtValue(bytes32 account) external view returns (uint256) {
        uint256 debt = _debtNow(account);
        return debt == 0 ? 0 : Math.mulDiv(debt, debtPriceX64(), 1 << 64, Math.Rounding.Ceil);
    }

    /// @inheritdoc IPositionModule
    function debtPriceX64() public view returns (uint256) {
        return priceBoard.assetPriceX64(assetId);
    }

    /// @inheritdoc IPositionModule
    function debtOf(bytes32 account) external view returns (uint256) {
        return _debtNow(account);
    }

    /// @inheritdoc ICreditPool
    function totalDebt() external view returns (uint256) {
        return _totalDebtNow();
    }

    // Lenders.

    /// @inheritdoc ICreditPool
    function cash() external view returns (uint256) {
        return _cash;
    }

    function totalAssets() public view override returns (uint256) {
        return _cash + _totalDebtNow();
    }

    function maxDeposit(address) public view override returns (uint256) {
        return Math.saturatingSub(supplyCap, totalAssets());
    }

    function maxMint(address receiver) public view override returns (uint256) {
        return _convertToShares(maxDeposit(receiver), Math.Rounding.Floor);
    }

    function maxWithdraw(address lender) public view override returns (uint256) {
        return Math.min(_convertToAssets(balanceOf(lender), Math.Rounding.Floor), _cash);
    }

    function maxRedeem(address lender) public view override returns (uint256) {
        return Math.min(balanceOf(lender), _convertToShares(_cash, Math.Rounding.Floor));
    }

    function deposit(uint256 assets, address receiver) public override nonReentrant returns (uint256) {
        _accrue();
        return super.deposit(assets, receiver);
    }

    function mint(uint256 shares, address receiver) public override nonReentrant returns (uint256) {
        _accrue();
        return super.mint(shares, receiver);
    }

    function withdraw(uint256 assets, address receiver, address lender) public override nonReentrant returns (uint256) {
        _accrue();
        _requireCash(assets);
        return super.withdraw(assets, receiver, lender);
    }

    function redeem(uint256 shares, address receiver, address lender) public override nonReentrant returns (uint256) {
        _accrue();
        // More than the lender has is the lender's error, not the pool's.
        if (shares <= balanceOf(lender)) _requireCash(previewRedeem(shares));
        return super.redeem(shares, receiver, lender);
    }

    // The reserve.

    /// @inheritdoc ICreditPool
    function setReserve(uint16 factorBps, address recipient) external onlyOwner nonReentrant {
        if (factorBps > MAX_RESERVE_FACTOR_BPS) revert BadPoolParameter("reserveFactorBps", factorBps);
        if (factorBps != 0 && (recipient == address(0) || recipient == address(this))) {
            revert BadPoolParameter("reserveRecipient", uint160(recipient));
        }
        _accrue();
        _reserveFactorBps = factorBps;
        reserveRecipient = recipient;
        emit ReserveSet(factorBps, recipient);
    }

    /// @inheritdoc ICreditPool
    function reserveFactorBps() external view returns (uint16) {
        return _reserveFactorBps;
    }

    function _reserve(uint256 interest) internal override {
        uint256 shares = _reserveShares(interest, totalAssets());
        address recipient = reserveRecipient;
        _mint(recipient, shares);
        emit ReserveMinted(recipient, shares);
    }

    /// @dev Worth factor·interest once minted, down. In shares at once, not by way of token units: those would round the interest of a second to nothing.
    function _reserveShares(uint256 interest, uint256 assets) private view returns (uint256) {
        uint256 part = interest * _reserveFactorBps;
        return Math.mulDiv(part, totalSupply() + 10 ** SHARE_DECIMALS_OFFSET, BPS * (assets + 1) - part);
    }

    // ERC-4626's conversions, with the reserve's shares of interest that no accrual has booked yet: a preview is what happens.

    function _convertToShares(uint256 assets, Math.Rounding rounding) internal view override returns (uint256) {
        (uint256 virtualAssets, uint256 virtualShares) = _sharePrice();
        return Math.mulDiv(assets, virtualShares, virtualAssets, rounding);
    }

    function _convertToAssets(uint256 shares, Math.Rounding rounding) internal view override returns (uint256) {
        (uint256 virtualAssets, uint256 virtualShares) = _sharePrice();
        return Math.mulDiv(shares, virtualAssets, virtualShares, rounding);
    }

    function _sharePrice() private view returns (uint256 virtualAssets, uint256 virtualShares) {
        (uint256 debt, uint256 interest) = _debtAndInterest();
        uint256 assets = _cash + debt;
        virtualAssets = assets + 1;
        virtualShares = totalSupply() + 10 ** SHARE_DECIMALS_OFFSET;
        if (interest != 0) virtualShares += _reserveShares(interest, assets);
    }

    function _transferIn(address from, uint256 assets) internal override {
        _pull(from, assets);
        _cash = (_cash + assets).toUint128();
    }

    function _transferOut(address to, uint256 assets) internal override {
        _send(to, assets);
    }

    function _decimalsOffset() internal pure override returns (uint8) {
        return SHARE_DECIMALS_OFFSET;
    }

    function _book(bytes32 account, uint256 assets) private returns (uint256 debt) {
        if (assets == 0) revert ZeroAmount();
        if (maintenanceFactorBps == 0) revert NotBound();
        _requireCash(assets);
        uint256 indexRay = _accrue();
        debt = _addDebt(account, assets, indexRay);
        if (debt < minDebt) revert DebtBelowMinimum(account, debt, minDebt);
        uint256 allDebt = _totalDebtAt(indexRay);
        if (allDebt > borrowCap) revert BorrowCapExceeded(allDebt, borrowCap);
    }

    function _repay(bytes32 account, uint256 assets, address payer) private returns (uint256 repaid) {
        repaid = _removeDebt(account, assets, _accrue());
        if (repaid == 0) return 0;
        _cash = (_cash + repaid).toUint128();
        _pull(payer, repaid);
        emit Repaid(account, payer, repaid);
    }

    /// @dev ⌈debt·price·(1 + debtHaircut)·factor⌉, µUSD. No price is asked for when nothing is owed.
    function _requirement(bytes32 account, uint256 factorBps) private view returns (uint256) {
        return _requirementOf(_debtNow(account), factorBps);
    }

    function _requirementOf(uint256 debt, uint256 factorBps) private view returns (uint256) {
        if (debt == 0) return 0;
        // price < 2^96, the two factors below 2^17 each.
        return
            Math.mulDiv(
                debt,
                debtPriceX64() * (BPS + debtHaircutBps) * factorBps,
                (BPS * BPS) << 64,
                Math.Rounding.Ceil
            );
    }

    function _requireCash(uint256 assets) private view {
        if (assets > _cash) revert InsufficientLiquidity(assets, _cash);
    }

    function _send(address to, uint256 assets) private {
        _requireCash(assets);
        _cash -= uint128(assets);
        IERC20(asset()).safeTransfer(to, assets);
    }

    function _pull(address from, uint256 assets) private {
        IERC20 token = IERC20(asset());
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), assets);
        uint256 got = token.balanceOf(address(this)) - before;
        if (got != assets) revert UnexpectedTransfer(assets, got);
    }
}
