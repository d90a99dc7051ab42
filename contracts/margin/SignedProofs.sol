// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IMarginAccounts} from "../interfaces/IMarginAccounts.sol";
import {FloorMath} from "../libraries/FloorMath.sol";
import {MarginProofs} from "./MarginProofs.sol";

/// @title What a controller signs for another to submit (ACC-5, FEE-3)
/// @dev Beside the loan and the fee it names all that a proof leaves to its prover, but the root: a submitter who could choose M or the floors could use a lock up for
/// nothing. `submitter` is the caller, whom the proof names too. An opening is good once because its account is; a refresh because the account's nonce is in it.
abstract contract SignedProofs is MarginProofs, EIP712("Hypothec", "1"), IMarginAccounts {
    bytes32 private constant OPEN_TYPE = keccak256(
        "Open(bytes32 market,bytes32 salt,uint256 borrowAssets,address receiver,address submitter,uint256 fee,uint32 sourceId,uint256 lockNullifier,uint64 coverage,uint32 snapshot,uint16 floorBps,uint8 profile,uint32 riskVersion,uint40 expiry,uint40 deadline)"
    );
    bytes32 private constant REFRESH_TYPE = keccak256(
        "Refresh(bytes32 account,uint64 nonce,address submitter,uint256 fee,uint32 sourceId,uint256 lockNullifier,uint64 coverage,uint32 snapshot,uint16 floorBps,uint8 profile,uint32 riskVersion,uint40 expiry,uint40 deadline)"
    );

    function _requireOpenSigned(
        Opening calldata o,
        MarginProof calldata proof,
        bytes calldata signature
    ) internal view {
        bytes memory head = abi.encode(OPEN_TYPE, o.market, o.salt, o.borrowAssets, o.receiver, msg.sender, o.fee);
        _requireSigned(o.controller, head, proof, signature);
    }

    function _requireRefreshSigned(
        bytes32 id,
        AccountData storage a,
        uint256 fee,
        MarginProof calldata proof,
        bytes calldata signature
    ) internal view {
        bytes memory head = abi.encode(REFRESH_TYPE, id, a.nonce, msg.sender, fee);
        _requireSigned(a.controller, head, proof, signature);
    }

    function _requireSigned(
        address controller,
        bytes memory head,
        MarginProof calldata proof,
        bytes calldata signature
    ) private view {
        (, uint64 coverage) = FloorMath.coverage(proof.coverageMantissa, proof.coverageExponent);
        bytes memory tail = abi.encode(
            proof.sourceId,
            proof.lockNullifier,
            coverage,
            proof.snapshot,
            proof.floorBps,
            proof.profile,
            proof.riskVersion,
            proof.expiry,
            proof.deadline
        );
        bytes32 hash = _hashTypedDataV4(keccak256(bytes.concat(head, tail)));
        if (!SignatureChecker.isValidSignatureNow(controller, hash, signature)) revert BadSignature(controller);
    }
}
