// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {JubPoint, SettleOrder} from "../types/Types.sol";
import {FIELD_ORDER} from "./Field.sol";

/// What S says about a domain in a ROOT (ORD-7).
struct DomainReport {
    uint256 domain; // < 2^248
    uint64 lastSeen; // S's time, seconds
    bool retired;
}

/// A ROOT message: the note root of a vault after `chunks` chunks.
struct RootMessage {
    address vault;
    uint256 root;
    uint64 chunks;
    uint64 sourceTime; // S's time, seconds
    address attestor;
    DomainReport[] domains;
}

/// A HEARTBEAT order: an engine that was alive at `time`, D's, seconds.
struct HeartbeatOrder {
    address vault;
    address engine;
    uint64 time;
}

/// A RELEASE order: who may have the amounts that a PUBLIC settlement seized.
struct ReleaseOrder {
    address vault;
    address engine;
    uint256 lockNullifier;
    address recipient;
}

/// A RECOVERED message: the amounts that a PUBLIC settlement seized (PackedAmounts).
struct RecoveredMessage {
    address vault;
    address engine;
    uint256 lockNullifier;
    uint256 lo;
    uint256 hi;
}

/// An OPENED order.
struct OpenedOrder {
    address vault;
    address engine;
    uint256 lockNullifier;
    uint64 coverage; // the cap of claims, µUSD
    bytes32 seizurePricesHash;
}

