// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// setSourceLimits, and the token bucket of new coverage: design §5, "Exposure cap, rate limit on new coverage, maximum coverage per lock"
contract SourceLimitsTest is MarginFixture {
    address private guardian = makeAddr("guardian");
    uint256 private salt;

    function setUp() public override {
        super.setUp();
        engine.setGuardian(guardian);
    }

    function test_setSourceLimits_readsBackAndAnnounces() public {
        IMarginTypes.SourceLimits memory l = IMarginTypes.SourceLimits(3600, 1e12, 5e12, 2e12, 1e12);
        vm.expectEmit(address(engine));
        emit IMarginTypes.SourceLimitsSet(marketId, 0, l);
        engine.setSourceLimits(marketId, 0, l);
        IMarginTypes.Source memory s = engine.source(marketId, 0);
        assertEq(abi.encode(_limitsOf(s)), abi.encode(l));
        assertEq(s.coverageAvailable, 2e12);
        assertEq(s.vault, VAULT);
        assertEq(s.setId, setId);
        assertEq(s.riskSet, address(riskSet));
    }

    function test_setSourceLimits_guardianLowersOwnerRaises() public {
        IMarginTypes.SourceLimits memory was = _limitsOf(engine.source(marketId, 0));
        for (uint256 i; i < 5; ++i) {
            IMarginTypes.SourceLimits memory l = _changed(was, i, false);
            vm.prank(bob);
            vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotGuardian.selector, bob));
            engine.setSourceLimits(marketId, 0, l);
            vm.prank(guardian);
            engine.setSourceLimits(marketId, 0, l);
            // Back up is the owner's.
            vm.prank(guardian);
            vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian));
            engine.setSourceLimits(marketId, 0, was);
            // One raised, the others lowered: still a raise.
            l = _changed(was, (i + 1) % 5, false);
            vm.prank(guardian);
            vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian));
            engine.setSourceLimits(marketId, 0, l);
            engine.setSourceLimits(marketId, 0, was);
        }
    }

    function test_setSourceLimits_eachParameter() public {
        IMarginTypes.SourceLimits memory l = _limitsOf(engine.source(marketId, 0));
        l.maxRootAge = 0;
        _refused(l, "maxRootAge", 0);
        l.maxRootAge = 1 << 24;
        _refused(l, "maxRootAge", 1 << 24);
        l.maxRootAge = (1 << 24) - 1;
        l.maxCoveragePerLock = type(uint64).max;
        _refused(l, "maxCoveragePerLock", type(uint64).max);
        l.maxCoveragePerLock = 0;
        l.coverageBurst = 1e6 + 1;
        _refused(l, "coverageBurst", 1e6 + 1);
        l.coverageBurst = (1 << 32) * 1e6;
        _refused(l, "coverageBurst", (1 << 32) * 1e6);
        l.coverageBurst = 721e6;
        l.coveragePerHour = 1e6;
        _refused(l, "coveragePerHour", 1e6);
        l.coverageBurst = 720e6;
        engine.setSourceLimits(marketId, 0, l);
        l.coverageBurst = 0;
        l.coveragePerHour = 0;
        _refused(l, "coveragePerHour", 0);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownSource.selector, marketId, 1));
        engine.setSourceLimits(marketId, 1, l);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownMarket.selector, bytes32("x")));
        engine.setSourceLimits("x", 0, l);
    }

    function test_setGuardian_onlyTheOwner() public {
        assertEq(engine.guardian(), guardian);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian));
        engine.setGuardian(bob);
        vm.expectEmit(address(engine));
        emit IMarginTypes.GuardianSet(address(0));
        engine.setGuardian(address(0));
    }

    /// 1,000,000 at once, 100,000 an hour.
    function test_open_takesFromTheBucket() public {
        _bucket(1_000_000e6, 100_000e6);
        uint256 t = vm.getBlockTimestamp();
        _open(11, 11, IMarginTypes.CoverageAboveBurst.selector, 1_000_000e6);
        bytes32 id = _open(1, 90, 10); // 900,000
        assertEq(engine.source(marketId, 0).coverageAvailable, 100_000e6);
        _open(2, 20, 10, t + 1 hours);
        addLockAt(id, 2, 10, 10); // 100,000
        assertEq(engine.source(marketId, 0).coverageAvailable, 0);
        _open(3, 10, 8, t + 36); // $1,000 in 36 s
        later(36);
        _open(3, 10, 8);
    }

    /// A refresh takes what it adds to M, and gives back what it takes off: going up and down empties nothing.
    function test_refresh_takesWhatItAddsAndGivesBackTheRest() public {
        _bucket(1_000_000e6, 100_000e6);
        bytes32 id = _open(1, 50, 10); // 500,000
        _refresh(id, 90, 10);
        assertEq(engine.source(marketId, 0).coverageAvailable, 100_000e6);
        _refresh(id, 10, 10);
        assertEq(engine.source(marketId, 0).coverageAvailable, 900_000e6);
        _refresh(id, 10, 10);
        assertEq(engine.source(marketId, 0).coverageAvailable, 900_000e6);
        _refresh(id, 99, 10);
        assertEq(engine.source(marketId, 0).coverageAvailable, 10_000e6);
        later(36);
        refreshPrices(60_000, 3_000);
        _refresh(id, 10, 11); // 10,000 more, of 11,000
        assertEq(engine.source(marketId, 0).coverageAvailable, 1_000e6);
    }

    /// A limit that was lowered binds what is new: a proof that adds nothing passes.
    function test_refresh_loweredLimitsLetWhatIsThereStay() public {
        bytes32 id = _open(1, 50, 10);
        IMarginTypes.SourceLimits memory l = IMarginTypes.SourceLimits(1, 0, 0, 0, 1e6);
        vm.prank(guardian);
        engine.setSourceLimits(marketId, 0, l);
        _refresh(id, 50, 10);
        _refresh(id, 40, 10);
        IMarginTypes.MarginProof memory p = proofOf(1, 50, 10, 9000, MAJORS);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.CoverageAboveMaximum.selector, 500_000e6, 0));
        engine.refresh(id, p);
        vm.prank(alice);
        engine.release(id);
        assertEq(engine.source(marketId, 0).exposure, 0);
    }

    function test_setSourceLimits_keepsWhatIsMissing() public {
        _bucket(1_000_000e6, 100_000e6);
        _open(1, 60, 10);
        _bucket(1_000_000e6, 50_000e6);
        assertApproxEqAbs(engine.source(marketId, 0).coverageAvailable, 400_000e6, 1e3);
        _bucket(700_000e6, 200_000e6);
        assertApproxEqAbs(engine.source(marketId, 0).coverageAvailable, 100_000e6, 1e4);
        _bucket(500_000e6, 200_000e6);
        assertEq(engine.source(marketId, 0).coverageAvailable, 0);
        later(30 minutes);
        assertApproxEqAbs(engine.source(marketId, 0).coverageAvailable, 0, 1e4);
        later(30 minutes);
        assertApproxEqAbs(engine.source(marketId, 0).coverageAvailable, 100_000e6, 1e4);
    }

    /// A forged root is stopped by the rate as well as by the cap (threats: forged root): an attacker who can prove anything gets the burst, then the refill.
    function test_open_forgedRootGetsTheBurstAndNoMore() public {
        _bucket(1_000_000e6, 100_000e6);
        uint256 t0 = vm.getBlockTimestamp();
        uint256 got;
        for (uint256 i = 1; i < 60; ++i) {
            IMarginTypes.MarginProof memory p = proofOf(1000 + i, 20, 10, 9000, MAJORS);
            vm.prank(alice);
            try engine.open(marketId, bytes32(i), p, 0, alice) {
                got += 200_000e6;
            } catch {}
            later(5 minutes);
            refreshPrices(60_000, 3_000);
            assertLe(got, 1_000_000e6 + (100_000e6 * (vm.getBlockTimestamp() - t0)) / 3600);
        }
        assertGe(got, 1_200_000e6);
    }

    /// Whatever is opened, raised, lowered and released: what is added, less what refreshes take off, is at most burst + refill·Δt.
    function testFuzz_bucket_boundsNetNewCoverage(uint256 seed) public {
        _bucket(1_000_000e6, 300_000e6);
        uint256 t0 = vm.getBlockTimestamp();
        int256 net;
        bytes32 id = _open(1, 10, 10);
        net += 100_000e6;
        for (uint256 i = 2; i < 26; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if ((seed >> 8) % 3 == 0) {
                later((seed >> 16) % 40 minutes);
                refreshPrices(60_000, 3_000);
            }
            uint8 mantissa = uint8(10 + ((seed >> 32) % 90));
            int256 coverage = int256(uint256(mantissa) * 1e10);
            IMarginTypes.MarginProof memory p = proofOf(1, mantissa, 10, 9000, MAJORS);
            int256 before = int256(uint256(engine.lock(domain, 1).coverage));
            if (seed % 2 == 0) {
                vm.prank(alice);
                try engine.refresh(id, p) {
                    net += coverage - before;
                } catch {}
            } else {
                p.lockNullifier = i;
                vm.prank(alice);
                try engine.open(marketId, bytes32(1000 + i), p, 0, alice) returns (bytes32 opened) {
                    net += coverage;
                    vm.prank(alice);
                    if (seed % 4 == 1) engine.release(opened);
                    else engine.approveOperator(opened, bob, true);
                } catch {}
            }
            int256 most = int256(1_000_000e6 + (300_000e6 * (vm.getBlockTimestamp() - t0)) / 3600);
            assertLe(net, most + int256((uint256(i) * 300_000e6) / (3600 << 24)) + 1);
        }
    }

    function _bucket(uint64 burst, uint64 perHour) private {
        IMarginTypes.SourceLimits memory l = _limitsOf(engine.source(marketId, 0));
        (l.coverageBurst, l.coveragePerHour) = (burst, perHour);
        engine.setSourceLimits(marketId, 0, l);
    }

    function _open(uint256 n, uint8 mantissa, uint8 exponent) private returns (bytes32) {
        IMarginTypes.MarginProof memory p = proofOf(n, mantissa, exponent, 9000, MAJORS);
        vm.prank(alice);
        return engine.open(marketId, bytes32(++salt), p, 0, alice);
    }

    /// Does not fit before `fitsAt`.
    function _open(uint256 n, uint8 mantissa, uint8 exponent, uint256 fitsAt) private {
        uint64 added = uint64(mantissa * 10 ** exponent);
        IMarginTypes.MarginProof memory p = proofOf(n, mantissa, exponent, 9000, MAJORS);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.CoverageRateExceeded.selector, marketId, 0, added, fitsAt));
        engine.open(marketId, bytes32(++salt), p, 0, alice);
    }

    function _open(uint8 mantissa, uint8 exponent, bytes4 error_, uint256 limit) private {
        uint64 added = uint64(mantissa * 10 ** exponent);
        IMarginTypes.MarginProof memory p = proofOf(99, mantissa, exponent, 9000, MAJORS);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(error_, marketId, 0, added, limit));
        engine.open(marketId, bytes32(++salt), p, 0, alice);
    }

    function addLockAt(bytes32 id, uint256 n, uint8 mantissa, uint8 exponent) private {
        IMarginTypes.MarginProof memory p = proofOf(n, mantissa, exponent, 9000, MAJORS);
        vm.prank(alice);
        engine.addLock(id, p);
    }

    function _refresh(bytes32 id, uint8 mantissa, uint8 exponent) private {
        IMarginTypes.MarginProof memory p = proofOf(1, mantissa, exponent, 9000, MAJORS);
        vm.prank(alice);
        engine.refresh(id, p);
    }

    function _limitsOf(IMarginTypes.Source memory s) private pure returns (IMarginTypes.SourceLimits memory) {
        return
            IMarginTypes.SourceLimits(
                s.maxRootAge,
                s.maxCoveragePerLock,
                s.exposureCap,
                s.coverageBurst,
                s.coveragePerHour
            );
    }

    function _changed(
        IMarginTypes.SourceLimits memory l,
        uint256 field,
        bool up
    ) private pure returns (IMarginTypes.SourceLimits memory c) {
        c = abi.decode(abi.encode(l), (IMarginTypes.SourceLimits));
        if (field == 0) c.maxRootAge = up ? c.maxRootAge + 1 : c.maxRootAge - 1;
        if (field == 1) c.maxCoveragePerLock = up ? c.maxCoveragePerLock + 1 : c.maxCoveragePerLock - 1;
        if (field == 2) c.exposureCap = up ? c.exposureCap + 1 : c.exposureCap - 1;
        if (field == 3) c.coverageBurst = up ? c.coverageBurst + 1e6 : c.coverageBurst - 1e6;
        if (field == 4) c.coveragePerHour = up ? c.coveragePerHour + 1e6 : c.coveragePerHour - 1e6;
    }

    function _refused(IMarginTypes.SourceLimits memory l, bytes32 name, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.BadParameter.selector, name, value));
        engine.setSourceLimits(marketId, 0, l);
    }
}
