import { expect, test } from "vitest";
import type { ChainEvent, ChainSync } from "../chain/sync.ts";
import type { RelayerEvent } from "../metrics/events.ts";
import type { Database } from "../store/database.ts";
import { systemClock } from "./clock.ts";
import { RelayerError } from "./errors.ts";
import { followChain } from "./follow.ts";
import { createLogger } from "./logger.ts";
import type { Views } from "./views.ts";

test("behavior: tells of reorgs, and of every poll that succeeded", async () => {
  const stop = new AbortController();
  const events: RelayerEvent[] = [];
  const rebuilt: number[] = [];
  let polls = 0;
  let polled = 0;
  const answers: (() => ChainEvent[])[] = [
    () => [],
    () => {
      throw new Error("RPC down");
    },
    () => [{ type: "reorg", chain: "S", ancestor: 4, depth: 2 }],
  ];
  await followChain({
    sync: {
      chain: "S",
      poll: async () => {
        const answer = answers[polls++]!;
        if (polls === answers.length) stop.abort();
        return answer();
      },
    } as ChainSync,
    views: { rebuild: async (_, head) => void rebuilt.push(head) } as Views,
    planners: [],
    delivery: { tick: async () => {} },
    database: {} as Database,
    announce: () => {},
    onHead: () => {},
    onPoll: () => polled++,
    observe: (event) => events.push(event),
    pollIntervalMs: 1,
    clock: { ...systemClock(), sleep: async () => {} },
    logger: createLogger({ level: "silent" }),
    signal: stop.signal,
  });
  expect(polled).toBe(2);
  expect(rebuilt).toEqual([4]);
  expect(events).toEqual([{ type: "reorg", chain: "S", depth: 2 }]);
});

test("behavior: a clock that is set back by an hour does not hold the next poll back", async () => {
  const stop = new AbortController();
  const slept: number[] = [];
  let now = 3_600_000_000;
  let polls = 0;
  await followChain({
    sync: {
      chain: "S",
      poll: async () => {
        if (++polls === 3) stop.abort();
        if (polls === 2) now -= 3_600_000;
        return [];
      },
    } as unknown as ChainSync,
    views: {} as Views,
    planners: [],
    delivery: { tick: async () => {} },
    database: {} as Database,
    announce: () => {},
    onHead: () => {},
    pollIntervalMs: 500,
    clock: { ...systemClock(), now: () => now, sleep: async (ms) => void slept.push(ms) },
    logger: createLogger({ level: "silent" }),
    signal: stop.signal,
  });
  expect(polls).toBe(3);
  expect(slept.length).toBeGreaterThan(1);
  expect(Math.max(...slept)).toBeLessThanOrEqual(500);
});

test("error: a halted chain is looked at again and again, and goes on when an operator says so", async () => {
  const stop = new AbortController();
  const announced: string[] = [];
  const events: RelayerEvent[] = [];
  const rebuilt: number[] = [];
  let polls = 0;
  await followChain({
    sync: {
      chain: "S",
      cursor: () => ({ history: 1 }),
      poll: async () => {
        polls++;
        if (polls <= 2) throw new RelayerError("reorg_below_finality", "Chain S is halted");
        stop.abort();
        return [{ type: "reorg", chain: "S", ancestor: 4, depth: 2 }];
      },
    } as unknown as ChainSync,
    views: { rebuild: async (_, head) => void rebuilt.push(head) } as Views,
    planners: [],
    delivery: { tick: async () => {} },
    database: {} as Database,
    announce: (announcement) => announced.push(announcement),
    onHead: () => {},
    observe: (event) => events.push(event),
    pollIntervalMs: 1,
    clock: { ...systemClock(), sleep: async () => {} },
    logger: createLogger({ level: "silent" }),
    signal: stop.signal,
  });
  expect(polls).toBe(3);
  expect(rebuilt).toEqual([4]);
  expect(events.map(({ type }) => type)).toEqual(["halted", "reorg"]);
  expect(announced).toContain("resumed:S");
});
