// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {TestToken} from "./TestToken.sol";

/// Its issuer takes tokens back from whom it likes, as some regulated tokens' issuers can: the way in which a vault comes to be short.
contract SeizableToken is TestToken {
    constructor(string memory name, string memory symbol, uint8 decimals_) TestToken(name, symbol, decimals_) {}

    function seize(address from, uint256 amount) external {
        _burn(from, amount);
    }
}
