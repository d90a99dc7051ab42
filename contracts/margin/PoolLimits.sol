// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ICreditPool} from "../interfaces/ICreditPool.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";

/// @title What a pool's market and its owner allow
/// @dev A pool begins closed, with both caps at 0. Lowering them to 0 is how lending and borrowing are stopped; neither cap holds up repaying, withdrawing,
/// closing out or the fixed fee of a liquidation.
abstract contract PoolLimits is ICreditPool, Ownable2Step {
    /// @inheritdoc ICreditPool
    bytes32 public market;
    // One word: a borrow reads all three.
    uint96 public minDebt;
    /// 1 + maxBonus + buffer, of 10⁴. 0 = not bound.
    uint32 public maintenanceFactorBps;
    /// @inheritdoc ICreditPool
    uint128 public borrowCap;
    /// @inheritdoc ICreditPool
    uint128 public supplyCap;
    /// @inheritdoc ICreditPool
    address public guardian;
    /// @inheritdoc ICreditPool
    address public insuranceFund;

    constructor(address owner_) Ownable(owner_) {}

    /// @inheritdoc ICreditPool
    function setCaps(uint128 supplyCap_, uint128 borrowCap_) external {
        if (supplyCap_ > supplyCap || borrowCap_ > borrowCap) _checkOwner();
        else if (msg.sender != guardian && msg.sender != owner()) revert NotGuardian(msg.sender);
        supplyCap = supplyCap_;
        borrowCap = borrowCap_;
        emit CapsSet(supplyCap_, borrowCap_);
    }

    /// @inheritdoc ICreditPool
    function setGuardian(address guardian_) external onlyOwner {
        guardian = guardian_;
        emit GuardianSet(guardian_);
    }

    /// @inheritdoc ICreditPool
    function setInsuranceFund(address insuranceFund_) external onlyOwner {
        // Its shares are burnt for losses: it must be a contract that says so, never a lender.
        if (insuranceFund_ != address(0) && address(IInsuranceFund(insuranceFund_).pool()) != address(this)) {
            revert BadPoolParameter("insuranceFund", uint160(insuranceFund_));
        }
        insuranceFund = insuranceFund_;
        emit InsuranceFundSet(insuranceFund_);
    }
}
