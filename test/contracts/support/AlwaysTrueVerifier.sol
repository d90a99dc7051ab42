// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IProofVerifier} from "../../../contracts/interfaces/IProofVerifier.sol";

/// Accepts every proof. For tests of what a contract does besides verifying; proofs are tested with the real verifiers in the TypeScript tests.
contract AlwaysTrueVerifier is IProofVerifier {
    function verify(uint256[8] calldata, uint256, uint256, uint256) external pure returns (bool) {
        return true;
    }
}

/// Rejects every proof.
contract AlwaysFalseVerifier is IProofVerifier {
    function verify(uint256[8] calldata, uint256, uint256, uint256) external pure returns (bool) {
        return false;
    }
}
