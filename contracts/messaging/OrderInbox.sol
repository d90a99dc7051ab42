// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Origin} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppReceiver.sol";
import {IOrderInbox} from "../interfaces/IOrderInbox.sol";
import {DomainLib} from "../libraries/DomainLib.sol";
import {MessageCodec, OpenedOrder} from "../libraries/MessageCodec.sol";
import {SettleOrder} from "../types/Types.sol";
import {WiredReceiver} from "./WiredReceiver.sol";

/// @title OrderInbox
/// @dev The domain of an order is computed from where it came from (this chain, the order's vault, the source eid, the engine that its queue vouches for),
///      so an engine can only ever write into its own. What cannot be carried out is skipped, not recorded: it must not take the place of a good order.
contract OrderInbox is IOrderInbox, WiredReceiver {
    struct Order {
        bytes32 settleHash; // keccak256(abi.encode(SettleOrder)) of the first SETTLE
        bytes32 openedPricesHash; // of the OPENED with the largest coverage
        uint64 openedCoverage; // µUSD
        uint64 claim; // µUSD
    }

    /// Reasons in OrderSkipped; none is ever thrown.
    /// The order's bytes are neither an OPENED nor a SETTLE, or the message ends within it.
    error MalformedOrder(uint256 index, uint256 length);
    /// A SETTLE of this lock is recorded.
    error AlreadyRecorded(bytes32 orderHash);
    /// An OPENED that covers as much is recorded.
    error CoverageNotLarger(uint64 recorded, uint64 got);
    /// PUBLIC orders (ORD-5) pay a RecoveryVault, which this deployment does not have.
    error PublicOrderUnsupported();
    /// A field element of the order is not below q, or a claim has no buyer: no settlement proof could exist.
    error UnprovableOrder();

    /// @inheritdoc IOrderInbox
    uint32 public immutable localEid;

    mapping(uint256 domain => mapping(uint256 lockNullifier => Order)) private _orders;
    /// @inheritdoc IOrderInbox
    mapping(uint256 domain => uint64) public lastSeen;

    constructor(address endpoint_, address owner_) WiredReceiver(endpoint_, owner_) {
        localEid = endpoint.eid();
    }

    /// @inheritdoc IOrderInbox
    function orders(
        uint256 domain,
        uint256 lockNullifier
    ) external view override returns (bytes32 orderHash, uint64 openedCoverage, uint64 claim) {
        Order memory order = _orders[domain][lockNullifier];
        return (order.settleHash, order.openedCoverage, order.claim);
    }

    /// @notice Hash of the seizure prices s° that the largest OPENED announced (ORD-1), 0 if none.
    function openedPricesHash(uint256 domain, uint256 lockNullifier) external view returns (bytes32) {
        return _orders[domain][lockNullifier].openedPricesHash;
    }

    /// @inheritdoc IOrderInbox
    function executable(uint256 domain, uint256 lockNullifier) external view override returns (bytes32 orderHash) {
        Order storage order = _orders[domain][lockNullifier];
        // claim = 0 needs no OPENED, and 0 ≤ openedCoverage.
        return order.claim <= order.openedCoverage ? order.settleHash : bytes32(0);
    }

    function _lzReceive(
        Origin calldata origin,
        bytes32,
        bytes calldata message,
        address,
        bytes calldata
    ) internal override {
        (uint256 count, uint256 offset) = MessageCodec.orderCount(message);
        for (uint256 i = 0; i < count; i++) {
            (bytes calldata order, uint256 next) = MessageCodec.orderAt(message, offset);
            if (next == 0) {
                emit OrderSkipped(0, 0, 0, abi.encodeWithSelector(MalformedOrder.selector, i, message.length - offset));
                return;
            }
            _take(origin.srcEid, i, order);
            offset = next;
        }
    }

    function _take(uint32 srcEid, uint256 index, bytes calldata order) private {
        uint8 kind = MessageCodec.orderKind(order);
        if (kind == MessageCodec.OPENED) {
            _recordOpened(srcEid, MessageCodec.decodeOpened(order));
        } else if (kind == MessageCodec.SETTLE) {
            _recordSettle(srcEid, MessageCodec.decodeSettle(order), order);
        } else {
            emit OrderSkipped(0, 0, 0, abi.encodeWithSelector(MalformedOrder.selector, index, order.length));
        }
    }

    function _recordOpened(uint32 srcEid, OpenedOrder memory opened) private {
        uint256 domain = DomainLib.compute(localEid, opened.vault, srcEid, opened.engine);
        Order storage order = _orders[domain][opened.lockNullifier];
        uint64 recorded = order.openedCoverage;
        if (opened.coverage <= recorded) {
            bytes memory reason = abi.encodeWithSelector(CoverageNotLarger.selector, recorded, opened.coverage);
            emit OrderSkipped(domain, opened.lockNullifier, MessageCodec.OPENED, reason);
            return;
        }
        order.openedCoverage = opened.coverage;
        order.openedPricesHash = opened.seizurePricesHash;
        lastSeen[domain] = uint64(block.timestamp);
        emit Opened(domain, opened.lockNullifier, opened.coverage, opened.seizurePricesHash);
    }

    function _recordSettle(uint32 srcEid, SettleOrder memory settle, bytes calldata packed) private {
        uint256 domain = DomainLib.compute(localEid, settle.vault, srcEid, settle.engine);
        Order storage order = _orders[domain][settle.lockNullifier];
        bytes memory reason = _refusal(order, settle);
        if (reason.length != 0) {
            emit OrderSkipped(domain, settle.lockNullifier, MessageCodec.SETTLE, reason);
            return;
        }
        uint64 openedCoverage = order.openedCoverage;
        order.settleHash = keccak256(abi.encode(settle));
        order.claim = settle.claim;
        lastSeen[domain] = uint64(block.timestamp);
        emit SettleRecorded(domain, settle.lockNullifier, packed);
        if (settle.claim > openedCoverage) emit SettleWaits(domain, settle.lockNullifier, settle.claim, openedCoverage);
    }

    /// @return reason empty when the order may be recorded.
    function _refusal(Order storage order, SettleOrder memory settle) private view returns (bytes memory reason) {
        bytes32 recorded = order.settleHash;
        if (recorded != 0) return abi.encodeWithSelector(AlreadyRecorded.selector, recorded);
        if (settle.isPublic) return abi.encodeWithSelector(PublicOrderUnsupported.selector);
        bool noBuyer = settle.buyerOwner == 0 || (settle.buyerKey.x == 0 && settle.buyerKey.y == 0);
        if (!MessageCodec.isProvable(settle) || (settle.claim > 0 && noBuyer)) {
            return abi.encodeWithSelector(UnprovableOrder.selector);
        }
    }
}
