import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { projectRoot } from "../../../circuits/codegen/instances.ts";
import { mutantTable, runMutants } from "./report.ts";

const path = join(projectRoot, "circuits/README.md");
const [start, end] = ["<!-- mutants -->", "<!-- /mutants -->"];

/** The table as it is committed. */
export function committedTable(): string {
  return split()[1].trim();
}

function split(): readonly [before: string, inside: string, after: string] {
  const text = readFileSync(path, "utf8");
  const [from, to] = [text.indexOf(start) + start.length, text.indexOf(end)];
  if (from < start.length || to < from) throw new Error(`${path} has no ${start} … ${end} for the table of mutants`);
  return [text.slice(0, from), text.slice(from, to), text.slice(to)];
}

/** `node test/support/mutants/table.ts [--write] [name …]` prints the table, of all components or some, or writes it to circuits/README.md. */
if (import.meta.main) {
  const names = process.argv.slice(2).filter((argument) => argument !== "--write");
  const report = await runMutants(names.length === 0 ? undefined : names);
  for (const found of report.baseline) console.error(`found on the sources as they are: ${found}`);
  const table = mutantTable(report);
  if (process.argv.includes("--write")) {
    if (names.length > 0) throw new Error("--write takes no names: the table has all mutants");
    const [before, , after] = split();
    writeFileSync(path, `${before}\n\n${table}\n\n${after}`);
  } else console.log(table);
  if (report.baseline.length > 0) process.exitCode = 1;
  process.exit();
}
