// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginTypes} from "./IMarginTypes.sol";

/// @title Claims that nobody buys: valuations, takeover, sale of what they seized, bad debt (rules.md LIQ-7, LIQ-8; ADR 0014)
interface IMarginLosses is IMarginTypes {
    /// A claim that was taken over, and the sale of what it seized on S.
    struct Lot {
        bytes32 market;
        uint256 owed; // what it paid off, debt token units
        uint40 takenAt;
        uint40 startedAt; // of the sale; 0 = not yet
        bool sold;
        bool recovered; // S has said what was seized
        uint256 amountsLo; // PackedAmounts of it, shared units
        uint256 amountsHi;
        uint256 price; // now, debt token units; 0 before the sale too
    }

    /// The lock in auction is worth at least `value` µUSD at the auction's last seizure prices.
    event Valued(bytes32 indexed account, uint256 indexed lockNullifier, uint64 value, address by);
    /// A PUBLIC order went to S; `guaranteed` µUSD of the claim are sure to come back.
    event TakenOver(
        bytes32 indexed account,
        uint256 indexed domain,
        uint256 indexed lockNullifier,
        uint64 claim,
        uint64 guaranteed,
        uint256 debtAssets,
        uint96[8] seizurePricesX64
    );
    /// An account without a lock owed this much.
    event WrittenOff(bytes32 indexed account, uint256 debtAssets);
    event LotSaleStarted(uint256 indexed domain, uint256 indexed lockNullifier, uint256 startPrice);
    event LotSold(
        uint256 indexed domain,
        uint256 indexed lockNullifier,
        address indexed buyer,
        uint256 price,
        address recipient
    );
    event LotWrittenDown(uint256 indexed domain, uint256 indexed lockNullifier);

    /// A better one was posted before.
    error ValuationNotBetter(bytes32 account, uint256 lockNullifier, uint64 best, uint64 value);
    /// Until then the claim is for sale to everybody.
    error AuctionNotOver(bytes32 account, uint256 lockNullifier, uint256 endsAt);
    /// Until then the lock may be proven anew (LIQ-9), or the feeds that it relies on may come back (LIQ-4).
    error TakeoverTooEarly(bytes32 account, uint256 lockNullifier, uint256 from);
    /// Bad debt is written off when nothing else is left.
    error LocksLeft(bytes32 account, uint256 count);
    error UnknownLot(uint256 domain, uint256 lockNullifier);
    error LotSaleRunning(uint256 domain, uint256 lockNullifier);
    error LotSaleNotStarted(uint256 domain, uint256 lockNullifier);
    /// S has not said yet what the claim seized.
    error NotRecovered(uint256 domain, uint256 lockNullifier);
    /// Given up only a good while after it was taken over, and only while S has said nothing.
    error LotNotOverdue(uint256 domain, uint256 lockNullifier, uint256 from);
    error LotPriceAboveMaximum(uint256 price, uint256 maxPrice);

    // Anyone.

    /// @notice LIQ-7: show what a lock in auction is worth at its last seizure prices, all slots. The best counts when the claim is taken over, and bidders see it.
    /// @dev A margin proof by whoever knows the opening, with action 5 and the auction's start as nonce: f_i = those seizure prices, h_i = 10⁴, Q = 0, M the value,
    /// two digits. Root attested and not revoked, of any age. snapshot, floorBps, profile, riskVersion and expiry are only bound.
    function postValuation(bytes32 id, MarginProof calldata proof) external;
    /// @notice LIQ-8: nobody bought the claim by the end of its auction, so the insurance fund or the pool takes it, as a PUBLIC order at haircut value of the lower of
    /// frozen and live prices. Not from an account that meets its initial requirement again: `clear` cancels its auction (LIQ-6). Also a lock under a revoked root that was not proven anew in time (LIQ-9), and one whose feeds have been dead for
    /// three days since its account was flagged, at the prices of its proof less 30 % (LIQ-4).
    function takeOver(bytes32 id, uint256 lockNullifier) external returns (uint64 claim, uint256 debtAssets);
    /// @notice Tell the module how far an account's guarantees fall short of its debt, so that withdrawals do not run ahead of a loss. Flagging does it too.
    function provision(bytes32 id) external;
    /// @notice Book the debt of an account that has no lock left as lost.
    function writeOff(bytes32 id) external returns (uint256 debtAssets);
    /// @notice Put up for sale what a claim seized, once S has said what that is (RECOVERED).
    function startLotSale(uint256 domain, uint256 lockNullifier) external;
    /// @notice Buy it: pay the price of now to the module in its asset; `recipient` may have the tokens on S once the RELEASE has arrived there.
    /// @dev The price halves every hour, from 16 times what the claim paid off: no feed is asked. The buyer approves the module first.
    function buyLot(
        uint256 domain,
        uint256 lockNullifier,
        uint256 maxPrice,
        address recipient
    ) external returns (uint256 price);
    /// @notice Carry a claim at 0 of which S has said nothing for 60 days. It can still be sold when S does.
    function writeDownLot(uint256 domain, uint256 lockNullifier) external;

    // Views.

    function lot(uint256 domain, uint256 lockNullifier) external view returns (Lot memory);
    /// @notice The best valuation of a lock in auction, µUSD; 0 = none.
    function valuation(bytes32 id, uint256 lockNullifier) external view returns (uint64);
}
