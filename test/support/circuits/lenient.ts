import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

import { projectRoot } from "../../../circuits/codegen/instances.ts";
import { cacheDirectory, readManifest } from "../../../circuits/setup/manifest.ts";

const require = createRequire(import.meta.url);

/** Changes whenever this file makes another generator from the same circuit. */
const version = 2;

/** A witness generator that asserts nothing, and the wire of each of its signals. */
export interface LenientGenerator {
  readonly wasm: string;
  readonly wires: ReadonlyMap<string, number>;
}

/**
 * A witness generator of a prover who does not stop at a violated constraint: the circuit compiled without any `===`. It
 * follows every `<--` and `<==` from any inputs, so that a test can show that the *constraints* refuse a false statement,
 * not only the honest generator. Signals are matched by name, nothing is simplified away.
 */
export async function lenientGenerator(name: string): Promise<LenientGenerator> {
  const directory = join(cacheDirectory, `lenient-${version}-${name}-${readManifest()[name]!.hash}`);
  if (!existsSync(directory)) await compile(name, directory);
  const { wires } = readSymbols(join(directory, `${name}.sym`));
  return { wasm: join(directory, `${name}_js/${name}.wasm`), wires };
}

async function compile(name: string, directory: string): Promise<void> {
  const work = mkdtempSync(join(cacheDirectory, "building-"));
  const copy = (from: string, to: string): void => {
    mkdirSync(to, { recursive: true });
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      if (entry.isDirectory()) copy(join(from, entry.name), join(to, entry.name));
      else if (entry.name.endsWith(".circom")) {
        writeFileSync(join(to, entry.name), withoutAssertions(readFileSync(join(from, entry.name), "utf8")));
      }
    }
  };
  try {
    copy(join(projectRoot, "circuits/templates"), join(work, "circuits/templates"));
    copy(join(projectRoot, "circuits/main"), join(work, "circuits/main"));
    copy(
      join(dirname(require.resolve("circomlib/package.json")), "circuits"),
      join(work, "library/circomlib/circuits"),
    );
    writeFileSync(join(work, "library/slack.circom"), slackTemplate);
    mkdirSync(join(work, "out"));
    const path = (target: string): string => relative(projectRoot, join(work, target));
    const child = spawn(
      process.execPath,
      [
        require.resolve("circom2/cli.js"),
        path(`circuits/main/${name}.circom`),
        ...["--wasm", "--sym", "--O0", "-l", path("library"), "-o", path("out")],
      ],
      { cwd: projectRoot, stdio: ["ignore", "pipe", "pipe"] },
    );
    let log = "";
    child.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
    const { promise, resolve } = Promise.withResolvers<number | null>();
    child.on("close", resolve);
    if ((await promise) !== 0) throw new Error(`circom could not compile ${name} without its assertions:\n${log}`);
    if (!existsSync(directory)) renameSync(join(work, "out"), directory);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const slackTemplate = "pragma circom 2.2.0;\ntemplate Slack() { signal input in; }\n";

/**
 * Replaces every statement `a === b;` by one that computes a − b into a signal of its own: nothing is asserted any more, and
 * no signal goes missing for want of a use.
 */
function withoutAssertions(source: string): string {
  if (!source.includes("===")) return source;
  return source
    .replace(/\/\*[^]*?\*\/|\/\/.*$/gm, "")
    .replace(/pragma circom [\d.]+;/, 'pragma circom 2.2.0;\ninclude "slack.circom";')
    .replace(/([^;{}]*)===([^;]*);/g, " Slack()(($1) - ($2));");
}

/**
 * The wires of a .sym file by signal name. circom names an anonymous component Template_line_offset after its place in the
 * file; here it is Template_k, the k-th of its template in its parent, which other text in the file does not change.
 */
export function readSymbols(path: string): {
  readonly wires: Map<string, number>;
  readonly names: Map<number, string>;
} {
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split(","));
  const offsets = new Map<string, Set<number>>();
  const each = (signal: string, visit: (family: string, offset: number) => string): string => {
    let parent = "";
    return signal
      .split(".")
      .map((segment) => {
        const [, template, offset, index = ""] = /^([A-Z]\w*)_\d+_(\d+)((?:\[\d+\])*)$/.exec(segment) ?? [];
        const named = template === undefined ? segment : visit(`${parent}.${template}`, Number(offset)) + index;
        parent += `.${segment}`;
        return named;
      })
      .join(".");
  };
  for (const [, , , signal] of lines) {
    each(signal!, (family, offset) => {
      const known = offsets.get(family) ?? new Set();
      offsets.set(family, known.add(offset));
      return "";
    });
  }
  const ranks = new Map([...offsets].map(([family, known]) => [family, [...known].sort((a, b) => a - b)]));
  const wires = new Map<string, number>();
  const names = new Map<number, string>();
  for (const [label, wire, , signal] of lines) {
    const name = each(
      signal!,
      (family, offset) => `${family.slice(family.lastIndexOf(".") + 1)}_${ranks.get(family)!.indexOf(offset)}`,
    );
    names.set(Number(label), name);
    if (wire !== "-1") wires.set(name, Number(wire));
  }
  return { wires, names };
}
