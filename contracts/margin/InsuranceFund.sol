// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";

/// @title The insurance fund of one credit pool: the pool's asset, and its shares, which the reserve factor brings in
/// @dev Anyone may add to it by a transfer. The pool takes what it needs at once and burns the shares by itself; the owner takes anything out only 14 days after
/// having said so.
contract InsuranceFund is IInsuranceFund, Ownable2Step {
    using SafeERC20 for IERC20;

    uint256 public constant WITHDRAWAL_DELAY = 14 days;
    /// For how long it may be taken then: an announcement is no standing permission.
    uint256 public constant WITHDRAWAL_WINDOW = 7 days;

    struct Withdrawal {
        IERC20 token;
        address to;
        uint256 amount;
        uint256 readyAt;
    }

    /// @inheritdoc IInsuranceFund
    IERC4626 public immutable pool;
    IERC20 private immutable _asset;
    Withdrawal public announced;

    constructor(address owner_, IERC4626 pool_) Ownable(owner_) {
        pool = pool_;
        _asset = IERC20(pool_.asset());
    }

    /// @inheritdoc IInsuranceFund
    function cover(uint256 atMost, bool whole) external returns (uint256 paid) {
        if (msg.sender != address(pool)) revert NotPool(msg.sender);
        paid = _asset.balanceOf(address(this));
        if (paid > atMost) paid = atMost;
        if (paid == 0 || (whole && paid < atMost)) return 0;
        _asset.safeTransfer(address(pool), paid);
        emit Covered(paid);
    }

    /// @inheritdoc IInsuranceFund
    function redeem(uint256 shares) external onlyOwner returns (uint256 assets) {
        return pool.redeem(shares, address(this), address(this));
    }

    /// @inheritdoc IInsuranceFund
    function announceWithdrawal(IERC20 token, address to, uint256 amount) external onlyOwner {
        announced = Withdrawal(token, to, amount, block.timestamp + WITHDRAWAL_DELAY);
        emit WithdrawalAnnounced(token, to, amount, announced.readyAt);
    }

    /// @inheritdoc IInsuranceFund
    function cancelWithdrawal() external onlyOwner {
        if (announced.readyAt == 0) revert NothingAnnounced();
        delete announced;
        emit WithdrawalCancelled();
    }

    /// @inheritdoc IInsuranceFund
    function withdraw() external onlyOwner returns (uint256 amount) {
        Withdrawal memory w = announced;
        if (w.readyAt == 0) revert NothingAnnounced();
        if (block.timestamp < w.readyAt) revert NotReady(w.readyAt);
        if (block.timestamp > w.readyAt + WITHDRAWAL_WINDOW) revert AnnouncementLapsed(w.readyAt + WITHDRAWAL_WINDOW);
        delete announced;
        amount = w.token.balanceOf(address(this));
        if (amount > w.amount) amount = w.amount;
        emit Withdrawn(w.token, w.to, amount);
        w.token.safeTransfer(w.to, amount);
    }
}
