// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {ZkProof} from "../types/Types.sol";
import {InputDigest} from "./InputDigest.sol";

/// @title From public values and a proof to a yes or a revert
/// @dev Warning: widths below 254 bits are the caller's to check (verifiers/PublicValues.sol).
library ProofCheck {
    /// Thrown when the verifier rejects the proof for these public values.
    error InvalidProof(address verifier);

    function requireProof(IProofVerifier verifier, uint256[] memory values, ZkProof calldata proof) internal view {
        uint256 c = proof.commitment;
        (uint256 y, uint256 r) = InputDigest.digest(values, c);
        if (!verifier.verify(proof.points, c, y, r)) revert InvalidProof(address(verifier));
    }

    /// @notice The same for a proof that was made for `payee`: nobody can use it to be paid instead.
    function requireProofFor(
        IProofVerifier verifier,
        uint256[] memory values,
        ZkProof calldata proof,
        address payee
    ) internal view {
        uint256 c = proof.commitment;
        (uint256 y, uint256 r) = InputDigest.digestFor(values, c, payee);
        if (!verifier.verify(proof.points, c, y, r)) revert InvalidProof(address(verifier));
    }
}
