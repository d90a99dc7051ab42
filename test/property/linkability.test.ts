import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { projectRoot } from "../../circuits/codegen/instances.ts";
import { linkAll, linkTable } from "../support/linkability.ts";

const results = linkAll();
const of = (depositors: number, publication: string) =>
  results.find((each) => each.depositors === depositors && each.publication === publication)!;

test("behavior: exact coverage identifies the deposit, two digits among many do not, round locks hide among few", () => {
  for (const depositors of [100, 1_000, 10_000])
    expect(of(depositors, "exact coverage").identified).toBeGreaterThan(0.95);
  expect(of(10_000, "as built").identified).toBeLessThan(0.02);
  expect(of(100, "as built, round locks").identified).toBeLessThan(0.05);
  expect(of(1_000, "as built, round locks").guessed).toBeLessThan(0.05);
});

test("behavior: docs/privacy.md has these figures", () => {
  const table = linkTable(results);
  expect(readFileSync(join(projectRoot, "docs/privacy.md"), "utf8"), table).toContain(table);
});
