// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMarginLosses} from "../../../contracts/interfaces/IMarginLosses.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {InputDigest} from "../../../contracts/libraries/InputDigest.sol";
import {MarginFixture} from "../support/MarginFixture.sol";

/// postValuation: what a lock in auction is worth at the last seizure prices (LIQ-7)
contract PostValuationTest is MarginFixture {
    function test_postValuation_raisesWhatThePoolCarries() public {
        bytes32 id = inAuction(42_000, 2_100); // G = 77,778 of 85,010
        uint256 g = engine.auction(id, 1).guarantee;
        vm.expectEmit(address(engine));
        emit IMarginLosses.Valued(id, 1, 79_000e6, bob);
        _post(id, 79);
        assertEq(engine.valuation(id, 1), 79_000e6);
        _post(id, 84);
        IMarginTypes.MarginProof memory again = _proof(84);
        vm.expectRevert(abi.encodeWithSelector(IMarginLosses.ValuationNotBetter.selector, id, 1, 84_000e6, 84_000e6));
        this.post(id, again);
        later(AUCTION);
        engine.takeOver(id, 1);
        assertGt(uint256(84_000e6), g);
        assertEq(pool.carriedClaims(), 84_000e6);
    }

    /// Shown at the frozen prices; what fell since counts against it, on every slot.
    function test_postValuation_inProportionToLowerPrices() public {
        bytes32 id = inAuction(42_000, 2_100);
        _post(id, 90);
        later(AUCTION);
        prices(42_000, 2_100);
        junk.push(0.5e8);
        engine.takeOver(id, 1);
        // Half of 90,000, less 8, is below what the relied-on slots are sure to bring.
        assertEq(pool.carriedClaims(), (uint256(100_000e6) * 7) / 9 - 8);
    }

    function test_postValuation_belowTheGuaranteeChangesNothing() public {
        bytes32 id = inAuction(42_000, 2_100);
        uint256 g = engine.auction(id, 1).guarantee;
        _post(id, 50);
        later(AUCTION);
        engine.takeOver(id, 1);
        assertEq(pool.carriedClaims(), g);
    }

    /// A new auction of the same lock starts without one.
    function test_postValuation_diesWithTheAuction() public {
        bytes32 id = inAuction(42_000, 2_100);
        _post(id, 90);
        prices(60_000, 3_000);
        engine.clear(id);
        prices(42_000, 2_100);
        flagged(id);
        started(id);
        assertEq(engine.valuation(id, 1), 0);
    }

    /// f = s at the auction's end on all slots, h = 10⁴, Q = 0, ext with action 5 and the auction's start: put together here from the rules.
    function test_postValuation_provesExactlyThis() public {
        bytes32 id = inAuction(42_000, 2_100);
        uint64 startedAt = uint64(engine.auction(id, 1).startedAt);
        later(10);
        IMarginTypes.MarginProof memory p = _proof(84);
        (, uint256 kx, uint256 ky) = engine.market(marketId);
        uint256[] memory x = new uint256[](28);
        (x[0], x[1], x[2], x[3], x[4]) = (ROOT, 1, domain, uint160(alice), 84_000e6);
        (x[5], x[6]) = (Math.ceilDiv(420 * X64 * 8, 10), Math.ceilDiv(21 * X64 * 3, 4));
        (x[7], x[8]) = (Math.ceilDiv(X64 * 95, 100), Math.ceilDiv(X64, 5));
        for (uint256 i; i < 8; ++i) x[13] |= uint256(10_000) << (16 * i);
        (x[18], x[19], x[20], x[21]) = (kx, ky, 1, 2);
        for (uint256 i; i < 5; ++i) x[22 + i] = p.sealedOpening[i];
        x[27] = contextOf(p, id, startedAt, 5, bob);
        (uint256 y, uint256 r) = InputDigest.digest(x, p.zk.commitment);
        verifier.acceptAny(false);
        verifier.expect(p.zk.commitment, y, r);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.InvalidProof.selector, 1));
        engine.postValuation(id, p);
        vm.prank(bob);
        engine.postValuation(id, p);
        assertEq(engine.valuation(id, 1), 84_000e6);
    }

    function test_postValuation_errors() public {
        bytes32 id = openAccount(1, 10, 85_000e6);
        IMarginTypes.MarginProof memory p = _proof(84);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.NotInAuction.selector, id, 1));
        engine.postValuation(id, p);
        prices(42_000, 2_100);
        flagged(id);
        started(id);
        p.lockNullifier = 2;
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockNotInAccount.selector, id, 2));
        engine.postValuation(id, p);
        p = _proof(84);
        p.sourceId = 1;
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.WrongSource.selector, 1, 0, 1));
        engine.postValuation(id, p);
        p = _proof(84);
        p.coverageMantissa = 9;
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.BadCoverage.selector, 9, 9));
        engine.postValuation(id, p);
        p = _proof(84);
        p.root = 0xbad;
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.UnknownRoot.selector, REMOTE_EID, VAULT, 0xbad));
        engine.postValuation(id, p);
        p = _proof(84);
        p.deadline = uint40(vm.getBlockTimestamp() - 1);
        vm.expectPartialRevert(IMarginTypes.DeadlinePassed.selector);
        engine.postValuation(id, p);
        p = _proof(84);
        engine.revokeRoots(marketId, 0);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.LockRevoked.selector, id, 1));
        engine.postValuation(id, p);
    }

    function post(bytes32 id, IMarginTypes.MarginProof memory p) external {
        vm.prank(bob);
        engine.postValuation(id, p);
    }

    function _post(bytes32 id, uint8 mantissa) private {
        this.post(id, _proof(mantissa));
    }

    /// Worth mantissa·$1,000.
    function _proof(uint8 mantissa) private view returns (IMarginTypes.MarginProof memory) {
        return proofOf(1, mantissa, 9, 0, 0);
    }
}
