// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICreditPool} from "../interfaces/ICreditPool.sol";
import {DebtLedger} from "./DebtLedger.sol";

/// @title What a pool does not expect to be repaid, what it took instead, and gains that are not its lenders' yet (LIQ-8, ADR 0014)
/// @dev Three numbers beside cash and debt. *Provisions*: debt that is still owed, but has too little behind it; who leaves is paid as if it were lost, who comes
/// in pays as if it were not. *Carried*: claims on locks that nobody bought, at what they are sure to bring; the rest was lost at once. *Locked gain*: what sold
/// claims brought beyond that; it comes in evenly over GAIN_SECONDS, so that nobody deposits just before a sale to share in it.
abstract contract LossLedger is ICreditPool, DebtLedger {
    using SafeCast for uint256;

    uint256 internal constant GAIN_SECONDS = 7 days;

    struct Claim {
        uint128 owed;
        uint128 carried;
        uint128 covered;
    }

    // One word.
    uint128 private _provisions;
    uint128 private _carried;
    // One word.
    uint128 private _gain; // at `_gainAt`
    uint64 private _gainAt; // seconds
    mapping(bytes32 account => uint256) private _provisionOf;
    mapping(bytes32 lockKey => Claim) private _claims;

    /// @inheritdoc ICreditPool
    function carriedClaims() external view returns (uint256) {
        return _carried;
    }

    /// @inheritdoc ICreditPool
    function provisions() external view returns (uint256) {
        return _provisions;
    }

    /// @inheritdoc ICreditPool
    function provisionOf(bytes32 account) external view returns (uint256) {
        return _provisionOf[account];
    }

    /// @inheritdoc ICreditPool
    function claimOf(bytes32 lockKey) external view returns (uint256 owed, uint256 carried, uint256 covered) {
        Claim memory c = _claims[lockKey];
        return (c.owed, c.carried, c.covered);
    }

    /// @inheritdoc ICreditPool
    function lockedGain() public view returns (uint256) {
        uint256 passed = block.timestamp - _gainAt;
        return passed >= GAIN_SECONDS ? 0 : Math.mulDiv(_gain, GAIN_SECONDS - passed, GAIN_SECONDS, Math.Rounding.Ceil);
    }

    /// @return face cash, debt and claims, without gains that are locked.
    function _faceValue(uint256 debt) internal view returns (uint256 face) {
        face = _cash + debt;
        if (_hasDoubts) face = Math.saturatingSub(face + _carried, lockedGain());
    }

    /// @return net the same without what is provisioned.
    function _netValue(uint256 debt) internal view returns (uint256 net) {
        net = _faceValue(debt);
        if (_hasDoubts) net = Math.saturatingSub(net, _provisions);
    }

    /// @dev `assets` of the account's debt, at most all of it, are provisioned from now on.
    function _provision(bytes32 account, uint256 assets) internal {
        uint256 before = _provisionOf[account];
        assets = Math.min(assets, _debtNow(account));
        if (assets == before) return;
        _provisionOf[account] = assets;
        _provisions = (_provisions - before + assets).toUint128();
        _hasDoubts = true;
        emit Provisioned(account, assets, _provisions);
    }

    /// @dev The account owes less now; `realised` of what it was short is lost already.
    function _easeProvision(bytes32 account, uint256 realised) internal {
        if (!_hasDoubts) return;
        uint256 before = _provisionOf[account];
        if (before != 0) _provision(account, Math.saturatingSub(before, realised));
    }

    function _keepClaim(bytes32 lockKey, uint256 owed, uint256 carried, uint256 covered) internal {
        Claim storage c = _claims[lockKey];
        if (c.owed != 0) revert BadClaim(lockKey);
        (c.owed, c.carried, c.covered) = (owed.toUint128(), carried.toUint128(), covered.toUint128());
        _carried = (_carried + carried).toUint128();
        _hasDoubts = true;
    }

    function _endClaim(bytes32 lockKey) internal returns (Claim memory c) {
        c = _claims[lockKey];
        if (c.owed == 0) revert BadClaim(lockKey);
        delete _claims[lockKey];
        _carried -= c.carried;
    }

    function _noteCovered(bytes32 lockKey, uint256 covered) internal {
        if (covered != 0) _claims[lockKey].covered += uint128(covered);
    }

    function _writeDown(bytes32 lockKey) internal {
        Claim storage c = _claims[lockKey];
        _carried -= c.carried;
        c.carried = 0;
    }

    function _carriedAt(bytes32 lockKey) internal view returns (uint256) {
        Claim storage c = _claims[lockKey];
        if (c.owed == 0) revert BadClaim(lockKey);
        return c.carried;
    }

    function _lockGain(uint256 assets) internal {
        if (assets == 0) return;
        (_gain, _gainAt) = ((lockedGain() + assets).toUint128(), uint64(block.timestamp));
        _hasDoubts = true;
    }

    /// @dev A loss takes gains first that are nobody's yet. @return left of it.
    function _absorb(uint256 loss) internal returns (uint256 left) {
        uint256 locked = lockedGain();
        if (locked == 0 || loss == 0) return loss;
        uint256 taken = Math.min(locked, loss);
        (_gain, _gainAt) = (uint128(locked - taken), uint64(block.timestamp));
        return loss - taken;
    }
}
