// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IProofVerifier} from "../../../contracts/interfaces/IProofVerifier.sol";

/// Accepts exactly one triple of public signals, as a proof would: shows which public values the caller put together.
contract ExpectingVerifier is IProofVerifier {
    bytes32 private _expected;
    bool private _any;

    function acceptAny(bool any) external {
        _any = any;
    }

    function expect(uint256 c, uint256 y, uint256 r) external {
        _expected = keccak256(abi.encode(c, y, r));
    }

    function verify(uint256[8] calldata, uint256 c, uint256 y, uint256 r) external view returns (bool) {
        return _any || keccak256(abi.encode(c, y, r)) == _expected;
    }
}
