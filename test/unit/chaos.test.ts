import { expect, test } from "vitest";

import { differences } from "../support/chaos/compare.ts";
import { delaysIn, paceOf } from "../support/chaos/delays.ts";
import { describePlan, planOf } from "../support/chaos/plan.ts";
import { shrink } from "../support/chaos/shrink.ts";
import { compareMessages } from "../support/chaos/stores.ts";
import type { LogLine } from "../support/relayer.ts";

test("planOf: behavior: the same seed is the same plan, and others are others", () => {
  expect(planOf(7)).toEqual(planOf(7));
  const plans = Array.from({ length: 300 }, (_, seed) => planOf(seed));
  expect(new Set(plans.map((plan) => JSON.stringify({ ...plan, seed: 0 }))).size).toBeGreaterThan(290);
  const kinds = new Set(plans.flatMap(({ faults }) => faults.map(({ type }) => type)));
  expect(kinds.size).toBe(13);
  expect(plans.filter(({ deepReorg }) => deepReorg !== undefined).length).toBeGreaterThan(10);
  expect(planOf(7).faults.length + 1).toBeLessThanOrEqual(describePlan(planOf(7)).length);
});

test("planOf: behavior: only RPCs that may lie do", () => {
  const lies = Array.from({ length: 300 }, (_, seed) => planOf(seed, { lyingEndpoints: [3] })).flatMap(({ faults }) =>
    faults.flatMap((fault) => (fault.type === "rpc lies" ? [fault.endpoint] : [])),
  );
  expect(new Set(lies)).toEqual(new Set([3]));
});

test("differences: behavior: names each place", () => {
  expect(differences({ a: [1, { b: "x" }], c: 1 }, { a: [1, { b: "y" }], d: 2 })).toEqual([
    'a.1.b: expected "x", got "y"',
    "c: expected 1, got nothing",
    "d: expected nothing, got 2",
  ]);
  expect(differences({ a: [1] }, { a: [1] })).toEqual([]);
});

const line = (receivedAt: number, more: Partial<LogLine>): LogLine => ({
  time: "",
  level: "debug",
  msg: "moved",
  receivedAt,
  ...more,
});

test("delaysIn: behavior: a long silence needs a reason before or during it", () => {
  const pace = paceOf([[line(0, { message: "dvn:1" }), line(1_000, { message: "dvn:1", state: "done" })]]);
  const slow = (...between: LogLine[]) => [
    line(0, { message: "dvn:1", state: "due" }),
    ...between,
    line(60_000, { message: "dvn:1", state: "done" }),
  ];
  expect(delaysIn(slow(), pace)).toMatchObject({ late: 1, unexplained: [expect.stringContaining("dvn:1: 60000 ms")] });
  expect(delaysIn(slow(line(5, { message: "dvn:1", waitingFor: "the DVNs" })), pace)).toEqual({
    late: 1,
    unexplained: [],
  });
  expect(delaysIn(slow(line(30_000, { msg: "reorg", level: "warn" })), pace)).toEqual({ late: 1, unexplained: [] });
  expect(delaysIn(slow(line(30_000, { msg: "sync" })), pace).unexplained).toHaveLength(1);
});

test("compareMessages: behavior: nothing dead, open or missing", () => {
  const calm = { "dvn/done": 6, "commit/done": 6, "deliver/done": 6, "order/done": 1, "batch/done": 2 };
  const options = { morePackets: 0, isTrustee: false };
  expect(compareMessages(calm, { ...calm, "batch/void": 1 }, options)).toEqual([]);
  expect(compareMessages(calm, { ...calm, "batch/done": 1 }, options)).toEqual([]);
  expect(compareMessages(calm, { ...calm, "dvn/done": 5, "dvn/dead": 1 }, options)).toHaveLength(2);
  expect(compareMessages(calm, { ...calm, "order/done": 0 }, options)).toHaveLength(1);
  expect(compareMessages(calm, { ...calm, "batch/done": 3 }, options)).toHaveLength(1);
});

test("shrink: behavior: keeps what a failure needs", async () => {
  const fails = async (only: readonly number[]) => only.includes(1) && only.includes(4);
  expect(await shrink([0, 1, 2, 3, 4], fails)).toEqual([1, 4]);
});
