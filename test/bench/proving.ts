import { groth16 } from "snarkjs";

import { createWitnessCalculator } from "../../sdk/src/proofs/witnessCalculator.ts";
import type { CircuitName, Witness } from "../../sdk/src/proofs/types.ts";
import { createSnarkjsProver, loadArtifacts } from "../../sdk/src/node/index.ts";
import * as samples from "../support/circuits/samples.ts";
import type { Sample } from "../support/circuits/samples.ts";

/** Medians in milliseconds. `plain` is snarkjs' own prover on the same witness, everything in memory, in the same run. */
export type ProvingResult = { circuit: CircuitName; witness: number; proof: number; plain: number };

const cases: Record<CircuitName, () => Sample> = {
  batch16: () => samples.batchSample([{ value: 5n, meta: (1n << 66n) | (6n << 63n) | 77n }], 3),
  batch64: () => samples.batchSample([{ value: 5n, meta: (1n << 66n) | (6n << 63n) | 77n }], 4, new Map(), 4),
  transact: () => samples.transactSample(samples.transactCase()),
  margin: () => samples.marginSample(samples.marginCase()),
  settle: () => samples.settleSample(samples.orderOf()),
};

/** Proofs of every circuit by the SDK's warm prover and by plain snarkjs, in turns, so that both meet the same machine. */
export async function benchProving(
  rounds: number,
  progress: (circuit: CircuitName, round: number) => void,
): Promise<ProvingResult[]> {
  const artifacts = loadArtifacts();
  const prover = createSnarkjsProver({ artifacts });
  const results: ProvingResult[] = [];
  for (const circuit of Object.keys(cases) as CircuitName[]) {
    const sample = cases[circuit]();
    const inputs = sample.inputs as Witness["inputs"];
    const [commitment, evaluation, challenge] = sample.publicSignals as [bigint, bigint, bigint];
    const witness: Witness = { circuit, inputs, values: [], commitment, evaluation, challenge };
    const { wasm, zkey } = await artifacts.load(circuit);
    const calculator = await createWitnessCalculator(wasm);
    const key = { type: "mem" as const, data: zkey };
    await prover.prove(witness); // warms both: curve, workers, key

    const times = { witness: [] as number[], proof: [] as number[], plain: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      progress(circuit, round);
      const { result, ms } = await timed(async () => calculator.calculate(inputs));
      times.witness.push(ms);
      times.proof.push((await timed(() => prover.prove(witness))).ms);
      // @types/snarkjs does not know files in memory.
      const wtns = { type: "mem" as const, data: result };
      times.plain.push((await timed(() => groth16.prove(key as never, wtns as never))).ms);
    }
    results.push({
      circuit,
      witness: median(times.witness),
      proof: median(times.proof),
      plain: median(times.plain),
    });
  }
  await prover.close();
  return results;
}

async function timed<T>(action: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const startedAt = performance.now();
  const result = await action();
  return { result, ms: performance.now() - startedAt };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
