// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// removeLock, release, releaseUnused (ACC-7): leaving is never blocked, and final
contract LeaveTest is MarginFixture {
    function test_removeLock_leavesTheRestCovered() public {
        bytes32 id = openAccount(1, 10, 80_000e6);
        addLock(id, 2, 10, 9000, MAJORS);
        vm.recordLogs();
        vm.prank(alice);
        engine.removeLock(id, 1);
        _assertSentHome(lastOrder(vm.getRecordedLogs()), 1);
        IMarginTypes.AccountView memory a = engine.account(id);
        assertEq(a.locks.length, 1);
        assertEq(a.locks[0], 2);
        assertEq(engine.source(marketId, 0).exposure, 100_000e6);

        uint256 requirement = pool.initialRequirement(id);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.CoverageTooLow.selector, id, requirement, 0));
        engine.removeLock(id, 2);
    }

    function test_removeLock_errors() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotController.selector, id, bob, alice));
        engine.removeLock(id, 1);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockNotInAccount.selector, id, 2));
        engine.removeLock(id, 2);
        refreshPrices(48_600, 2_430);
        flagged(id);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.AccountFlagged.selector, id));
        engine.removeLock(id, 1);
    }

    function test_removeLock_needsFreshPricesOfWhatRemains() public {
        bytes32 id = openAccount(1, 10, 80_000e6);
        addLock(id, 2, 10, 9000, BTC_ONLY);
        eth.push(0);
        // What remains relies on ETH.
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.PriceMissing.selector, setId, 2));
        engine.removeLock(id, 2);
        vm.prank(alice);
        engine.removeLock(id, 1);
    }

    /// The last of many takes the free place, with its source.
    function testFuzz_removeLock_keepsTheOthers(uint8 seed) public {
        IMarginTypes.SourceConfig memory c = sourceConfig();
        c.vault = address(0x2222);
        engine.addSource(marketId, c);
        attest(REMOTE_EID, c.vault, ROOT, uint64(block.timestamp));
        uint256 other = engine.domainOf(REMOTE_EID, c.vault);
        bytes32 id = openAccount(1, 10, 0);
        for (uint256 n = 2; n <= 8; ++n) {
            IMarginTypes.MarginProof memory p = proofOf(n, 10, 10, 9000, MAJORS);
            p.sourceId = uint32(n % 2);
            vm.prank(alice);
            engine.addLock(id, p);
        }
        uint256 gone;
        for (uint256 k; k < 5; ++k) {
            uint256 n = 1 + (uint256(keccak256(abi.encode(seed, k))) % 8);
            if ((gone >> n) & 1 == 1) continue;
            gone |= 1 << n;
            vm.prank(alice);
            engine.removeLock(id, n);
        }
        IMarginTypes.AccountView memory a = engine.account(id);
        for (uint256 i; i < a.locks.length; ++i) {
            uint256 n = a.locks[i];
            assertEq((gone >> n) & 1, 0);
            assertEq(a.domains[i], n % 2 == 1 && n != 1 ? other : domain);
            assertEq(engine.lock(a.domains[i], n).state, 1);
        }
        assertEq(engine.liveCoverage(id), a.locks.length * (100_000e6 - 8));
    }

    /// No price, no fresh root, no accepted risk version, no live sequencer: it goes home all the same.
    function test_release_isNeverBlocked() public {
        bytes32 id = openAccount(1, 10, 80_000e6);
        addLock(id, 2, 10, 9000, MAJORS);
        fund(alice, 100_000e6);
        riskSet.retireVersion(1, uint40(vm.getBlockTimestamp() + 7 days));
        later(30 days);
        vm.prank(alice);
        pool.repay(id, type(uint256).max);
        vm.recordLogs();
        vm.prank(alice);
        engine.release(id);
        _assertSentHome(lastOrder(vm.getRecordedLogs()), 1);
        assertEq(engine.account(id).locks.length, 0);
        assertEq(engine.lock(domain, 1).state, 3);
        assertEq(engine.lock(domain, 2).state, 3);
        assertEq(engine.source(marketId, 0).exposure, 0);
        assertEq(queue.nextId(REMOTE_EID), 4);
    }

    function test_release_whileFlaggedOrInAuction() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        addLock(id, 2, 10, 9000, MAJORS);
        prices(22_000, 1_100);
        flagged(id);
        started(id);
        assertEq(engine.account(id).auctions, 2);
        // The board dies, alice repays everything: the hook cannot find prices and does not need them.
        eth.push(0);
        btc.push(0);
        usdcFeed.push(0);
        fund(alice, 100_000e6);
        vm.prank(alice);
        pool.repay(id, type(uint256).max);
        assertEq(engine.account(id).flaggedAt, 0);
        assertEq(engine.account(id).auctions, 0);
        vm.prank(alice);
        engine.release(id);
    }

    function test_release_errors() public {
        bytes32 id = openAccount(1, 10, 80_000e6);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.DebtOutstanding.selector, id, 80_000e6));
        engine.release(id);
        fund(bob, 100_000e6);
        vm.prank(bob);
        pool.repay(id, type(uint256).max);
        uint256 expiry = engine.lock(domain, 1).expiry;
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.ProofsNotExpired.selector, id, bob, expiry));
        engine.release(id);
        vm.warp(expiry + 1);
        vm.prank(bob);
        engine.release(id);
    }

    function test_releaseUnused_goesHomeWithoutPricesOrAge() public {
        later(30 days); // prices, root and snapshot are all too old for anything else
        IMarginTypes.MarginProof memory p = _unused(5);
        vm.recordLogs();
        vm.prank(alice);
        engine.releaseUnused(marketId, p);
        _assertSentHome(lastOrder(vm.getRecordedLogs()), 5);
        assertEq(engine.lock(domain, 5).state, 3);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockUsed.selector, domain, 5));
        engine.releaseUnused(marketId, p);
        p = proofOf(5, 10, 10, 9000, MAJORS);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockUsed.selector, domain, 5));
        engine.open(marketId, SALT, p, 0, alice);
    }

    function test_releaseUnused_publicValues() public {
        IMarginTypes.MarginProof memory p = _unused(5);
        uint256 q = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
        uint256[] memory x = new uint256[](28);
        (x[0], x[1], x[2], x[3]) = (ROOT, 5, domain, uint160(alice));
        (, x[18], x[19]) = engine.market(marketId);
        (x[20], x[21]) = (p.ephemeral.x, p.ephemeral.y);
        for (uint256 i; i < 5; ++i) x[22 + i] = p.sealedOpening[i];
        x[27] =
            uint256(
                keccak256(
                    abi.encode(
                        "hypothec.margin",
                        block.chainid,
                        address(engine),
                        marketId,
                        uint8(4),
                        bytes32(0),
                        uint64(0),
                        alice,
                        uint256(0),
                        p.snapshot,
                        p.riskVersion,
                        p.expiry,
                        p.deadline
                    )
                )
            ) >> 8;
        uint256 c = p.zk.commitment;
        uint256 r = uint256(keccak256(abi.encodePacked(x, c))) % q;
        uint256 y;
        for (uint256 i; i < 28; ++i) y = addmod(mulmod(y, r, q), x[i], q);
        verifier.acceptAny(false);
        verifier.expect(c, y, r);
        vm.prank(bob); // not the lock's controller
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.InvalidProof.selector, 5));
        engine.releaseUnused(marketId, p);
        vm.prank(alice);
        engine.releaseUnused(marketId, p);
    }

    function test_releaseUnused_errors() public {
        IMarginTypes.MarginProof memory p = _unused(5);
        p.coverageMantissa = 10;
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.BadCoverage.selector, 10, 0));
        engine.releaseUnused(marketId, p);
        p = _unused(5);
        p.root = 0xdead;
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownRoot.selector, REMOTE_EID, VAULT, 0xdead));
        engine.releaseUnused(marketId, p);
        p = _unused(5);
        p.deadline = uint40(vm.getBlockTimestamp() - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IMarginTypes.DeadlinePassed.selector, p.deadline, vm.getBlockTimestamp())
        );
        engine.releaseUnused(marketId, p);
        openAccount(5, 10, 0);
        p = _unused(5);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockUsed.selector, domain, 5));
        engine.releaseUnused(marketId, p);
    }

    function _unused(uint256 n) private view returns (IMarginTypes.MarginProof memory p) {
        p = proofOf(n, 0, 0, 0, 0);
        p.snapshot = 0;
        p.riskVersion = 0;
        p.expiry = 0;
    }

    /// A SETTLE of lock n with claim 0, no prices and no beneficiary.
    function _assertSentHome(bytes memory order, uint256 n) private view {
        bytes memory expected = abi.encodePacked(
            uint8(2),
            VAULT,
            address(engine),
            n,
            uint64(0),
            new bytes(96),
            uint8(0),
            new bytes(96)
        );
        assertEq(order, expected);
    }

    /// Less collateral under a debt is as good as more debt: what remains must be of a living domain, as a loan asks (ORD-7).
    function test_removeLock_needsLivingDomains() public {
        bytes32 id = openAccount(1, 10, 80_000e6);
        addLock(id, 2, 10, 9000, MAJORS);
        uint256 reportedAt = vm.getBlockTimestamp();
        later(7 days + 1);
        refreshPrices(60_000, 3_000);
        for (uint256 n = 1; n <= 2; n++) {
            IMarginTypes.MarginProof memory p = proofOf(n, 10, 10, 9000, MAJORS);
            vm.prank(alice);
            engine.refresh(id, p);
        }
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.ReportTooOld.selector, domain, reportedAt, reportedAt + 1));
        engine.removeLock(id, 2);
        // Without a debt nothing is asked.
        fund(alice, 100_000e6);
        vm.prank(alice);
        pool.repay(id, type(uint256).max);
        vm.prank(alice);
        engine.removeLock(id, 2);
    }

    /// And prices that did not just fall (LIQ-10).
    function test_removeLock_notWhilePricesAreHalted() public {
        board.setBreaker(setId, [uint16(1_000), 1_000, 0, 0, 0, 0, 0, 0], 1 hours, 1 hours);
        bytes32 id = openAccount(1, 10, 40_000e6);
        addLock(id, 2, 10, 9000, MAJORS);
        uint32[4] memory evidence;
        evidence[0] = board.latestSnapshot(setId);
        for (uint256 i = 1; i < 4; i++) {
            later(60);
            evidence[i] = i == 1 ? refreshPrices(60_000, 3_000) : refreshPrices(50_000, 2_500);
        }
        board.trip(setId, evidence);
        vm.prank(alice);
        vm.expectPartialRevert(IMarginTypes.SetHalted.selector);
        engine.removeLock(id, 2);
    }
}
