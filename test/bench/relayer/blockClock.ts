import type { PublicClient } from "viem";

/** When blocks of a chain were there, as somebody saw who looks twenty times a second. Milliseconds since the epoch. */
export type BlockClock = {
  /** @throws Error when the block was not seen */
  at: (block: bigint) => number;
  /** The first block that came after a moment; undefined when there is none yet. */
  firstAfter: (ms: number) => bigint | undefined;
  stop: () => void;
};

const LOOK_MS = 50;

export function watchBlocks(reader: PublicClient): BlockClock {
  const seen = new Map<bigint, number>();
  const stop = reader.watchBlockNumber({
    emitOnBegin: true,
    emitMissed: true,
    pollingInterval: LOOK_MS,
    onBlockNumber: (block) => seen.set(block, Date.now()),
  });
  return {
    at(block) {
      const time = seen.get(block);
      if (time === undefined) throw new Error(`Nobody saw block ${block} come.`);
      return time;
    },
    firstAfter: (ms) => [...seen].find(([, time]) => time > ms)?.[0],
    stop,
  };
}
