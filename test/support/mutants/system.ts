import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { cacheDirectory } from "../../../circuits/setup/manifest.ts";
import { readR1cs } from "../../../circuits/setup/r1cs.ts";
import type { Constraint, R1cs } from "../../../circuits/setup/r1cs.ts";
import { includedSources, packageVersion } from "../../../circuits/setup/sources.ts";
import { projectRoot } from "../../../circuits/codegen/instances.ts";
import { runCircom } from "../../../circuits/setup/circom.ts";
import { createCalculator } from "../circuits/calculator.ts";
import { createEvaluator, readElement } from "../circuits/evaluator.ts";
import type { Evaluator } from "../circuits/evaluator.ts";
import type { Attempt, Inputs } from "../circuits/harness.ts";
import { copySources, digest, readSymbols, withoutAssertions } from "../circuits/lenient.ts";
import type { Removal } from "./mutant.ts";

/** Changes whenever this file makes another system from the same text. */
const version = 3;

/** A template with parameters as a circuit of its own. */
export interface Component {
  readonly file: string;
  readonly call: string;
}

export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A compiled component whose assertions are constraints of its R1CS but do not stop its generator. */
export interface AttackedSystem {
  readonly r1cs: R1cs;
  /** What a prover who ignores every assertion achieves. */
  attempt(inputs: Inputs): Attempt;
  /** All wires as that prover computes them. */
  witness(inputs: Inputs): bigint[];
  signalName(wire: number): string;
  wireOf(signal: string): number | undefined;
  /** The same component without the constraints that a removal set apart. */
  without(template: string): AttackedSystem;
}

/**
 * Compiles a component once, patched, to both its constraints and a generator that asserts nothing. Every `a === b` of all sources becomes a
 * signal slack = a − b and its square; the R1CS gets slack = 0 afterwards. Unlike the .r1cs of the text as it is, these rows are
 * not used up by circom's simplification, so a removal is one system less its rows, without compiling again.
 */
