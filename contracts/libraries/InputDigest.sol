// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// Thrown when public value `index` (or the commitment c, at the index after the last value) is not below the field order.
error PublicValueNotCanonical(uint256 index, uint256 value);

/// @title The input digest: any number of public values for the price of three public signals
/// @dev The circuit commits to its own x_1..x_m in c before r exists; r = keccak256(x ‖ c) mod q, or of x ‖ c ‖ payee where a payee is bound; y = Σ x_i·r^(m−i) mod q.
/// A proof about another x passes with probability at most 1.14·(m−1)/q a query (docs/encodings.md, ADR 0002). Widths
/// below 254 bits are checked by the generated PublicValues libraries, not here.
library InputDigest {
    /// The order of the BN254 scalar field.
    uint256 internal constant Q = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @notice The public signals y and r for the values `x` and the prover's commitment `c`.
    /// @dev Reverts unless every x_i and c are below Q: a value and the value plus Q are the same to the circuit.
    function digest(uint256[] memory x, uint256 c) internal pure returns (uint256 y, uint256 r) {
        assembly ("memory-safe") {
            let first := add(x, 0x20)
            let end := add(first, shl(5, mload(x)))

            // c goes behind the values for the hash; what lies there is put back.
            let behind := mload(end)
            mstore(end, c)
            r := mod(keccak256(first, sub(add(end, 0x20), first)), Q)
            mstore(end, behind)
        }
        y = _evaluate(x, c, r);
    }

    /// @notice The same with r = keccak256(x ‖ c ‖ payee): the proof is for that payee alone, for r is one of its public signals. The circuit does not know of it.
    function digestFor(uint256[] memory x, uint256 c, address payee) internal pure returns (uint256 y, uint256 r) {
        assembly ("memory-safe") {
            let first := add(x, 0x20)
            let end := add(first, shl(5, mload(x)))
            let next := add(end, 0x20)

            // As above, with one word more.
            let behind := mload(end)
            let behindNext := mload(next)
            mstore(end, c)
            mstore(next, shr(96, shl(96, payee)))
            r := mod(keccak256(first, sub(add(next, 0x20), first)), Q)
            mstore(end, behind)
            mstore(next, behindNext)
        }
        y = _evaluate(x, c, r);
    }

    function _evaluate(uint256[] memory x, uint256 c, uint256 r) private pure returns (uint256 y) {
        bool canonical;
        assembly ("memory-safe") {
            let first := add(x, 0x20)
            let end := add(first, shl(5, mload(x)))
            canonical := lt(c, Q)
            for {
                let at := first
            } lt(at, end) {
                at := add(at, 0x20)
            } {
                let value := mload(at)
                canonical := and(canonical, lt(value, Q))
                y := addmod(mulmod(y, r, Q), value, Q)
            }
        }
        if (!canonical) _revertNotCanonical(x, c);
    }

    function _revertNotCanonical(uint256[] memory x, uint256 c) private pure {
        for (uint256 i = 0; i < x.length; ++i) {
            if (x[i] >= Q) revert PublicValueNotCanonical(i, x[i]);
        }
        revert PublicValueNotCanonical(x.length, c);
    }
}
