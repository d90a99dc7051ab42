import { batchWitness, type Entry } from "@hypothec/sdk";
import { concat, encodeAbiParameters, keccak256, parseAbiParameters, type Address, type Hex } from "viem";
import { RelayerError } from "../runtime/errors.ts";
import type { WitnessBuilder } from "../prover/worker.ts";
import type { QueueView } from "./queueView.ts";
import type { TreeKeeper } from "./tree.ts";

/** What a batch proof is asked for with: all of it public, so that any worker with a view of the queue can make it. */
export type BatchRequest = {
  first: number;
  chunks: 1 | 4;
  /** Of the content of the chunks. */
  hash: Hex;
  /** Whom the vault pays. */
  batcher: Address;
};
export type BatchResult = { newRoot: bigint; batcher: Address };

export const entriesIn = (view: QueueView, { first, chunks }: Pick<BatchRequest, "first" | "chunks">): Entry[][] =>
  Array.from({ length: chunks }, (_, i) => view.chunks[first + i]?.entries ?? []);

/** Builds the witness of a batch from the vault's queue as the store has it. */
export function createBatchBuilder({ queue, tree }: { queue: () => QueueView; tree: TreeKeeper }): WitnessBuilder {
  return async (request: BatchRequest) => {
    if (hashOfChunks(entriesIn(queue(), request)) !== request.hash)
      throw new RelayerError(
        "queue_not_there_yet",
        `The store's queue does not have the content of chunk ${request.first} that the batch is asked for: it is behind, or a reorg changed it.`,
      );
    const witness = batchWitness({
      tree: tree.before(queue(), request.first),
      chunkIndex: request.first,
      chunks: entriesIn(queue(), request),
      batcher: request.batcher,
    });
    return { witness, keep: { newRoot: witness.newRoot, batcher: request.batcher } satisfies BatchResult };
  };
}

/** Names the content of chunks, and where each ends. Not the vault's hash, which is cut at every entry. */
export function hashOfChunks(chunks: Entry[][]): Hex {
  return keccak256(concat(chunks.map(hashOfChunk)));
}

function hashOfChunk(entries: Entry[]): Hex {
  return entries.reduce<Hex>(
    (hash, { value, meta }) =>
      keccak256(encodeAbiParameters(parseAbiParameters("bytes32, uint256, uint256"), [hash, value, meta])),
    `0x${"0".repeat(64)}`,
  );
}
