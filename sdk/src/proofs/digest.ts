import { concat, hexToBigInt, keccak256, numberToHex, type Address } from "viem";

import { loadedCrypto } from "../crypto/crypto.ts";
import { FIELD_ORDER } from "../crypto/field.ts";
import { TAG_DIGEST } from "../crypto/generated/tags.ts";
import { circuitLayouts, type CircuitName } from "./generated/publicValues.ts";
import type { SignalInput, Witness } from "./types.ts";

const CHAIN_STEP = 15;

/** c: the Poseidon chain over (circuitId, m, x). */
export function digestCommitment(circuit: CircuitName, values: readonly bigint[]): bigint {
  const { poseidon } = loadedCrypto();
  let c = (BigInt(circuitLayouts[circuit].circuitId) << 32n) + BigInt(values.length);
  for (let start = 0; start < values.length; start += CHAIN_STEP) {
    c = poseidon([c, ...Array.from({ length: CHAIN_STEP }, (_, i) => values[start + i] ?? 0n)], TAG_DIGEST);
  }
  return c;
}

/** r = keccak256(x_1 ‖ … ‖ x_m ‖ c) mod q, 32-byte big-endian words; of … ‖ c ‖ payee where the proof is for one payee alone. */
export function digestChallenge(values: readonly bigint[], commitment: bigint, payee?: Address): bigint {
  const words = [...values, commitment, ...(payee === undefined ? [] : [BigInt(payee)])].map((value) =>
    numberToHex(value, { size: 32 }),
  );
  return hexToBigInt(keccak256(concat(words))) % FIELD_ORDER;
}

/** y = Σ x_i·r^(m−i) mod q. */
export function digestEvaluation(values: readonly bigint[], challenge: bigint): bigint {
  return values.reduce((y, value) => (y * challenge + value) % FIELD_ORDER, 0n);
}

export interface BuildWitnessParameters {
  readonly circuit: CircuitName;
  readonly publicInputs: object;
  readonly secretInputs: object;
  /** The public values, flat and checked. */
  readonly values: readonly bigint[];
  readonly commitment?: bigint;
  /** Whom alone the proof pays: bound into r. */
  readonly payee?: Address;
}

/** Put a witness together: public and secret inputs under the names of the circuit, and the digest. */
export function buildWitness(parameters: BuildWitnessParameters): Witness {
  const { circuit, publicInputs, secretInputs, values } = parameters;
  const commitment = parameters.commitment ?? digestCommitment(circuit, values);
  const challenge = digestChallenge(values, commitment, parameters.payee);
  const inputs = { ...publicInputs, ...secretInputs, r: challenge } as Record<string, SignalInput>;
  return { circuit, inputs, values, commitment, challenge, evaluation: digestEvaluation(values, challenge) };
}
