import { expect, test } from "vitest";
import { systemClock } from "../runtime/clock.ts";
import { createChainHealth } from "./health.ts";
import type { BlockSource } from "./source.ts";

test("default: knows nothing at first, then the node's last head and when the store was level", async () => {
  let number = 7;
  const source = { head: async () => ({ number, hash: "0x1", parentHash: "0x0", timestamp: 1 }) } as unknown as BlockSource;
  const health = createChainHealth({ ...systemClock(), now: () => 42 });
  expect([health.nodeHead(), health.polledAt()]).toEqual([null, null]);
  const watched = health.watch(source);
  expect((await watched.head()).number).toBe(7);
  number = 5; // a node that lags behind the one asked before
  await watched.head();
  health.polled();
  expect([health.nodeHead(), health.polledAt()]).toEqual([5, 42]);
});
