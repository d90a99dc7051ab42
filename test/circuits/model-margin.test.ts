import { describe, expect, test, vi } from "vitest";

import { loadCircuit, loadComponent } from "../support/circuits/harness.ts";
import { judgeMargin } from "../support/model/margin.ts";
import { marginClaims } from "../support/model/marginCases.ts";
import type { MarginClaim } from "../support/model/marginCases.ts";
import { expectAgreement, expectBothSides } from "../support/model/property.ts";
import type { Reason } from "../support/model/verdict.ts";

const model = ({ values, secrets }: MarginClaim) => judgeMargin(values, secrets);
const clauses: Reason[] = [
  ...(["amount", "domain", "leafIndex", "membership", "nullifier", "value", "coverage", "haircuts", "risk"] as const),
  ...(["shortfall", "variance", "ephemeralSecret", "ephemeral", "sealed"] as const),
];

// A minute on a machine that does nothing else.
vi.setConfig({ testTimeout: 900_000 });

describe("margin against its model", () => {
  test("default: 1,000 claims on a tree of two levels (seed 20)", async () => {
    const circuit = await loadComponent("margin.circom", "Margin(2, 4)");
    const tally = await expectAgreement({
      circuit,
      circuitId: 4,
      claims: marginClaims(2),
      model,
      runs: 1000,
      seed: 20,
    });
    expectBothSides(tally, 1000, clauses, 5);
  });

  test("behavior: 24 claims on the circuit itself (seed 21)", async () => {
    const circuit = loadCircuit("margin");
    const tally = await expectAgreement({ circuit, circuitId: 4, claims: marginClaims(16), model, runs: 24, seed: 21 });
    expect(tally.accepted).toBeGreaterThan(4);
    expect(tally.accepted).toBeLessThan(20);
  });
});
