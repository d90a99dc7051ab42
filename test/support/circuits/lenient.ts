import { createHash } from "node:crypto";
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
import { dirname, join } from "node:path";

import { projectRoot } from "../../../circuits/codegen/instances.ts";
import { runCircom } from "../../../circuits/setup/circom.ts";
import { cacheDirectory } from "../../../circuits/setup/manifest.ts";

const require = createRequire(import.meta.url);

/** Changes whenever this file makes another generator from the same circuit. */
const version = 3;

/** A circuit as its compiler gets it. */
export interface CircuitSource {
  readonly name: string;
  /** Stands for everything that the circuit depends on. */
  readonly hash: string;
  /** The text of the file with `component main`, which lies in circuits/main. */
  readonly main: string;
}

/** A statement of a template (exactly one in all of them) and what a prover computes in its place. */
export type Lie = readonly [statement: string, instead: string];

/** A witness generator that asserts nothing, and the wire of each of its signals. */
export interface LenientGenerator {
  readonly wasm: string;
  readonly wires: ReadonlyMap<string, number>;
}

/**
 * A witness generator of a prover who does not stop at a violated constraint: the circuit compiled without any `===`. It
 * follows every `<--` and `<==` from any inputs, but for the `lies`, so that a test can show that the *constraints* refuse a
 * false statement, not only the honest generator. Signals are matched by name, nothing is simplified away.
 */
export async function lenientGenerator(source: CircuitSource, lies: readonly Lie[] = []): Promise<LenientGenerator> {
  const { name, hash } = source;
  const told = lies.length === 0 ? "" : `-${digest(JSON.stringify(lies))}`;
  const directory = join(cacheDirectory, `lenient-${version}-${name}-${hash}${told}`);
  if (!existsSync(directory)) await compile(source, lies, directory);
  const { wires } = readSymbols(join(directory, `${name}.sym`));
  return { wasm: join(directory, `${name}_js/${name}.wasm`), wires };
}

/** 16 hex digits that stand for a text. */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

async function compile({ name, main }: CircuitSource, lies: readonly Lie[], directory: string): Promise<void> {
  const work = mkdtempSync(join(cacheDirectory, "building-"));
  const found = lies.map(() => 0);
  const rewritten = (text: string): string => {
    lies.forEach(([statement, instead], i) => {
      const parts = text.split(statement);
      found[i]! += parts.length - 1;
      text = parts.join(instead);
    });
    return withoutAssertions(text);
  };
  try {
    copySources(work, rewritten);
    found.forEach((count, i) => {
      if (count !== 1) throw new Error(`"${lies[i]![0]}" is in the templates ${count} times, expected once`);
    });
    mkdirSync(join(work, "circuits/main"));
    writeFileSync(join(work, `circuits/main/${name}.circom`), main);
    writeFileSync(join(work, "library/slack.circom"), slackTemplate);
    mkdirSync(join(work, "out"));
    await runCircom(
      join(work, `circuits/main/${name}.circom`),
      join(work, "out"),
      [join(work, "library")],
      ["--wasm", "--sym", "--O0"],
    );
    if (!existsSync(directory)) renameSync(join(work, "out"), directory);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Writes the project's templates and circomlib's, each text rewritten, to `work`/circuits/templates and `work`/library, for
 * main files in `work`/circuits/main.
 */
export function copySources(work: string, rewrite: (text: string, file: string) => string): void {
  const copy = (from: string, to: string): void => {
    mkdirSync(to, { recursive: true });
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      if (entry.isDirectory()) copy(join(from, entry.name), join(to, entry.name));
      else if (entry.name.endsWith(".circom")) {
        writeFileSync(join(to, entry.name), rewrite(readFileSync(join(from, entry.name), "utf8"), entry.name));
      }
    }
  };
  copy(join(projectRoot, "circuits/templates"), join(work, "circuits/templates"));
  copy(join(dirname(require.resolve("circomlib/package.json")), "circuits"), join(work, "library/circomlib/circuits"));
}

const slackTemplate = "pragma circom 2.2.0;\ntemplate Slack() { signal input in; }\n";

/**
 * Replaces every statement `a === b;` by one that computes a − b into a signal of its own: nothing is asserted any more, and
 * no signal goes missing for want of a use.
 */
export function withoutAssertions(source: string): string {
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
