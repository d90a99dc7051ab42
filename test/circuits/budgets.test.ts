import { readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { projectRoot, readInstances } from "../../circuits/codegen/instances.ts";
import { partRows } from "../../circuits/setup/breakdown.ts";
import { readManifest } from "../../circuits/setup/manifest.ts";
import { callOf, libraryFiles, partsOf, partsOfCall, templateOf } from "../../circuits/setup/parts.ts";
import { countedCalls, countTemplates, readTemplates, templateProblems } from "../../circuits/setup/templateCounts.ts";
import type { TemplateCounts } from "../../circuits/setup/templateCounts.ts";

const instances = [...readInstances()];
const manifest = readManifest();
const templates = readTemplates();
const counted = new Set([...templates.keys(), ...Object.keys(libraryFiles)]);

let counts: TemplateCounts;
beforeAll(async () => {
  counts = await countTemplates();
});

describe("budgets", () => {
  // What the project holds itself to: domains of 2^14, 2^15 and 2^16 with the four rows that a key adds, and for
  // transact and settle what a proof may cost.
  const most: Readonly<Record<string, number>> = {
    batch16: 2 ** 15 - 4,
    batch64: 2 ** 16 - 4,
    transact: 20_000,
    margin: 2 ** 14 - 4,
    settle: 17_500,
  };

  test.each(instances)("default: %s has a budget within its goal", (name, { budget }) => {
    expect(budget).toBeLessThanOrEqual(most[name] ?? 0);
  });

  test.each(instances)("default: the README's table has the count and the budget of %s", (name, { budget }) => {
    const readme = readFileSync(join(projectRoot, "circuits/README.md"), "utf8");
    const row = readme.split("\n").find((line) => line.startsWith(`| \`${name}\` |`) && line.includes("2^"));
    const format = (count: number): string => count.toLocaleString("en");
    expect(row).toContain(`| ${format(manifest[name]!.constraints)} (${format(budget)}) |`);
  });

  test("default: each template's count is as committed", () => {
    expect(templateProblems(counts)).toEqual([]);
  });

  test("error: a count that changed, a template that is new and one that is gone name themselves and the command", () => {
    const other = new Map(counts).set("Range(64)", 63).set("Range(7)", 7);
    other.delete("TreeNode()");
    const problems = templateProblems(other);
    expect(problems).toHaveLength(3);
    expect(problems[0]).toMatch(/^Range\(64\) has 63 constraints, .* says 64; .*constraints\.ts --write/);
    expect(problems.some((problem) => problem.startsWith("TreeNode() has no use"))).toBe(true);
    expect(problems.some((problem) => /^Range\(7\) has 7 .* says nothing/.test(problem))).toBe(true);
  });

  test("default: counts that can be computed by hand", () => {
    expect(counts.get("Range(63)")).toBe(63);
    expect(counts.get("PackedAmounts()")).toBe(8 * 63);
    expect(counts.get("PackCheckedAmounts()")).toBe(0);
    expect(counts.get("MulShift64(95)")).toBe(1 + 64 + 95);
    // x^5 takes 3: 8 full rounds of 5, 60 partial ones, less the constant lane of the first.
    expect(counts.get("TreeNode()")).toBe(3 * (8 * 5 + 60 - 1));
    expect(counts.get("Climb(14)")).toBe(14 * (counts.get("TreeNode()")! + 4));
  });

  test("default: every template has a count, and every one that a circuit names with numbers", () => {
    const calls = [...countedCalls(), ...instances.map(([, instance]) => callOf(instance))];
    expect([...templates.keys()].filter((name) => !calls.some((call) => templateOf(call) === name))).toEqual([]);
    expect(Object.keys(partsOf).sort()).toEqual([...templates.keys()].sort());
    for (const { body } of templates.values()) {
      for (const [call, name] of body.matchAll(/\b(\w+)\([\d, ]*\)/g)) {
        if (templates.has(name!) && !body.startsWith(`template ${call}`)) expect(calls).toContain(call);
      }
    }
  });
});

describe.each(instances)("the parts of %s", (name, instance) => {
  /** Component instances by the path of what they are in, e.g. "main.spent" → "pre" → "Precommitment". */
  const components = (): Map<string, { template: string; parts: Map<string, number> }> => {
    const found = new Map([["main", { template: instance.template, parts: new Map<string, number>() }]]);
    const placed = new Set<string>();
    const named = new Map([...templates].map(([template, { body }]) => [template, namedComponents(body)]));
    for (const line of readFileSync(join(projectRoot, manifest[name]!.sym), "utf8").trimEnd().split("\n")) {
      const segments = line.slice(line.lastIndexOf(",") + 1).split(".");
      for (let depth = 1; depth < segments.length - 1; depth++) {
        const path = segments.slice(0, depth + 1).join(".");
        const whole = found.get(segments.slice(0, depth).join("."));
        if (whole === undefined) break;
        if (found.has(path)) continue;
        if (placed.has(path)) break;
        placed.add(path);
        const instanceName = segments[depth]!.replace(/\[.*$/, "");
        const template = /^([A-Z]\w*)_\d+_\d+$/.exec(instanceName)?.[1] ?? named.get(whole.template)?.get(instanceName);
        if (template === undefined) throw new Error(`no template is known for ${path}`);
        if (!counted.has(template)) break;
        whole.parts.set(template, (whole.parts.get(template) ?? 0) + 1);
        // Inside the library nobody counts.
        if (!templates.has(template)) break;
        found.set(path, { template, parts: new Map() });
      }
    }
    return found;
  };

  test("default: parts.ts lists what the compiler sees, whole by whole", () => {
    const wholes = [callOf(instance)];
    for (const whole of wholes) for (const [part] of partsOfCall(whole)) if (!wholes.includes(part)) wholes.push(part);
    const expected = new Map<string, Set<string>>();
    const describeParts = (parts: Iterable<readonly [string, number]>): string =>
      [...parts]
        .map(([part, uses]) => `${uses} × ${part}`)
        .sort()
        .join(", ");
    for (const whole of wholes.filter((call) => templates.has(templateOf(call)))) {
      const byTemplate = new Map<string, number>();
      for (const [part, { uses }] of partsOfCall(whole))
        byTemplate.set(templateOf(part), (byTemplate.get(templateOf(part)) ?? 0) + uses);
      const template = templateOf(whole);
      expected.set(template, (expected.get(template) ?? new Set()).add(describeParts(byTemplate)));
    }
    const seen = new Map<string, Set<string>>();
    for (const { template, parts } of components().values())
      seen.set(template, (seen.get(template) ?? new Set()).add(describeParts(parts)));
    expect(seen).toEqual(expected);
  });

  test("default: the parts cost what the circuit costs, but for what is its own", () => {
    const rows = partRows(callOf(instance), manifest[name]!.constraints, counts);
    const own = rows.at(-1)!;
    expect(own.part).toBe("itself");
    // A circuit decomposes a number or two and multiplies a few; constants it hands down save its parts a few dozen.
    expect(Math.abs(own.total)).toBeLessThan(300);
  });
});

/** `component name = Template(…)` and `name[k] = Template(…)` of a template's text. */
function namedComponents(body: string): Map<string, string> {
  return new Map(
    [...body.matchAll(/\b(\w+)(?:\[[^\]]*\])?\s*=\s*([A-Z]\w*)\(/g)].map(([, name, template]) => [name!, template!]),
  );
}
