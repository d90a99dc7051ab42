import { describe, expect, test, vi } from "vitest";

import { readInstances } from "../../circuits/codegen/instances.ts";
import { loadCircuit, loadComponent } from "../support/circuits/harness.ts";
import type { ConstraintSystem } from "../support/circuits/harness.ts";
import { judgeTransact } from "../support/model/transact.ts";
import { transactClaims } from "../support/model/transactCases.ts";
import type { TransactClaim } from "../support/model/transactCases.ts";
import { expectAgreement, expectBothSides } from "../support/model/property.ts";
import type { Reason } from "../support/model/verdict.ts";
import { mod } from "../support/reference/field.ts";

const model = ({ values, secrets }: TransactClaim) => judgeTransact(values, secrets);

/**
 * What the compiled circuit is asked by a claim. A private input that occurs in linear constraints only is no wire of it: circom
 * solves conservation for the withdrawn amounts, so a prover cannot claim others than what is left of the notes.
 */
function compiledClaim(circuit: ConstraintSystem, { values, secrets }: TransactClaim): TransactClaim {
  const { inAmount, outAmount, withdrawAmount } = secrets;
  const left = (slot: number): bigint =>
    mod(inAmount[0]![slot]! + inAmount[1]![slot]! - outAmount[0]![slot]! - outAmount[1]![slot]!);
  const kept = withdrawAmount.map((amount, slot) =>
    circuit.wireOf(`main.withdrawAmount[${slot}]`) === undefined ? left(slot) : amount,
  );
  return { values, secrets: { ...secrets, withdrawAmount: kept } };
}
const clauses: Reason[] = [
  ...(["amount", "leafIndex", "membership", "nullifier", "domain", "controller", "outCommitment"] as const),
  ...(["withdrawal", "conservation", "signature"] as const),
];

// A minute on a machine that does nothing else.
vi.setConfig({ testTimeout: 900_000 });

describe("transact against its model", () => {
  test("default: 1,000 claims on a tree of two levels (seed 30)", async () => {
    // With public inputs nothing is solved away: each clause is decided for the very secrets of the claim.
    const { values, secrets } = readInstances().get("transact")!;
    const inputs = [...values, ...secrets].map(({ name }) => name);
    const circuit = await loadComponent("transact.circom", "Transact(2, 3)", [...inputs, "r"]);
    const tally = await expectAgreement({
      circuit,
      circuitId: 3,
      claims: transactClaims(2),
      model,
      runs: 1000,
      seed: 30,
    });
    expectBothSides(tally, 1000, clauses, 5);
  });

  test("behavior: 24 claims on the circuit itself (seed 31)", async () => {
    const circuit = loadCircuit("transact");
    const tally = await expectAgreement({
      circuit,
      circuitId: 3,
      claims: transactClaims(16),
      model: (claim) => model(compiledClaim(circuit, claim)),
      runs: 24,
      seed: 31,
    });
    expect(tally.accepted).toBeGreaterThan(4);
    expect(tally.accepted).toBeLessThan(20);
  });
});
