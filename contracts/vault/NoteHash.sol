// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FIELD_ORDER} from "../libraries/Field.sol";
import {PoseidonConstants} from "../verifiers/PoseidonConstants.sol";

/// @title The commitment of a free note, computed on chain
/// @dev About half a million gas: only what opens a note in public pays for it. Poseidon (eprint 2019/458) with x^5, circomlib's constants, our tag as capacity.
contract NoteHash {
    /// Thrown when an input is not below the field order.
    error NotAFieldElement(uint256 index, uint256 value);

    /// @notice Poseidon(TAG_NOTE; pre, lo, hi, 0, 0).
    function freeNote(uint256 pre, uint256 lo, uint256 hi) external pure returns (uint256) {
        uint256[6] memory state = [PoseidonConstants.TAG_NOTE, pre, lo, hi, 0, 0];
        for (uint256 i = 1; i < 4; i++) if (state[i] >= FIELD_ORDER) revert NotAFieldElement(i - 1, state[i]);

        bytes memory words = PoseidonConstants.WORDS;
        uint256 rounds = PoseidonConstants.ROUNDS;
        uint256 half = PoseidonConstants.FULL_ROUNDS / 2;
        uint256 q = FIELD_ORDER;
        assembly ("memory-safe") {
            function pow5(x, m) -> y {
                y := mulmod(x, x, m)
                y := mulmod(y, y, m)
                y := mulmod(y, x, m)
            }
            let constants := add(words, 0x20)
            let matrix := add(constants, mul(rounds, 0xc0))
            let mixed := mload(0x40) // scratch, beyond what Solidity uses
            for {
                let round := 0
            } lt(round, rounds) {
                round := add(round, 1)
            } {
                for {
                    let i := 0
                } lt(i, 0xc0) {
                    i := add(i, 0x20)
                } {
                    let word := addmod(mload(add(state, i)), mload(add(constants, i)), q)
                    // Partial rounds raise the first word alone.
                    if or(iszero(i), or(lt(round, half), iszero(lt(round, sub(rounds, half))))) {
                        word := pow5(word, q)
                    }
                    mstore(add(state, i), word)
                }
                constants := add(constants, 0xc0)
                let row := matrix
                for {
                    let i := 0
                } lt(i, 0xc0) {
                    i := add(i, 0x20)
                } {
                    let sum := 0
                    for {
                        let j := 0
                    } lt(j, 0xc0) {
                        j := add(j, 0x20)
                    } {
                        sum := addmod(sum, mulmod(mload(add(row, j)), mload(add(state, j)), q), q)
                    }
                    mstore(add(mixed, i), sum)
                    row := add(row, 0xc0)
                }
                mcopy(state, mixed, 0xc0)
            }
        }
        return state[0];
    }
}
