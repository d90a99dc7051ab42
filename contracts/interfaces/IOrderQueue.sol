// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MessagingFee, MessagingReceipt} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppSender.sol";
import {SettleOrder} from "../types/Types.sol";

/// @title Orders of the engines on this chain to vault chains: queued, kept, batched, resendable by anyone. One per margin chain
/// @dev The engine in an order is the caller's own address, so a foreign contract can only write into its own domain.
interface IOrderQueue {
    /// `order` is the packed order of docs/encodings.md; its keccak256 is kept on chain under (dstEid, id).
    event OrderQueued(
        uint32 indexed dstEid,
        uint256 indexed id,
        address indexed engine,
        uint256 lockNullifier,
        bytes order
    );
    event OrdersSent(uint32 indexed dstEid, uint256[] ids, bytes32 guid);

    /// @notice Announce a lock to S (ORD-1). `coverage` is the cap, M·(1 + maxBonus) rounded down, µUSD: the most the engine will ever put into a
    ///         SETTLE of this lock, since S executes no claim above it. Call again with the larger cap when a refresh raises M.
    function opened(
        uint32 dstEid,
        address vault,
        uint256 lockNullifier,
        uint64 coverage,
        bytes32 seizurePricesHash
    ) external returns (uint256 id);
    /// @notice Keep a SETTLE (ORD-2). For a private claim the caller has checked that buyerKey is on the curve and of prime order (ORD-6).
    /// @dev order.engine is overwritten with msg.sender.
    function settle(uint32 dstEid, SettleOrder calldata order) external returns (uint256 id);
    /// @notice Keep a HEARTBEAT: the caller is alive now (ORD-7).
    function heartbeat(uint32 dstEid, address vault) external returns (uint256 id);
    /// @notice Keep a RELEASE: who may have, on S, what the PUBLIC settlement of a lock seized (ORD-5). The first one to arrive counts.
    function release(
        uint32 dstEid,
        address vault,
        uint256 lockNullifier,
        address recipient
    ) external returns (uint256 id);
    /// @notice Send kept orders, at most 32. Anyone, any number of times. `extraOptions`: LayerZero type 3 or empty; the gas that the orders need at
    ///         the other end is added here, on top of the enforced options.
    function send(
        uint32 dstEid,
        uint256[] calldata ids,
        bytes[] calldata orders,
        bytes calldata extraOptions
    ) external payable returns (MessagingReceipt memory);
    function quoteSend(
        uint32 dstEid,
        uint256[] calldata ids,
        bytes[] calldata orders,
        bytes calldata extraOptions
    ) external view returns (MessagingFee memory);
    function orderHash(uint32 dstEid, uint256 id) external view returns (bytes32);
    function nextId(uint32 dstEid) external view returns (uint256);
}
