// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MarginStorage} from "./MarginStorage.sol";

/// @title A part of the margin engine that hands the calls it does not know on to the next part
/// @dev The engine is more than one contract may hold (EIP-170). Its parts share one storage base and one wiring, are named at deployment and never change.
abstract contract Delegating is MarginStorage {
    /// Thrown when the next part is no part of an engine wired like this one.
    error WrongExtension(address extension);

    /// @notice The next part.
    address public immutable extension;

    constructor(address extension_) {
        if (extension_.code.length == 0 || MarginStorage(extension_).wiringHash() != wiringHash())
            revert WrongExtension(extension_);
        extension = extension_;
    }

    // solhint-disable-next-line no-complex-fallback
    fallback() external {
        address target = extension;
        assembly ("memory-safe") {
            // Nothing runs after this, so fresh memory from 0 is ours; the reply goes out as it came.
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), target, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch ok
            case 0 {
                revert(0, returndatasize())
            }
            default {
                return(0, returndatasize())
            }
        }
    }
}
