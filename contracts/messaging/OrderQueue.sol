// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MessagingFee, MessagingReceipt} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppSender.sol";
import {IOrderQueue} from "../interfaces/IOrderQueue.sol";
import {HeartbeatOrder, MessageCodec, OpenedOrder, ReleaseOrder} from "../libraries/MessageCodec.sol";
import {SettleOrder} from "../types/Types.sol";
import {WiredSender} from "./WiredSender.sol";

/// @title OrderQueue
/// @dev Keeps 32 bytes an order (ADR 0003). Queuing never depends on LayerZero or on a peer, so that leaving and liquidating cannot be held up by wiring.
contract OrderQueue is IOrderQueue, WiredSender {
    /// Thrown when an order given to `send` is not the one kept under its id. kept = 0: no such id.
    error NotTheKeptOrder(uint32 dstEid, uint256 id, bytes32 kept, bytes32 got);
    /// Thrown when `send` gets unequal numbers of ids and orders.
    error UnequalLists(uint256 ids, uint256 orders);
    /// Thrown when a SETTLE has a value that is not below the field order: it could never be proven.
    error UnprovableOrder(uint256 lockNullifier);
    /// Thrown when a claim has no buyer, or a release has one, or a PUBLIC order has one.
    error BadBeneficiary(uint256 lockNullifier, uint64 claim, bool isPublic);
    /// Thrown when a RELEASE names nobody.
    error ZeroRecipient(uint256 lockNullifier);
    /// Thrown when an OPENED announces nothing.
    error ZeroCoverage(uint256 lockNullifier);

    /// @notice Message type of ORDERS in enforced options.
    uint16 public constant MSG_ORDERS = MessageCodec.ORDERS;
    /// @notice Gas for lzReceive per order, added by `send`. An order stores up to four new words and emits up to two events there.
    uint128 public constant GAS_PER_ORDER = 130_000;

    mapping(uint32 dstEid => uint256) public override nextId;
    mapping(uint32 dstEid => mapping(uint256 id => bytes32)) public override orderHash;

    constructor(address endpoint_, address owner_) WiredSender(endpoint_, owner_) {}

    /// @inheritdoc IOrderQueue
    function opened(
        uint32 dstEid,
        address vault,
        uint256 lockNullifier,
        uint64 coverage,
        bytes32 seizurePricesHash
    ) external override returns (uint256 id) {
        if (coverage == 0) revert ZeroCoverage(lockNullifier);
        bytes memory order = MessageCodec.encodeOpened(
            OpenedOrder(vault, msg.sender, lockNullifier, coverage, seizurePricesHash)
        );
        return _keep(dstEid, lockNullifier, order);
    }

    /// @inheritdoc IOrderQueue
    function settle(uint32 dstEid, SettleOrder calldata order) external override returns (uint256 id) {
        SettleOrder memory own = order;
        own.engine = msg.sender;
        if (!MessageCodec.isProvable(own)) revert UnprovableOrder(own.lockNullifier);
        bool needsBuyer = own.claim > 0 && !own.isPublic;
        bool hasBuyer = own.buyerOwner != 0 && (own.buyerKey.x | own.buyerKey.y) != 0;
        bool hasNone = (own.buyerOwner | own.buyerKey.x | own.buyerKey.y) == 0;
        if (needsBuyer ? !hasBuyer : !hasNone) revert BadBeneficiary(own.lockNullifier, own.claim, own.isPublic);
        return _keep(dstEid, own.lockNullifier, MessageCodec.encodeSettle(own));
    }

    /// @inheritdoc IOrderQueue
    function heartbeat(uint32 dstEid, address vault) external override returns (uint256 id) {
        HeartbeatOrder memory order = HeartbeatOrder(vault, msg.sender, uint64(block.timestamp));
        return _keep(dstEid, 0, MessageCodec.encodeHeartbeat(order));
    }

    /// @inheritdoc IOrderQueue
    function release(
        uint32 dstEid,
        address vault,
        uint256 lockNullifier,
        address recipient
    ) external override returns (uint256 id) {
        if (recipient == address(0)) revert ZeroRecipient(lockNullifier);
        ReleaseOrder memory order = ReleaseOrder(vault, msg.sender, lockNullifier, recipient);
        return _keep(dstEid, lockNullifier, MessageCodec.encodeRelease(order));
    }

    /// @inheritdoc IOrderQueue
    function send(
        uint32 dstEid,
        uint256[] calldata ids,
        bytes[] calldata orders,
        bytes calldata extraOptions
    ) external payable override returns (MessagingReceipt memory receipt) {
        (bytes memory message, bytes memory options) = _prepare(dstEid, ids, orders, extraOptions);
        receipt = _lzSend(dstEid, message, options, MessagingFee(msg.value, 0), msg.sender);
        emit OrdersSent(dstEid, ids, receipt.guid);
    }

    /// @inheritdoc IOrderQueue
    function quoteSend(
        uint32 dstEid,
        uint256[] calldata ids,
        bytes[] calldata orders,
        bytes calldata extraOptions
    ) external view override returns (MessagingFee memory) {
        (bytes memory message, bytes memory options) = _prepare(dstEid, ids, orders, extraOptions);
        return _quote(dstEid, message, options, false);
    }

    function _keep(uint32 dstEid, uint256 lockNullifier, bytes memory order) private returns (uint256 id) {
        id = nextId[dstEid]++;
        orderHash[dstEid][id] = keccak256(order);
        emit OrderQueued(dstEid, id, msg.sender, lockNullifier, order);
    }

    function _prepare(
        uint32 dstEid,
        uint256[] calldata ids,
        bytes[] calldata orders,
        bytes calldata extraOptions
    ) private view returns (bytes memory message, bytes memory options) {
        requireWired(dstEid, MSG_ORDERS);
        if (ids.length != orders.length) revert UnequalLists(ids.length, orders.length);
        for (uint256 i = 0; i < ids.length; i++) {
            bytes32 kept = orderHash[dstEid][ids[i]];
            bytes32 got = keccak256(orders[i]);
            if (kept == 0 || got != kept) revert NotTheKeptOrder(dstEid, ids[i], kept, got);
        }
        message = MessageCodec.encodeOrders(orders);
        // An executor option of LayerZero's type 3: worker 1, size 17, option 1 (lzReceive), gas. Executors add such options up.
        bytes memory ordersGas = abi.encodePacked(
            uint8(1),
            uint16(17),
            uint8(1),
            GAS_PER_ORDER * uint128(orders.length)
        );
        options = bytes.concat(combineOptions(dstEid, MSG_ORDERS, extraOptions), ordersGas);
    }
}
