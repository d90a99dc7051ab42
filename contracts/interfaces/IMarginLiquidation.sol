// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {JubPoint} from "../types/Types.sol";
import {IMarginTypes} from "./IMarginTypes.sol";

/// @title Live coverage, flags, auctions (rules.md ACC-3, ACC-4, LIQ)
interface IMarginLiquidation is IMarginTypes {
    // Anyone.

    /// @notice Flag an account that is uncovered at live prices (LIQ-1); pays the fee for the first flag of an episode.
    /// @dev A slot without a valid price is no evidence: its lock counts as if that slot had not fallen.
    function flag(bytes32 id) external;
    /// @notice Clear the flag, or cancel auctions, of an account that is covered (LIQ-1) or meets the initial requirement (LIQ-6).
    /// @dev Here a lock with a relied-on slot without a price counts 0. Needs no price when nothing is owed.
    function clear(bytes32 id) external;
    /// @notice LIQ-2: start the auction(s) that the rules choose, of locks with valid prices on all relied-on slots (LIQ-4). Returns the locks put up; pays the fee.
    /// @dev An auction that ends unsold stays open at its end prices until someone buys or it is cancelled.
    /// LIQ-10: while a set of the account's collateral is halted (IPriceBoard), a solvent account has 30 minutes more; an account that is late, or whose debt
    /// exceeds its live coverage, has not.
    function startAuctions(bytes32 id) external returns (uint256[] memory lockNullifiers);
    /// @notice Buy the claim: repays X worth of debt from msg.sender; the claim becomes a note of (pkB, 8·key) on S. Reverts if more than maxDebtAssets is due.
    /// @dev The buyer approves the module for the debt token first. The penalty is the buyer's (what the seizure prices are below market), the insurance fund's
    /// (the market's fundFeeBps, where the guarantee pays it: in claim and `debtAssets`), and the keeper's who flagged (the fixed fee, FEE-4).
    function buy(
        bytes32 id,
        uint256 lockNullifier,
        uint256 maxDebtAssets,
        uint256 pkB,
        JubPoint calldata key
    ) external returns (uint64 claim, uint256 debtAssets);

    /// @notice The same, for a contract (IClaimBuyer) that is called before it pays: it needs no capital beyond a flash loan. `data` goes to it, at least a byte.
    function buyWithCallback(
        bytes32 id,
        uint256 lockNullifier,
        uint256 maxDebtAssets,
        uint256 pkB,
        JubPoint calldata key,
        bytes calldata data
    ) external returns (uint64 claim, uint256 debtAssets);

    // The module.

    /// @notice The module says that debt was repaid: clears the flag, or cancels auctions, if that suffices. Never decides whether one may repay.
    function onRepaid(bytes32 id) external;

    // Views.

    /// @notice Σ G over counting locks, at live prices, µUSD (ACC-3). A lock without a valid price counts 0.
    function liveCoverage(bytes32 id) external view returns (uint256);
    /// @notice Σ G over counting locks at min(latest snapshot, live): what borrowing is checked against.
    function borrowCoverage(bytes32 id) external view returns (uint256);
    /// @notice G of a lock at live prices, whether its proof still counts or not; 0 without valid prices.
    function guarantee(bytes32 id, uint256 lockNullifier) external view returns (uint256);
    function isCovered(bytes32 id) external view returns (bool);
    /// @notice LIQ-9: whether a lock of the account was proven under a root that is revoked now, and until when it is no evidence against the account, seconds.
    /// @dev A refresh under a newer root ends it, at any time; after `reproveUntil` the fund may take the claim first.
    function revocation(bytes32 id, uint256 lockNullifier) external view returns (bool revoked, uint256 reproveUntil);
    function auction(bytes32 id, uint256 lockNullifier) external view returns (AuctionView memory);
    /// @notice Seizure prices and X if bought in this block.
    function quoteBuy(
        bytes32 id,
        uint256 lockNullifier
    ) external view returns (uint64 claim, uint256 debtAssets, uint96[8] memory seizurePricesX64);
}
