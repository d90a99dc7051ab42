import { describe, expect, test } from "vitest";

import { loadCircuit, loadComponent } from "../support/circuits/harness.ts";
import type { ConstraintSystem, Inputs } from "../support/circuits/harness.ts";
import { replace, settleId, settlePublic, settleSample, orderOf } from "../support/circuits/samples.ts";
import { createRandom, mod, q } from "../support/reference/field.ts";

/** The definition, in bigints. */
function brokenRows({ r1cs }: ConstraintSystem, witness: readonly bigint[]): number[] {
  const sum = ({ wires, coefficients }: { wires: Uint32Array; coefficients: readonly bigint[] }): bigint =>
    coefficients.reduce((total, coefficient, i) => total + coefficient * witness[wires[i]!]!, 0n);
  return r1cs.constraints.flatMap(({ a, b, c }, row) => (mod(sum(a) * sum(b) - sum(c)) === 0n ? [] : [row]));
}

describe("constraint evaluation", () => {
  test("default: finds the rows that bigints find, in witnesses with some wrong wires (seed 5)", async () => {
    const circuit = loadCircuit("settle");
    const random = createRandom(5);
    const witness = await circuit.witness(settleSample(orderOf()).inputs);
    expect(brokenRows(circuit, witness)).toEqual([]);
    expect(circuit.violations(witness)).toEqual([]);
    for (let k = 0; k < 20; k++) {
      const wrong = [...witness];
      for (let i = 0; i <= k; i++) {
        wrong[1 + Number(random(32) % BigInt(witness.length - 1))] = [random(254) % q, 0n, q - 1n][i % 3]!;
      }
      const expected = brokenRows(circuit, wrong);
      expect(expected).not.toEqual([]);
      expect(circuit.violations(wrong)).toEqual(expected);
    }
  });

  test("behavior: an attempt is the lenient witness and its violations", async () => {
    const circuit = loadCircuit("settle");
    const good = settleSample(orderOf());
    const lies: Inputs[] = [
      {},
      { claim: 5n },
      { root: 1n },
      { amount: Array.from({ length: 8 }, () => q - 1n) },
      { isPublic: 2n },
    ];
    for (const [k, change] of lies.entries()) {
      const { inputs, publicSignals } = replace(settleId, good, settlePublic, change);
      const witness = await circuit.lenientWitness(inputs);
      const attempt = await circuit.attempt(inputs);
      expect(attempt.violations).toEqual(brokenRows(circuit, witness));
      expect(attempt.violations.length > 0).toBe(k > 0);
      expect(attempt.publicSignals).toEqual(publicSignals);
    }
  });

  test("error: an input with too few values, a missing one", async () => {
    const component = await loadComponent("ranges.circom", "PackCheckedAmounts()");
    await expect(component.attempt({ amount: [1n] })).rejects.toThrow("input amount has 1 values, expected 8");
    await expect(component.attempt({})).rejects.toThrow("takes 8 input values, got 0");
  });
});
