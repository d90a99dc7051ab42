import { expect, test } from "vitest";
import { createPace } from "./pace.ts";

/** Polls a chain whose blocks come at these times, in milliseconds, until the last one is found. */
function follow(leastMs: number, arrivals: readonly number[], timestampOf = (at: number) => Math.floor(at / 1_000)) {
  const pace = createPace(leastMs);
  const delays: number[] = [];
  let polls = 0;
  let now = 0;
  let taken = 0;
  while (taken < arrivals.length) {
    polls++;
    const startedAt = now;
    const from = taken;
    for (; taken < arrivals.length && arrivals[taken]! <= now; taken++) {
      delays.push(now - arrivals[taken]!);
      pace.block({ number: taken, timestamp: timestampOf(arrivals[taken]!), seenAt: now });
    }
    pace.polled({ startedAt, moved: taken > from });
    now = startedAt + pace.waitMs(false);
  }
  return { polls, delays, pace };
}

const every = (ms: number, count: number) => Array.from({ length: count }, (_, i) => (i + 1) * ms);

test("default: regular blocks take about two polls each, and are seen an eighth of an interval late at most", () => {
  for (const [interval, leastMs] of [
    [12_000, 500],
    [2_000, 200],
  ] as const) {
    const blocks = 100;
    const { polls, delays } = follow(leastMs, every(interval, blocks));
    expect(polls).toBeLessThan(3 * blocks);
    expect(Math.max(...delays.slice(16))).toBeLessThanOrEqual(interval / 8 + 1);
  }
});

test("behavior: never faster than allowed, and at most three seconds apart once a block is due", () => {
  const pace = createPace(200);
  expect(pace.waitMs(false)).toBe(200);
  pace.block({ number: 1, timestamp: 100, seenAt: 0 });
  pace.block({ number: 2, timestamp: 101, seenAt: 1_000 });
  expect(pace.waitMs(false)).toBe(200);
  const slow = createPace(200);
  slow.block({ number: 1, timestamp: 0, seenAt: 0 });
  slow.block({ number: 2, timestamp: 600, seenAt: 600_000 });
  expect(slow.waitMs(false)).toBe(3_000);
});

test("behavior: however slow the blocks, nobody sleeps longer than twelve seconds", () => {
  const pace = createPace(200);
  pace.polled({ startedAt: 599_800, moved: false });
  pace.block({ number: 1, timestamp: 0, seenAt: 0 });
  pace.block({ number: 2, timestamp: 600, seenAt: 600_000 });
  pace.polled({ startedAt: 600_000, moved: true });
  expect(pace.waitMs(false)).toBe(11_800);
});

test("behavior: a block that comes early costs polls, not blocks", () => {
  const arrivals = every(2_000, 60).map((at, i) => (i < 30 ? at : at - 900));
  const { delays } = follow(200, arrivals);
  // The first early one is found when it was due; the next one is looked for at once.
  expect(delays[30]).toBeLessThanOrEqual(900 + 250);
  expect(Math.max(...delays.slice(32))).toBeLessThanOrEqual(250);
});

test("behavior: a burst sets the pace; after a range the blocks between count", () => {
  const pace = createPace(100);
  pace.block({ number: 1, timestamp: 0, seenAt: 0 });
  pace.block({ number: 11, timestamp: 120, seenAt: 120_000 });
  expect(pace.intervalMs()).toBe(12_000);
  pace.block({ number: 12, timestamp: 121, seenAt: 121_000 });
  expect(pace.intervalMs()).toBe(1_000);
});

test("behavior: a chain whose clock runs ahead of its blocks is followed at the blocks' pace", () => {
  const { delays, pace } = follow(100, every(250, 200), (at) => at / 250);
  expect(pace.intervalMs()).toBeLessThan(300);
  expect(Math.max(...delays.slice(16))).toBeLessThanOrEqual(250);
});

test("behavior: a clock that is set back makes nobody wait", () => {
  const pace = createPace(100);
  pace.block({ number: 1, timestamp: 0, seenAt: 3_600_000 });
  pace.block({ number: 2, timestamp: 12, seenAt: 3_612_000 });
  pace.polled({ startedAt: 3_611_000, moved: false });
  pace.polled({ startedAt: 12_000, moved: true });
  expect(pace.waitMs(false)).toBe(1_500);
});

test("behavior: with a subscription it is a safety net; a reorg forgets what it took back", () => {
  const pace = createPace(100);
  pace.block({ number: 1, timestamp: 0, seenAt: 0 });
  pace.block({ number: 2, timestamp: 1, seenAt: 12_000 });
  expect(pace.intervalMs()).toBe(1_000);
  expect(pace.waitMs(true)).toBe(10_000);
  pace.block({ number: 2, timestamp: 12, seenAt: 12_000 });
  expect(pace.intervalMs()).toBe(12_000);
});