/// @title The messages between the chains, both directions, both ends (docs/encodings.md, Messages)
/// @dev Big-endian, packed. Whole messages come from a peer and revert when malformed; orders come from any engine behind that peer, and are
///      decoded without reverting, so that none can spoil the batch it travels in.
library MessageCodec {
    uint8 internal constant VERSION = 1;
    uint8 internal constant ROOT = 1;
    uint8 internal constant STATUS = 2;
    uint8 internal constant ORDERS = 3;
    uint8 internal constant RECOVERED = 4;
    uint8 internal constant OPENED = 1;
    uint8 internal constant SETTLE = 2;
    uint8 internal constant HEARTBEAT = 3;
    uint8 internal constant RELEASE = 4;

    uint256 internal constant MAX_DOMAINS = 8;
    /// 32 SETTLEs are 8,835 bytes; LayerZero executors carry 10,000.
    uint256 internal constant MAX_ORDERS = 32;

    /// type 1 ‖ version 1 ‖ vault 20 ‖ root 32 ‖ chunks 8 ‖ sourceTime 8 ‖ attestor 20 ‖ n 1
    uint256 private constant ROOT_HEAD = 91;
    /// domain 31 ‖ lastSeen 8 ‖ retired 1
    uint256 private constant ROOT_DOMAIN = 40;
    uint256 private constant ORDERS_HEAD = 3;
    /// kind 1 ‖ vault 20 ‖ engine 20 ‖ N 32 ‖ M 8 ‖ hash 32
    uint256 internal constant OPENED_BYTES = 113;
    /// kind 1 ‖ vault 20 ‖ engine 20 ‖ N 32 ‖ X 8 ‖ s 8·12 ‖ isPublic 1 ‖ pk 32 ‖ keyX 32 ‖ keyY 32
    uint256 internal constant SETTLE_BYTES = 274;
    /// kind 1 ‖ vault 20 ‖ engine 20 ‖ time 8
    uint256 internal constant HEARTBEAT_BYTES = 49;
    /// kind 1 ‖ vault 20 ‖ engine 20 ‖ N 32 ‖ recipient 20
    uint256 internal constant RELEASE_BYTES = 93;
    /// type 1 ‖ version 1 ‖ vault 20 ‖ sourceTime 8 ‖ n 1
    uint256 private constant STATUS_HEAD = 31;
    /// type 1 ‖ version 1 ‖ vault 20 ‖ engine 20 ‖ N 32 ‖ lo 32 ‖ hi 32
    uint256 private constant RECOVERED_BYTES = 138;

    /// Thrown when a message has another type or version than the receiver takes.
    error UnexpectedMessage(uint8 messageType, uint8 version);
    /// Thrown when a message is not as long as its counts say.
    error BadMessageLength(uint256 expected, uint256 got);
    /// Thrown when a message carries more orders or domains than allowed, or no order.
    error BadCount(uint256 got, uint256 max);

    // -- ROOT ---------------------------------------------------------------------------------------------------------

    function encodeRoot(RootMessage memory message) internal pure returns (bytes memory encoded) {
        uint256 count = message.domains.length;
        if (count > MAX_DOMAINS) revert BadCount(count, MAX_DOMAINS);
        encoded = abi.encodePacked(
            ROOT,
            VERSION,
            message.vault,
            message.root,
            message.chunks,
            message.sourceTime,
            message.attestor,
            uint8(count)
        );
        return _withReports(encoded, message.domains);
    }

    function _withReports(
        bytes memory head,
        DomainReport[] memory domains
    ) private pure returns (bytes memory encoded) {
        encoded = head;
        for (uint256 i = 0; i < domains.length; i++) {
            DomainReport memory report = domains[i];
            encoded = bytes.concat(encoded, abi.encodePacked(uint248(report.domain), report.lastSeen, report.retired));
        }
    }

    function _reportsFrom(bytes calldata message, uint256 head) private pure returns (DomainReport[] memory domains) {
        uint256 count = uint8(message[head - 1]);
        if (count > MAX_DOMAINS) revert BadCount(count, MAX_DOMAINS);
        uint256 expected = head + count * ROOT_DOMAIN;
        if (message.length != expected) revert BadMessageLength(expected, message.length);
        domains = new DomainReport[](count);
        for (uint256 i = 0; i < count; i++) {
            bytes calldata report = message[head + i * ROOT_DOMAIN:];
            domains[i] = DomainReport({
                domain: uint256(uint248(bytes31(report[0:31]))),
                lastSeen: uint64(bytes8(report[31:39])),
                retired: report[39] != 0
            });
        }
    }

    function decodeRoot(bytes calldata message) internal pure returns (RootMessage memory decoded) {
        _requireHead(message, ROOT, ROOT_HEAD);
        decoded.vault = address(bytes20(message[2:22]));
        decoded.root = uint256(bytes32(message[22:54]));
        decoded.chunks = uint64(bytes8(message[54:62]));
        decoded.sourceTime = uint64(bytes8(message[62:70]));
        decoded.attestor = address(bytes20(message[70:90]));
        decoded.domains = _reportsFrom(message, ROOT_HEAD);
    }

    // -- STATUS -------------------------------------------------------------------------------------------------------

    function encodeStatus(
        address vault,
        uint64 sourceTime,
        DomainReport[] memory domains
    ) internal pure returns (bytes memory) {
        if (domains.length > MAX_DOMAINS) revert BadCount(domains.length, MAX_DOMAINS);
        return _withReports(abi.encodePacked(STATUS, VERSION, vault, sourceTime, uint8(domains.length)), domains);
    }

    function decodeStatus(
        bytes calldata message
    ) internal pure returns (address vault, uint64 sourceTime, DomainReport[] memory domains) {
        _requireHead(message, STATUS, STATUS_HEAD);
        return (address(bytes20(message[2:22])), uint64(bytes8(message[22:30])), _reportsFrom(message, STATUS_HEAD));
    }

    // -- RECOVERED ----------------------------------------------------------------------------------------------------

    function encodeRecovered(RecoveredMessage memory message) internal pure returns (bytes memory) {
        return
            abi.encodePacked(
                RECOVERED,
                VERSION,
                message.vault,
                message.engine,
                message.lockNullifier,
                message.lo,
                message.hi
            );
    }

    function decodeRecovered(bytes calldata message) internal pure returns (RecoveredMessage memory decoded) {
        _requireHead(message, RECOVERED, RECOVERED_BYTES);
        if (message.length != RECOVERED_BYTES) revert BadMessageLength(RECOVERED_BYTES, message.length);
        decoded.vault = address(bytes20(message[2:22]));
        decoded.engine = address(bytes20(message[22:42]));
        decoded.lockNullifier = uint256(bytes32(message[42:74]));
        decoded.lo = uint256(bytes32(message[74:106]));
        decoded.hi = uint256(bytes32(message[106:138]));
    }

    // -- ORDERS -------------------------------------------------------------------------------------------------------

    function encodeOrders(bytes[] calldata orders) internal pure returns (bytes memory encoded) {
        if (orders.length == 0 || orders.length > MAX_ORDERS) revert BadCount(orders.length, MAX_ORDERS);
        encoded = abi.encodePacked(ORDERS, VERSION, uint8(orders.length));
        for (uint256 i = 0; i < orders.length; i++) {
            encoded = bytes.concat(encoded, bytes2(uint16(orders[i].length)), orders[i]);
        }
    }

    /// @dev Start of a walk over an ORDERS message: how many, and where the first begins.
    function orderCount(bytes calldata message) internal pure returns (uint256 count, uint256 offset) {
        _requireHead(message, ORDERS, ORDERS_HEAD);
        return (uint8(message[2]), ORDERS_HEAD);
    }

    /// @return order the one at `offset`. @return next where the following begins; 0 when the message ends before the order does.
    function orderAt(
        bytes calldata message,
        uint256 offset
    ) internal pure returns (bytes calldata order, uint256 next) {
        if (offset + 2 > message.length) return (message[0:0], 0);
        next = offset + 2 + uint16(bytes2(message[offset:offset + 2]));
        if (next > message.length) return (message[0:0], 0);
        order = message[offset + 2:next];
    }

    function encodeOpened(OpenedOrder memory order) internal pure returns (bytes memory) {
        return
            abi.encodePacked(
                OPENED,
                order.vault,
                order.engine,
                order.lockNullifier,
                order.coverage,
                order.seizurePricesHash
            );
    }

    function encodeHeartbeat(HeartbeatOrder memory order) internal pure returns (bytes memory) {
        return abi.encodePacked(HEARTBEAT, order.vault, order.engine, order.time);
    }

    function encodeRelease(ReleaseOrder memory order) internal pure returns (bytes memory) {
        return abi.encodePacked(RELEASE, order.vault, order.engine, order.lockNullifier, order.recipient);
    }

    function encodeSettle(SettleOrder memory order) internal pure returns (bytes memory encoded) {
        encoded = new bytes(SETTLE_BYTES);
        (address vault, address engine, uint256 claim) = (order.vault, order.engine, order.claim);
        (uint256 lockNullifier, uint8 isPublic) = (order.lockNullifier, order.isPublic ? 1 : 0);
        (uint96[8] memory s, uint256 owner) = (order.seizurePricesX64, order.buyerOwner);
        (uint256 keyX, uint256 keyY) = (order.buyerKey.x, order.buyerKey.y);
        // Each store is a whole word; what it writes beyond its field, the following ones overwrite. The last ends with the order.
        assembly ("memory-safe") {
            let to := add(encoded, 0x20)
            mstore8(to, 2) // SETTLE
            mstore(add(to, 1), shl(96, vault))
            mstore(add(to, 21), shl(96, engine))
            mstore(add(to, 41), lockNullifier)
            mstore(add(to, 73), shl(192, claim))
            for {
                let i := 0
            } lt(i, 8) {
                i := add(i, 1)
            } {
                mstore(add(to, add(81, mul(12, i))), shl(160, mload(add(s, shl(5, i)))))
            }
            mstore8(add(to, 177), isPublic)
            mstore(add(to, 178), owner)
            mstore(add(to, 210), keyX)
            mstore(add(to, 242), keyY)
        }
    }

    /// @dev Kind of a packed order by its first byte and its length; 0 = none.
    function orderKind(bytes calldata order) internal pure returns (uint8) {
        if (order.length == OPENED_BYTES && uint8(order[0]) == OPENED) return OPENED;
        if (order.length == SETTLE_BYTES && uint8(order[0]) == SETTLE) return SETTLE;
        if (order.length == HEARTBEAT_BYTES && uint8(order[0]) == HEARTBEAT) return HEARTBEAT;
        if (order.length == RELEASE_BYTES && uint8(order[0]) == RELEASE) return RELEASE;
        return 0;
    }

    /// @dev Warning: `order` is of kind HEARTBEAT by `orderKind`.
    function decodeHeartbeat(bytes calldata order) internal pure returns (HeartbeatOrder memory decoded) {
        decoded.vault = address(bytes20(order[1:21]));
        decoded.engine = address(bytes20(order[21:41]));
        decoded.time = uint64(bytes8(order[41:49]));
    }

    /// @dev Warning: `order` is of kind RELEASE by `orderKind`.
    function decodeRelease(bytes calldata order) internal pure returns (ReleaseOrder memory decoded) {
        decoded.vault = address(bytes20(order[1:21]));
        decoded.engine = address(bytes20(order[21:41]));
        decoded.lockNullifier = uint256(bytes32(order[41:73]));
        decoded.recipient = address(bytes20(order[73:93]));
    }

    /// @dev Warning: `order` is of kind OPENED by `orderKind`.
    function decodeOpened(bytes calldata order) internal pure returns (OpenedOrder memory decoded) {
        decoded.vault = address(bytes20(order[1:21]));
        decoded.engine = address(bytes20(order[21:41]));
        decoded.lockNullifier = uint256(bytes32(order[41:73]));
        decoded.coverage = uint64(bytes8(order[73:81]));
        decoded.seizurePricesHash = bytes32(order[81:113]);
    }

    /// @dev Warning: `order` is of kind SETTLE by `orderKind`. Any byte but 0 is a true isPublic.
    function decodeSettle(bytes calldata order) internal pure returns (SettleOrder memory decoded) {
        decoded.vault = address(bytes20(order[1:21]));
        decoded.engine = address(bytes20(order[21:41]));
        decoded.lockNullifier = uint256(bytes32(order[41:73]));
        decoded.claim = uint64(bytes8(order[73:81]));
        for (uint256 i = 0; i < 8; i++) {
            decoded.seizurePricesX64[i] = uint96(bytes12(order[81 + 12 * i:93 + 12 * i]));
        }
        decoded.isPublic = order[177] != 0;
        decoded.buyerOwner = uint256(bytes32(order[178:210]));
        decoded.buyerKey = JubPoint({x: uint256(bytes32(order[210:242])), y: uint256(bytes32(order[242:274]))});
    }

    /// @dev Whether the settle circuit can take the order's field elements. One that is not below q would make the order unprovable for ever.
    function isProvable(SettleOrder memory order) internal pure returns (bool) {
        return
            order.lockNullifier < FIELD_ORDER &&
            order.buyerOwner < FIELD_ORDER &&
            order.buyerKey.x < FIELD_ORDER &&
            order.buyerKey.y < FIELD_ORDER;
    }

    function _requireHead(bytes calldata message, uint8 messageType, uint256 head) private pure {
        if (message.length < head) revert BadMessageLength(head, message.length);
        if (uint8(message[0]) != messageType || uint8(message[1]) != VERSION) {
            revert UnexpectedMessage(uint8(message[0]), uint8(message[1]));
        }
    }
}
