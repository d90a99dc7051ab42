// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {InputDigest, PublicValueNotCanonical} from "../../contracts/libraries/InputDigest.sol";
import {MarginValues, PublicValueCount, PublicValueTooWide} from "../../contracts/verifiers/PublicValues.sol";

contract InputDigestTest is Test {
    uint256 private constant Q = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    function digest(uint256[] memory x, uint256 c) external pure returns (uint256 y, uint256 r) {
        return InputDigest.digest(x, c);
    }

    function checkMarginWidths(uint256[] memory x) external pure {
        MarginValues.checkWidths(x);
    }

    /// Powers of r summed one by one, from the definition.
    function _reference(uint256[] memory x, uint256 c) private pure returns (uint256 y, uint256 r) {
        bytes memory packed;
        for (uint256 i = 0; i < x.length; ++i) packed = abi.encodePacked(packed, x[i]);
        r = uint256(keccak256(abi.encodePacked(packed, c))) % Q;
        for (uint256 i = 0; i < x.length; ++i) {
            uint256 term = x[i];
            for (uint256 k = i + 1; k < x.length; ++k) term = mulmod(term, r, Q);
            y = addmod(y, term, Q);
        }
    }

    function _canonical(uint256[] memory x, uint256 most) private pure {
        if (x.length > most) {
            assembly ("memory-safe") {
                mstore(x, most)
            }
        }
        for (uint256 i = 0; i < x.length; ++i) x[i] %= Q;
    }

    function testFuzz_digest_matchesTheDefinition(uint256[] memory x, uint256 c) public pure {
        _canonical(x, 40);
        c %= Q;
        (uint256 y, uint256 r) = InputDigest.digest(x, c);
        (uint256 expectedY, uint256 expectedR) = _reference(x, c);
        assertEq(y, expectedY);
        assertEq(r, expectedR);
    }

    function testFuzz_digest_leavesMemoryAsItWas(uint256 a, uint256 b, uint256 c) public pure {
        uint256[] memory x = new uint256[](3);
        uint256[] memory neighbour = new uint256[](2);
        (x[0], x[1], x[2]) = (1, 2, 3);
        (neighbour[0], neighbour[1]) = (a, b);
        InputDigest.digest(x, c % Q);
        assertEq(x.length, 3);
        assertEq(x[2], 3);
        assertEq(neighbour.length, 2);
        assertEq(neighbour[0], a);
        assertEq(neighbour[1], b);
    }

    /// r = keccak256(x ‖ c ‖ payee): another payee, another r.
    function testFuzz_digestFor_bindsThePayee(uint256[] memory x, uint256 c, address payee, address thief) public pure {
        _canonical(x, 40);
        c %= Q;
        (uint256 y, uint256 r) = InputDigest.digestFor(x, c, payee);
        bytes memory packed;
        for (uint256 i = 0; i < x.length; ++i) packed = abi.encodePacked(packed, x[i]);
        assertEq(r, uint256(keccak256(abi.encodePacked(packed, c, uint256(uint160(payee))))) % Q);
        uint256 expected;
        for (uint256 i = 0; i < x.length; ++i) expected = addmod(mulmod(expected, r, Q), x[i], Q);
        assertEq(y, expected);
        (, uint256 others) = InputDigest.digestFor(x, c, thief);
        assertEq(others == r, thief == payee);
        (, uint256 nobodys) = InputDigest.digest(x, c);
        assertTrue(nobodys != r);
    }

    function testFuzz_digestFor_leavesMemoryAsItWas(uint256 a, uint256 b, uint256 c, address payee) public pure {
        uint256[] memory x = new uint256[](3);
        uint256[] memory neighbour = new uint256[](2);
        (x[0], x[1], x[2]) = (1, 2, 3);
        (neighbour[0], neighbour[1]) = (a, b);
        InputDigest.digestFor(x, c % Q, payee);
        assertEq(x.length, 3);
        assertEq(x[2], 3);
        assertEq(neighbour.length, 2);
        assertEq(neighbour[0], a);
        assertEq(neighbour[1], b);
    }

    function test_digest_takesTheLargestCanonicalValues() public pure {
        uint256[] memory x = new uint256[](2);
        x[0] = Q - 1;
        x[1] = Q - 1;
        (uint256 y, uint256 r) = InputDigest.digest(x, Q - 1);
        assertEq(y, addmod(mulmod(Q - 1, r, Q), Q - 1, Q));
    }

    function test_digest_ofNothingIsZero() public pure {
        (uint256 y, uint256 r) = InputDigest.digest(new uint256[](0), 5);
        assertEq(y, 0);
        assertEq(r, uint256(keccak256(abi.encode(uint256(5)))) % Q);
    }

    function testFuzz_digest_revertsOnAnAlias(uint256[] memory x, uint256 c, uint256 position) public {
        _canonical(x, 40);
        vm.assume(x.length > 0);
        uint256 index = position % x.length;
        x[index] += Q;
        vm.expectRevert(abi.encodeWithSelector(PublicValueNotCanonical.selector, index, x[index]));
        this.digest(x, c % Q);
    }

    function testFuzz_digest_revertsOnAnAliasedCommitment(uint256[] memory x, uint256 c) public {
        _canonical(x, 40);
        c = Q + (c % Q);
        vm.expectRevert(abi.encodeWithSelector(PublicValueNotCanonical.selector, x.length, c));
        this.digest(x, c);
    }

    function test_digest_costsAtMost230GasAValue() public view {
        uint256[] memory few = new uint256[](16);
        uint256[] memory many = new uint256[](64);
        uint256 start = gasleft();
        InputDigest.digest(few, 1);
        uint256 fewGas = start - gasleft();
        start = gasleft();
        InputDigest.digest(many, 1);
        uint256 manyGas = start - gasleft();
        assertLe((manyGas - fewGas) / 48, 230);
    }

    function _margin() private pure returns (uint256[] memory x) {
        x = new uint256[](MarginValues.COUNT);
    }

    function test_checkWidths_takesTheWidestValues() public pure {
        uint256[] memory x = _margin();
        x[MarginValues.ROOT] = type(uint256).max; // Its width is the field's: InputDigest checks it.
        x[MarginValues.COVERAGE] = type(uint64).max;
        x[MarginValues.CONTROLLER] = type(uint160).max;
        for (uint256 i = 0; i < 8; ++i) x[MarginValues.FLOOR_X64 + i] = type(uint96).max;
        for (uint256 i = 0; i < 4; ++i) x[MarginValues.RISK_PACKED + i] = 2 ** 252 - 1;
        MarginValues.checkWidths(x);
    }

    function test_checkWidths_revertsOneAboveTheWidest() public {
        uint256[] memory x = _margin();
        x[MarginValues.COVERAGE] = 2 ** 64;
        vm.expectRevert(abi.encodeWithSelector(PublicValueTooWide.selector, MarginValues.COVERAGE, 2 ** 64, 64));
        this.checkMarginWidths(x);

        x = _margin();
        x[MarginValues.FLOOR_X64 + 7] = 2 ** 96;
        vm.expectRevert(abi.encodeWithSelector(PublicValueTooWide.selector, MarginValues.FLOOR_X64 + 7, 2 ** 96, 96));
        this.checkMarginWidths(x);
    }

    function test_checkWidths_revertsOnAnotherNumberOfValues() public {
        vm.expectRevert(abi.encodeWithSelector(PublicValueCount.selector, 27, 28));
        this.checkMarginWidths(new uint256[](27));
    }
}
