import type { Clock } from "../runtime/clock.ts";
import type { BlockSource } from "./source.ts";

/** What is known of a chain's node: how far it is, and when it last answered. */
export type ChainHealth = {
  /** The source, with its heads noted. */
  watch: (source: BlockSource) => BlockSource;
  /** The store has taken what the node said. */
  polled: () => void;
  /** Head of the node when it was last asked, or null when it never answered. */
  nodeHead: () => number | null;
  /** When the store was last level with the node's answer, milliseconds, or null when it has not been since the start. */
  polledAt: () => number | null;
};

export function createChainHealth(clock: Clock): ChainHealth {
  let nodeHead: number | null = null;
  let polledAt: number | null = null;
  return {
    watch: (source) => ({
      ...source,
      head: async () => {
        const block = await source.head();
        nodeHead = block.number;
        return block;
      },
    }),
    polled: () => {
      polledAt = clock.now();
    },
    nodeHead: () => nodeHead,
    polledAt: () => polledAt,
  };
}
