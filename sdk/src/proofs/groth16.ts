import { HypothecError } from "../errors/base.ts";
import type { Witness, ZkProof } from "./types.ts";
import { witnessElement } from "./witnessCalculator.ts";

/** A proof as snarkjs and rapidsnark write it: projective coordinates in decimal, c0 before c1. */
export interface Groth16Points {
  readonly pi_a: readonly string[];
  readonly pi_b: readonly (readonly string[])[];
  readonly pi_c: readonly string[];
}

/** The public signals of a proof of this witness, in their order: c, y, r. */
export function publicSignalsOf(witness: Pick<Witness, "commitment" | "evaluation" | "challenge">): bigint[] {
  return [witness.commitment, witness.evaluation, witness.challenge];
}

/**
 * What the circuit computed must be what the contract will compute; before the proof is made, not after.
 *
 * @throws HypothecError `prover.digest`.
 */
export function assertDigest(witness: Witness, wtns: Uint8Array): void {
  if (publicSignalsOf(witness).every((expected, i) => witnessElement(wtns, i + 1) === expected)) return;
  throw new HypothecError(`The ${witness.circuit} circuit and the SDK disagree on the input digest`, {
    code: "prover.digest",
    whatToDo: "Use circuits and SDK of the same version.",
  });
}

/** Words in the order of the precompile: the two halves of a G2 coordinate change places. */
export function toZkProof(witness: Witness, proof: Groth16Points): ZkProof {
  const [a, b, c] = [proof.pi_a.map(BigInt), proof.pi_b.map((pair) => pair.map(BigInt)), proof.pi_c.map(BigInt)];
  return {
    points: [a[0]!, a[1]!, b[0]![1]!, b[0]![0]!, b[1]![1]!, b[1]![0]!, c[0]!, c[1]!],
    commitment: witness.commitment,
  };
}
