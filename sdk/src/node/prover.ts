import { createSnarkjsProverFrom } from "../proofs/snarkjs.ts";
import type { Prover } from "../proofs/types.ts";
import { loadArtifacts, type Artifacts } from "./artifacts.ts";

export interface CreateSnarkjsProverParameters {
  /** @default loadArtifacts() */
  readonly artifacts?: Artifacts | undefined;
  /** Prove on this thread. @default false: one worker thread per core, shared by all provers of the process */
  readonly singleThread?: boolean | undefined;
}

/**
 * A warm prover on artifacts from disk.
 *
 * @example
 * const prover = createSnarkjsProver({ artifacts: loadArtifacts() });
 * try { … } finally { await prover.close(); }
 */
export function createSnarkjsProver({
  artifacts = loadArtifacts(),
  singleThread,
}: CreateSnarkjsProverParameters = {}): Prover {
  return createSnarkjsProverFrom({ load: (circuit) => artifacts.load(circuit), singleThread });
}
