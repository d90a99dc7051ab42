import type { Address } from "viem";

import { collateralVaultAbi } from "../abis/index.ts";
import { accountOf, type HypothecClient } from "../client/client.ts";
import type { VaultState } from "../client/vaultState.ts";
import { write, type WriteResult } from "../client/write.ts";
import { HypothecError } from "../errors/base.ts";
import { batchWitness } from "../proofs/batch.ts";
import type { Prover } from "../proofs/types.ts";
import { EMPTY_ENTRY } from "../tree/leaf.ts";
import { CHUNK_LEAVES } from "../tree/noteTree.ts";

export interface AppendBatchParameters {
  /** Synced to the newest block. */
  readonly state: VaultState;
  readonly prover: Prover;
  /** Who is paid the chunk's entry fees. @default the caller */
  readonly batcher?: Address | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Append the next sealed chunk to the note tree. Relayers do this; so can anyone.
 *
 * @throws HypothecError `batch.none` when no sealed chunk waits.
 */
export async function appendBatch(
  client: HypothecClient,
  { state, prover, batcher, signal }: AppendBatchParameters,
): Promise<WriteResult & { readonly chunk: number; readonly newRoot: bigint; readonly provingMs: number }> {
  const chunk = state.tree.chunks;
  const entries = state.chunks[chunk];
  if (entries === undefined || chunk >= state.sealedChunks) {
    throw new HypothecError("No sealed chunk waits to be appended", {
      code: "batch.none",
      whatToDo: "Wait until the open chunk is full, or seal it.",
    });
  }
  const witness = batchWitness({ tree: state.tree, chunkIndex: chunk, entries });
  const started = performance.now();
  const proof = await prover.prove(witness, { signal });
  const provingMs = performance.now() - started;
  // The vault takes whole chunks; it knows how many of the entries were queued.
  const whole = Array.from({ length: CHUNK_LEAVES }, (_, position) => entries[position] ?? EMPTY_ENTRY);
  const { hash, receipt } = await write(client, {
    side: "vault",
    address: client.deployment.vaultChain.vault,
    abi: collateralVaultAbi,
    functionName: "appendBatch",
    args: [whole, witness.newRoot, proof, batcher ?? accountOf(client, "vault")],
  });
  return { hash, receipt, chunk, newRoot: witness.newRoot, provingMs };
}
