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

import { WitnessCalculatorBuilder } from "circom_runtime";
import type { WitnessCalculator } from "circom_runtime";
import * as snarkjs from "snarkjs";

import { projectRoot } from "../../../circuits/codegen/instances.ts";
import { runCircom } from "../../../circuits/setup/circom.ts";
import { q } from "../../../circuits/setup/field.ts";
import { cacheDirectory, readManifest } from "../../../circuits/setup/manifest.ts";
import type { CircuitArtifacts } from "../../../circuits/setup/manifest.ts";
import { readR1cs } from "../../../circuits/setup/r1cs.ts";
import type { LinearCombination, R1cs } from "../../../circuits/setup/r1cs.ts";
import { packageVersion } from "../../../circuits/setup/sources.ts";
import { createCalculator } from "./calculator.ts";
import type { Calculator } from "./calculator.ts";
import { createEvaluator, readElement, writeElement } from "./evaluator.ts";
import type { Evaluator } from "./evaluator.ts";
import { digest, lenientGenerator, readSymbols } from "./lenient.ts";
import type { CircuitSource, Lie } from "./lenient.ts";

export type Signal = bigint | readonly Signal[];
export type Inputs = Readonly<Record<string, Signal>>;

/** A compiled circuit: its witness generator, and its constraints, which are what a verifier sees. */
export interface ConstraintSystem {
  readonly name: string;
  readonly r1cs: R1cs;
  /** All wires, or an error when the generator finds none. */
  witness(inputs: Inputs): Promise<bigint[]>;
  /**
   * All wires as computed by a prover who ignores every assertion, and computes other values where it tells `lies`: they exist
   * for any inputs, and may violate constraints.
   */
  lenientWitness(inputs: Inputs, lies?: readonly Lie[]): Promise<bigint[]>;
  /** Indices of the constraints that a witness violates. */
  violations(witness: readonly bigint[]): number[];
  /**
   * `lenientWitness` and `violations` in one, some ten times as fast: for tests with thousands of statements. Of the witness
   * only the outputs and public inputs come back.
   */
  attempt(inputs: Inputs, lies?: readonly Lie[]): Promise<Attempt>;
  /** The signal a wire stands for, e.g. "main.covers.headroom". */
  signalName(wire: number): string;
  /** The wire of a signal, or undefined when simplification removed it. */
  wireOf(signal: string): number | undefined;
}

/** What a prover who ignores every assertion achieves. */
export interface Attempt {
  /** Outputs, then public inputs. */
  readonly publicSignals: readonly bigint[];
  /** Indices of the constraints that do not hold: none, and a verifier accepts. */
  readonly violations: readonly number[];
}

/** A circuit of instances.json, with its development key. */
export interface CircuitUnderTest extends ConstraintSystem {
  readonly artifacts: CircuitArtifacts;
  prove(inputs: Inputs): Promise<{ proof: snarkjs.Groth16Proof; publicSignals: string[] }>;
  verify(publicSignals: readonly string[], proof: snarkjs.Groth16Proof): Promise<boolean>;
}

export function loadCircuit(name: string): CircuitUnderTest {
  const artifacts = readManifest()[name];
  if (artifacts === undefined)
    throw new Error(`no circuit "${name}" in the manifest; run \`node circuits/setup/build.ts\``);
  const path = (file: string): string => join(projectRoot, file);
  const main = readFileSync(path(`circuits/main/${name}.circom`), "utf8");
  const verificationKey = JSON.parse(readFileSync(path(artifacts.verificationKey), "utf8")) as object;

  return {
    ...constraintSystem(
      { name, hash: artifacts.hash, main },
      { wasm: path(artifacts.wasm), r1cs: path(artifacts.r1cs), sym: path(artifacts.sym) },
    ),
    artifacts,
    prove: (inputs) => snarkjs.groth16.fullProve(inputs as never, path(artifacts.wasm), path(artifacts.zkey)),
    verify: (publicSignals, proof) => snarkjs.groth16.verify(verificationKey, [...publicSignals] as never, proof),
  };
}

/**
 * One template as a circuit of its own, compiled as the circuits are.
 *
 * @param file Where the template is: in circuits/templates, or in node_modules when it begins with circomlib/.
 * @param call The template with its parameters, e.g. "Range(64)".
 * @param publicInputs Inputs that stay wires whatever the compiler simplifies: it may put a sum in the place of a private one
 * that only a linear constraint uses, and with it goes the constraint.
 */
