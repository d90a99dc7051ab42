/** Newest blocks that count. */
const remembered = 16;
/** However slow the blocks: a chain that stood still may go on at once. Milliseconds. */
const longestMs = 3_000;
/** With a subscription polling is only a safety net. Milliseconds. */
const subscribedMs = 10_000;

/** How often a chain is polled. */
export type Pace = {
  /** A block was taken; `timestamp` in seconds, as on chain. */
  block: (block: { number: number; timestamp: number }) => void;
  /** Time from one poll to the next, milliseconds. */
  waitMs: (subscribed: boolean) => number;
  /** Shortest time between blocks among the newest ones, milliseconds, or null while there are too few. */
  intervalMs: () => number | null;
};

/**
 * Polls four times in the shortest time between two of the newest blocks, and never more often than every `leastMs`. The shortest,
 * because blocks that come in bursts are followed at the burst's pace.
 */
export function createPace(leastMs: number): Pace {
  let blocks: { number: number; timestamp: number }[] = [];
  const intervalMs = (): number | null => {
    let shortest: number | null = null;
    for (let i = 1; i < blocks.length; i++) {
      const [before, after] = [blocks[i - 1], blocks[i]];
      if (before === undefined || after === undefined) continue;
      const each = (1_000 * (after.timestamp - before.timestamp)) / (after.number - before.number);
      shortest = Math.min(shortest ?? Infinity, Math.max(0, each));
    }
    return shortest;
  };
  return {
    block(block) {
      // After a reorg numbers go back: what was above is not on the chain.
      blocks = [...blocks.filter(({ number }) => number < block.number), block].slice(-remembered);
    },
    intervalMs,
    waitMs(subscribed) {
      const interval = intervalMs();
      const wait =
        interval === null ? leastMs : Math.min(Math.max(interval / 4, leastMs), Math.max(longestMs, leastMs));
      return Math.round(subscribed ? Math.max(subscribedMs, wait) : wait);
    },
  };
}
