// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Origin} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppReceiver.sol";
import {DomainLib} from "../libraries/DomainLib.sol";
import {HeartbeatOrder, MessageCodec, OpenedOrder, ReleaseOrder} from "../libraries/MessageCodec.sol";
import {SettleOrder} from "../types/Types.sol";
import {EscapeHatch} from "./EscapeHatch.sol";
import {OrderRecords} from "./OrderRecords.sol";

/// @title OrderInbox
/// @dev The domain of an order is computed from where it came from (this chain, the order's vault, the source eid, the engine that its queue vouches for),
///      so an engine can only ever write into its own. What cannot be carried out is skipped, not recorded: it must not take the place of a good order.
contract OrderInbox is EscapeHatch {
    /// Reasons in OrderSkipped; none is ever thrown.
    /// The order's bytes are of no kind of order, or the message ends within it.
    error MalformedOrder(uint256 index, uint256 length);
    /// A SETTLE of this lock is recorded, or it has escaped.
    error AlreadyRecorded(bytes32 orderHash);
    /// An OPENED that covers as much is recorded.
    error CoverageNotLarger(uint64 recorded, uint64 got);
    /// An escape of this domain was executed: D may not open any more. Of locks that D has opened or sold before, and that have not escaped, OPENED is taken all the same:
    /// its heartbeats hold them, so its claims on them must remain executable.
    error RetiredDomain();
    /// A SETTLE of a retired domain is above what was announced of the lock: it would only take the place of a good one. After its OPENED it can be sent again.
    error ClaimAboveOpened(uint64 openedCoverage, uint64 claim);
    /// A heartbeat that is as new is recorded.
    error NotNewer(uint64 recorded, uint64 got);
    /// A RELEASE of this lock is recorded, or names nobody.
    error RecipientNotNew(address recorded);
    /// A field element of the order is not below q, or a claim has no buyer, or a PUBLIC order has one: no settlement proof could exist.
    error UnprovableOrder();

    constructor(address endpoint_, address owner_) OrderRecords(endpoint_, owner_) {}

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
        } else if (kind == MessageCodec.HEARTBEAT) {
            _recordHeartbeat(srcEid, MessageCodec.decodeHeartbeat(order));
        } else if (kind == MessageCodec.RELEASE) {
            _recordRelease(srcEid, MessageCodec.decodeRelease(order));
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
        if (_isNoneOfDs(order, domain) || order.escaped) {
            bytes memory reason = abi.encodeWithSelector(RetiredDomain.selector);
            emit OrderSkipped(domain, opened.lockNullifier, MessageCodec.OPENED, reason);
            return;
        }
        order.openedCoverage = opened.coverage;
        order.openedPricesHash = opened.seizurePricesHash;
        emit Opened(domain, opened.lockNullifier, opened.coverage, opened.seizurePricesHash);
    }

    function _recordSettle(uint32 srcEid, SettleOrder memory settle, bytes calldata packed) private {
        uint256 domain = DomainLib.compute(localEid, settle.vault, srcEid, settle.engine);
        Order storage order = _orders[domain][settle.lockNullifier];
        bytes memory reason = _refusal(order, settle, isRetired(domain));
        if (reason.length != 0) {
            emit OrderSkipped(domain, settle.lockNullifier, MessageCodec.SETTLE, reason);
            return;
        }
        uint64 openedCoverage = order.openedCoverage;
        order.settleHash = keccak256(abi.encode(settle));
        order.claim = settle.claim;
        emit SettleRecorded(domain, settle.lockNullifier, packed);
        if (settle.claim > openedCoverage) emit SettleWaits(domain, settle.lockNullifier, settle.claim, openedCoverage);
        OrderDelay memory rule = _delays[srcEid];
        if (rule.delaySeconds == 0 || settle.claim <= rule.threshold) return;
        order.executableAt = uint40(block.timestamp) + rule.delaySeconds;
        emit SettleDelayed(domain, settle.lockNullifier, order.executableAt);
    }

    function _recordHeartbeat(uint32 srcEid, HeartbeatOrder memory beat) private {
        uint256 domain = DomainLib.compute(localEid, beat.vault, srcEid, beat.engine);
        // D's clock may run ahead.
        uint64 time = beat.time < block.timestamp ? beat.time : uint64(block.timestamp);
        uint64 recorded = lastSeen[domain];
        if (time <= recorded) {
            bytes memory reason = abi.encodeWithSelector(NotNewer.selector, recorded, time);
            emit OrderSkipped(domain, 0, MessageCodec.HEARTBEAT, reason);
            return;
        }
        lastSeen[domain] = time;
        emit HeartbeatSeen(domain, time);
    }

    function _recordRelease(uint32 srcEid, ReleaseOrder memory release) private {
        uint256 domain = DomainLib.compute(localEid, release.vault, srcEid, release.engine);
        address recorded = _recipients[domain][release.lockNullifier];
        if (recorded != address(0) || release.recipient == address(0)) {
            bytes memory reason = abi.encodeWithSelector(RecipientNotNew.selector, recorded);
            emit OrderSkipped(domain, release.lockNullifier, MessageCodec.RELEASE, reason);
            return;
        }
        _recipients[domain][release.lockNullifier] = release.recipient;
        emit ReleaseRecorded(domain, release.lockNullifier, release.recipient);
    }

    /// @return reason empty when the order may be recorded.
    function _refusal(
        Order storage order,
        SettleOrder memory settle,
        bool retired
    ) private view returns (bytes memory reason) {
        bytes32 recorded = order.settleHash;
        if (recorded != 0) return abi.encodeWithSelector(AlreadyRecorded.selector, recorded);
        bool hasBuyer = settle.buyerOwner != 0 && (settle.buyerKey.x | settle.buyerKey.y) != 0;
        bool hasNone = (settle.buyerOwner | settle.buyerKey.x | settle.buyerKey.y) == 0;
        bool fits = settle.isPublic ? hasNone : hasBuyer || settle.claim == 0;
        if (!MessageCodec.isProvable(settle) || !fits) {
            return abi.encodeWithSelector(UnprovableOrder.selector);
        }
        uint64 openedCoverage = order.openedCoverage;
        if (retired && settle.claim > openedCoverage)
            return abi.encodeWithSelector(ClaimAboveOpened.selector, openedCoverage, settle.claim);
    }
}
