import { setTimeout as sleep } from "node:timers/promises";

import type { Side } from "../localnet/chain.ts";
import type { Localnet } from "../localnet/localnet.ts";

const SIDES = ["vault", "margin"] as const;

/** The heartbeat of both chains: everything in a run counts in its blocks, nothing in seconds. */
export type Blocks = {
  /** Mined since the start, on each side. */
  mined: () => number;
  /** Resolves after `count` more blocks; at once when the ticker has stopped. */
  after(count: number): Promise<void>;
  /** Runs with no new block on a side. */
  hold<Result>(side: Side, run: () => Promise<Result>): Promise<Result>;
  stop(): Promise<void>;
};

/** Mines a block on both chains every `intervalMs`, in step. */
export function startBlocks(localnet: Localnet, intervalMs: number): Blocks {
  let mined = 0;
  let isOver = false;
  const held = { vault: 0, margin: 0 };
  let waiting: { at: number; resolve: () => void }[] = [];
  const minting = { vault: Promise.resolve(), margin: Promise.resolve() };

  const release = (upTo: number) => {
    for (const each of waiting.filter(({ at }) => at <= upTo)) each.resolve();
    waiting = waiting.filter(({ at }) => at > upTo);
  };

  async function tick(): Promise<void> {
    await Promise.all(
      SIDES.map(async (side) => {
        if (held[side] > 0) return;
        minting[side] = localnet[side].test.mine({ blocks: 1 });
        await minting[side];
      }),
    );
    mined++;
    release(mined);
  }

  const run = (async () => {
    while (!isOver) {
      const startedAt = performance.now();
      await tick();
      await sleep(Math.max(10, intervalMs - (performance.now() - startedAt)));
    }
    release(Infinity);
  })();

  return {
    mined: () => mined,
    after: (count) =>
      isOver ? Promise.resolve() : new Promise((resolve) => waiting.push({ at: mined + count, resolve })),
    async hold(side, action) {
      held[side]++;
      try {
        await minting[side];
        return await action();
      } finally {
        held[side]--;
      }
    },
    async stop() {
      isOver = true;
      await run;
    },
  };
}
