import { HypothecError } from "../errors/base.ts";
import { loadedCrypto } from "../crypto/crypto.ts";
import { CHUNK_LEAVES, type NoteTree } from "../tree/noteTree.ts";
import { EMPTY_ENTRY, leafOfEntry, type Entry } from "../tree/leaf.ts";
import { buildWitness } from "./digest.ts";
import { flattenBatch16, type Batch16PublicValues, type Batch16Secrets } from "./generated/publicValues.ts";
import type { Witness } from "./types.ts";

export interface BatchWitnessParameters {
  /** The tree before the chunk. It is not changed. */
  readonly tree: NoteTree;
  readonly chunkIndex: number;
  /** The sealed chunk's entries, 1 to 16. */
  readonly entries: readonly Entry[];
}

export type BatchWitness = Witness & {
  readonly oldRoot: bigint;
  readonly newRoot: bigint;
  /** The 16 leaves the entries become. */
  readonly leaves: readonly bigint[];
};

/**
 * The witness that appending a sealed chunk moves the tree from its root to the new one.
 *
 * @throws HypothecError `proof.batch` when the chunk is not the tree's next one, or has no entry or more than 16.
 */
export function batchWitness({ tree, chunkIndex, entries }: BatchWitnessParameters): BatchWitness {
  if (chunkIndex !== tree.chunks) {
    throw new HypothecError(`Chunk ${chunkIndex} was given, the tree's next chunk is ${tree.chunks}`, {
      code: "proof.batch",
      args: { chunkIndex, expected: tree.chunks },
      whatToDo: "Append chunks in their order; sync the tree first if it is behind.",
    });
  }
  if (entries.length < 1 || entries.length > CHUNK_LEAVES) {
    throw new HypothecError(`A chunk holds 1 to ${CHUNK_LEAVES} entries, got ${entries.length}`, {
      code: "proof.batch",
    });
  }
  const crypto = loadedCrypto();
  const padded = Array.from({ length: CHUNK_LEAVES }, (_, i) => entries[i] ?? EMPTY_ENTRY);
  const leaves = padded.map((entry) => leafOfEntry(crypto, entry));
  const oldRoot = tree.root;
  const sibling = tree.chunkSiblings(chunkIndex);
  const after = tree.clone();
  after.appendChunk(leaves);

  const publicInputs: Batch16PublicValues = {
    oldRoot,
    newRoot: after.root,
    chunkIndex: BigInt(chunkIndex),
    entryValue: padded.map((entry) => entry.value),
    entryMeta: padded.map((entry) => entry.meta),
  };
  const secretInputs: Batch16Secrets = { sibling };
  const witness = buildWitness({
    circuit: "batch16",
    publicInputs,
    secretInputs,
    values: flattenBatch16(publicInputs),
  });
  return { ...witness, oldRoot, newRoot: after.root, leaves };
}
