import { leafOfEntry, NoteTree, type Crypto, type Entry } from "@hypothec/sdk";
import { RelayerError } from "../runtime/errors.ts";
import { padded, type QueueView } from "./queueView.ts";

/** The note tree behind the vault's roots, grown chunk by chunk from the queue view. */
export type TreeKeeper = {
  /** Brings the tree up to the appended chunks of the view; checks every root against the chain's. */
  follow: (view: QueueView) => NoteTree;
  /** The tree just before `chunk`: a copy grown over sealed chunks when these are not appended yet. */
  before: (view: QueueView, chunk: number) => NoteTree;
};

export function createTreeKeeper(crypto: Crypto): TreeKeeper {
  let tree = NoteTree.create(crypto);

  const leavesOf = (entries: readonly Entry[]) => padded(entries).map((entry) => leafOfEntry(crypto, entry));

  function follow(view: QueueView): NoteTree {
    const appended = view.roots.length;
    // After a reorg the view may hold fewer chunks, or other ones: start again from the last state that agrees.
    if (tree.chunks > appended || !agrees(view)) tree = NoteTree.create(crypto);
    while (tree.chunks < appended) {
      const chunk = tree.chunks;
      tree.appendChunk(leavesOf(view.chunks[chunk]?.entries ?? []));
      const root = view.roots[chunk];
      if (root !== undefined && tree.root !== root)
        throw new RelayerError(
          "root_mismatch",
          `The vault's root after chunk ${chunk} is ${root}, the queue's entries give ${tree.root}: logs are missing or the circuit is not the one deployed.`,
          { severity: "fatal" },
        );
    }
    return tree;
  }

  /** An append-only tree agrees with the chain's roots when its last state does. */
  function agrees(view: QueueView): boolean {
    return tree.chunks === 0 || tree.root === view.roots[tree.chunks - 1];
  }

  return {
    follow,
    before(view, chunk) {
      const current = follow(view);
      if (current.chunks === chunk) return current;
      if (chunk < current.chunks) throw new RelayerError("chunk_appended", `Chunk ${chunk} is in the tree already.`);
      const grown = current.clone();
      while (grown.chunks < chunk) {
        const pending = view.chunks[grown.chunks];
        if (pending?.sealed !== true)
          throw new RelayerError(
            "chunk_not_sealed",
            `Chunk ${grown.chunks} is not sealed yet, chunk ${chunk} has to wait for it.`,
          );
        grown.appendChunk(leavesOf(pending.entries));
      }
      return grown;
    },
  };
}
