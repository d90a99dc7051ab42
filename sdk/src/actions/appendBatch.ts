import type { Address } from "viem";

import { collateralVaultAbi } from "../abis/index.ts";
import { accountOf, type HypothecClient } from "../client/client.ts";
import type { VaultState } from "../client/vaultState.ts";
import { write, type WriteResult } from "../client/write.ts";
import { HypothecError } from "../errors/base.ts";
import { batchWitness, startsFour } from "../proofs/batch.ts";
import type { Prover } from "../proofs/types.ts";
import { BATCH_CHUNKS } from "../tree/noteTree.ts";

export interface AppendBatchParameters {
  /** Synced to the newest block. */
  readonly state: VaultState;
  readonly prover: Prover;
  /** How many chunks to append. @default 4 when four sealed chunks wait from a multiple of four on, else 1 */
  readonly chunks?: 1 | 4 | undefined;
  /** Who is paid the chunks' entry fees. @default the caller */
  readonly batcher?: Address | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type AppendBatchReturnType = WriteResult & {
  /** The first chunk. */
  readonly chunk: number;
  readonly chunks: number;
  readonly newRoot: bigint;
  readonly provingMs: number;
};

/**
 * Append the next sealed chunk, or the next four, to the note tree. Relayers do this; so can anyone.
 *
 * @throws HypothecError `batch.none` when no sealed chunk waits, or fewer than `chunks`; `proof.batch` when four would not start at a
 * multiple of four.
 */
export async function appendBatch(
  client: HypothecClient,
  { state, prover, chunks, batcher, signal }: AppendBatchParameters,
): Promise<AppendBatchReturnType> {
  const chunk = state.tree.chunks;
  const waiting = state.sealedChunks - chunk;
  const count = chunks ?? (startsFour(chunk) && waiting >= BATCH_CHUNKS ? BATCH_CHUNKS : 1);
  if (waiting < count) {
    throw new HypothecError(
      count === 1
        ? "No sealed chunk waits to be appended"
        : `${waiting} sealed chunks wait to be appended, asked for ${count}`,
      {
        code: "batch.none",
        args: { waiting, chunks: count },
        whatToDo: "Wait until the open chunk is full, or seal it.",
      },
    );
  }
  const payee = batcher ?? accountOf(client, "vault");
  const witness = batchWitness({
    tree: state.tree,
    chunkIndex: chunk,
    chunks: state.chunks.slice(chunk, chunk + count),
    batcher: payee,
  });
  const started = performance.now();
  const proof = await prover.prove(witness, { signal });
  const provingMs = performance.now() - started;
  const { hash, receipt } = await write(client, {
    side: "vault",
    address: client.deployment.vaultChain.vault,
    abi: collateralVaultAbi,
    functionName: "appendBatch",
    args: [witness.entries, witness.newRoot, proof, payee],
  });
  return { hash, receipt, chunk, chunks: count, newRoot: witness.newRoot, provingMs };
}
