// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRiskSet} from "../interfaces/IRiskSet.sol";

/// @title Q = max(z²·(L·Lᵀ + diag d), 0), rounded up without breaking the floor box
/// @dev The floor box needs g(p) = V − √(vᵀQv) monotone, which holds when Q is positive semidefinite with its negative entries floored at 0, and
/// Q_ii ≤ h_i². Rounding entries up adds E with E_ij < 1. E need not be semidefinite by itself, so row i's diagonal also gets the number of its
/// rounded off-diagonal entries: then E is diagonally dominant, Q + E is semidefinite, and the argument stands. At most 7·10⁻⁸ of variance.
library RiskMatrix {
    uint256 internal constant BPS = 10_000;
    uint256 internal constant MAX_ENTRY = 1e8;
    uint256 private constant MAX_FACTORS = 8;
    // |loading| ≤ 4 (400 % a horizon), d ≤ 16, z ≤ 100: every product below stays far within a word.
    int64 private constant MAX_LOADING = 4e9;
    uint64 private constant MAX_VARIANCE = 16e18;
    uint32 private constant MAX_Z_E4 = 1e6;

    /// @notice The upper triangle, row-major.
    function compute(IRiskSet.Model calldata model) internal pure returns (uint32[36] memory risk) {
        _checkRanges(model);
        uint256 zz = uint256(model.zE4) * model.zE4; // 10⁸
        uint256[8] memory roundedOff;
        uint256 k;
        // Off-diagonal entries first: the diagonal needs to know how many of its row were rounded.
        for (uint256 i; i < 8; ++i) {
            ++k;
            for (uint256 j = i + 1; j < 8; ++j) {
                (uint256 entry, bool rounded) = _scale(_covariance(model, i, j), zz);
                if (entry > MAX_ENTRY) revert IRiskSet.RiskEntryTooLarge(uint8(i), uint8(j), entry);
                if (rounded) {
                    ++roundedOff[i];
                    ++roundedOff[j];
                }
                risk[k++] = uint32(entry);
            }
        }
        k = 0;
        for (uint256 i; i < 8; ++i) {
            (uint256 entry, ) = _scale(_covariance(model, i, i) + int256(uint256(model.specificVariance[i])), zz);
            entry += roundedOff[i];
            uint256 h = model.haircutFactors[i];
            if (entry > h * h) revert IRiskSet.RiskExceedsHaircut(uint8(i), entry, h); // h ≤ 10⁴, so entry ≤ 10⁸
            risk[k] = uint32(entry);
            k += 8 - i;
        }
    }

    /// @notice 28-bit lanes, nine a word.
    function pack(uint32[36] memory risk) internal pure returns (uint256[4] memory words) {
        for (uint256 k; k < 36; ++k) words[k / 9] |= uint256(risk[k]) << (28 * (k % 9));
    }

    /// @notice Whether no haircut factor is higher and no entry of Q lower than before: whoever is covered by the new terms was by the old.
    function isTighter(
        uint256 oldHaircuts,
        uint256[4] memory oldRisk,
        uint256 newHaircuts,
        uint256[4] memory newRisk
    ) internal pure returns (bool) {
        for (uint256 i; i < 8; ++i) {
            if (_haircut(newHaircuts, i) > _haircut(oldHaircuts, i)) return false;
        }
        for (uint256 k; k < 36; ++k) {
            if (_entry(newRisk, k) < _entry(oldRisk, k)) return false;
        }
        return true;
    }

    /// @notice Whether each h_i falls by at most `haircutStepBps` and each Q_ii is at most `riskStep` times what it was.
    /// @dev |Q_ij| ≤ √(Q_ii·Q_jj) up to rounding, so the diagonal bounds the rest.
    function isWithinStep(
        uint256 oldHaircuts,
        uint256[4] memory oldRisk,
        uint256 newHaircuts,
        uint256[4] memory newRisk,
        uint256 haircutStepBps,
        uint256 riskStep
    ) internal pure returns (bool) {
        uint256 k;
        for (uint256 i; i < 8; ++i) {
            if (_haircut(newHaircuts, i) + haircutStepBps < _haircut(oldHaircuts, i)) return false;
            if (_entry(newRisk, k) > riskStep * _entry(oldRisk, k)) return false;
            k += 8 - i;
        }
        return true;
    }

    function _haircut(uint256 packed, uint256 i) private pure returns (uint256) {
        return (packed >> (16 * i)) & type(uint16).max;
    }

    function _entry(uint256[4] memory words, uint256 k) private pure returns (uint256) {
        return (words[k / 9] >> (28 * (k % 9))) & ((1 << 28) - 1);
    }

    /// @dev Σ_f L_fi·L_fj, 10¹⁸.
    function _covariance(IRiskSet.Model calldata model, uint256 i, uint256 j) private pure returns (int256 sum) {
        for (uint256 f; f < model.loadings.length; ++f) sum += int256(model.loadings[f][i]) * model.loadings[f][j];
    }

    /// @dev ⌈max(cov, 0)·z²·10⁸⌉ with cov in 10¹⁸ and z² in 10⁸: the two 10⁸ cancel.
    function _scale(int256 covariance, uint256 zz) private pure returns (uint256 entry, bool rounded) {
        if (covariance <= 0) return (0, false);
        uint256 product = uint256(covariance) * zz;
        entry = product / 1e18;
        rounded = product % 1e18 != 0;
        if (rounded) ++entry;
    }

    function _checkRanges(IRiskSet.Model calldata model) private pure {
        if (model.loadings.length > MAX_FACTORS) revert IRiskSet.TooManyFactors(model.loadings.length);
        if (model.zE4 > MAX_Z_E4) revert IRiskSet.ZTooLarge(model.zE4);
        for (uint256 i; i < 8; ++i) {
            if (model.specificVariance[i] > MAX_VARIANCE)
                revert IRiskSet.VarianceTooLarge(uint8(i), model.specificVariance[i]);
            for (uint256 f; f < model.loadings.length; ++f) {
                int64 loading = model.loadings[f][i];
                if (loading > MAX_LOADING || loading < -MAX_LOADING)
                    revert IRiskSet.LoadingTooLarge(uint8(f), uint8(i), loading);
            }
        }
    }
}
