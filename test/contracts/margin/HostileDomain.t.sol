// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {IOAppCore} from "@layerzerolabs/oapp-evm/contracts/oapp/interfaces/IOAppCore.sol";
import {OAppReceiver, Origin} from "@layerzerolabs/oapp-evm/contracts/oapp/OAppReceiver.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {DomainReport, MessageCodec, RecoveredMessage, RootMessage} from "../../../contracts/libraries/MessageCodec.sol";
import {SettleOrder} from "../../../contracts/types/Types.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// A compromised vault chain, and a hostile vault on a good one, send the margin chain every message they can, in the good vault's name and in their own. The locks of the
/// good vault are as they were; what the hostile source takes ends at its own limits.
contract HostileDomainTest is MarginFixture {
    uint32 private constant EVIL_EID = 666;
    bytes32 private constant EVIL = bytes32(uint256(0xe711));
    address private constant EVIL_VAULT = address(0xbad);
    bytes32 private id;
    uint32 private evilSource;

    function setUp() public override {
        super.setUp();
        inbox.setPeer(EVIL_EID, EVIL);
        IMarginTypes.SourceConfig memory c = sourceConfig();
        (c.eid, c.vault) = (EVIL_EID, VAULT); // the same address, on another chain
        (c.exposureCap, c.coverageBurst, c.coveragePerHour) = (300_000e6, 200_000e6, 1_000e6);
        evilSource = engine.addSource(marketId, c);
        id = openAccount(1, 10, 50_000e6);
    }

    function test_messages_everyKindInTheGoodVaultsName() public {
        bytes32 before = _state();
        _everyMessage(EVIL_EID, EVIL, VAULT);
        assertEq(_state(), before);
        // The good lock still borrows, and goes home.
        fund(alice, 100_000e6);
        vm.startPrank(alice);
        pool.borrow(id, 1_000e6, alice);
        pool.repay(id, type(uint128).max);
        engine.release(id);
        vm.stopPrank();
    }

    /// A vault that lies about itself, through the good chain's own messenger.
    function test_messages_hostileVaultOnAGoodChain() public {
        bytes32 before = _state();
        _everyMessage(REMOTE_EID, MESSENGER, EVIL_VAULT);
        assertEq(_state(), before);
        vm.prank(alice);
        pool.borrow(id, 1_000e6, alice);
    }

    /// Its forged root opens what its own source allows, and no lock of another source.
    function test_open_underAForgedRoot() public {
        _everyMessage(EVIL_EID, EVIL, VAULT);
        // The forged root is none of the good source.
        IMarginTypes.MarginProof memory p = proofOf(2, 10, 10, 9000, MAJORS);
        p.root = 0xf0;
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownRoot.selector, REMOTE_EID, VAULT, 0xf0));
        engine.open(marketId, SALT, p, 0, bob);
        // Its own domain said that it has retired.
        p.sourceId = evilSource;
        uint256 evilDomain = engine.domainOf(EVIL_EID, VAULT);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.DomainRetired.selector, evilDomain));
        engine.open(marketId, SALT, p, 0, bob);
        vm.stopPrank();
    }

    function test_open_forgedSourceEndsAtItsLimits() public {
        _attestEvil(0xf0);
        IMarginTypes.Source memory goodSource = engine.source(marketId, 0);
        // The good lock's N, under the other domain: another lock, which touches nothing of the first.
        IMarginTypes.MarginProof memory p = _evilProof(1, 20);
        vm.prank(bob);
        bytes32 evilId = engine.open(marketId, SALT, p, 0, bob);
        assertEq(engine.lock(domain, 1).coverage, 100_000e6);
        assertEq(engine.account(id).locks.length, 1);
        p = _evilProof(3, 10);
        vm.prank(bob);
        vm.expectPartialRevert(IMarginTypes.CoverageRateExceeded.selector);
        engine.open(marketId, "2", p, 0, bob);
        p = _evilProof(3, 11);
        vm.prank(bob);
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarginTypes.ExposureCapExceeded.selector,
                marketId,
                evilSource,
                310_000e6,
                300_000e6
            )
        );
        engine.open(marketId, "2", p, 0, bob);
        assertEq(abi.encode(engine.source(marketId, 0)), abi.encode(goodSource));

        // Revoking its roots ends it, and touches nothing of the other.
        engine.revokeRoots(marketId, evilSource);
        assertEq(engine.liveCoverage(evilId), 0);
        assertEq(engine.liveCoverage(id), 100_000e6 - 8);
        vm.prank(bob);
        vm.expectPartialRevert(IMarginTypes.CoverageTooLow.selector);
        pool.borrow(evilId, 1_000e6, bob);
    }

    /// A refresh cannot move a lock to the hostile source, whose roots are forged.
    function test_refresh_underAForgedRoot() public {
        _attestEvil(0xf0);
        IMarginTypes.MarginProof memory p = _evilProof(1, 99);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.WrongSource.selector, 1, 0, evilSource));
        engine.refresh(id, p);
        p.sourceId = 0;
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownRoot.selector, REMOTE_EID, VAULT, 0xf0));
        engine.refresh(id, p);
    }

    /// Anyone may queue orders: they carry the caller as their engine.
    function test_orderQueue_vouchesForItsCaller() public {
        address evilEngine = makeAddr("evil engine");
        SettleOrder memory order;
        (order.vault, order.engine, order.lockNullifier) = (VAULT, address(engine), 1);
        vm.recordLogs();
        vm.prank(evilEngine);
        try queue.settle(REMOTE_EID, order) {} catch {}
        vm.prank(evilEngine);
        queue.opened(REMOTE_EID, VAULT, 1, type(uint64).max, bytes32(uint256(1)));
        vm.prank(evilEngine);
        queue.heartbeat(REMOTE_EID, VAULT);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 seen;
        bytes32 topic = keccak256("OrderQueued(uint32,uint256,address,uint256,bytes)");
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] != topic) continue;
            (, bytes memory text) = abi.decode(logs[i].data, (uint256, bytes));
            address named;
            assembly {
                named := shr(96, mload(add(text, 53)))
            }
            assertEq(named, evilEngine);
            ++seen;
        }
        assertGe(seen, 2);
    }

    function test_lzReceive_strangers() public {
        bytes memory message = encode(RootMessage(VAULT, 0xf0, 1, uint64(block.timestamp), bob, new DomainReport[](0)));
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(OAppReceiver.OnlyEndpoint.selector, bob));
        inbox.lzReceive(Origin(REMOTE_EID, MESSENGER, 1), 0, message, address(0), "");
        vm.startPrank(address(endpoint));
        vm.expectRevert(abi.encodeWithSelector(IOAppCore.OnlyPeer.selector, REMOTE_EID, EVIL));
        inbox.lzReceive(Origin(REMOTE_EID, EVIL, 1), 0, message, address(0), "");
        vm.expectRevert(abi.encodeWithSelector(IOAppCore.NoPeer.selector, 12345));
        inbox.lzReceive(Origin(12345, EVIL, 1), 0, message, address(0), "");
        vm.stopPrank();
    }

    function _everyMessage(uint32 eid, bytes32 sender, address vault) private {
        DomainReport[] memory reports = new DomainReport[](2);
        reports[0] = DomainReport(domain, 0, true);
        reports[1] = DomainReport(engine.domainOf(eid, vault), type(uint64).max, true);
        uint64 t = uint64(block.timestamp);
        _send(eid, sender, encode(RootMessage(vault, 0xf0, 1_000, t, bob, reports)));
        _send(eid, sender, encode(RootMessage(vault, ROOT, 2_000, t + 1 days, bob, reports)));
        _send(eid, sender, MessageCodec.encodeStatus(vault, t + 1 days, reports));
        RecoveredMessage memory recovered = RecoveredMessage(vault, address(engine), 1, type(uint64).max, 1);
        _send(eid, sender, MessageCodec.encodeRecovered(recovered));
    }

    function _attestEvil(uint256 root) private {
        DomainReport[] memory reports = new DomainReport[](1);
        reports[0] = DomainReport(engine.domainOf(EVIL_EID, VAULT), uint64(block.timestamp), false);
        _send(EVIL_EID, EVIL, encode(RootMessage(VAULT, root, 1, uint64(block.timestamp), bob, reports)));
    }

    function _evilProof(uint256 n, uint8 mantissa) private view returns (IMarginTypes.MarginProof memory p) {
        p = proofOf(n, mantissa, 10, 9000, MAJORS);
        (p.root, p.sourceId) = (0xf0, evilSource);
    }

    function _send(uint32 eid, bytes32 sender, bytes memory message) private {
        vm.prank(address(endpoint));
        inbox.lzReceive(Origin(eid, sender, 1), 0, message, address(0), "");
    }

    /// All that the good source's account rests on.
    function _state() private view returns (bytes32) {
        (uint64 sourceTime, , uint64 reportedAt, uint64 lastSeen, bool retired) = inbox.openingState(
            REMOTE_EID,
            VAULT,
            ROOT,
            domain
        );
        (uint256 latest, uint64 chunks, , address attestor) = inbox.latest(REMOTE_EID, VAULT);
        (bool known, , ) = inbox.recovered(REMOTE_EID, VAULT, address(engine), 1);
        bytes memory account = abi.encode(engine.account(id), engine.lock(domain, 1), engine.liveCoverage(id));
        bytes memory source_ = abi.encode(engine.source(marketId, 0));
        return
            keccak256(
                abi.encode(
                    sourceTime,
                    reportedAt,
                    lastSeen,
                    retired,
                    latest,
                    chunks,
                    attestor,
                    known,
                    inbox.rootTime(REMOTE_EID, VAULT, 0xf0),
                    account,
                    source_
                )
            );
    }
}
