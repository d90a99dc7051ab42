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

test("planOf: behavior: stores' connections are lost only where there are any", () => {
  const lost = (hasServer: boolean) =>
    Array.from({ length: 300 }, (_, seed) => planOf(seed, { hasServer })).filter(({ faults }) =>
      faults.some(({ type }) => type === "store lost"),
    ).length;
  expect(lost(false)).toBe(0);
  expect(lost(true)).toBeGreaterThan(10);
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

test("delaysIn: behavior: a proof explains a silence for as long as the prover was at work", () => {
  const pace = paceOf([[line(0, { message: "settle:1" }), line(1_000, { message: "settle:1", state: "done" })]]);
  const settle = (...between: LogLine[]) =>
    delaysIn(
      [
        line(0, { message: "settle:1", state: "proving" }),
        ...between,
        line(60_000, { message: "settle:1", state: "sending" }),
      ],
      pace,
    ).unexplained;
  const proof = (key: string, from: number, to: number) => [
    line(from, { msg: "begins a proof", proof: key }),
    line(to, { msg: "proved", proof: key }),
  ];
  expect(settle(...proof("batch:1", 500, 29_000), ...proof("settle:1", 30_000, 59_000))).toEqual([]);
  expect(settle(...proof("settle:1", 30_000, 59_000))).toHaveLength(1);
  expect(settle(...proof("settle:1", 500, 30_000))).toHaveLength(1);
});

test("compareMessages: behavior: nothing dead, open or missing, and nothing done that is not there", () => {
  const calm = { "dvn/done": 2, "order/done": 1, "seal/done": 1, "batch/done": 1 };
  const options = { morePackets: 0, isTrustee: false, appended: 5 };
  const message = (key: string, state = "done") => ({ key, kind: key.split(":")[0]!, state }) as never;
  const always = [message("dvn:1"), message("dvn:2"), message("order:1")];
  const compare = (...more: never[]) => compareMessages(calm, [...always, ...more], options);
  // How often a seal, a batch or an attestation was planned hangs on who looked when.
  expect(compare()).toEqual([]);
  expect(compare(message("seal:3"), message("seal:4"), message("seal:5", "void"))).toEqual([]);
  expect(compare(message("batch:4+1:0xaa"), message("batch:4+1:0xbb"), message("attest:7:5"))).toEqual([]);
  expect(compare(message("seal:5"))).toHaveLength(1);
  expect(compare(message("batch:2+4:0xaa"))).toHaveLength(1);
  expect(compare(message("attest:7:6"))).toHaveLength(1);
  expect(compare(message("dvn:3", "dead"))).toHaveLength(1);
  expect(compare(message("dvn:3"))).toHaveLength(1);
  expect(compare(message("batch:4+1:0xaa", "sending"))).toHaveLength(1);
  expect(compareMessages(calm, always.slice(1), options)).toHaveLength(1);
});

test("shrink: behavior: keeps what a failure needs", async () => {
  const fails = async (only: readonly number[]) => only.includes(1) && only.includes(4);
  expect(await shrink([0, 1, 2, 3, 4], fails)).toEqual([1, 4]);
});
