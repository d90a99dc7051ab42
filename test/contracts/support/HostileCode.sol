// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// Runtime code to put in a source's place: each answers every call in one bad way.
library HostileCode {
    bytes internal constant REVERTS = hex"5f5ffd"; // revert(0, 0)
    bytes internal constant BURNS = hex"fe"; // invalid: takes all the gas it is given
    bytes internal constant SHORT = hex"601f5ff3"; // return(0, 31): not even a word
    bytes internal constant BOMB = hex"621000005ff3"; // return(0, 2^20): zeros, a megabyte of them
    bytes internal constant STOPS = hex"00"; // succeeds and answers nothing
    bytes internal constant NOTHING = hex"";

    function all() internal pure returns (bytes[6] memory) {
        return [REVERTS, BURNS, SHORT, BOMB, STOPS, NOTHING];
    }
}
