import { poseidon, tag } from "./crypto.ts";

export const levels = 16;

/** A path: the three siblings of each level from the leaf up, in order. */
export type Path = bigint[][];

/**
 * A sparse quaternary tree, recomputed from its leaves on every question: slow and plain, which is the point of a
 * reference. Leaves are numbered from 0; a leaf that is not set is 0. `depth` is 16 but for instances made small for a test.
 */
export function createTree(
  leaves: ReadonlyMap<number, bigint>,
  depth = levels,
): {
  readonly root: bigint;
  path(leafIndex: number, fromLevel?: number): Path;
} {
  const layers: Map<number, bigint>[] = [new Map(leaves)];
  const empty = [0n];
  for (let level = 0; level < depth; level++) {
    const below = layers[level]!;
    const blank = empty[level]!;
    const above = new Map<number, bigint>();
    for (const index of below.keys()) {
      const parent = Math.floor(index / 4);
      if (above.has(parent)) continue;
      const children = [0, 1, 2, 3].map((digit) => below.get(4 * parent + digit) ?? blank);
      above.set(parent, poseidon(tag.tree, ...children));
    }
    layers.push(above);
    empty.push(poseidon(tag.tree, blank, blank, blank, blank));
  }
  return {
    root: layers[depth]!.get(0) ?? empty[depth]!,
    /** `fromLevel` starts above the leaves: 2 for the path of a chunk of 16. */
    path(leafIndex, fromLevel = 0) {
      const path: Path = [];
      for (let level = fromLevel; level < depth; level++) {
        const index = Math.floor(leafIndex / 4 ** level);
        const first = index - (index % 4);
        const family = [0, 1, 2, 3].map((digit) => first + digit).filter((sibling) => sibling !== index);
        path.push(family.map((sibling) => layers[level]!.get(sibling) ?? empty[level]!));
      }
      return path;
    },
  };
}
