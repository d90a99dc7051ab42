import { zeroAddress } from "viem";

import { initCrypto } from "../crypto/crypto.ts";
import { batchWitness } from "../proofs/batch.ts";
import type { Witness } from "../proofs/types.ts";
import { NOTE_META } from "../tree/leaf.ts";
import { NoteTree } from "../tree/noteTree.ts";

/** What a foreign prover is asked first: a true statement that needs nobody's secrets, one note appended to an empty tree. */
export async function startCheck(): Promise<Witness> {
  const tree = NoteTree.create(await initCrypto());
  return batchWitness({ tree, chunkIndex: 0, chunks: [[{ value: 1n, meta: NOTE_META }]], batcher: zeroAddress });
}
