// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {FloorMath} from "../../../contracts/libraries/FloorMath.sol";

/// Typed data of openFor and refreshFor, put together here from docs/encodings.md: what a controller signs.
library SignedTerms {
    string internal constant TERMS =
        "uint32 sourceId,uint256 lockNullifier,uint64 coverage,uint32 snapshot,uint16 floorBps,uint8 profile,uint32 riskVersion,uint40 expiry,uint40 deadline)";

    function openDigest(
        address engine,
        IMarginAccounts.Opening memory o,
        IMarginTypes.MarginProof memory p,
        address submitter
    ) internal view returns (bytes32) {
        bytes32 kind = keccak256(
            bytes.concat(
                "Open(bytes32 market,bytes32 salt,uint256 borrowAssets,address receiver,address submitter,uint256 fee,",
                bytes(TERMS)
            )
        );
        return _digest(engine, abi.encode(kind, o.market, o.salt, o.borrowAssets, o.receiver, submitter, o.fee), p);
    }

    function refreshDigest(
        address engine,
        bytes32 id,
        uint64 nonce,
        uint256 fee,
        IMarginTypes.MarginProof memory p,
        address submitter
    ) internal view returns (bytes32) {
        bytes32 kind = keccak256(
            bytes.concat("Refresh(bytes32 account,uint64 nonce,address submitter,uint256 fee,", bytes(TERMS))
        );
        return _digest(engine, abi.encode(kind, id, nonce, submitter, fee), p);
    }

    function _digest(
        address engine,
        bytes memory head,
        IMarginTypes.MarginProof memory p
    ) private view returns (bytes32) {
        (, uint64 m) = FloorMath.coverage(p.coverageMantissa, p.coverageExponent);
        bytes memory tail = abi.encode(
            p.sourceId,
            p.lockNullifier,
            m,
            p.snapshot,
            p.floorBps,
            p.profile,
            p.riskVersion,
            p.expiry,
            p.deadline
        );
        bytes32 domainHash = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Hypothec"),
                keccak256("1"),
                block.chainid,
                engine
            )
        );
        return keccak256(bytes.concat(hex"1901", domainHash, keccak256(bytes.concat(head, tail))));
    }
}
