import { readFileSync } from "node:fs";
import { join } from "node:path";

import { WitnessCalculatorBuilder } from "circom_runtime";
import type { WitnessCalculator } from "circom_runtime";
import * as snarkjs from "snarkjs";

import { projectRoot } from "../../../circuits/codegen/instances.ts";
import { q } from "../../../circuits/setup/field.ts";
import { readManifest } from "../../../circuits/setup/manifest.ts";
import type { CircuitArtifacts } from "../../../circuits/setup/manifest.ts";
import { readR1cs } from "../../../circuits/setup/r1cs.ts";
import type { LinearCombination, R1cs } from "../../../circuits/setup/r1cs.ts";
import { lenientGenerator, readSymbols } from "./lenient.ts";

export type Signal = bigint | readonly Signal[];
export type Inputs = Readonly<Record<string, Signal>>;

/** A compiled circuit under test: its witness generator, and its constraints, which are what a verifier sees. */
export interface CircuitUnderTest {
  readonly name: string;
  readonly artifacts: CircuitArtifacts;
  readonly r1cs: R1cs;
  /** All wires, or an error when the generator finds none. */
  witness(inputs: Inputs): Promise<bigint[]>;
  /** All wires as computed by a prover who ignores every assertion: they exist for any inputs, and may violate constraints. */
  lenientWitness(inputs: Inputs): Promise<bigint[]>;
  /** Indices of the constraints that a witness violates. */
  violations(witness: readonly bigint[]): number[];
  /** The signal a wire stands for, e.g. "main.covers.headroom". */
  signalName(wire: number): string;
  /** The wire of a signal, or undefined when simplification removed it. */
  wireOf(signal: string): number | undefined;
  prove(inputs: Inputs): Promise<{ proof: snarkjs.Groth16Proof; publicSignals: string[] }>;
  verify(publicSignals: readonly string[], proof: snarkjs.Groth16Proof): Promise<boolean>;
}

export function loadCircuit(name: string): CircuitUnderTest {
  const artifacts = readManifest()[name];
  if (artifacts === undefined)
    throw new Error(`no circuit "${name}" in the manifest; run \`node circuits/setup/build.ts\``);
  const path = (file: string): string => join(projectRoot, file);
  const r1cs = readR1cs(path(artifacts.r1cs));
  const verificationKey = JSON.parse(readFileSync(path(artifacts.verificationKey), "utf8")) as object;
  const { names, wires } = readSymbols(path(artifacts.sym));

  return {
    name,
    artifacts,
    r1cs,
    witness: (inputs) => calculate(inputs, path(artifacts.wasm)),
    async lenientWitness(inputs) {
      const { wasm, wires: lenientWires } = await lenientGenerator(name);
      const all = await calculate(inputs, wasm);
      return r1cs.labels.map((label) => (label === 0 ? 1n : all[lenientWires.get(names.get(label)!)!]!));
    },
    violations: (witness) => violations(r1cs, witness),
    signalName: (wire) => names.get(r1cs.labels[wire]!) ?? `wire ${wire}`,
    wireOf: (signal) => wires.get(signal),
    prove: (inputs) => snarkjs.groth16.fullProve(inputs as never, path(artifacts.wasm), path(artifacts.zkey)),
    verify: (publicSignals, proof) => snarkjs.groth16.verify(verificationKey, [...publicSignals] as never, proof),
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

function violations({ constraints }: R1cs, witness: readonly bigint[]): number[] {
  const broken: number[] = [];
  constraints.forEach(({ a, b, c }, row) => {
    if ((evaluate(a, witness) * evaluate(b, witness) - evaluate(c, witness)) % q !== 0n) broken.push(row);
  });
  return broken;
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
