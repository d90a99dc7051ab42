import { beforeAll, describe, expect, test } from "vitest";

import { catalogue, isKilled, mutantTable, runMutants } from "../support/mutants/report.ts";
import type { Report } from "../support/mutants/report.ts";
import { survivors } from "../support/mutants/survivors.ts";
import { committedTable } from "../support/mutants/table.ts";
import { trackerClasses } from "../support/mutants/tracker.ts";

// Do the attacks bite? Each mutant has one constraint less, or a weaker one, and the same attack that finds nothing on the
// circuits as they are has to find something on it.

const minutes = 60_000;

describe("seeded mutants", () => {
  let report: Report;
  beforeAll(async () => {
    report = await runMutants();
  }, 15 * minutes);

  test("default: nothing is found on the sources as they are", () => {
    expect(report.baseline).toEqual([]);
  });

  test("default: at least 95 % are killed, and the survivors are those that are explained", () => {
    expect(report.outcomes.map(({ mutant }) => mutant.id)).toEqual(catalogue.map(({ id }) => id));
    const alive = report.outcomes.filter((outcome) => !isKilled(outcome)).map(({ mutant }) => mutant.id);
    expect(alive.sort()).toEqual(Object.keys(survivors).sort());
    expect(alive.length / catalogue.length).toBeLessThanOrEqual(0.05);
  });

  test("default: every class of the tracker has a mutant, and every id is used once", () => {
    expect(catalogue.length).toBeGreaterThanOrEqual(40);
    expect(new Set(catalogue.map(({ tracker }) => tracker))).toEqual(new Set(Object.keys(trackerClasses)));
    expect(new Set(catalogue.map(({ id }) => id)).size).toBe(catalogue.length);
  });

  test("default: the table in circuits/README.md is what this run makes", () => {
    expect(committedTable(), "run `node test/support/mutants/table.ts --write` and commit the result").toBe(
      mutantTable(report),
    );
  });
});