export async function compileSystem(
  { file, call }: Component,
  inputs: readonly string[],
  patches: readonly Patch[] = [],
  removals: readonly (Removal & { readonly file: string })[] = [],
): Promise<AttackedSystem> {
  // Public, so that simplification keeps them: an attack says which of them are given.
  const all = `{ public [${inputs.join(", ")}] }`;
  const main = `pragma circom 2.2.0;\ninclude "../templates/${file}";\ncomponent main ${all} = ${call};\n`;
  const slack = [slackTemplate, ...removals.map(({ definition }) => definition)].join("\n");
  const edits = [...patches, ...removals];
  const used = [...includedSources(join(projectRoot, "circuits/templates", file)).values()];
  const hash = digest(
    JSON.stringify([version, packageVersion("circom2"), packageVersion("circomlib"), main, slack, edits, used]),
  );
  const directory = join(cacheDirectory, `attacked-${hash}`);
  if (!existsSync(directory)) {
    const work = mkdtempSync(join(cacheDirectory, "building-"));
    try {
      const found = edits.map(() => 0);
      copySources(work, (text, name) => {
        edits.forEach((edit, i) => {
          if (edit.file !== name) return;
          const parts = text.split(edit.find);
          found[i]! += parts.length - 1;
          text = parts.join(edit.replace);
        });
        const lenient = withoutAssertions(text);
        // A removal leaves no `===` of its own, and needs its template all the same.
        return lenient.includes('include "slack.circom";')
          ? lenient
          : lenient.replace(/pragma circom [\d.]+;/, 'pragma circom 2.2.0;\ninclude "slack.circom";');
      });
      found.forEach((count, i) => {
        if (count !== 1) {
          throw new Error(`${JSON.stringify(edits[i]!.find)} is ${count} times in ${edits[i]!.file}, expected once`);
        }
      });
      writeFileSync(join(work, "library/slack.circom"), slack);
      mkdirSync(join(work, "circuits/main"));
      writeFileSync(join(work, "circuits/main/attacked.circom"), main);
      mkdirSync(join(work, "out"));
      await runCircom(
        join(work, "circuits/main/attacked.circom"),
        join(work, "out"),
        [join(work, "library")],
        ["--r1cs", "--wasm", "--sym", "--O2"],
      );
      if (!existsSync(directory)) renameSync(join(work, "out"), directory);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return loadSystem(directory);
}

const slackTemplate = "pragma circom 2.2.0;\ntemplate Slack() { signal input in; signal square; square <== in * in; }";

/** A row that says that a slack is 0, with the removals it belongs to. */
interface Assertion {
  readonly row: Constraint;
  readonly templates: readonly string[];
}

async function loadSystem(directory: string): Promise<AttackedSystem> {
  const { names, wires } = readSymbols(join(directory, "attacked.sym"));
  const compiled = readR1cs(join(directory, "attacked.r1cs"));
  const assertions = assertionsOf(compiled, wires);
  const r1cs = { ...compiled, constraints: [...compiled.constraints, ...assertions.map(({ row }) => row)] };
  const calculator = await createCalculator("attacked", readFileSync(join(directory, "attacked_js/attacked.wasm")));
  const from = Uint32Array.from({ length: r1cs.wireCount }, (_, wire) => wire);
  let evaluator: Evaluator | undefined;
  const bytes = (): Evaluator => (evaluator ??= createEvaluator(r1cs));
  const read = (count: number): bigint[] => {
    const { witness } = bytes();
    const view = new DataView(witness.buffer, witness.byteOffset);
    return Array.from({ length: count }, (_, wire) => readElement(view, 32 * wire));
  };
  // Systems that differ in constraints only share their generator, and what it came to.
  const known = new WeakMap<Inputs, Attempt>();

  const system = (isDropped: (row: number) => boolean): AttackedSystem => ({
    r1cs: { ...r1cs, constraints: r1cs.constraints.filter((_, row) => !isDropped(row)) },
    attempt(inputs) {
      let attempt = known.get(inputs);
      if (attempt === undefined) {
        calculator.calculate(inputs, from, bytes().witness);
        attempt = { violations: bytes().violations(), publicSignals: read(r1cs.publicCount + 1).slice(1) };
        known.set(inputs, attempt);
      }
      return { ...attempt, violations: attempt.violations.filter((row) => !isDropped(row)) };
    },
    witness(inputs) {
      calculator.calculate(inputs, from, bytes().witness);
      return read(r1cs.wireCount);
    },
    signalName: (wire) => names.get(r1cs.labels[wire]!) ?? `wire ${wire}`,
    wireOf: (signal) => wires.get(signal),
    without(template) {
      const dropped = new Set<number>();
      assertions.forEach(({ templates }, i) => {
        if (templates.includes(template)) dropped.add(compiled.constraints.length + i);
      });
      if (dropped.size === 0) throw new Error(`no constraint is set apart as ${template}`);
      return system((row) => isDropped(row) || dropped.has(row));
    },
  });
  return system(() => false);
}

function assertionsOf({ constraints }: R1cs, wires: ReadonlyMap<string, number>): Assertion[] {
  const squares = new Map<number, string>();
  for (const [name, wire] of wires) {
    if (/\.(Slack_\d+|slack)(\[\d+\])*\.square$/.test(name)) squares.set(wire, name);
  }
  const assertions: Assertion[] = [];
  for (const { a, c } of constraints) {
    const name = c.wires.length === 1 ? squares.get(c.wires[0]!) : undefined;
    if (name === undefined) continue;
    const templates = [...name.matchAll(/\.(Removed\w+?)_\d+(?=[.[])/g)].map(([, template]) => template!);
    assertions.push({ row: { a: nothing, b: nothing, c: a }, templates });
    squares.delete(c.wires[0]!);
  }
  if (squares.size > 0) throw new Error(`no constraint makes ${[...squares.values()].join(", ")}`);
  return assertions;
}

const nothing = { wires: new Uint32Array(0), coefficients: [] };
