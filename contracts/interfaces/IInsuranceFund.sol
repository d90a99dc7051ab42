// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";

/// @title What bears a pool's losses before its lenders do (LIQ-8)
interface IInsuranceFund {
    event Covered(uint256 assets);
    event WithdrawalAnnounced(IERC20 indexed token, address indexed to, uint256 amount, uint256 readyAt);
    event WithdrawalCancelled();
    event Withdrawn(IERC20 indexed token, address indexed to, uint256 amount);

    error NotPool(address caller);
    error NothingAnnounced();
    error NotReady(uint256 readyAt);
    /// Thrown when an announced withdrawal was not made in time: it has to be announced again.
    error AnnouncementLapsed(uint256 until);

    /// @notice The pool that it stands for: its assets and its shares of that pool are taken for losses.
    function pool() external view returns (IERC4626);
    /// @notice Pool only: pay it up to `atMost` token units; if `whole`, all of that or nothing. Returns what was paid.
    function cover(uint256 atMost, bool whole) external returns (uint256 paid);
    /// @notice Turn pool shares, which the reserve factor brings in, into the pool's asset. Owner only.
    function redeem(uint256 shares) external returns (uint256 assets);
    /// @notice Say what will be taken out: in public, 14 days ahead, one at a time; a new announcement replaces the old one. Owner only.
    function announceWithdrawal(IERC20 token, address to, uint256 amount) external;
    function cancelWithdrawal() external;
    /// @notice Take out what was announced, or what is left of it. Owner only.
    function withdraw() external returns (uint256 amount);
}
