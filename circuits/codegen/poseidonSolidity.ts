import { createRequire } from "node:module";

/** State width of a note's hash: the tag and five inputs. */
const width = 6;
const fullRounds = 8;
/** Partial rounds of width 6, from the Poseidon paper's table for 128 bits and alpha = 5. */
const partialRounds = 60;

/** `contracts/verifiers/PoseidonConstants.sol`: round constants and matrix of the Poseidon that hashes a note. */
export function poseidonConstantsSolidity(tag: bigint): string {
  const require = createRequire(import.meta.resolve("circomlibjs"));
  const { C, M } = require("./src/poseidon_constants.json") as { C: string[][]; M: string[][][] };
  const constants = C[width - 2]!;
  const expected = width * (fullRounds + partialRounds);
  if (constants.length !== expected) {
    throw new RangeError(
      `circomlibjs has ${constants.length} Poseidon constants of width ${width}, expected ${expected}`,
    );
  }
  const matrix = M[width - 2]!.flat();
  return `// SPDX-License-Identifier: MIT
// Generated from circomlibjs's constants and circuits/tags.json by circuits/codegen/generate.ts.
pragma solidity ^0.8.28;

/// @title Constants of Poseidon over BN254's scalar field with six words of state
library PoseidonConstants {
    /// Initial capacity of a note's hash.
    uint256 internal constant TAG_NOTE = ${tag};
    uint256 internal constant ROUNDS = ${fullRounds + partialRounds};
    /// Half of them before the partial rounds, half after.
    uint256 internal constant FULL_ROUNDS = ${fullRounds};

    /// Six words a round, then the matrix by rows.
    bytes internal constant WORDS =
${[...constants, ...matrix].map((word) => `        hex"${BigInt(word).toString(16).padStart(64, "0")}"`).join("\n")};
}
`;
}
