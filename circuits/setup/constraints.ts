import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { projectRoot, readInstances, valueCount } from "../codegen/instances.ts";
import { breakdownTable } from "./breakdown.ts";
import { buildCircuits } from "./build.ts";
import type { Manifest } from "./manifest.ts";
import { callOf } from "./parts.ts";
import { domainPower } from "./qap.ts";
import { countTemplates, templateProblems, templateSnapshotPath } from "./templateCounts.ts";

/** c, y and r. */
const publicSignals = 3;

/** Committed constraint counts by circuit. */
export const snapshotPath = join(projectRoot, "circuits/constraints.json");

/** What a circuit costs to prove. */
export interface ConstraintRow {
  readonly circuit: string;
  readonly constraints: number;
  readonly budget: number;
  /** log2 of the evaluation domain, which the FFTs of a proof run over. */
  readonly power: number;
  readonly publicValues: number;
}

export function constraintRows(manifest: Manifest): ConstraintRow[] {
  return [...readInstances()].map(([circuit, instance]) => {
    const { constraints } = manifest[circuit]!;
    return {
      circuit,
      constraints,
      budget: instance.budget,
      power: domainPower(constraints, publicSignals),
      publicValues: valueCount(instance),
    };
  });
}

export function constraintTable(rows: readonly ConstraintRow[]): string {
  const line = (cells: readonly string[]): string =>
    `${cells[0]!.padEnd(10)}${cells
      .slice(1)
      .map((cell) => cell.padStart(13))
      .join("")}`;
  return [
    line(["circuit", "constraints", "budget", "left", "domain", "values"]),
    ...rows.map(({ circuit, constraints, budget, power, publicValues }) =>
      line([
        circuit,
        format(constraints),
        format(budget),
        format(budget - constraints),
        `2^${power}`,
        String(publicValues),
      ]),
    ),
  ].join("\n");
}

/** What is wrong with the counts: above the budget, or not as committed. */
export function constraintProblems(rows: readonly ConstraintRow[]): string[] {
  const snapshot = existsSync(snapshotPath)
    ? (JSON.parse(readFileSync(snapshotPath, "utf8")) as Record<string, number>)
    : {};
  return rows.flatMap(({ circuit, constraints, budget }) => {
    const problems: string[] = [];
    if (constraints > budget)
      problems.push(`${circuit} has ${format(constraints)} constraints, its budget is ${format(budget)}`);
    if (snapshot[circuit] !== constraints) {
      problems.push(
        `${circuit} has ${format(constraints)} constraints, circuits/constraints.json says ${snapshot[circuit] ?? "nothing"}; ` +
          "if that is meant, run `node circuits/setup/constraints.ts --write` and commit the result",
      );
    }
    return problems;
  });
}

function format(count: number): string {
  return count.toLocaleString("en");
}

/** `node circuits/setup/constraints.ts [--write]` */
if (import.meta.main) {
  const rows = constraintRows(await buildCircuits({ write: false }));
  const templates = await countTemplates();
  console.log(constraintTable(rows));
  const instances = readInstances();
  for (const { circuit, constraints } of rows)
    console.log(`\n${breakdownTable(circuit, callOf(instances.get(circuit)!), constraints, templates)}`);
  console.log("\neach template by itself");
  for (const [call, count] of templates) console.log(`  ${call.padEnd(34)}${format(count).padStart(9)}`);

  if (process.argv.includes("--write")) {
    const write = (path: string, counts: Iterable<readonly [string, number]>): void =>
      writeFileSync(path, `${JSON.stringify(Object.fromEntries(counts), null, 2)}\n`);
    write(
      snapshotPath,
      rows.map(({ circuit, constraints }) => [circuit, constraints] as const),
    );
    write(templateSnapshotPath, templates);
  }
  const problems = [...constraintProblems(rows), ...templateProblems(templates)];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
