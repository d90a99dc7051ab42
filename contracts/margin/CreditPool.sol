// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20, ERC4626, IERC20} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICreditPool} from "../interfaces/ICreditPool.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {IInterestRateModel} from "../interfaces/IInterestRateModel.sol";
import {IMarginEngine} from "../interfaces/IMarginEngine.sol";
import {IPositionModule} from "../interfaces/IPositionModule.sol";
import {IPriceBoard} from "../interfaces/IPriceBoard.sol";
import {DebtLedger} from "./DebtLedger.sol";
import {LossLedger} from "./LossLedger.sol";
import {PoolLimits} from "./PoolLimits.sol";

/// @title An ERC-4626 pool that lends its asset to the accounts of one market
/// @dev Every entry accrues first. Debt is booked before a token moves, so a callback of the token sees a pool that has already paid.
/// Shares have two prices (LossLedger): in at face value, out net of provisions, so that nobody gains by leaving before a loss is booked, or by coming before a
/// provision is released. A loss is booked when a claim is taken over: the insurance fund bears it, then all lenders alike.
/// Tokens that charge a fee on transfer are refused by balance difference; tokens that rebase must not be listed.
contract CreditPool is PoolLimits, ERC4626, LossLedger, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    uint256 private constant BPS = 10_000;
    uint16 public constant MAX_RESERVE_FACTOR_BPS = 5_000;
    /// A fixed fee is at most this part of what the account owes.
    uint256 private constant LEAST_DEBT_PER_FEE = 20;
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
        repaid = _repay(account, assets, 0, msg.sender);
        if (repaid == 0) revert NoDebt(account);
        // Repaying is never blocked (LIQ-6): what the engine makes of it cannot undo it. `clear` does the same later.
        // solhint-disable-next-line no-empty-blocks
        try IMarginEngine(engine).onRepaid(account) {} catch {}
    }

    /// @inheritdoc IPositionModule
    function closeOut(
        bytes32 account,
        uint256 debtAssets,
        uint256 feeAssets,
        address payer
    ) external onlyEngine nonReentrant {
        _repay(account, debtAssets, feeAssets, payer);
    }

    /// @inheritdoc IPositionModule
    function chargeFee(
        bytes32 account,
        uint256 feeAssets,
        address to
    ) external onlyEngine nonReentrant returns (uint256 paid) {
        uint256 indexRay = _accrue();
        // Nothing is lent to somebody who owes next to nothing.
        paid = Math.min(Math.min(feeAssets, _cash), _debtNow(account) / LEAST_DEBT_PER_FEE);
        if (paid == 0) return 0;
        _addDebt(account, paid, indexRay);
        _send(to, paid);
        emit FeeCharged(account, to, paid);
    }

    // What nobody bought (LIQ-8).

    /// @inheritdoc IPositionModule
    function takeOver(
        bytes32 account,
        bytes32 lockKey,
        uint256 debtAssets,
        uint256 carriedAssets
    ) external onlyEngine nonReentrant returns (uint256 owed) {
        uint256 indexRay = _accrue();
        owed = _removeDebt(account, debtAssets, indexRay);
        uint256 carried;
        uint256 covered;
        if (lockKey != 0) covered = _fromFund(owed, true);
        uint256 loss;
        if (covered != owed) {
            carried = lockKey == 0 ? 0 : Math.min(carriedAssets, owed);
            loss = owed - carried;
            // Booked before the fund's shares are burnt, at what they were worth before the loss.
            if (lockKey != 0) _keepClaim(lockKey, owed, carried, 0);
            covered = _bear(loss, _faceValue(_totalDebtAt(indexRay)) + loss);
            if (lockKey != 0) _noteCovered(lockKey, covered);
        } else if (owed != 0) {
            _keepClaim(lockKey, owed, 0, owed);
        }
        _easeProvision(account, loss);
        emit ClaimTaken(account, lockKey, owed, carried, covered);
    }

    /// @inheritdoc IPositionModule
    function receiveLot(bytes32 lockKey, uint256 assets, address payer) external onlyEngine nonReentrant {
        uint256 indexRay = _accrue();
        Claim memory c = _endClaim(lockKey);
        // The pool gets what it carried, the fund what it put in, lenders what they lost; the rest is the fund's, which bears the next loss.
        uint256 left = Math.saturatingSub(assets, c.carried);
        uint256 lost = uint256(c.owed) - c.carried - c.covered;
        uint256 gain = left;
        uint256 toFund;
        if (insuranceFund != address(0)) {
            gain = Math.min(Math.saturatingSub(left, c.covered), lost);
            toFund = left - gain;
        }
        _cash = (_cash + assets).toUint128();
        _lockGain(gain);
        emit LotReceived(lockKey, assets, toFund, gain);
        if (assets != 0) _pull(payer, assets);
        if (toFund != 0) _send(insuranceFund, toFund);
        uint256 loss = Math.saturatingSub(c.carried, assets);
        _bear(loss, _faceValue(_totalDebtAt(indexRay)) + loss);
    }

    /// @inheritdoc IPositionModule
    function writeDown(bytes32 lockKey) external onlyEngine nonReentrant {
        uint256 indexRay = _accrue();
        uint256 carried = _carriedAt(lockKey);
        uint256 face = _faceValue(_totalDebtAt(indexRay));
        _writeDown(lockKey);
        emit WrittenDown(lockKey, carried);
        _noteCovered(lockKey, _bear(carried, face));
    }

    /// @inheritdoc IPositionModule
    function provision(bytes32 account, uint256 shortfallAssets) external onlyEngine nonReentrant {
        _accrue();
        _provision(account, shortfallAssets);
    }

    /// @dev A loss that is in the books already: the fund's assets make up for it, then its shares, which are burnt; then gains that nobody has yet.
    /// @param faceBefore what the pool was worth before the loss. @return covered by the fund.
    function _bear(uint256 loss, uint256 faceBefore) private returns (uint256 covered) {
        if (loss == 0) return 0;
        covered = _fromFund(loss, false);
        if (covered != loss && insuranceFund != address(0)) {
            uint256 supply = totalSupply() + 10 ** SHARE_DECIMALS_OFFSET;
            uint256 wanted = Math.mulDiv(loss - covered, supply, faceBefore + 1, Math.Rounding.Ceil);
            uint256 shares = Math.min(wanted, balanceOf(insuranceFund));
            if (shares != 0) {
                covered += Math.min(loss - covered, Math.mulDiv(shares, faceBefore + 1, supply));
                _burn(insuranceFund, shares);
            }
        }
        _absorb(loss - covered);
        emit LossBooked(loss, covered);
    }

    /// @dev A fund that fails pays nothing: liquidation does not depend on it.
    function _fromFund(uint256 atMost, bool whole) private returns (uint256 paid) {
        if (insuranceFund == address(0) || atMost == 0) return 0;
        IERC20 token = IERC20(asset());
        uint256 before = token.balanceOf(address(this));
        // solhint-disable-next-line no-empty-blocks
        try IInsuranceFund(insuranceFund).cover(atMost, whole) {} catch {}
        paid = Math.min(token.balanceOf(address(this)) - before, atMost);
        _cash = (_cash + paid).toUint128();
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

    /// @dev Net of provisions: what lenders would share if what is doubtful were lost.
    function totalAssets() public view override returns (uint256) {
        return _netValue(_totalDebtNow());
    }

    function maxDeposit(address) public view override returns (uint256) {
        return Math.saturatingSub(supplyCap, _faceValue(_totalDebtNow()));
    }

    function maxMint(address receiver) public view override returns (uint256) {
        return previewDeposit(maxDeposit(receiver));
    }

    function previewDeposit(uint256 assets) public view override returns (uint256) {
        (uint256 virtualAssets, uint256 virtualShares) = _sharePrice(true);
        return Math.mulDiv(assets, virtualShares, virtualAssets);
    }

    function previewMint(uint256 shares) public view override returns (uint256) {
        (uint256 virtualAssets, uint256 virtualShares) = _sharePrice(true);
        return Math.mulDiv(shares, virtualAssets, virtualShares, Math.Rounding.Ceil);
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

    function _reserve(uint256 interest, uint256 debt) internal override {
        uint256 shares = _reserveShares(interest, _faceValue(debt));
        address recipient = reserveRecipient;
        _mint(recipient, shares);
        emit ReserveMinted(recipient, shares);
    }

    /// @dev Worth factor·interest once minted, down. In shares at once, not by way of token units: those would round the interest of a second to nothing.
    function _reserveShares(uint256 interest, uint256 assets) private view returns (uint256) {
        uint256 part = interest * _reserveFactorBps;
        return Math.mulDiv(part, totalSupply() + 10 ** SHARE_DECIMALS_OFFSET, BPS * (assets + 1) - part);
    }

    // ERC-4626's conversions, at the price on the way out, with the reserve's shares of interest that no accrual has booked yet: a preview is what happens.

    function _convertToShares(uint256 assets, Math.Rounding rounding) internal view override returns (uint256) {
        (uint256 virtualAssets, uint256 virtualShares) = _sharePrice(false);
        return Math.mulDiv(assets, virtualShares, virtualAssets, rounding);
    }

    function _convertToAssets(uint256 shares, Math.Rounding rounding) internal view override returns (uint256) {
        (uint256 virtualAssets, uint256 virtualShares) = _sharePrice(false);
        return Math.mulDiv(shares, virtualAssets, virtualShares, rounding);
    }

    /// @param face for who comes in; else net of provisions, for who leaves.
    function _sharePrice(bool face) private view returns (uint256 virtualAssets, uint256 virtualShares) {
        (uint256 debt, uint256 interest) = _debtAndInterest();
        virtualAssets = (face ? _faceValue(debt) : _netValue(debt)) + 1;
        virtualShares = totalSupply() + 10 ** SHARE_DECIMALS_OFFSET;
        if (interest != 0) virtualShares += _reserveShares(interest, _faceValue(debt));
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

    /// @param fee on top, for the insurance fund.
    function _repay(bytes32 account, uint256 assets, uint256 fee, address payer) private returns (uint256 repaid) {
        uint256 indexRay = _accrue();
        repaid = _removeDebt(account, assets, indexRay);
        if (repaid + fee == 0) return 0;
        _cash = (_cash + repaid + fee).toUint128();
        _easeProvision(account, 0);
        if (fee != 0) _bookPenalty(account, fee, indexRay, payer);
        _pull(payer, repaid + fee);
        if (repaid != 0) emit Repaid(account, payer, repaid);
    }

    /// @dev As shares: no transfer to anyone can hold up a purchase. Without a fund it is the lenders'. The cash is booked already.
    function _bookPenalty(bytes32 account, uint256 fee, uint256 indexRay, address payer) private {
        uint256 shares;
        if (insuranceFund == address(0)) _lockGain(fee);
        else {
            uint256 before = _faceValue(_totalDebtAt(indexRay)) - fee;
            shares = Math.mulDiv(fee, totalSupply() + 10 ** SHARE_DECIMALS_OFFSET, before + 1);
            _mint(insuranceFund, shares);
        }
        emit PenaltyPaid(account, payer, fee, shares);
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
