import { describe, expect, test, vi } from "vitest";

import { loadCircuit, loadComponent } from "../support/circuits/harness.ts";
import { judgeBatch } from "../support/model/batch.ts";
import { batchClaims } from "../support/model/batchCases.ts";
import type { BatchClaim } from "../support/model/batchCases.ts";
import { expectAgreement, expectBothSides } from "../support/model/property.ts";
import type { Reason } from "../support/model/verdict.ts";

const model = ({ values, secrets }: BatchClaim) => judgeBatch(values, secrets);
const clauses: Reason[] = ["entry", "chunkIndex", "oldRoot", "newRoot"];

// A minute on a machine that does nothing else.
vi.setConfig({ testTimeout: 900_000 });

describe("batch against its model", () => {
  test("default: 1,000 claims on a tree of three levels (seed 10)", async () => {
    const circuit = await loadComponent("batch.circom", "Batch(3, 1, 1)");
    const tally = await expectAgreement({ circuit, circuitId: 1, claims: batchClaims(3), model, runs: 1000, seed: 10 });
    expectBothSides(tally, 1000, clauses, 5);
  });

  test("behavior: 24 claims on the circuit itself (seed 11)", async () => {
    const circuit = loadCircuit("batch16");
    const tally = await expectAgreement({ circuit, circuitId: 1, claims: batchClaims(16), model, runs: 24, seed: 11 });
    expect(tally.accepted).toBeGreaterThan(4);
    expect(tally.accepted).toBeLessThan(20);
  });
});
