import { describe, expect, test, vi } from "vitest";

import { loadCircuit, loadComponent } from "../support/circuits/harness.ts";
import { noTrap } from "../support/circuits/lies.ts";
import { judgeSettle } from "../support/model/settle.ts";
import { settleClaims } from "../support/model/settleCases.ts";
import type { SettleClaim } from "../support/model/settleCases.ts";
import { expectAgreement, expectBothSides } from "../support/model/property.ts";
import type { Reason } from "../support/model/verdict.ts";

const model = ({ values, secrets }: SettleClaim) => judgeSettle(values, secrets);
const clauses: Reason[] = [
  ...(["amount", "domain", "leafIndex", "membership", "nullifier", "claim", "isPublic", "rest"] as const),
  ...(["payout", "buyer", "ephemeral", "sealed"] as const),
];

// A minute on a machine that does nothing else.
vi.setConfig({ testTimeout: 900_000 });

describe("settle against its model", () => {
  test("default: 1,000 claims on a tree of two levels (seed 50)", async () => {
    const circuit = await loadComponent("settle.circom", "Settle(2, 5)");
    const tally = await expectAgreement({
      circuit,
      circuitId: 5,
      claims: settleClaims(2),
      model,
      lies: noTrap,
      runs: 1000,
      seed: 50,
    });
    expectBothSides(tally, 1000, clauses, 5);
  });

  test("behavior: 24 claims on the circuit itself (seed 51)", async () => {
    const circuit = loadCircuit("settle");
    const tally = await expectAgreement({
      circuit,
      circuitId: 5,
      claims: settleClaims(16),
      model,
      lies: noTrap,
      runs: 24,
      seed: 51,
    });
    expect(tally.accepted).toBeGreaterThan(4);
    expect(tally.accepted).toBeLessThan(20);
  });
});
