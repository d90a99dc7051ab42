import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { projectRoot } from "../../circuits/codegen/instances.ts";
import { breakEvenGwei, committedFigures, feeTables, gasUsd, jobs, nuisances, STATED } from "../bench/fees.ts";

const figures = committedFigures();

test("behavior: at the stated prices each paid role earns its gas", () => {
  for (const job of jobs(figures)) {
    expect(job.usd, `${job.who}: ${job.does}`).toBeGreaterThan(gasUsd(job.gas));
    expect(breakEvenGwei(job)).toBeGreaterThan(STATED.gasPriceGwei);
  }
});

test("behavior: whoever annoys others pays more than each of them, but for what docs/fees.md names", () => {
  const dearer = nuisances(figures).filter(({ attackerUsd, victimUsd }) => victimUsd > attackerUsd);
  expect(dearer.map(({ what }) => what)).toEqual([
    "seal it for nothing after the delay",
    "flag an account again and again",
  ]);
});

test("behavior: docs/fees.md has the tables of the committed figures", () => {
  const page = readFileSync(join(projectRoot, "docs/fees.md"), "utf8");
  for (const table of Object.values(feeTables(figures)))
    expect(page, "npm run bench -- fees prints them").toContain(table);
});
