import { elapsedMs } from "../runtime/clock.ts";

/** Newest blocks that count. */
const remembered = 16;
/** However slow the blocks: a chain that stood still may go on at once. Milliseconds. */
const longestGapMs = 3_000;
const longestWaitMs = 12_000;
/** With a subscription polling is only a safety net. Milliseconds. */
const subscribedMs = 10_000;

/** When a chain is polled. */
export type Pace = {
  /** A block was taken; `timestamp` in seconds, as on chain, `seenAt` in milliseconds, as here. */
  block: (block: { number: number; timestamp: number; seenAt: number }) => void;
  /** A poll that began then is over; whether it brought anything. */
  polled: (poll: { startedAt: number; moved: boolean }) => void;
  /** From the start of the last poll to the next one, milliseconds. */
  waitMs: (subscribed: boolean) => number;
  /** Least time between blocks among the newest ones, milliseconds, or null while there are too few. */
  intervalMs: () => number | null;
};

/**
 * Looks for the next block when it is due: a block that was found, `late` at most, since the poll before had found nothing, is followed
 * by the next one no sooner than an interval less `late`. From then on polls follow at gaps of an eighth of the interval, and never at
 * less than `leastMs`, so that regular blocks take about two polls each and are seen a sixteenth of an interval late.
 *
 * The interval is the shortest of the newest ones, because blocks that come in bursts are followed at the burst's pace; or what they
 * took to come here, when that is less: a chain's own clock may run ahead.
 */
export function createPace(leastMs: number): Pace {
  let blocks: { number: number; timestamp: number; seenAt: number }[] = [];
  let polledAt: number | undefined;
  /** How late the newest block may have been found, when the last poll found one. */
  let late: number | undefined;

  const intervalMs = (): number | null => {
    const [first, last] = [blocks[0], blocks.at(-1)];
    if (first === undefined || last === undefined || first === last) return null;
    let shortest = elapsedMs(last.seenAt, first.seenAt) / (last.number - first.number);
    blocks.forEach((block, i) => {
      const before = blocks[i - 1];
      if (before === undefined) return;
      const each = (1_000 * (block.timestamp - before.timestamp)) / (block.number - before.number);
      shortest = Math.min(shortest, Math.max(0, each));
    });
    return shortest;
  };

  return {
    block(block) {
      // After a reorg numbers go back: what was above is not on the chain.
      blocks = [...blocks.filter(({ number }) => number < block.number), block].slice(-remembered);
    },
    polled({ startedAt, moved }) {
      late = moved && polledAt !== undefined ? elapsedMs(startedAt, polledAt) : undefined;
      polledAt = startedAt;
    },
    intervalMs,
    waitMs(subscribed) {
      const interval = intervalMs();
      const gap = interval === null ? leastMs : Math.max(leastMs, Math.min(interval / 8, longestGapMs));
      const due = late === undefined || interval === null ? 0 : Math.min(interval, longestWaitMs) - late;
      return Math.round(Math.max(gap, due, subscribed ? subscribedMs : 0));
    },
  };
}
