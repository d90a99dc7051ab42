// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICreditPool} from "../../../contracts/interfaces/ICreditPool.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {InputDigest} from "../../../contracts/libraries/InputDigest.sol";
import {MarginValues} from "../../../contracts/verifiers/PublicValues.sol";
import {ContractWallet, SignedFixture} from "../support/SignedFixture.sol";

/// openFor: an account opened by another, on its controller's signature (ACC-5, FEE-3)
contract OpenForTest is SignedFixture {
    function test_openFor_lendsAndPaysTheSubmitter() public {
        (IMarginAccounts.Opening memory o, IMarginTypes.MarginProof memory p) = _opening();
        bytes memory signature = signOpen(carolKey, o, p, keeper);
        vm.prank(keeper);
        bytes32 id = engine.openFor(o, p, signature);
        assertEq(id, engine.accountId(marketId, carol, SALT));
        assertEq(engine.account(id).controller, carol);
        assertEq(usdc.balanceOf(bob), 50_000e6);
        assertEq(usdc.balanceOf(keeper), FEE);
        assertEq(pool.debtOf(id), 50_000e6 + FEE);
        // Once.
        vm.prank(keeper);
        vm.expectRevert(abi.encodeWithSelector(IMarginTypes.AccountExists.selector, id));
        engine.openFor(o, p, signature);
    }

    /// A controller that is a contract says for itself what it signed (EIP-1271).
    function test_openFor_contractWallet() public {
        (IMarginAccounts.Opening memory o, IMarginTypes.MarginProof memory p) = _opening();
        o.controller = address(new ContractWallet(carol));
        (, uint256 strangersKey) = makeAddrAndKey("stranger");
        bytes memory wrong = signOpen(strangersKey, o, p, keeper);
        vm.prank(keeper);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.BadSignature.selector, o.controller));
        engine.openFor(o, p, wrong);
        bytes memory signature = signOpen(carolKey, o, p, keeper);
        vm.prank(keeper);
        bytes32 id = engine.openFor(o, p, signature);
        assertEq(engine.account(id).controller, o.controller);
    }

    /// The proof is made for the fee, the submitter as caller and the signer as controller.
    function test_openFor_proofBindsFeeAndSubmitter() public {
        (IMarginAccounts.Opening memory o, IMarginTypes.MarginProof memory p) = _opening();
        uint256[] memory x = _values(p);
        verifier.acceptAny(false);
        bytes memory signature = signOpen(carolKey, o, p, keeper);
        bytes memory refused = abi.encodeWithSelector(IMarginTypes.InvalidProof.selector, p.lockNullifier);
        _expect(x, p, bob, FEE);
        vm.prank(keeper);
        vm.expectRevert(refused);
        engine.openFor(o, p, signature);
        _expect(x, p, keeper, 0);
        vm.prank(keeper);
        vm.expectRevert(refused);
        engine.openFor(o, p, signature);
        _expect(x, p, keeper, FEE);
        vm.prank(keeper);
        engine.openFor(o, p, signature);
    }

    /// Nothing that was signed can be another, whoever the submitter is.
    function testFuzz_openFor_everySignedFieldIsBound(uint8 field) public {
        (IMarginAccounts.Opening memory o, IMarginTypes.MarginProof memory p) = _opening();
        bytes memory signature = signOpen(carolKey, o, p, keeper);
        address submitter = keeper;
        field = uint8(bound(field, 0, 15));
        if (field < 9) change(p, field);
        else if (field == 9) o.market = "other";
        else if (field == 10) o.salt = "other";
        else if (field == 11) o.borrowAssets += 1;
        else if (field == 12) o.receiver = keeper;
        else if (field == 13) o.fee += 1;
        else if (field == 14) submitter = bob;
        else vm.chainId(999);
        vm.prank(submitter);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.BadSignature.selector, carol));
        engine.openFor(o, p, signature);
    }

    function test_openFor_anotherSignerOrNone() public {
        (IMarginAccounts.Opening memory o, IMarginTypes.MarginProof memory p) = _opening();
        bytes memory signature = signOpen(carolKey, o, p, keeper);
        o.controller = alice;
        vm.startPrank(keeper);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.BadSignature.selector, alice));
        engine.openFor(o, p, signature);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.BadSignature.selector, alice));
        engine.openFor(o, p, "");
        o.controller = address(0);
        vm.expectRevert(abi.encodeWithSelector(IMarginAccounts.BadSignature.selector, address(0)));
        engine.openFor(o, p, signature);
        vm.stopPrank();
    }

    /// The fee is part of the debt that coverage must meet, and a loan like any other.
    function test_openFor_feeIsALoan() public {
        (IMarginAccounts.Opening memory o, IMarginTypes.MarginProof memory p) = _opening();
        o.borrowAssets = 89_125e6; // initial requirement: 1.005 · 1.11 of it, of 100,000 at most
        o.fee = 1_000e6;
        _refused(o, p, IMarginTypes.CoverageTooLow.selector);
        (o.borrowAssets, o.fee) = (0, FEE);
        _refused(o, p, ICreditPool.DebtBelowMinimum.selector);
        pool.setCaps(type(uint128).max, 50_000e6);
        (o.borrowAssets, o.fee) = (50_000e6, FEE);
        _refused(o, p, ICreditPool.BorrowCapExceeded.selector);
        (o.borrowAssets, o.fee) = (0, 0);
        bytes memory signature = signOpen(carolKey, o, p, keeper);
        vm.prank(keeper);
        assertEq(pool.debtOf(engine.openFor(o, p, signature)), 0);
    }

    /// All public values but `ext`, from the documents.
    function _values(IMarginTypes.MarginProof memory p) private view returns (uint256[] memory x) {
        x = new uint256[](MarginValues.COUNT);
        (, x[MarginValues.TRUSTEE_X], x[MarginValues.TRUSTEE_Y]) = engine.market(marketId);
        (x[MarginValues.ROOT], x[MarginValues.LOCK_NULLIFIER]) = (p.root, p.lockNullifier);
        (x[MarginValues.DOMAIN], x[MarginValues.CONTROLLER]) = (domain, uint160(carol));
        (x[MarginValues.EPHEMERAL_X], x[MarginValues.EPHEMERAL_Y]) = (p.ephemeral.x, p.ephemeral.y);
        uint256[4] memory riskPacked;
        (x[MarginValues.HAIRCUTS_PACKED], riskPacked) = riskSet.packed(1);
        x[MarginValues.COVERAGE] = 100_000e6;
        uint256[8] memory floors = engine.floors(marketId, 0, p.snapshot, p.floorBps, p.profile);
        for (uint256 i; i < 8; ++i) x[MarginValues.FLOOR_X64 + i] = floors[i];
        for (uint256 i; i < 4; ++i) x[MarginValues.RISK_PACKED + i] = riskPacked[i];
        for (uint256 i; i < 5; ++i) x[MarginValues.SEALED + i] = p.sealedOpening[i];
    }

    function _expect(uint256[] memory x, IMarginTypes.MarginProof memory p, address caller, uint256 fee) private {
        bytes32 id = engine.accountId(marketId, carol, SALT);
        x[MarginValues.EXT] = contextOf(p, id, 0, 1, caller, fee);
        (uint256 y, uint256 r) = InputDigest.digest(x, p.zk.commitment);
        verifier.expect(p.zk.commitment, y, r);
    }

    function _refused(IMarginAccounts.Opening memory o, IMarginTypes.MarginProof memory p, bytes4 why) private {
        bytes memory signature = signOpen(carolKey, o, p, keeper);
        vm.prank(keeper);
        vm.expectPartialRevert(why);
        engine.openFor(o, p, signature);
    }

    /// Carol's, M = 100,000, 50,000 to bob, FEE to keeper.
    function _opening() private view returns (IMarginAccounts.Opening memory o, IMarginTypes.MarginProof memory p) {
        o = IMarginAccounts.Opening(marketId, SALT, carol, 50_000e6, bob, FEE);
        p = proofOf(7, 10, 10, 9000, MAJORS);
    }
}
