import { loadedCrypto } from "../crypto/crypto.ts";
import { TAG_TREE } from "../crypto/generated/tags.ts";
import { HypothecError } from "../errors/base.ts";
import type { TreePath } from "../tree/noteTree.ts";

/** The root that a leaf and its path lead to. */
export function rootOfPath(leaf: bigint, path: Pick<TreePath, "leafIndex" | "siblings">): bigint {
  const { poseidon } = loadedCrypto();
  let node = leaf;
  let index = path.leafIndex;
  for (const siblings of path.siblings) {
    const children = [...siblings];
    children.splice(index % 4, 0, node);
    node = poseidon(children, TAG_TREE);
    index = Math.floor(index / 4);
  }
  return node;
}

/** @throws HypothecError `proof.notInTree`. */
export function assertInTree(commitment: bigint, path: TreePath): void {
  if (rootOfPath(commitment, path) === path.root) return;
  throw new HypothecError(`The note is not leaf ${path.leafIndex} of the tree with this root`, {
    code: "proof.notInTree",
    args: { leafIndex: path.leafIndex, root: path.root },
    whatToDo: "Check amounts, blinding, owner and leaf index of the note, and that the path belongs to this root.",
  });
}
