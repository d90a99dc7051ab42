import { circuitLayouts, type CircuitName } from "../../../sdk/src/proofs/generated/publicValues.ts";
import type { Witness } from "../../../sdk/src/proofs/types.ts";
import * as samples from "../circuits/samples.ts";
import type { Sample } from "../circuits/samples.ts";

const cases: Partial<Record<string, () => Sample>> = {
  batch16: () => samples.batchSample([{ value: 5n, meta: (1n << 66n) | (6n << 63n) | 77n }], 3),
  batch64: () => samples.batchSample([{ value: 5n, meta: (1n << 66n) | (6n << 63n) | 77n }], 4, new Map(), 4),
  transact: () => samples.transactSample(samples.transactCase()),
  margin: () => samples.marginSample(samples.marginCase()),
  settle: () => samples.settleSample(samples.orderOf()),
};

/** Every circuit that the SDK knows. */
export const circuits = Object.keys(circuitLayouts) as CircuitName[];

/** A witness of a circuit by the reference, not by the SDK. */
export function sampleWitness(circuit: CircuitName): Witness {
  const sample = cases[circuit];
  if (sample === undefined) throw new Error(`no sample of ${circuit}: add one to ${import.meta.url}`);
  const { inputs, publicSignals } = sample();
  const [commitment, evaluation, challenge] = publicSignals as [bigint, bigint, bigint];
  return { circuit, inputs, values: [], commitment, evaluation, challenge };
}
