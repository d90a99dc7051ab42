import { expect } from "vitest";

import { createRandom, q } from "../reference/field.ts";
import { freeWires } from "./harness.ts";
import type { ConstraintSystem, Inputs } from "./harness.ts";
import type { Lie } from "./lenient.ts";
import type { Sample } from "./samples.ts";

/** The honest generator finds a witness, the constraints hold, and the public signals are the reference's. */
export async function expectAccepted(circuit: ConstraintSystem, { inputs, publicSignals }: Sample): Promise<bigint[]> {
  const witness = await circuit.witness(inputs);
  expect(witness.slice(1, 4)).toEqual(publicSignals);
  expect(circuit.violations(witness)).toEqual([]);
  return witness;
}

/** The constraints refuse the statement, whatever the generator asserts. */
export async function expectRejected(circuit: ConstraintSystem, { inputs }: Sample): Promise<void> {
  const witness = await circuit.lenientWitness(inputs);
  expect(circuit.violations(witness), "violated constraints").not.toEqual([]);
}

/**
 * Every wire of a witness is changed, one at a time, to a random value, to 0 or 1 (whichever it is not) and by one: some
 * constraint notices each change, except on wires that match `free`.
 */
export function expectPinned(circuit: ConstraintSystem, witness: readonly bigint[], free: readonly RegExp[]): void {
  const random = createRandom(4711);
  const changes: ((value: bigint) => bigint)[] = [
    () => random(253),
    (value) => (value === 0n ? 1n : 0n),
    (value) => (value + 1n) % q,
  ];
  for (const change of changes) {
    const names = freeWires(circuit.r1cs, witness, change).map((wire) => circuit.signalName(wire));
    expect(names.filter((name) => !free.some((pattern) => pattern.test(name)))).toEqual([]);
  }
}

/**
 * The witness of a prover who tells these lies satisfies all constraints but those that have a wire which matches `guard`: the lie
 * is consistent, and they alone are in its way.
 */
export async function expectOnlyRefusedBy(
  circuit: ConstraintSystem,
  inputs: Inputs,
  lies: readonly Lie[],
  guard: RegExp,
): Promise<void> {
  const witness = await circuit.lenientWitness(inputs, lies);
  const broken = circuit.violations(witness).map((row) => {
    const { a, b, c } = circuit.r1cs.constraints[row]!;
    return [a, b, c].flatMap(({ wires }) => Array.from(wires, (wire) => circuit.signalName(wire)));
  });
  expect(broken, "violated constraints").not.toEqual([]);
  expect(broken.filter((names) => !names.some((name) => guard.test(name)))).toEqual([]);
}
