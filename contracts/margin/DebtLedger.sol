// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICreditPool} from "../interfaces/ICreditPool.sol";
import {IInterestRateModel} from "../interfaces/IInterestRateModel.sol";

/// @title Debts of accounts as shares of an index that compounds every second, the pool's cash, and the reserve's part of the interest
/// @dev Rounding: index up, an account's debt up, shares given for new debt up, shares taken for a repayment down; the total, which lenders own, down.
/// `cash` is counted, not read from the token: a donation changes nothing.
abstract contract DebtLedger {
    using SafeCast for uint256;

    uint256 internal constant RAY = 1e27;
    uint256 private constant WAD_TO_RAY = 1e9;
    /// A pool that nobody touched for longer accrues this much only, so that no silence can overflow the index.
    uint256 private constant MAX_ACCRUAL_SECONDS = 365 days;
    /// Whatever a rate model says: 1,000 % a year.
    uint256 private constant MAX_RATE_PER_SECOND_RAY = 10e27 / uint256(365 days);

    IInterestRateModel public immutable rateModel;

    uint128 internal _cash;
    uint128 internal _totalDebtShares;
    // One word: every accrual reads all four.
    uint192 private _indexRay = uint192(RAY);
    uint40 private _accruedAt = uint40(block.timestamp);
    /// The reserve's part of interest, of 10⁴.
    uint16 internal _reserveFactorBps;
    /// Whether LossLedger has anything: read here, it costs nothing while it has not.
    bool internal _hasDoubts;
    mapping(bytes32 account => uint256) private _debtShares;

    constructor(IInterestRateModel rateModel_) {
        rateModel = rateModel_;
    }

    /// @notice What a debt share is worth, token units · 10^27, as of the last accrual. Debts are whole shares.
    function debtIndexRay() external view returns (uint256) {
        return _indexRay;
    }

    /// @dev Bring rate model, index and reserve to now. Every change of cash, debt or reserve factor comes after it.
    function _accrue() internal returns (uint256 indexRay) {
        indexRay = _indexRay;
        uint256 elapsed = _elapsed();
        if (elapsed == 0) return indexRay;
        uint256 shares = _totalDebtShares;
        uint256 before = _debtDown(shares, indexRay);
        // Without debt too: an idle pool is one whose rate should fall.
        uint256 rateWad = rateModel.advance(_cash, before, elapsed);
        if (shares != 0) indexRay = _grown(indexRay, rateWad, elapsed);
        _indexRay = uint192(indexRay);
        _accruedAt = uint40(block.timestamp);
        uint256 debt = _debtDown(shares, indexRay);
        if (_reserveFactorBps != 0 && debt > before) _reserve(debt - before, debt);
        emit ICreditPool.Accrued(indexRay, debt);
    }

    /// @dev Lenders earned this much interest; it is part of the debt of all accounts already.
    function _reserve(uint256 interest, uint256 debt) internal virtual;

    /// @return debt of the account, these assets included.
    function _addDebt(bytes32 account, uint256 assets, uint256 indexRay) internal returns (uint256 debt) {
        uint256 shares = Math.mulDiv(assets, RAY, indexRay, Math.Rounding.Ceil);
        uint256 held = _debtShares[account] + shares;
        _debtShares[account] = held;
        _totalDebtShares = (_totalDebtShares + shares).toUint128();
        return _debtUp(held, indexRay);
    }

    /// @dev The last unit takes the last share. @return removed at most the debt.
    function _removeDebt(bytes32 account, uint256 assets, uint256 indexRay) internal returns (uint256 removed) {
        uint256 held = _debtShares[account];
        uint256 debt = _debtUp(held, indexRay);
        if (debt == 0 || assets == 0) return 0;
        bool all = assets >= debt;
        removed = all ? debt : assets;
        uint256 shares = all ? held : Math.mulDiv(assets, RAY, indexRay);
        _debtShares[account] = held - shares;
        _totalDebtShares -= uint128(shares);
    }

    function _debtNow(bytes32 account) internal view returns (uint256) {
        uint256 shares = _debtShares[account];
        return shares == 0 ? 0 : _debtUp(shares, _indexNow());
    }

    function _totalDebtNow() internal view returns (uint256) {
        return _totalDebtAt(_indexNow());
    }

    function _totalDebtAt(uint256 indexRay) internal view returns (uint256) {
        return _debtDown(_totalDebtShares, indexRay);
    }

    /// @return debt of all accounts now. @return interest in it that no accrual has booked.
    function _debtAndInterest() internal view returns (uint256 debt, uint256 interest) {
        uint256 booked = _indexRay;
        uint256 indexRay = _indexNow();
        debt = _totalDebtAt(indexRay);
        if (indexRay != booked) interest = debt - _totalDebtAt(booked);
    }

    function _indexNow() internal view returns (uint256 indexRay) {
        indexRay = _indexRay;
        uint256 elapsed = _elapsed();
        if (elapsed == 0 || _totalDebtShares == 0) return indexRay;
        uint256 rateWad = rateModel.ratePerSecondWad(address(this), _cash, _totalDebtAt(indexRay), elapsed);
        return _grown(indexRay, rateWad, elapsed);
    }

    function _elapsed() private view returns (uint256) {
        return Math.min(block.timestamp - _accruedAt, MAX_ACCRUAL_SECONDS);
    }

    function _grown(uint256 indexRay, uint256 rateWad, uint256 elapsed) private pure returns (uint256) {
        uint256 rateRay = rateWad * WAD_TO_RAY;
        if (rateRay > MAX_RATE_PER_SECOND_RAY) rateRay = MAX_RATE_PER_SECOND_RAY;
        uint256 grown = Math.mulDiv(indexRay, _powUp(RAY + rateRay, elapsed), RAY, Math.Rounding.Ceil);
        // 70 years away at 100 % a year, 7 at the highest rate; even then, repaying must not revert.
        return Math.min(grown, type(uint192).max);
    }

    /// @dev base^n in RAY by squaring, every product rounded up. base ≤ 1 + 3.2·10⁻⁷ and n ≤ one year keep it below e^10.
    function _powUp(uint256 base, uint256 n) internal pure returns (uint256 result) {
        result = RAY;
        while (true) {
            if (n & 1 == 1) result = Math.ceilDiv(result * base, RAY);
            n >>= 1;
            if (n == 0) return result;
            base = Math.ceilDiv(base * base, RAY);
        }
    }

    function _debtUp(uint256 shares, uint256 indexRay) private pure returns (uint256) {
        return Math.mulDiv(shares, indexRay, RAY, Math.Rounding.Ceil);
    }

    function _debtDown(uint256 shares, uint256 indexRay) private pure returns (uint256) {
        return Math.mulDiv(shares, indexRay, RAY);
    }
}
