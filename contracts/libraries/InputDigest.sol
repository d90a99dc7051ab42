// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {ZkProof} from "../types/Types.sol";
import {FIELD_ORDER} from "./Field.sol";

/// @title Any number of public values for the price of three (docs/encodings.md, Input digest)
/// @dev The circuit exposes c (a Poseidon chain over its values), y and r. `c` fixes the prover's values before
///      r = keccak256(values ‖ c) mod q exists, so values other than the prover's pass y = Σ x_i·r^(m−i) with probability ≤ 1.14·(m−1)/q.
///      Warning: the *width* of each value is the caller's to check (verifiers/PublicValues.sol); here each is only checked to be below q.
library InputDigest {
    /// Thrown when public value `index` is not below the field order: x and x + q would be the same to the circuit.
    error ValueNotCanonical(uint256 index, uint256 value);
    /// Thrown when the verifier rejects the proof for these public values.
    error InvalidProof(address verifier);

    /// @dev Reverts unless `verifier` accepts `proof` for these public values.
    function requireProof(IProofVerifier verifier, uint256[] memory values, ZkProof calldata proof) internal view {
        uint256 c = proof.commitment;
        (uint256 y, uint256 r) = evaluate(values, c);
        if (!verifier.verify(proof.points, c, y, r)) revert InvalidProof(address(verifier));
    }

    /// @return y Σ x_i·r^(m−i) mod q over the values, the last of which has r^0. @return r keccak256(x_1 ‖ … ‖ x_m ‖ c) mod q.
    function evaluate(uint256[] memory values, uint256 c) internal pure returns (uint256 y, uint256 r) {
        uint256 bad = type(uint256).max;
        assembly ("memory-safe") {
            let first := add(values, 32)
            let size := shl(5, mload(values))
            // x ‖ c in free memory, hashed and forgotten.
            let copy := mload(0x40)
            mcopy(copy, first, size)
            mstore(add(copy, size), c)
            r := mod(keccak256(copy, add(size, 32)), FIELD_ORDER)
            for { let offset := 0 } lt(offset, size) { offset := add(offset, 32) } {
                let x := mload(add(first, offset))
                if iszero(lt(x, FIELD_ORDER)) {
                    bad := shr(5, offset)
                    break
                }
                y := addmod(mulmod(y, r, FIELD_ORDER), x, FIELD_ORDER)
            }
        }
        if (bad != type(uint256).max) revert ValueNotCanonical(bad, values[bad]);
    }
}
