import { describe, expect, test, vi } from "vitest";

import { loadCircuit, loadComponent } from "../support/circuits/harness.ts";
import { judgeTransact } from "../support/model/transact.ts";
import { transactClaims } from "../support/model/transactCases.ts";
import type { TransactClaim } from "../support/model/transactCases.ts";
import { expectAgreement, expectBothSides } from "../support/model/property.ts";
import type { Reason } from "../support/model/verdict.ts";

const model = ({ values, secrets }: TransactClaim) => judgeTransact(values, secrets);
const clauses: Reason[] = [
  ...(["amount", "leafIndex", "membership", "nullifier", "domain", "controller", "outCommitment"] as const),
  ...(["withdrawal", "conservation", "signature"] as const),
];

// A minute on a machine that does nothing else.
vi.setConfig({ testTimeout: 900_000 });

describe("transact against its model", () => {
  test("default: 1,000 claims on a tree of two levels (seed 30)", async () => {
    const circuit = await loadComponent("transact.circom", "Transact(2, 3)");
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

  test("behavior: 60 claims on the circuit itself (seed 31)", async () => {
    const circuit = loadCircuit("transact");
    const tally = await expectAgreement({
      circuit,
      circuitId: 3,
      claims: transactClaims(16),
      model,
      runs: 60,
      seed: 31,
    });
    expect(tally.accepted).toBeGreaterThan(15);
    expect(tally.accepted).toBeLessThan(45);
  });
});
