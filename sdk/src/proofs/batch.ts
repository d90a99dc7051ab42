import type { Address } from "viem";

import { HypothecError } from "../errors/base.ts";
import { loadedCrypto } from "../crypto/crypto.ts";
import { BATCH_CHUNKS, CHUNK_LEAVES, type NoteTree } from "../tree/noteTree.ts";
import { EMPTY_ENTRY, leafOfEntry, type Entry } from "../tree/leaf.ts";
import { buildWitness } from "./digest.ts";
import { flattenBatch16, flattenBatch64, type Batch16PublicValues } from "./generated/publicValues.ts";
import type { Batch16Secrets } from "./generated/publicValues.ts";
import type { Witness } from "./types.ts";

export interface BatchWitnessParameters {
  /** The tree before the chunks. It is not changed. */
  readonly tree: NoteTree;
  /** Index of the first chunk. Four chunks start at a multiple of four. */
  readonly chunkIndex: number;
  /** The entries of one sealed chunk, or of four; 1 to 16 each. */
  readonly chunks: readonly (readonly Entry[])[];
  /** Who is paid the chunks' fees: the proof is for that address alone. */
  readonly batcher: Address;
}

export type BatchWitness = Witness & {
  readonly oldRoot: bigint;
  readonly newRoot: bigint;
  /** The entries as `appendBatch` of the vault takes them: each chunk padded to 16. */
  readonly entries: readonly Entry[];
  /** The 16 leaves of each chunk. */
  readonly leaves: readonly (readonly bigint[])[];
};

/**
 * The witness that appending one sealed chunk (`batch16`), or four (`batch64`), moves the tree from its root to the new one.
 *
 * @throws HypothecError `proof.batch` when they are not the tree's next chunks, neither one nor four, four that do not start at a
 * multiple of four, or one has no entry or more than 16.
 */
export function batchWitness({ tree, chunkIndex, chunks, batcher }: BatchWitnessParameters): BatchWitness {
  checkChunks(tree, chunkIndex, chunks);
  const crypto = loadedCrypto();
  const padded = chunks.map((entries) => Array.from({ length: CHUNK_LEAVES }, (_, i) => entries[i] ?? EMPTY_ENTRY));
  const leaves = padded.map((entries) => entries.map((entry) => leafOfEntry(crypto, entry)));
  const oldRoot = tree.root;
  const after = tree.clone();
  for (const chunk of leaves) after.appendChunk(chunk);

  const entries = padded.flat();
  const publicInputs: Batch16PublicValues = {
    oldRoot,
    newRoot: after.root,
    chunkIndex: BigInt(chunkIndex),
    entryValue: entries.map((entry) => entry.value),
    entryMeta: entries.map((entry) => entry.meta),
  };
  const secretInputs: Batch16Secrets = { sibling: tree.batchSiblings(chunkIndex, chunks.length) };
  const isOne = chunks.length === 1;
  const witness = buildWitness({
    circuit: isOne ? "batch16" : "batch64",
    publicInputs,
    secretInputs,
    values: isOne ? flattenBatch16(publicInputs) : flattenBatch64(publicInputs),
    payee: batcher,
  });
  return { ...witness, oldRoot, newRoot: after.root, entries, leaves };
}

/** Whether the chunk at `chunkIndex` may be the first of four that are appended at once. */
export function startsFour(chunkIndex: number): boolean {
  return chunkIndex % BATCH_CHUNKS === 0;
}

function checkChunks(tree: NoteTree, chunkIndex: number, chunks: readonly (readonly Entry[])[]): void {
  if (chunkIndex !== tree.chunks) {
    throw new HypothecError(`Chunk ${chunkIndex} was given, the tree's next chunk is ${tree.chunks}`, {
      code: "proof.batch",
      args: { chunkIndex, expected: tree.chunks },
      whatToDo: "Append chunks in their order; sync the tree first if it is behind.",
    });
  }
  if (chunks.length !== 1 && chunks.length !== BATCH_CHUNKS) {
    throw new HypothecError(`A batch appends 1 chunk or ${BATCH_CHUNKS}, got ${chunks.length}`, {
      code: "proof.batch",
      whatToDo: "Append them one by one, or four from a multiple of four on.",
    });
  }
  if (chunks.length > 1 && !startsFour(chunkIndex)) {
    throw new HypothecError(`Four chunks start at a multiple of four, got ${chunkIndex}`, {
      code: "proof.batch",
      args: { chunkIndex },
      whatToDo: "Append one chunk at a time up to the next multiple of four.",
    });
  }
  const wrong = chunks.find((entries) => entries.length < 1 || entries.length > CHUNK_LEAVES);
  if (wrong !== undefined) {
    throw new HypothecError(`A chunk holds 1 to ${CHUNK_LEAVES} entries, got ${wrong.length}`, {
      code: "proof.batch",
    });
  }
}
