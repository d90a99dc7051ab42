import { CHUNK_LEAVES, type Entry } from "@hypothec/sdk";
import { vaultAbi } from "../chain/abis.ts";
import { decodeAs } from "../chain/contracts.ts";
import type { StoredEvent } from "../store/events.ts";

export type Chunk = { entries: Entry[]; sealed: boolean };

/** The vault's queue and roots as its events tell them, up to the head. */
export type QueueView = {
  chunks: Chunk[];
  /** Roots after chunk 0, 1, …; undefined inside a batch of four, which has one root. */
  roots: (bigint | undefined)[];
};

export const emptyQueueView = (): QueueView => ({ chunks: [], roots: [] });

/** Adds one event; events of other kinds change nothing. Mutates: a view is rebuilt, never patched, after a reorg. */
export function applyToQueue(view: QueueView, event: StoredEvent): void {
  if (event.contract !== "vault") return;
  const queued = decodeAs(vaultAbi, "Queued", event);
  if (queued !== undefined) {
    chunkAt(view, Number(queued.chunk)).entries[queued.position] = { value: queued.value, meta: queued.meta };
    return;
  }
  const sealed = decodeAs(vaultAbi, "ChunkSealed", event);
  if (sealed !== undefined) {
    chunkAt(view, Number(sealed.chunk)).sealed = true;
    return;
  }
  const appended = decodeAs(vaultAbi, "RootAppended", event);
  if (appended !== undefined) view.roots[Number(appended.chunk + appended.chunks) - 1] = appended.newRoot;
}

function chunkAt(view: QueueView, index: number): Chunk {
  while (view.chunks.length <= index) view.chunks.push({ entries: [], sealed: false });
  return view.chunks[index] as Chunk;
}

/** The sixteen entries of a chunk as `appendBatch` takes them. */
export function padded(entries: readonly Entry[]): Entry[] {
  return Array.from({ length: CHUNK_LEAVES }, (_, i) => entries[i] ?? { value: 0n, meta: 0n });
}

/** How many chunks are sealed; chunks are sealed in their order. */
export function sealedChunks(view: QueueView): number {
  const open = view.chunks.findIndex((chunk) => !chunk.sealed);
  return open < 0 ? view.chunks.length : open;
}
