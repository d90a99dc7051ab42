// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {
    DomainReport,
    HeartbeatOrder,
    MessageCodec,
    OpenedOrder,
    RecoveredMessage,
    ReleaseOrder,
    RootMessage
} from "../../../contracts/libraries/MessageCodec.sol";
import {SettleOrder} from "../../../contracts/types/Types.sol";

/// The codec's functions, each with the calldata it wants.
contract CodecCaller {
    function roundTripRoot(bytes calldata encoded) external pure returns (RootMessage memory) {
        return MessageCodec.decodeRoot(encoded);
    }

    function encodeRoot(RootMessage calldata message) external pure returns (bytes memory) {
        return MessageCodec.encodeRoot(message);
    }

    function decodeOpened(bytes calldata order) external pure returns (OpenedOrder memory) {
        return MessageCodec.decodeOpened(order);
    }

    function encodeStatus(
        address vault,
        uint64 time,
        DomainReport[] calldata domains
    ) external pure returns (bytes memory) {
        return MessageCodec.encodeStatus(vault, time, domains);
    }

    function decodeStatus(bytes calldata message) external pure returns (address, uint64, DomainReport[] memory) {
        return MessageCodec.decodeStatus(message);
    }

    function decodeRecovered(bytes calldata message) external pure returns (RecoveredMessage memory) {
        return MessageCodec.decodeRecovered(message);
    }

    function decodeHeartbeat(bytes calldata order) external pure returns (HeartbeatOrder memory) {
        return MessageCodec.decodeHeartbeat(order);
    }

    function decodeRelease(bytes calldata order) external pure returns (ReleaseOrder memory) {
        return MessageCodec.decodeRelease(order);
    }

    function decodeSettle(bytes calldata order) external pure returns (SettleOrder memory) {
        return MessageCodec.decodeSettle(order);
    }

    function orderKind(bytes calldata order) external pure returns (uint8) {
        return MessageCodec.orderKind(order);
    }

    function encodeOrders(bytes[] calldata orders) external pure returns (bytes memory) {
        return MessageCodec.encodeOrders(orders);
    }

    /// All orders of a message; stops where it ends too soon.
    function walk(bytes calldata message) external pure returns (bytes[] memory orders, bool complete) {
        (uint256 count, uint256 offset) = MessageCodec.orderCount(message);
        orders = new bytes[](count);
        for (uint256 i = 0; i < count; i++) {
            bytes calldata order;
            (order, offset) = MessageCodec.orderAt(message, offset);
            if (offset == 0) return (orders, false);
            orders[i] = order;
        }
        return (orders, true);
    }
}

