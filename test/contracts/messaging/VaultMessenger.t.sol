// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IOAppCore} from "@layerzerolabs/oapp-evm/contracts/oapp/interfaces/IOAppCore.sol";
import {OAppReceiver, Origin} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppReceiver.sol";
import {Vm} from "forge-std/Vm.sol";
import {DomainLib} from "../../../contracts/libraries/DomainLib.sol";
import {DomainReport, MessageCodec, RootMessage} from "../../../contracts/libraries/MessageCodec.sol";
import {UlnConfig, Wiring} from "../../../contracts/messaging/Wiring.sol";
import {VaultMessenger} from "../../../contracts/messaging/VaultMessenger.sol";
import {WiredSender} from "../../../contracts/messaging/WiredSender.sol";
import {Deploy} from "../support/Deploy.sol";
import {VaultFixture} from "../support/VaultFixture.sol";

/// Sends through LayerZero's own endpoint, send library, DVNs and executor.
contract VaultMessengerTest is VaultFixture {
    uint64 private constant CADENCE = 30;
    uint256 private constant ROOT = 909;
    bytes32 private constant PACKET_SENT = keccak256("PacketSent(bytes,bytes,address)");

    address private immutable rootInbox = makeAddr("rootInbox");
    VaultMessenger private messenger;

    receive() external payable {}

    function setUp() public override {
        super.setUp();
        vm.deal(address(this), 10 ether);
        messenger = Deploy.vaultMessenger(address(endpoint), address(this), inbox, CADENCE);
        messenger.setPeer(REMOTE_EID, bytes32(uint256(uint160(rootInbox))));
        wireSend(address(messenger), ulnConfig(2, CONFIRMATIONS));
        enforceGas(address(messenger), messenger.MSG_ROOT(), 250_000);
    }

    function test_attest_sendsTheRootOfTheVault() public {
        inbox.registerEngine(REMOTE_EID, engine);
        uint64 registered = uint64(block.timestamp);
        knowRoot(ROOT);
        RootMessage memory expected = RootMessage({
            vault: address(vault),
            root: ROOT,
            chunks: 1,
            sourceTime: uint64(block.timestamp),
            attestor: bob,
            domains: new DomainReport[](1)
        });
        expected.domains[0].domain = DomainLib.compute(LOCAL_EID, address(vault), REMOTE_EID, engine);
        expected.domains[0].lastSeen = registered;

        uint256 fee = messenger.quoteAttest(address(vault), REMOTE_EID, "").nativeFee;
        vm.recordLogs();
        vm.prank(bob);
        messenger.attest{value: fee}(address(vault), REMOTE_EID, "");
        (bytes memory packet, bytes memory options) = _sentPacket();
        // Header 81, guid 32, then the message.
        assertEq(_from(packet, 113), MessageCodec.encodeRoot(expected));
        assertEq(options, receiveGasOption(250_000));
        (uint64 chunks, uint64 time) = messenger.lastAttested(address(vault), REMOTE_EID);
        assertEq(chunks, 1);
        assertEq(time, block.timestamp);
    }

    function test_attest_reportsWhenAnEngineWasLastSeen() public {
        inbox.registerEngine(REMOTE_EID, engine);
        uint256 domain = DomainLib.compute(LOCAL_EID, address(vault), REMOTE_EID, engine);
        uint64 seen = uint64(vm.getBlockTimestamp()) + 3;
        vm.warp(seen + 2);
        bytes memory beat = abi.encodePacked(hex"03010100", uint8(49), uint8(3), address(vault), engine, seen);
        deliver(address(inbox), orderQueue, beat);
        assertEq(inbox.lastSeen(domain), seen);
        knowRoot(ROOT);
        bytes memory message = _from(_attest(), 113);
        // domain 31, lastSeen 8, retired 1 behind the 91 bytes of the head
        assertEq(_from(message, 91), abi.encodePacked(uint248(domain), seen, false));
    }

    function test_attest_refundsWhatIsTooMuch() public {
        knowRoot(ROOT);
        uint256 fee = messenger.quoteAttest(address(vault), REMOTE_EID, "").nativeFee;
        uint256 before = bob.balance;
        vm.prank(bob);
        messenger.attest{value: fee + 1 ether}(address(vault), REMOTE_EID, "");
        assertEq(bob.balance, before - fee);
    }

    function test_attest_rejectsAVaultWithoutNewNotes() public {
        bytes memory none = abi.encodeWithSelector(VaultMessenger.NoNewNotes.selector, vault, REMOTE_EID, 0);
        vm.expectRevert(none);
        messenger.attest(address(vault), REMOTE_EID, "");
        vm.expectRevert(none);
        messenger.quoteAttest(address(vault), REMOTE_EID, "");
        knowRoot(ROOT);
        _attest();
        vm.warp(block.timestamp + CADENCE);
        vm.expectRevert(abi.encodeWithSelector(VaultMessenger.NoNewNotes.selector, vault, REMOTE_EID, 1));
        messenger.attest(address(vault), REMOTE_EID, "");
    }

    function test_attest_keepsTheCadence() public {
        knowRoot(ROOT);
        _attest();
        uint256 first = vm.getBlockTimestamp();
        for (uint64 i = 1; i <= 16; i++) depositUsdc(1, i);
        vault.appendBatch(paddedEntries(16), ROOT + 1, noProof(), batcher);
        vm.warp(first + CADENCE - 1);
        vm.expectRevert(abi.encodeWithSelector(VaultMessenger.TooSoon.selector, first + CADENCE, first + CADENCE - 1));
        messenger.attest(address(vault), REMOTE_EID, "");
        vm.warp(first + CADENCE);
        _attest();
    }

    function test_attest_rejectsAPathwayWithoutPeer() public {
        vm.expectRevert(abi.encodeWithSelector(IOAppCore.NoPeer.selector, 9));
        messenger.attest(address(vault), 9, "");
    }

    function test_attest_rejectsAPathwayWithoutEnforcedOptions() public {
        messenger = Deploy.vaultMessenger(address(endpoint), address(this), inbox, CADENCE);
        messenger.setPeer(REMOTE_EID, bytes32(uint256(uint160(rootInbox))));
        wireSend(address(messenger), ulnConfig(2, CONFIRMATIONS));
        _expectUnwired(abi.encodeWithSelector(WiredSender.EnforcedOptionsMissing.selector, REMOTE_EID, 1));
    }

    function test_attest_rejectsLayerZerosDefaults() public {
        messenger = Deploy.vaultMessenger(address(endpoint), address(this), inbox, CADENCE);
        messenger.setPeer(REMOTE_EID, bytes32(uint256(uint160(rootInbox))));
        enforceGas(address(messenger), 1, 250_000);
        _expectUnwired(abi.encodeWithSelector(Wiring.DefaultLibrary.selector, REMOTE_EID, sendUln));
        endpoint.setSendLibrary(address(messenger), REMOTE_EID, sendUln);
        _expectUnwired(abi.encodeWithSelector(Wiring.TooFewRequiredDVNs.selector, REMOTE_EID, 0));
    }

    function test_attest_rejectsFewerThanTwoRequiredDVNs() public {
        wireAgain(ulnConfig(1, CONFIRMATIONS));
        _expectUnwired(abi.encodeWithSelector(Wiring.TooFewRequiredDVNs.selector, REMOTE_EID, 1));
        // 255: "none required"; then LayerZero wants optional ones.
        UlnConfig memory optional = UlnConfig(CONFIRMATIONS, 255, 2, 2, new address[](0), dvns);
        wireAgain(optional);
        _expectUnwired(abi.encodeWithSelector(Wiring.TooFewRequiredDVNs.selector, REMOTE_EID, 255));
    }

    function test_attest_rejectsUnsetConfirmations() public {
        wireAgain(ulnConfig(2, 0));
        _expectUnwired(abi.encodeWithSelector(Wiring.ConfirmationsNotSet.selector, REMOTE_EID, 0));
        wireAgain(ulnConfig(2, type(uint64).max));
        _expectUnwired(abi.encodeWithSelector(Wiring.ConfirmationsNotSet.selector, REMOTE_EID, type(uint64).max));
    }

    /// ORD-7: a quiet vault says how its domains are without a new root.
    function test_sendStatus_reportsOnTheDomains() public {
        inbox.registerEngine(REMOTE_EID, engine);
        uint64 registered = uint64(block.timestamp);
        enforceGas(address(messenger), messenger.MSG_STATUS(), 200_000);
        vm.warp(registered + 5);
        uint256 fee = messenger.quoteStatus(address(vault), REMOTE_EID, "").nativeFee;
        vm.recordLogs();
        vm.prank(bob);
        messenger.sendStatus{value: fee}(address(vault), REMOTE_EID, "");
        (bytes memory packet, bytes memory options) = _sentPacket();
        uint256 domain = DomainLib.compute(LOCAL_EID, address(vault), REMOTE_EID, engine);
        bytes memory expected = abi.encodePacked(hex"0201", address(vault), registered + 5, uint8(1));
        assertEq(_from(packet, 113), bytes.concat(expected, abi.encodePacked(uint248(domain), registered, false)));
        assertEq(options, receiveGasOption(200_000));
    }

    function test_sendStatus_keepsTheCadence() public {
        enforceGas(address(messenger), messenger.MSG_STATUS(), 200_000);
        uint256 fee = messenger.quoteStatus(address(vault), REMOTE_EID, "").nativeFee;
        messenger.sendStatus{value: fee}(address(vault), REMOTE_EID, "");
        uint256 first = vm.getBlockTimestamp();
        vm.warp(first + CADENCE - 1);
        vm.expectRevert(abi.encodeWithSelector(VaultMessenger.TooSoon.selector, first + CADENCE, first + CADENCE - 1));
        messenger.sendStatus(address(vault), REMOTE_EID, "");
        vm.warp(first + CADENCE);
        messenger.sendStatus{value: fee}(address(vault), REMOTE_EID, "");
    }

    /// ORD-5
    function test_sendRecovered_saysWhatWasSeizedAndCanBeRepeated() public {
        enforceGas(address(messenger), messenger.MSG_RECOVERED(), 200_000);
        uint256 domain = DomainLib.compute(LOCAL_EID, address(vault), REMOTE_EID, engine);
        bytes memory none = abi.encodeWithSelector(VaultMessenger.NothingRecovered.selector, domain, 42);
        vm.expectRevert(none);
        messenger.quoteRecovered(address(vault), REMOTE_EID, engine, 42, "");
        vm.expectRevert(none);
        messenger.sendRecovered(address(vault), REMOTE_EID, engine, 42, "");
        knowRoot(ROOT);
        depositUsdc(7, 5);
        settlePublic(42, 50, ROOT, 7, 0, 71);
        bytes memory expected = abi.encodePacked(
            hex"0401",
            address(vault),
            engine,
            uint256(42),
            uint256(7),
            uint256(0)
        );
        for (uint256 i = 0; i < 2; i++) {
            uint256 fee = messenger.quoteRecovered(address(vault), REMOTE_EID, engine, 42, "").nativeFee;
            vm.recordLogs();
            messenger.sendRecovered{value: fee}(address(vault), REMOTE_EID, engine, 42, "");
            (bytes memory packet, ) = _sentPacket();
            assertEq(_from(packet, 113), expected);
        }
    }

    /// A sender is no receiver: the endpoint itself cannot make it take a message.
    function test_messenger_cannotReceive() public {
        Origin memory origin = Origin(REMOTE_EID, bytes32(uint256(uint160(rootInbox))), 1);
        vm.prank(address(endpoint));
        (bool ok, ) = address(messenger).call(
            abi.encodeCall(OAppReceiver.lzReceive, (origin, bytes32(0), "", address(0), ""))
        );
        assertFalse(ok);
    }

    function wireAgain(UlnConfig memory config) private {
        messenger = Deploy.vaultMessenger(address(endpoint), address(this), inbox, CADENCE);
        messenger.setPeer(REMOTE_EID, bytes32(uint256(uint160(rootInbox))));
        enforceGas(address(messenger), 1, 250_000);
        wireSend(address(messenger), config);
    }

    function _expectUnwired(bytes memory revertData) private {
        vm.expectRevert(revertData);
        messenger.attest(address(vault), REMOTE_EID, "");
        vm.expectRevert(revertData);
        messenger.requireWired(REMOTE_EID, 1);
    }

    function _attest() private returns (bytes memory packet) {
        uint256 fee = messenger.quoteAttest(address(vault), REMOTE_EID, "").nativeFee;
        vm.recordLogs();
        vm.prank(bob);
        messenger.attest{value: fee}(address(vault), REMOTE_EID, "");
        (packet, ) = _sentPacket();
    }

    function _sentPacket() private returns (bytes memory packet, bytes memory options) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] != PACKET_SENT) continue;
            (packet, options, ) = abi.decode(logs[i].data, (bytes, bytes, address));
        }
    }

    function _from(bytes memory data, uint256 start) private pure returns (bytes memory tail) {
        tail = new bytes(data.length - start);
        for (uint256 i = 0; i < tail.length; i++) tail[i] = data[start + i];
    }
}
