// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {ICreditPool} from "../../../contracts/interfaces/ICreditPool.sol";
import {IPriceBoard} from "../../../contracts/interfaces/IPriceBoard.sol";
import {PublicValueNotCanonical} from "../../../contracts/libraries/InputDigest.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// open: what is checked, what is computed for the proof, what is stored and announced (ACC-1 to 6, ORD-1)
contract OpenTest is MarginFixture {
    uint256 private constant Q = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    function test_open_storesTheLockAnnouncesTheCapAndBorrows() public {
        IMarginTypes.MarginProof memory p = proofOf(7, 10, 10, 9000, MAJORS);
        vm.recordLogs();
        vm.prank(alice);
        bytes32 id = engine.open(marketId, SALT, p, 50_000e6, bob);

        assertEq(id, keccak256(abi.encode(address(engine), marketId, alice, SALT)));
        assertEq(usdc.balanceOf(bob), 50_000e6);
        assertEq(pool.debtOf(id), 50_000e6);
        IMarginTypes.AccountView memory a = engine.account(id);
        assertEq(a.controller, alice);
        assertEq(a.nonce, 1);
        assertEq(a.locks.length, 1);
        assertEq(a.domains[0], domain);
        IMarginTypes.Lock memory l = engine.lock(domain, 7);
        assertEq(l.coverage, 100_000e6);
        assertEq(l.cap, 105_000e6);
        assertEq(l.floorBps, 9000);
        assertEq(l.reliedOn, 3);
        assertEq(l.state, 1);
        assertEq(engine.source(marketId, 0).exposure, 100_000e6);
        // λ = 1/0.9 > 1: the whole of M, less 8 µUSD.
        assertEq(engine.liveCoverage(id), 100_000e6 - 8);

        // s°: f = 0.9·p, h = 0.8 and 0.75; one sat of BTC at $60,000 is 600 µUSD, 10⁻⁸ ETH at $3,000 is 30 µUSD.
        uint96[8] memory s;
        s[0] = uint96(((540 * X64) * 8) / 10);
        s[1] = uint96(((27 * X64) * 3) / 4);
        bytes memory order = lastOrder(vm.getRecordedLogs());
        (uint8 kind, address vault, address eng, uint256 n, uint64 cap) = _opened(order);
        assertEq(kind, 1);
        assertEq(vault, VAULT);
        assertEq(eng, address(engine));
        assertEq(n, 7);
        assertEq(cap, 105_000e6);
        assertEq(order.length, 113);
        assertEq(_tail(order), keccak256(abi.encode(s)));
    }

    /// Every public value, put together here from the documents, against what the engine asks the verifier.
    function test_open_bindsEveryPublicValue() public {
        IMarginTypes.MarginProof memory p = proofOf(7, 25, 10, 7500, BTC_ONLY);
        bytes32 id = engine.accountId(marketId, alice, SALT);
        uint256[] memory x = _values(p, id, 0, 1, alice);
        _expect(x, p.zk.commitment);
        verifier.acceptAny(false);

        // A caller other than the one the proof names.
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.InvalidProof.selector, 7));
        engine.open(marketId, SALT, p, 0, bob);
        // Another salt is another account.
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.InvalidProof.selector, 7));
        engine.open(marketId, "other", p, 0, alice);
        vm.prank(alice);
        engine.open(marketId, SALT, p, 0, alice);
    }

    function testFuzz_open_changedProofFieldIsRejected(uint8 field, uint256 seed) public {
        IMarginTypes.MarginProof memory p = proofOf(7, 25, 10, 7500, BTC_ONLY);
        _expect(_values(p, engine.accountId(marketId, alice, SALT), 0, 1, alice), p.zk.commitment);
        verifier.acceptAny(false);
        field = uint8(bound(field, 0, 11));
        attest(REMOTE_EID, VAULT, 0xcafe, uint64(block.timestamp));
        board.takeSnapshot(setId);
        if (field == 0) p.root = 0xcafe;
        else if (field == 1) p.lockNullifier = bound(seed, 8, Q - 1);
        else if (field == 2) p.coverageMantissa = uint8(bound(seed, 26, 90));
        else if (field == 3) p.snapshot += 1;
        else if (field == 4) p.floorBps = 9000;
        else if (field == 5) p.profile = MAJORS;
        else if (field == 6) p.riskVersion = riskSet.addVersion(riskModel());
        else if (field == 7) p.expiry -= uint40(bound(seed, 1, 1000));
        else if (field == 8) p.deadline += uint40(bound(seed, 1, 1000));
        else if (field == 9) p.ephemeral.x = bound(seed, 3, Q - 1);
        else if (field == 10) p.sealedOpening[seed % 5] = bound(seed, 100, Q - 1);
        else p.zk.commitment = bound(seed, 100, Q - 1);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.InvalidProof.selector, p.lockNullifier));
        engine.open(marketId, SALT, p, 0, alice);
    }

    function test_open_anotherChainIsRejected() public {
        IMarginTypes.MarginProof memory p = proofOf(7, 25, 10, 7500, BTC_ONLY);
        _expect(_values(p, engine.accountId(marketId, alice, SALT), 0, 1, alice), p.zk.commitment);
        verifier.acceptAny(false);
        vm.chainId(999);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.InvalidProof.selector, 7));
        engine.open(marketId, SALT, p, 0, alice);
    }

    function test_open_anotherMarketIsRejected() public {
        IMarginTypes.MarginProof memory p = proofOf(7, 25, 10, 7500, BTC_ONLY);
        bytes32 other = engine.createMarket(marketConfig(address(newPool())));
        engine.addSource(other, sourceConfig());
        _expect(_values(p, engine.accountId(marketId, alice, SALT), 0, 1, alice), p.zk.commitment);
        verifier.acceptAny(false);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.InvalidProof.selector, 7));
        engine.open(other, SALT, p, 0, alice);
    }

    function test_open_secondAccountOnOneLock() public {
        openAccount(7, 10, 0);
        IMarginTypes.MarginProof memory p = proofOf(7, 10, 10, 9000, MAJORS);
        _reverts(abi.encodeWithSelector(IMarginTypes.LockUsed.selector, domain, 7), p, 0);
    }

    function test_open_secondAccountOnOneLockInAnotherMarket() public {
        openAccount(7, 10, 0);
        bytes32 other = engine.createMarket(marketConfig(address(newPool())));
        engine.addSource(other, sourceConfig());
        IMarginTypes.MarginProof memory p = proofOf(7, 10, 10, 9000, MAJORS);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockUsed.selector, domain, 7));
        engine.open(other, SALT, p, 0, alice);
    }

    function test_open_aliasOfALockIsNotAnotherLock() public {
        openAccount(7, 10, 0);
        IMarginTypes.MarginProof memory p = proofOf(7 + Q, 10, 10, 9000, MAJORS);
        _reverts(abi.encodeWithSelector(PublicValueNotCanonical.selector, 1, 7 + Q), p, 0);
    }

    function test_open_sameAccountTwice() public {
        bytes32 id = openAccount(7, 10, 0);
        IMarginTypes.MarginProof memory p = proofOf(8, 10, 10, 9000, MAJORS);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.AccountExists.selector, id));
        engine.open(marketId, bytes32(uint256(7)), p, 0, alice);
    }

    function test_open_unknownNames() public {
        IMarginTypes.MarginProof memory p = proofOf(7, 10, 10, 9000, MAJORS);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownMarket.selector, bytes32("x")));
        engine.open("x", SALT, p, 0, alice);
        p.sourceId = 1;
        _reverts(abi.encodeWithSelector(IMarginTypes.UnknownSource.selector, marketId, 1), p, 0);
        p.sourceId = 0;
        p.profile = 4;
        _reverts(abi.encodeWithSelector(IMarginTypes.UnknownProfile.selector, 4), p, 0);
        p.profile = 0;
        p.snapshot = 99;
        _reverts(abi.encodeWithSelector(IPriceBoard.UnknownSnapshot.selector, setId, 99), p, 0);
    }

    /// ACC-6
    function test_open_coarseValues() public {
        IMarginTypes.MarginProof memory p = proofOf(7, 9, 10, 9000, MAJORS);
        _reverts(abi.encodeWithSelector(IMarginTypes.BadCoverage.selector, 9, 10), p, 0);
        p.coverageMantissa = 100;
        _reverts(abi.encodeWithSelector(IMarginTypes.BadCoverage.selector, 100, 10), p, 0);
        p.coverageMantissa = 0;
        _reverts(abi.encodeWithSelector(IMarginTypes.BadCoverage.selector, 0, 10), p, 0);
        (p.coverageMantissa, p.coverageExponent) = (10, 19);
        _reverts(abi.encodeWithSelector(IMarginTypes.BadCoverage.selector, 10, 19), p, 0);
        // 19·10^18 > 2^64
        (p.coverageMantissa, p.coverageExponent) = (19, 18);
        _reverts(abi.encodeWithSelector(IMarginTypes.BadCoverage.selector, 19, 18), p, 0);
        // A dollar at least.
        (p.coverageMantissa, p.coverageExponent) = (99, 4);
        _reverts(abi.encodeWithSelector(IMarginTypes.CoverageBelowMinimum.selector, 990_000, 1e6), p, 0);
        (p.coverageMantissa, p.coverageExponent) = (10, 10);
        p.floorBps = 9500;
        _reverts(abi.encodeWithSelector(IMarginTypes.BadFloor.selector, 9500), p, 0);
    }

    function test_open_limits() public {
        IMarginTypes.MarginProof memory p = proofOf(7, 11, 12, 9000, MAJORS);
        _reverts(abi.encodeWithSelector(IMarginTypes.CoverageAboveMaximum.selector, 11_000_000e6, MAX_COVERAGE), p, 0);
        (p.coverageMantissa) = 10;
        vm.prank(alice);
        engine.open(marketId, "1", p, 0, alice);
        p = proofOf(8, 10, 12, 9000, MAJORS);
        vm.prank(alice);
        engine.open(marketId, "2", p, 0, alice);
        p = proofOf(9, 10, 6, 9000, MAJORS);
        _reverts(
            abi.encodeWithSelector(
                IMarginTypes.ExposureCapExceeded.selector,
                marketId,
                0,
                EXPOSURE_CAP + 10e6,
                EXPOSURE_CAP
            ),
            p,
            0
        );
    }

    function test_open_times() public {
        uint256 t = vm.getBlockTimestamp();
        IMarginTypes.MarginProof memory p = proofOf(7, 10, 10, 9000, MAJORS);
        p.deadline = uint40(t - 1);
        _reverts(abi.encodeWithSelector(IMarginTypes.DeadlinePassed.selector, t - 1, t), p, 0);
        p.deadline = uint40(t);
        p.expiry = uint40(t);
        _reverts(abi.encodeWithSelector(IMarginTypes.BadExpiry.selector, t, t, t + MAX_PROOF_AGE), p, 0);
        p.expiry = uint40(t + MAX_PROOF_AGE + 1);
        _reverts(
            abi.encodeWithSelector(IMarginTypes.BadExpiry.selector, t + MAX_PROOF_AGE + 1, t, t + MAX_PROOF_AGE),
            p,
            0
        );
    }

    function test_open_roots() public {
        IMarginTypes.MarginProof memory p = proofOf(7, 10, 10, 9000, MAJORS);
        p.root = 0xdead;
        _reverts(abi.encodeWithSelector(IMarginTypes.UnknownRoot.selector, REMOTE_EID, VAULT, 0xdead), p, 0);
        uint256 attestedAt = vm.getBlockTimestamp();
        later(MAX_ROOT_AGE + 1);
        refreshPrices(60_000, 3_000);
        p = proofOf(7, 10, 10, 9000, MAJORS);
        _reverts(abi.encodeWithSelector(IMarginTypes.RootTooOld.selector, ROOT, attestedAt, attestedAt + 1), p, 0);
    }

    function test_open_oldSnapshot() public {
        uint256 takenAt = vm.getBlockTimestamp();
        IMarginTypes.MarginProof memory p = proofOf(7, 10, 10, 9000, MAJORS);
        later(MAX_SNAPSHOT_AGE + 1);
        p.deadline = uint40(vm.getBlockTimestamp());
        _reverts(abi.encodeWithSelector(IMarginTypes.SnapshotTooOld.selector, 1, takenAt, takenAt + 1), p, 0);
    }

    function test_open_closedRiskVersion() public {
        riskSet.setOpenable(1, false);
        IMarginTypes.MarginProof memory p = proofOf(7, 10, 10, 9000, MAJORS);
        _reverts(abi.encodeWithSelector(IMarginTypes.RiskVersionNotOpenable.selector, address(riskSet), 1), p, 0);
    }

    /// A feed that is bad now, or was in the latest snapshot, or in the named one, blocks a proof that relies on it and no other.
    function test_open_badFeedBlocksOnlyWhoReliesOnIt() public {
        eth.push(0);
        IMarginTypes.MarginProof memory p = proofOf(7, 10, 10, 9000, MAJORS);
        _reverts(abi.encodeWithSelector(IMarginTypes.PriceMissing.selector, setId, 2), p, 0);
        vm.prank(alice);
        engine.open(marketId, "btc", proofOf(6, 10, 10, 9000, BTC_ONLY), 0, alice);
        // Bad in the latest snapshot, good now, named snapshot good.
        board.takeSnapshot(setId);
        push(eth, 3_000);
        _reverts(abi.encodeWithSelector(IMarginTypes.PriceMissing.selector, setId, 2), p, 0);
        // Bad in the named snapshot.
        p.snapshot = 2;
        _reverts(abi.encodeWithSelector(IMarginTypes.PriceMissing.selector, setId, 2), p, 0);
        board.takeSnapshot(setId);
        p.snapshot = 3;
        vm.prank(alice);
        engine.open(marketId, SALT, p, 0, alice);
    }

    function test_open_profileOfAnUnlistedSlotIsNotProvable() public {
        IMarginTypes.MarketConfig memory c = marketConfig(address(newPool()));
        c.profiles[0] = 16;
        bytes32 other = engine.createMarket(c);
        engine.addSource(other, sourceConfig());
        IMarginTypes.MarginProof memory p = proofOf(7, 10, 10, 9000, 0);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.PriceMissing.selector, setId, 16));
        engine.open(other, SALT, p, 0, alice);
    }

    /// p = min(latest snapshot, live): neither a stale high snapshot nor a spike since helps.
    function test_open_borrowsAtTheLowerOfSnapshotAndLive() public {
        IMarginTypes.MarginProof memory p = proofOf(7, 10, 10, 10_000, MAJORS);
        prices(30_000, 3_000); // live half of the snapshot
        uint256 requirement = (50_000e6 * 11_155_500) / 10_000_000;
        bytes memory refusal = abi.encodeWithSelector(
            IMarginTypes.CoverageTooLow.selector,
            engine.accountId(marketId, alice, SALT),
            requirement,
            50_000e6 - 8
        );
        _reverts(refusal, p, 50_000e6);
        board.takeSnapshot(setId);
        prices(60_000, 3_000); // snapshot half of live
        _reverts(refusal, p, 50_000e6);
    }

    /// initial = debt·(1 + maxBonus + buffer + extra)·(1 + debt haircut): to the unit.
    /// ACC-4
    function test_open_borrowsUpToTheInitialRequirement() public {
        uint256 most = (uint256(100_000e6 - 8) * 1e8) / (11_100 * 10_050);
        IMarginTypes.MarginProof memory p = proofOf(7, 10, 10, 9000, MAJORS);
        vm.prank(alice);
        vm.expectPartialRevert(IMarginTypes.CoverageTooLow.selector);
        engine.open(marketId, SALT, p, most + 1, alice);
        vm.prank(alice);
        engine.open(marketId, SALT, p, most, alice);
    }

    function test_open_poolErrors() public {
        IMarginTypes.MarginProof memory p = proofOf(7, 99, 11, 9000, MAJORS);
        _reverts(
            abi.encodeWithSelector(ICreditPool.InsufficientLiquidity.selector, 1_000_001e6, 1_000_000e6),
            p,
            1_000_001e6
        );
        vm.prank(alice);
        vm.expectPartialRevert(ICreditPool.DebtBelowMinimum.selector);
        engine.open(marketId, SALT, p, MIN_DEBT - 1, alice);
    }

    function _reverts(bytes memory error_, IMarginTypes.MarginProof memory p, uint256 borrow) private {
        vm.prank(alice);
        vm.expectRevert(error_);
        engine.open(marketId, SALT, p, borrow, alice);
    }

    function _values(
        IMarginTypes.MarginProof memory p,
        bytes32 id,
        uint64 nonce,
        uint8 action,
        address caller
    ) private view returns (uint256[] memory x) {
        x = new uint256[](28);
        (x[0], x[1], x[3]) = (p.root, p.lockNullifier, uint160(alice));
        x[2] = uint256(keccak256(abi.encode("hypothec.domain", REMOTE_EID, VAULT, LOCAL_EID, address(engine)))) >> 8;
        x[4] = uint256(p.coverageMantissa) * 10 ** p.coverageExponent;
        x[5] = (600 * X64 * 3) / 4; // BTC only, 0.75 of the snapshot
        x[13] = 8000 | (7500 << 16) | (9500 << 32) | (2000 << 48);
        (, uint256[4] memory risk) = riskSet.packed(1);
        (x[14], x[15], x[16], x[17]) = (risk[0], risk[1], risk[2], risk[3]);
        (, x[18], x[19]) = engine.market(marketId);
        (x[20], x[21]) = (p.ephemeral.x, p.ephemeral.y);
        for (uint256 i; i < 5; ++i) x[22 + i] = p.sealedOpening[i];
        x[27] = contextOf(p, id, nonce, action, caller);
    }

    /// y as a sum of powers, not by Horner's rule.
    function _expect(uint256[] memory x, uint256 c) private {
        uint256 r = uint256(keccak256(abi.encodePacked(x, c))) % Q;
        uint256 y;
        uint256 power = 1;
        for (uint256 i = x.length; i > 0; --i) {
            y = addmod(y, mulmod(x[i - 1], power, Q), Q);
            power = mulmod(power, r, Q);
        }
        verifier.expect(c, y, r);
    }

    function _opened(
        bytes memory order
    ) private pure returns (uint8 kind, address vault, address eng, uint256 n, uint64 cap) {
        kind = uint8(order[0]);
        assembly {
            vault := shr(96, mload(add(order, 33)))
            eng := shr(96, mload(add(order, 53)))
            n := mload(add(order, 73))
            cap := shr(192, mload(add(order, 105)))
        }
    }

    function _tail(bytes memory order) private pure returns (bytes32 hash) {
        assembly {
            hash := mload(add(order, mload(order)))
        }
    }
}
