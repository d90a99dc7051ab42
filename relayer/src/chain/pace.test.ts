import { expect, test } from "vitest";
import { createPace } from "./pace.ts";

test("default: a quarter of the blocks' interval, not faster than allowed, not slower than three seconds", () => {
  const pace = createPace(200);
  expect(pace.waitMs(false)).toBe(200);
  pace.block({ number: 1, timestamp: 100 });
  pace.block({ number: 2, timestamp: 102 });
  expect(pace.waitMs(false)).toBe(500);
  const slow = createPace(200);
  slow.block({ number: 1, timestamp: 0 });
  slow.block({ number: 2, timestamp: 600 });
  expect(slow.waitMs(false)).toBe(3_000);
});

test("behavior: a burst sets the pace; after a range the blocks between count", () => {
  const pace = createPace(100);
  pace.block({ number: 1, timestamp: 0 });
  pace.block({ number: 11, timestamp: 120 });
  expect(pace.intervalMs()).toBe(12_000);
  pace.block({ number: 12, timestamp: 121 });
  expect(pace.waitMs(false)).toBe(250);
});

test("behavior: with a subscription it is a safety net; a reorg forgets what it took back", () => {
  const pace = createPace(100);
  pace.block({ number: 1, timestamp: 0 });
  pace.block({ number: 2, timestamp: 1 });
  expect(pace.waitMs(true)).toBe(10_000);
  pace.block({ number: 2, timestamp: 12 });
  expect(pace.intervalMs()).toBe(12_000);
});