contract MessageCodecTest is Test {
    CodecCaller private immutable codec = new CodecCaller();

    function testFuzz_root_roundTrips(RootMessage memory message, uint8 count) public view {
        message.domains = new DomainReport[](bound(count, 0, 8));
        for (uint256 i = 0; i < message.domains.length; i++) {
            uint256 seed = uint256(keccak256(abi.encode(message.root, i)));
            message.domains[i] = DomainReport(seed >> 8, uint64(seed), seed & 1 == 1);
        }
        bytes memory encoded = codec.encodeRoot(message);
        assertEq(encoded.length, 91 + 40 * message.domains.length);
        assertEq(abi.encode(codec.roundTripRoot(encoded)), abi.encode(message));
    }

    /// Written out by hand from docs/encodings.md.
    function test_root_hasTheLayoutOfTheEncodings() public view {
        RootMessage memory message;
        message.vault = address(0x1111111111111111111111111111111111111111);
        message.root = 0x22;
        message.chunks = 0x33;
        message.sourceTime = 0x44;
        message.attestor = address(0x5555555555555555555555555555555555555555);
        message.domains = new DomainReport[](1);
        message.domains[0] = DomainReport(0x66, 0x77, true);
        bytes memory expected = bytes.concat(
            hex"0101",
            hex"1111111111111111111111111111111111111111",
            hex"0000000000000000000000000000000000000000000000000000000000000022",
            hex"0000000000000033",
            hex"0000000000000044",
            hex"5555555555555555555555555555555555555555",
            hex"01",
            hex"00000000000000000000000000000000000000000000000000000000000066",
            hex"0000000000000077",
            hex"01"
        );
        assertEq(codec.encodeRoot(message), expected);
    }

    function testFuzz_root_rejectsAnotherLength(uint8 cut, bool longer) public {
        RootMessage memory message;
        message.domains = new DomainReport[](2);
        bytes memory encoded = codec.encodeRoot(message);
        uint256 full = encoded.length;
        uint256 length = longer ? full + 1 + cut : full - bound(cut, 1, full);
        bytes memory other = new bytes(length);
        for (uint256 i = 0; i < length && i < full; i++) other[i] = encoded[i];
        uint256 expected = length < 91 ? 91 : full;
        vm.expectRevert(abi.encodeWithSelector(MessageCodec.BadMessageLength.selector, expected, length));
        codec.roundTripRoot(other);
    }

    function testFuzz_root_rejectsAnotherTypeOrVersion(uint8 messageType, uint8 version) public {
        vm.assume(messageType != 1 || version != 1);
        RootMessage memory message;
        bytes memory encoded = codec.encodeRoot(message);
        (encoded[0], encoded[1]) = (bytes1(messageType), bytes1(version));
        vm.expectRevert(abi.encodeWithSelector(MessageCodec.UnexpectedMessage.selector, messageType, version));
        codec.roundTripRoot(encoded);
    }

    function test_root_rejectsANinthDomain() public {
        RootMessage memory message;
        message.domains = new DomainReport[](9);
        bytes memory tooMany = abi.encodeWithSelector(MessageCodec.BadCount.selector, 9, 8);
        vm.expectRevert(tooMany);
        codec.encodeRoot(message);
        message.domains = new DomainReport[](0);
        bytes memory encoded = codec.encodeRoot(message);
        encoded[90] = 0x09;
        vm.expectRevert(tooMany);
        codec.roundTripRoot(encoded);
    }

    function testFuzz_status_roundTrips(address vault, uint64 time, uint8 count) public view {
        DomainReport[] memory domains = new DomainReport[](bound(count, 0, 8));
        for (uint256 i = 0; i < domains.length; i++) {
            uint256 seed = uint256(keccak256(abi.encode(time, i)));
            domains[i] = DomainReport(seed >> 8, uint64(seed), seed & 1 == 1);
        }
        bytes memory encoded = codec.encodeStatus(vault, time, domains);
        assertEq(encoded.length, 31 + 40 * domains.length);
        (address gotVault, uint64 gotTime, DomainReport[] memory got) = codec.decodeStatus(encoded);
        assertEq(gotVault, vault);
        assertEq(gotTime, time);
        assertEq(abi.encode(got), abi.encode(domains));
    }

    function test_status_rejectsAnotherTypeLengthAndANinthDomain() public {
        bytes memory encoded = codec.encodeStatus(address(1), 2, new DomainReport[](1));
        encoded[0] = 0x01;
        vm.expectRevert(abi.encodeWithSelector(MessageCodec.UnexpectedMessage.selector, 1, 1));
        codec.decodeStatus(encoded);
        encoded[0] = 0x02;
        encoded[30] = 0x02;
        vm.expectRevert(abi.encodeWithSelector(MessageCodec.BadMessageLength.selector, 111, 71));
        codec.decodeStatus(encoded);
        encoded[30] = 0x09;
        vm.expectRevert(abi.encodeWithSelector(MessageCodec.BadCount.selector, 9, 8));
        codec.decodeStatus(encoded);
        vm.expectRevert(abi.encodeWithSelector(MessageCodec.BadCount.selector, 9, 8));
        codec.encodeStatus(address(1), 2, new DomainReport[](9));
    }

    function testFuzz_recovered_roundTrips(RecoveredMessage memory message) public view {
        bytes memory encoded = MessageCodec.encodeRecovered(message);
        assertEq(encoded.length, 138);
        assertEq(abi.encode(codec.decodeRecovered(encoded)), abi.encode(message));
    }

    function testFuzz_recovered_rejectsAnotherLength(uint8 length) public {
        vm.assume(length != 138);
        bytes memory encoded = new bytes(length);
        if (length > 1) (encoded[0], encoded[1]) = (bytes1(0x04), bytes1(0x01));
        vm.expectRevert(abi.encodeWithSelector(MessageCodec.BadMessageLength.selector, 138, length));
        codec.decodeRecovered(encoded);
    }

    function testFuzz_heartbeat_roundTrips(HeartbeatOrder memory order) public view {
        bytes memory encoded = MessageCodec.encodeHeartbeat(order);
        assertEq(encoded.length, 49);
        assertEq(codec.orderKind(encoded), 3);
        assertEq(abi.encode(codec.decodeHeartbeat(encoded)), abi.encode(order));
    }

    function testFuzz_release_roundTrips(ReleaseOrder memory order) public view {
        bytes memory encoded = MessageCodec.encodeRelease(order);
        assertEq(encoded.length, 93);
        assertEq(codec.orderKind(encoded), 4);
        assertEq(abi.encode(codec.decodeRelease(encoded)), abi.encode(order));
    }

    function testFuzz_opened_roundTrips(OpenedOrder memory order) public view {
        bytes memory encoded = MessageCodec.encodeOpened(order);
        assertEq(encoded.length, 113);
        assertEq(codec.orderKind(encoded), 1);
        assertEq(abi.encode(codec.decodeOpened(encoded)), abi.encode(order));
    }

    function testFuzz_settle_roundTrips(SettleOrder memory order) public view {
        bytes memory encoded = MessageCodec.encodeSettle(order);
        assertEq(encoded.length, 274);
        assertEq(codec.orderKind(encoded), 2);
        assertEq(abi.encode(codec.decodeSettle(encoded)), abi.encode(order));
    }

    function test_settle_hasTheLayoutOfTheEncodings() public view {
        SettleOrder memory order;
        order.vault = address(0x1111111111111111111111111111111111111111);
        order.engine = address(0x2222222222222222222222222222222222222222);
        order.lockNullifier = 3;
        order.claim = 4;
        order.seizurePricesX64[0] = 5;
        order.seizurePricesX64[7] = 6;
        order.isPublic = true;
        order.buyerOwner = 7;
        (order.buyerKey.x, order.buyerKey.y) = (8, 9);
        bytes memory expected = bytes.concat(
            bytes.concat(
                hex"02",
                bytes20(order.vault),
                bytes20(order.engine),
                bytes32(uint256(3)),
                hex"0000000000000004"
            ),
            bytes.concat(bytes12(uint96(5)), new bytes(72), bytes12(uint96(6)), hex"01"),
            bytes.concat(bytes32(uint256(7)), bytes32(uint256(8)), bytes32(uint256(9)))
        );
        assertEq(MessageCodec.encodeSettle(order), expected);
    }

    function testFuzz_orderKind_isNoneForOtherBytes(bytes memory order) public view {
        vm.assume(order.length != 49 && order.length != 93 && order.length != 113 && order.length != 274);
        assertEq(codec.orderKind(order), 0);
    }

    function testFuzz_orders_roundTrip(bytes[] memory orders) public view {
        vm.assume(orders.length > 0);
        if (orders.length > 32) {
            assembly ("memory-safe") {
                mstore(orders, 32)
            }
        }
        (bytes[] memory walked, bool complete) = codec.walk(codec.encodeOrders(orders));
        assertTrue(complete);
        assertEq(abi.encode(walked), abi.encode(orders));
    }

    function testFuzz_orders_walkNeverRevertsOnACutMessage(uint16 cut) public view {
        bytes[] memory orders = new bytes[](3);
        for (uint256 i = 0; i < 3; i++) orders[i] = new bytes(20 + i);
        bytes memory encoded = codec.encodeOrders(orders);
        cut = uint16(bound(cut, 1, encoded.length - 3));
        assembly ("memory-safe") {
            mstore(encoded, sub(mload(encoded), cut))
        }
        (, bool complete) = codec.walk(encoded);
        assertFalse(complete);
    }

    function test_orders_rejectsNoneAndTooMany() public {
        vm.expectRevert(abi.encodeWithSelector(MessageCodec.BadCount.selector, 0, 32));
        codec.encodeOrders(new bytes[](0));
        vm.expectRevert(abi.encodeWithSelector(MessageCodec.BadCount.selector, 33, 32));
        codec.encodeOrders(new bytes[](33));
    }
}