export async function loadComponent(
  file: string,
  call: string,
  publicInputs: readonly string[] = [],
): Promise<ConstraintSystem> {
  const name = call.replace(/\W+/g, "_").replace(/_$/, "");
  const visible = publicInputs.length === 0 ? "" : ` { public [${publicInputs.join(", ")}] }`;
  const include = file.startsWith("circomlib/") ? file : `../templates/${file}`;
  const main = `pragma circom 2.2.0;\ninclude "${include}";\ncomponent main${visible} = ${call};\n`;
  const templates = join(projectRoot, "circuits/templates");
  const sources = readdirSync(templates).map((entry) => readFileSync(join(templates, entry), "utf8"));
  const hash = digest(JSON.stringify([packageVersion("circom2"), packageVersion("circomlib"), main, ...sources]));
  const directory = join(cacheDirectory, `component-${name}-${hash}`);
  if (!existsSync(directory)) {
    const work = mkdtempSync(join(cacheDirectory, "building-"));
    try {
      const source = join(work, `${name}.circom`);
      writeFileSync(source, main);
      mkdirSync(join(work, "out"));
      const libraries = [join(projectRoot, "circuits/main"), join(projectRoot, "node_modules")];
      await runCircom(source, join(work, "out"), libraries, ["--r1cs", "--wasm", "--sym", "--O2"]);
      if (!existsSync(directory)) renameSync(join(work, "out"), directory);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  const at = (path: string): string => join(directory, path);
  return constraintSystem(
    { name, hash, main },
    { wasm: at(`${name}_js/${name}.wasm`), r1cs: at(`${name}.r1cs`), sym: at(`${name}.sym`) },
  );
}

function constraintSystem(
  source: CircuitSource,
  paths: { readonly wasm: string; readonly r1cs: string; readonly sym: string },
): ConstraintSystem {
  const r1cs = readR1cs(paths.r1cs);
  const { names, wires } = readSymbols(paths.sym);
  let created: Evaluator | undefined;
  const evaluator = (): Evaluator => (created ??= createEvaluator(r1cs));
  const provers = new Map<string, Promise<LenientProver>>();
  return {
    name: source.name,
    r1cs,
    async attempt(inputs, lies = []) {
      const key = JSON.stringify(lies);
      if (!provers.has(key)) provers.set(key, lenientProver(source, lies, r1cs, names));
      const { calculator, from } = await provers.get(key)!;
      const { witness, violations: broken } = evaluator();
      calculator.calculate(inputs, from, witness);
      const view = new DataView(witness.buffer, witness.byteOffset);
      return {
        violations: broken(),
        publicSignals: Array.from({ length: r1cs.publicCount }, (_, i) => readElement(view, 32 * (i + 1))),
      };
    },
    witness: (inputs) => calculate(inputs, paths.wasm),
    async lenientWitness(inputs, lies) {
      const { wasm, wires: lenientWires } = await lenientGenerator(source, lies);
      const all = await calculate(inputs, wasm);
      return r1cs.labels.map((label) => (label === 0 ? 1n : all[lenientWires.get(names.get(label)!)!]!));
    },
    violations(witness) {
      const { witness: bytes, violations: broken } = evaluator();
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      for (let wire = 0; wire < r1cs.wireCount; wire++) writeElement(view, 32 * wire, ((witness[wire]! % q) + q) % q);
      return broken();
    },
    signalName: (wire) => names.get(r1cs.labels[wire]!) ?? `wire ${wire}`,
    wireOf: (signal) => wires.get(signal),
  };
}

const calculators = new Map<string, Promise<WitnessCalculator>>();

/** Generators are compiled once: a witness takes a tenth of the time of making one. */
async function calculate(inputs: Inputs, wasm: string): Promise<bigint[]> {
  let calculator = calculators.get(wasm);
  if (calculator === undefined) {
    calculator = WitnessCalculatorBuilder(readFileSync(wasm));
    calculators.set(wasm, calculator);
  }
  return (await calculator).calculateWitness(inputs);
}

function evaluate({ wires, coefficients }: LinearCombination, witness: readonly bigint[]): bigint {
  let sum = 0n;
  for (let i = 0; i < wires.length; i++) sum += coefficients[i]! * witness[wires[i]!]!;
  return sum % q;
}

interface LenientProver {
  readonly calculator: Calculator;
  /** For each wire of the constraints, the generator's. */
  readonly from: Uint32Array;
}

async function lenientProver(
  source: CircuitSource,
  lies: readonly Lie[],
  { labels }: R1cs,
  names: ReadonlyMap<number, string>,
): Promise<LenientProver> {
  const { wasm, wires } = await lenientGenerator(source, lies);
  // Wire 0 is the constant 1 in both.
  const from = Uint32Array.from(labels, (label) => (label === 0 ? 0 : wires.get(names.get(label)!)!));
  return { calculator: await createCalculator(source.name, readFileSync(wasm)), from };
}

/** Every wire that may take another value, all others unchanged, without any constraint noticing. */
export function freeWires(
  { constraints, wireCount }: R1cs,
  witness: readonly bigint[],
  other: (value: bigint) => bigint,
): number[] {
  interface Use {
    readonly row: number;
    readonly part: 0 | 1 | 2;
    readonly coefficient: bigint;
  }
  const uses: Use[][] = Array.from({ length: wireCount }, () => []);
  const values = constraints.map(({ a, b, c }, row) => {
    [a, b, c].forEach(({ wires, coefficients }, part) => {
      wires.forEach((wire, i) => uses[wire]!.push({ row, part: part as 0 | 1 | 2, coefficient: coefficients[i]! }));
    });
    return [evaluate(a, witness), evaluate(b, witness), evaluate(c, witness)] as const;
  });
  const free: number[] = [];
  for (let wire = 1; wire < wireCount; wire++) {
    const change = (other(witness[wire]!) - witness[wire]! + q) % q;
    if (change === 0n) throw new Error("the other value equals the first one; use another seed");
    const changed = new Map<number, [bigint, bigint, bigint]>();
    for (const { row, part, coefficient } of uses[wire]!) {
      const sums = changed.get(row) ?? [...values[row]!];
      sums[part] = (sums[part] + coefficient * change) % q;
      changed.set(row, sums);
    }
    const noticed = [...changed.values()].some(([a, b, c]) => (a * b - c) % q !== 0n);
    if (!noticed) free.push(wire);
  }
  return free;
}
