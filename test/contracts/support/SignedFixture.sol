// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {FloorMath} from "../../../contracts/libraries/FloorMath.sol";
import {MarginFixture} from "./MarginFixture.sol";

/// A contract that holds an account: what its owner signs, it signs (EIP-1271).
contract ContractWallet is IERC1271 {
    address private immutable _owner;

    constructor(address owner) {
        _owner = owner;
    }

    function isValidSignature(bytes32 hash, bytes memory signature) external view returns (bytes4) {
        return ECDSA.recover(hash, signature) == _owner ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

/// Typed data of openFor and refreshFor, put together here from docs/encodings.md. Carol signs, keeper submits.
abstract contract SignedFixture is MarginFixture {
    string internal constant TERMS =
        "uint32 sourceId,uint256 lockNullifier,uint64 coverage,uint32 snapshot,uint16 floorBps,uint8 profile,uint32 riskVersion,uint40 expiry,uint40 deadline)";
    uint256 internal constant FEE = 3e6;

    address internal carol;
    uint256 internal carolKey;

    function setUp() public virtual override {
        super.setUp();
        (carol, carolKey) = makeAddrAndKey("carol");
    }

    function signOpen(
        uint256 key,
        IMarginAccounts.Opening memory o,
        IMarginTypes.MarginProof memory p,
        address submitter
    ) internal view returns (bytes memory) {
        bytes32 kind = keccak256(
            bytes.concat(
                "Open(bytes32 market,bytes32 salt,uint256 borrowAssets,address receiver,address submitter,uint256 fee,",
                bytes(TERMS)
            )
        );
        return _sign(key, abi.encode(kind, o.market, o.salt, o.borrowAssets, o.receiver, submitter, o.fee), p);
    }

    function signRefresh(
        uint256 key,
        bytes32 id,
        uint64 nonce,
        uint256 fee,
        IMarginTypes.MarginProof memory p,
        address submitter
    ) internal view returns (bytes memory) {
        bytes32 kind = keccak256(
            bytes.concat("Refresh(bytes32 account,uint64 nonce,address submitter,uint256 fee,", bytes(TERMS))
        );
        return _sign(key, abi.encode(kind, id, nonce, submitter, fee), p);
    }

    /// Another value of one of the terms that the proof leaves to its prover.
    function change(IMarginTypes.MarginProof memory p, uint8 field) internal {
        if (field == 0) p.sourceId = 1;
        else if (field == 1) p.lockNullifier += 1;
        else if (field == 2) p.coverageMantissa -= 1;
        else if (field == 3) p.snapshot = board.takeSnapshot(setId);
        else if (field == 4) p.floorBps = 7500;
        else if (field == 5) p.profile = BTC_ONLY;
        else if (field == 6) p.riskVersion += 1;
        else if (field == 7) p.expiry -= 1;
        else p.deadline += 1;
    }

    function _sign(
        uint256 key,
        bytes memory head,
        IMarginTypes.MarginProof memory p
    ) private view returns (bytes memory) {
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
                address(engine)
            )
        );
        bytes32 hash = keccak256(bytes.concat(hex"1901", domainHash, keccak256(bytes.concat(head, tail))));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, hash);
        return abi.encodePacked(r, s, v);
    }
}
