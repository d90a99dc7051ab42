import { expect, test } from "vitest";
import { createRateLimit } from "./rateLimit.ts";

test("default: a minute's requests at once, then as they come back", () => {
  let now = 0;
  const limit = createRateLimit({ perMinute: 60, now: () => now });
  for (let index = 0; index < 60; index++) expect(limit("a")).toBe(0);
  expect(limit("a")).toBe(1);
  now = 999;
  expect(limit("a")).toBe(1);
  now = 1_000;
  expect(limit("a")).toBe(0);
  expect(limit("a")).toBe(1);
});

test("behavior: clients do not share, never save up more than a minute, and a clock set back gives nothing", () => {
  let now = 1_000_000;
  const limit = createRateLimit({ perMinute: 1, now: () => now });
  expect(limit("a")).toBe(0);
  expect(limit("b")).toBe(0);
  now += 600_000;
  expect(limit("a")).toBe(0);
  expect(limit("a")).toBe(60);
  now -= 600_000;
  expect(limit("a")).toBeGreaterThan(0);
});

test("behavior: a flood of addresses forgets the longest idle one only", () => {
  const limit = createRateLimit({ perMinute: 1, now: () => 0 });
  limit("first");
  limit("second");
  for (let index = 0; index < 9_999; index++) limit(`address ${index}`);
  expect(limit("second")).toBe(60);
  expect(limit("first")).toBe(0);
});
