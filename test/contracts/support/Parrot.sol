// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// A test double for any source: answers each function with the bytes it was taught, dirty ones included.
contract Parrot {
    mapping(bytes4 selector => bytes) private _answers;

    function teach(bytes4 selector, bytes calldata answer) external {
        _answers[selector] = answer;
    }

    fallback(bytes calldata input) external returns (bytes memory) {
        return _answers[bytes4(input)];
    }
}
