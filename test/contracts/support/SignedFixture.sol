// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IMarginAccounts} from "../../../contracts/interfaces/IMarginAccounts.sol";
import {IMarginTypes} from "../../../contracts/interfaces/IMarginTypes.sol";
import {MarginFixture} from "./MarginFixture.sol";
import {SignedTerms} from "./SignedTerms.sol";

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

/// openFor and refreshFor: Carol signs, keeper submits.
abstract contract SignedFixture is MarginFixture {
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
        return _sign(key, SignedTerms.openDigest(address(engine), o, p, submitter));
    }

    function signRefresh(
        uint256 key,
        bytes32 id,
        uint64 nonce,
        uint256 fee,
        IMarginTypes.MarginProof memory p,
        address submitter
    ) internal view returns (bytes memory) {
        return _sign(key, SignedTerms.refreshDigest(address(engine), id, nonce, fee, p, submitter));
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

    function _sign(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
