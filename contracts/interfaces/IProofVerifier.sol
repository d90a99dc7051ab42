// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title A Groth16 verifier of a circuit that exposes the input digest (c, y, r)
interface IProofVerifier {
    /// @notice Whether `proof` is valid for the three public signals.
    /// @param proof A.x, A.y, B.x.c1, B.x.c0, B.y.c1, B.y.c0, C.x, C.y (EIP-197 order).
    /// @dev Returns false, and never reverts, on a malformed proof or a signal ≥ q.
    function verify(uint256[8] calldata proof, uint256 c, uint256 y, uint256 r) external view returns (bool);
}
