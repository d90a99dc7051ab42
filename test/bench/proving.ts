import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { groth16 } from "snarkjs";

import { createWitnessCalculator } from "../../sdk/src/proofs/witnessCalculator.ts";
import type { CircuitName, Prover } from "../../sdk/src/proofs/types.ts";
import { createRapidsnarkProver, createSnarkjsProver, loadArtifacts } from "../../sdk/src/node/index.ts";
import { rapidsnarkBinary } from "../support/proving/backends.ts";
import { circuits, sampleWitness } from "../support/proving/samples.ts";
import { median, timed, type Progress } from "./measure.ts";

/** Medians in milliseconds, of rounds in which the backend and the bare prover took turns on the same witness. */
export interface ProvingResult {
  readonly circuit: CircuitName;
  /** A calculator that is used again. */
  readonly witness: number;
  /** The bare prover: snarkjs with key and witness in memory, or the rapidsnark process with both in files. */
  readonly bare: number;
  /** The backend, without its witness. */
  readonly backend: number;
  /** Median of the rounds' own ratios, so that a machine whose speed changes does not decide it. */
  readonly ratio: number;
}

interface Contest {
  readonly prover: Prover;
  readonly bare: (circuit: CircuitName, wtns: Uint8Array) => Promise<unknown>;
}

/** Proofs of every circuit by the SDK's snarkjs backend and by plain snarkjs. */
export async function benchSnarkjs(rounds: number, progress: Progress): Promise<ProvingResult[]> {
  const artifacts = loadArtifacts();
  const prover = createSnarkjsProver({ artifacts });
  const keys = new Map(
    await Promise.all(circuits.map(async (name) => [name, (await artifacts.load(name)).zkey] as const)),
  );
  const file = (data: Uint8Array) => ({ type: "mem", data }) as never; // @types/snarkjs does not know files in memory
  const bare = (circuit: CircuitName, wtns: Uint8Array) => groth16.prove(file(keys.get(circuit)!), file(wtns));
  const results = await contest({ prover, bare }, rounds, progress);
  await prover.close();
  await globalThis.curve_bn128?.terminate();
  return results;
}

/** Proofs of every circuit by the SDK's rapidsnark backend and by the operator's binary alone; undefined without one. */
export async function benchRapidsnark(rounds: number, progress: Progress): Promise<ProvingResult[] | undefined> {
  const binary = rapidsnarkBinary;
  if (binary === undefined) return undefined;
  const artifacts = loadArtifacts();
  const prover = await createRapidsnarkProver({ binary, artifacts });
  const directory = mkdtempSync(join(tmpdir(), "hypothec-bench-"));
  const [witness, proof, signals] = ["witness.wtns", "proof.json", "public.json"].map((name) => join(directory, name));
  const bare = (circuit: CircuitName, wtns: Uint8Array) => {
    writeFileSync(witness!, wtns);
    return promisify(execFile)(binary, [artifacts.files[circuit].zkey, witness!, proof!, signals!]);
  };
  try {
    return await contest({ prover, bare }, rounds, progress);
  } finally {
    rmSync(directory, { recursive: true });
    await prover.close();
  }
}

async function contest({ prover, bare }: Contest, rounds: number, progress: Progress): Promise<ProvingResult[]> {
  const results: ProvingResult[] = [];
  for (const circuit of circuits) {
    const witness = sampleWitness(circuit);
    const calculator = await createWitnessCalculator((await loadArtifacts().load(circuit)).wasm);
    const calculate = () => calculator.calculate(witness.inputs);
    // Both are warm, and so is the calculator: engines compile again what runs often.
    for (let i = 0; i < 10; i++) calculate();
    await prover.prove(witness);
    await bare(circuit, calculate());

    const times = { witness: [] as number[], bare: [] as number[], backend: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      progress(`${circuit} ${round + 1}/${rounds}`);
      const { result: wtns, ms } = await timed(calculate);
      times.witness.push(ms);
      const backend = async () => times.backend.push((await timed(() => prover.prove(witness))).ms - ms);
      const plain = async () => times.bare.push((await timed(() => bare(circuit, wtns))).ms);
      for (const turn of round % 2 === 0 ? [backend, plain] : [plain, backend]) await turn();
    }
    results.push({
      circuit,
      witness: median(times.witness),
      bare: median(times.bare),
      backend: median(times.backend),
      ratio: median(times.backend.map((ms, round) => ms / times.bare[round]!)),
    });
  }
  return results;
}
