import type { Hex } from "viem";

export type Link = { number: number; hash: Hex; parentHash: Hex };
export type Tip = { number: number; hash: Hex | null };

/**
 * How a head relates to the tip known so far. Pure.
 * - `same`: nothing new;
 * - `extends`: the next block, linked to the tip;
 * - `gap`: further ahead; the blocks between are needed to know;
 * - `conflict`: not a descendant of the tip, or behind it: compare hashes downwards (`findAncestor`).
 */
export function relate(tip: Tip, head: Link): "same" | "extends" | "gap" | "conflict" {
  if (tip.hash === null) return head.number > tip.number ? "gap" : "same";
  if (head.number === tip.number && head.hash === tip.hash) return "same";
  if (head.number === tip.number + 1) return head.parentHash === tip.hash ? "extends" : "conflict";
  return head.number > tip.number ? "gap" : "conflict";
}

/**
 * The highest block on which our record and the chain agree, at or below `from`, comparing downwards.
 * `known` holds our hashes, with gaps where only the ends of ranges were kept; `actual` gives the chain's (undefined: the node has
 * no such block). Returns undefined when the record ends before an agreement is found.
 */
export async function findAncestor(
  from: number,
  known: ReadonlyMap<number, Hex>,
  actual: (number: number) => Promise<Hex | undefined>,
): Promise<number | undefined> {
  for (const [number, ours] of [...known].sort(([a], [b]) => b - a))
    if (number <= from && (await actual(number)) === ours) return number;
  return undefined;
}

/** Checks that blocks are a chain that continues `tip`; returns the first block that does not link, or undefined. */
export function firstBroken(tip: Tip, blocks: Link[]): Link | undefined {
  let previous = tip;
  for (const block of blocks) {
    if (block.number !== previous.number + 1 || (previous.hash !== null && block.parentHash !== previous.hash))
      return block;
    previous = block;
  }
  return undefined;
}
