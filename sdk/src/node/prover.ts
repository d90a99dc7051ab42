import { toZkProof } from "../proofs/groth16.ts";
import { proverClosed } from "../proofs/proverErrors.ts";
import type { Prover } from "../proofs/types.ts";
import { loadArtifacts, type Artifacts } from "./artifacts.ts";
import { createInFlight } from "./inFlight.ts";
import { joinPool, type PoolOptions } from "./processPool.ts";

export interface CreateSnarkjsProverParameters extends PoolOptions {
  /** @default loadArtifacts() */
  readonly artifacts?: Artifacts | undefined;
}

/**
 * snarkjs in warm worker threads, on artifacts from disk. All provers of a process share one pool, with one copy of each
 * key; a cancelled proof stops at once, and a proof whose thread died is made again.
 *
 * @example
 * const prover = createSnarkjsProver({ artifacts: loadArtifacts() });
 * try { … } finally { await prover.close(); }
 */
export function createSnarkjsProver({
  artifacts = loadArtifacts(),
  ...options
}: CreateSnarkjsProverParameters = {}): Prover {
  const { pool, release } = joinPool(options);
  const asked = createInFlight();
  let isClosed = false;
  return {
    async prove(witness, { signal } = {}) {
      if (isClosed) throw proverClosed();
      const { circuit, inputs, values, commitment, challenge, evaluation } = witness;
      // What builders add to a witness (a note, a signer) is not for the thread, and need not even be cloneable.
      const bare = { circuit, inputs, values, commitment, challenge, evaluation };
      return toZkProof(
        witness,
        await asked.track(pool.run("prove", { artifacts, circuit, signal }, { witness: bare })),
      );
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      await asked.settled();
      await release();
    },
  };
}
