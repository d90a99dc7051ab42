import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { projectRoot, readInstances } from "../codegen/instances.ts";
import { runCircom } from "./circom.ts";
import { cacheDirectory } from "./manifest.ts";
import { base8, callOf, libraryFiles, templateOf, withAllParts } from "./parts.ts";
import type { Call } from "./parts.ts";
import { readConstraintCount } from "./r1cs.ts";
import { includedSources, packageVersion } from "./sources.ts";

/** Committed constraint counts by template and parameters, each compiled by itself. */
export const templateSnapshotPath = join(projectRoot, "circuits/templateConstraints.json");

/** Constraints of a call that is compiled by itself. */
export type TemplateCounts = ReadonlyMap<Call, number>;

const templatesDirectory = join(projectRoot, "circuits/templates");
/** As for circuits: each compilation takes a core. */
const parallelCompilations = 2;

/** Our templates by name: their file in circuits/templates and their text. */
export function readTemplates(): Map<string, { readonly file: string; readonly body: string }> {
  const templates = new Map<string, { readonly file: string; readonly body: string }>();
  for (const file of readdirSync(templatesDirectory)) {
    const text = readFileSync(join(templatesDirectory, file), "utf8").replace(/\/\/.*$/gm, "");
    for (const body of text.split(/^(?=template )/m).slice(1)) {
      templates.set(/^template (\w+)/.exec(body)![1]!, { file, body });
    }
  }
  return templates;
}

/** The templates that circuits are made of; the circuits themselves are counted with their keys. */
export function countedCalls(): Call[] {
  const circuits = new Set([...readInstances().values()].map(callOf));
  return withAllParts([...circuits]).filter((call) => !circuits.has(call));
}

/** Compiles every template that is not in the cache by itself, with full simplification, and counts its constraints. */
export async function countTemplates(): Promise<TemplateCounts> {
  mkdirSync(cacheDirectory, { recursive: true });
  const templates = readTemplates();
  const calls = countedCalls();
  const counts = new Map<Call, number>();
  const queue = [...calls];
  const countNext = async (): Promise<void> => {
    for (let call = queue.shift(); call !== undefined; call = queue.shift()) {
      const name = templateOf(call);
      const include = libraryFiles[name] ?? templates.get(name)?.file;
      if (include === undefined)
        throw new Error(`circuits/templates has no template ${name}, which circuits/setup/parts.ts names`);
      counts.set(call, await countConstraints(include, call));
    }
  };
  await Promise.all(Array.from({ length: parallelCompilations }, countNext));
  return new Map(calls.map((call) => [call, counts.get(call)!]));
}

async function countConstraints(include: string, call: Call): Promise<number> {
  const includes = [...new Set([include, "tags.circom"])];
  const main = [
    "pragma circom 2.2.0;",
    ...includes.map((file) => `include "${file}";`),
    `component main = ${call.replace("Base8", base8)};\n`,
  ].join("\n");
  const hash = createHash("sha256").update(
    JSON.stringify([packageVersion("circom2"), packageVersion("circomlib"), main]),
  );
  for (const file of includes.filter((file) => !file.startsWith("circomlib/"))) {
    for (const text of includedSources(join(templatesDirectory, file)).values()) hash.update(JSON.stringify(text));
  }
  const cached = join(cacheDirectory, `count-${hash.digest("hex").slice(0, 16)}.json`);
  if (existsSync(cached)) return (JSON.parse(readFileSync(cached, "utf8")) as { constraints: number }).constraints;

  const work = mkdtempSync(join(cacheDirectory, "building-"));
  try {
    const source = join(work, "template.circom");
    writeFileSync(source, main);
    await runCircom(source, work, [templatesDirectory, join(projectRoot, "node_modules")], ["--r1cs", "--O2"]);
    const constraints = readConstraintCount(join(work, "template.r1cs"));
    writeFileSync(join(work, "count.json"), `${JSON.stringify({ call, constraints })}\n`);
    renameSync(join(work, "count.json"), cached);
    return constraints;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What differs from the committed counts. */
export function templateProblems(counts: TemplateCounts): string[] {
  const committed = existsSync(templateSnapshotPath)
    ? (JSON.parse(readFileSync(templateSnapshotPath, "utf8")) as Record<Call, number>)
    : {};
  const calls = new Set([...counts.keys(), ...Object.keys(committed)]);
  return [...calls]
    .filter((call) => counts.get(call) !== committed[call])
    .map(
      (call) =>
        `${call} has ${counts.get(call) ?? "no use and so no"} constraints, circuits/templateConstraints.json says ` +
        `${committed[call] ?? "nothing"}; if that is meant, run \`node circuits/setup/constraints.ts --write\` and commit the result`,
    );
}
