import { beforeAll, describe, expect, test } from "vitest";

import { inEveryRun } from "../support/mutants/mutant.ts";
import {
  attacked,
  catalogue,
  isKilled,
  mutantRow,
  mutantTable,
  rowHead,
  runMutants,
} from "../support/mutants/report.ts";
import type { Report } from "../support/mutants/report.ts";
import { survivors } from "../support/mutants/survivors.ts";
import { committedTable } from "../support/mutants/table.ts";
import { trackerClasses } from "../support/mutants/tracker.ts";

// Do the attacks bite? Each mutant has one constraint less, or a weaker one, and the same attack that finds nothing on the
// circuits as they are has to find something on it. HYPOTHEC_ALL_MUTANTS=1 attacks the whole catalogue.

const minutes = 60_000;
const isAll = process.env.HYPOTHEC_ALL_MUTANTS === "1";
const chosen = isAll ? catalogue : inEveryRun(catalogue);
const rows = committedTable().split("\n");

describe("seeded mutants", () => {
  let report: Report;
  beforeAll(async () => {
    report = await runMutants(attacked, (mutant) => chosen.includes(mutant));
  }, 15 * minutes);

  test("default: nothing is found on the sources as they are", () => {
    expect(report.baseline).toEqual([]);
  });

  test("default: those survive that are explained, at most 5 % of all", () => {
    expect(report.outcomes.map(({ mutant }) => mutant.id)).toEqual(chosen.map(({ id }) => id));
    const alive = report.outcomes.filter((outcome) => !isKilled(outcome)).map(({ mutant }) => mutant.id);
    expect(alive.sort()).toEqual(
      Object.keys(survivors)
        .filter((id) => chosen.some((mutant) => mutant.id === id))
        .sort(),
    );
    expect(Object.keys(survivors).length / catalogue.length).toBeLessThanOrEqual(0.05);
  });

  test("default: every class of the tracker is attacked, and every id is used once", () => {
    expect(chosen.length).toBeGreaterThanOrEqual(70);
    expect(new Set(chosen.map(({ tracker }) => tracker))).toEqual(new Set(Object.keys(trackerClasses)));
    expect(new Set(catalogue.map(({ id }) => id)).size).toBe(catalogue.length);
  });

  test("default: the table in circuits/README.md has every mutant, and says what this run finds", () => {
    const what = "run `node test/support/mutants/table.ts --write` and commit the result";
    expect(rows.filter((row) => /^\| `[\w-]+` \| \d /.test(row)).length, what).toBe(catalogue.length);
    for (const mutant of catalogue)
      expect(
        rows.some((row) => row.startsWith(rowHead(mutant))),
        what,
      ).toBe(true);
    for (const outcome of report.outcomes) expect(rows, what).toContain(mutantRow(outcome));
    if (isAll) expect(committedTable(), what).toBe(mutantTable(report));
  });
});
