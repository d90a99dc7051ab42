import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { circuitPages } from "../../circuits/codegen/pages.ts";
import { projectRoot, readInstances } from "../../circuits/codegen/instances.ts";

const read = (path: string): string => readFileSync(join(projectRoot, path), "utf8");
const pageOf = (template: string): string => read(`docs/circuits/${template.toLowerCase()}.md`);

/** Cells of the table rows whose first cell is `code`. */
const rowsOf = (page: string, code: string): string[][] =>
  page
    .split("\n")
    .filter((line) => line.startsWith(`| \`${code}\` |`))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim())); // prettier-ignore

const instances = JSON.parse(read("circuits/instances.json")) as Record<
  string,
  { template: string; circuitId: number; budget: number; values: { name: string; bits: number; count?: number }[] }
>;
const counts = JSON.parse(read("circuits/constraints.json")) as Record<string, number>;

describe.each(Object.entries(instances))("the page of %s", (name, { template, circuitId, budget, values }) => {
  const page = pageOf(template);

  test("default: it states the circuit's counts", () => {
    const total = values.reduce((sum, { count = 1 }) => sum + count, 0);
    const [row] = rowsOf(page, name);
    const numbers = row!.slice(1, 5).map((cell) => Number(cell.replaceAll(",", "")));
    expect(numbers).toEqual([circuitId, total, counts[name], budget]);
  });

  test("default: it states each public value with its width and its place", () => {
    const column = [...page.matchAll(/index(?: in `(\w+)`)?(?= \|)/g)].findIndex(([, of = name]) => of === name);
    expect(column).toBeGreaterThanOrEqual(0);
    let index = 0;
    for (const { name: value, bits, count } of values) {
      const row = rowsOf(page, value).find((cells) => cells[1] === String(bits));
      expect(row?.[2 + column], value).toBe(count === undefined ? String(index) : `${index} … ${index + count - 1}`);
      index += count ?? 1;
    }
  });
});

describe.each([...new Set(Object.values(instances).map(({ template }) => template))])("the page %s", (template) => {
  const page = pageOf(template);

  test("default: each duty names code that exists", () => {
    const contracts = readdirSync(join(projectRoot, "contracts"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".sol"))
      .map((path) => read(join("contracts", path)))
      .join("\n");
    const duties = page.slice(page.indexOf("| duty | fulfilled by |"), page.indexOf("## Who may know the witness"));
    const rows = duties.split("\n").slice(2).filter((line) => line.startsWith("|")); // prettier-ignore
    expect(rows.length).toBeGreaterThan(4);
    for (const row of rows) {
      const code = [...row.split("|")[2]!.matchAll(/`([^`]+)`/g)].flatMap(([, text]) => text!.split(/[^\w]+/));
      for (const word of code.filter((part) => part !== "")) {
        expect(contracts, `${word} in the page of ${template}`).toMatch(new RegExp(`\\b${word}\\b`));
      }
    }
  });
});

describe("circuitPages", () => {
  test("behavior: a change to instances.json changes the page", () => {
    const changed = new Map(
      [...readInstances()].map(([name, instance]) => [
        name,
        { ...instance, values: instance.values.map((v) => (v.name === "coverage" ? { ...v, bits: 63 } : v)) },
      ]),
    );
    const path = "docs/circuits/margin.md";
    expect(circuitPages(changed).get(path)).toContain("| `coverage` | 63 | 4 |");
    expect(read(path)).toContain("| `coverage` | 64 | 4 |");
  });

  test("error: instances of one template whose public values differ in name or width", () => {
    const instances = readInstances();
    const [first, ...others] = instances.get("batch64")!.values;
    const changed = new Map(instances).set("batch64", {
      ...instances.get("batch64")!,
      values: [{ ...first!, bits: 253 }, ...others],
    });
    expect(() => circuitPages(changed)).toThrow(/batch16, batch64 are of one template but differ/);
  });
});
