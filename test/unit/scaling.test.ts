import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { projectRoot } from "../../circuits/codegen/instances.ts";
import { capacity, capacityTables, committed, WORKLOAD } from "../bench/relayer/capacity.ts";

const measured = committed();

test("behavior: docs/scaling.md has the tables of the committed figures", () => {
  const page = readFileSync(join(projectRoot, "docs/scaling.md"), "utf8");
  for (const table of Object.values(capacityTables(measured)))
    expect(page, "npm run bench:relayer -- capacity prints them").toContain(table);
});

test("behavior: the model counts what the workload says", () => {
  const { month, batches, packets } = capacity(measured);
  // By hand: a deposit, two outputs of a transact, a tenth of two notes of a settlement.
  expect(month.notes).toBeCloseTo(3_200_000, 3);
  expect(batches).toBeCloseTo(50_000, 3);
  expect(WORKLOAD.attestEverySeconds).toBe(60);
  expect(month.roots).toBe(43_200);
  // 300,000 orders, eight in a packet, and a packet for each root.
  expect(packets).toBeCloseTo(37_500 + 43_200, 3);
});
