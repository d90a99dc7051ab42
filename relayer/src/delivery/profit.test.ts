import { expect, test } from "vitest";
import { judge, type Deal, type ProfitPolicy } from "./profit.ts";

const policy = (change: Partial<ProfitPolicy> = {}): ProfitPolicy => ({
  least: { wei: 0n },
  countPercent: 100n,
  maxWaitMs: null,
  ...change,
});
const deal = (earns: bigint, cost: bigint, change: Partial<Deal> = {}): Deal => ({
  earns,
  cost,
  waitedMs: 0,
  ...change,
});
const goes = (of: Deal, under?: ProfitPolicy) => judge(of, under).type === "go";

test("default: without a policy anything goes", () => {
  expect(judge(deal(0n, 10n ** 18n), undefined)).toEqual({ type: "go" });
});

test("behavior: wei left over, down to the last one; negative is what may be given away", () => {
  expect(goes(deal(100n, 100n), policy())).toBe(true);
  expect(goes(deal(99n, 100n), policy())).toBe(false);
  expect(goes(deal(0n, 100n), policy({ least: { wei: -100n } }))).toBe(true);
  expect(goes(deal(0n, 101n), policy({ least: { wei: -100n } }))).toBe(false);
});

test("behavior: bps of the cost, rounded up", () => {
  const tenPercent = policy({ least: { bps: 1_000n } });
  expect(goes(deal(1_100n, 1_000n), tenPercent)).toBe(true);
  expect(goes(deal(1_099n, 1_000n), tenPercent)).toBe(false);
  expect(goes(deal(1_101n, 1_001n), tenPercent)).toBe(false); // 100.1 wei are wanted: 101
  expect(goes(deal(1_102n, 1_001n), tenPercent)).toBe(true);
});

test("behavior: only a part of what is announced counts", () => {
  expect(goes(deal(200n, 100n), policy({ countPercent: 50n }))).toBe(true);
  expect(goes(deal(198n, 100n), policy({ countPercent: 50n }))).toBe(false);
});

test("behavior: the reason has the figures; after the longest wait, and for a duty, it goes and says at which loss", () => {
  const loss = deal(10n ** 15n, 3n * 10n ** 15n);
  expect(judge(loss, policy())).toEqual({
    type: "wait",
    reason: "gas to be cheaper: it earns 0.001 and costs 0.003, and roles want 0 to be left (profit)",
  });
  expect(judge({ ...loss, waitedMs: 999 }, policy({ maxWaitMs: 1_000 })).type).toBe("wait");
  expect(judge({ ...loss, waitedMs: 1_000 }, policy({ maxWaitMs: 1_000 }))).toMatchObject({
    type: "go",
    atLoss: expect.stringContaining("profit.maxWaitMs") as string,
  });
  expect(judge({ ...loss, waitedMs: 10 ** 9 }, policy()).type).toBe("wait");
  expect(judge({ ...loss, duty: "a heartbeat" }, policy())).toMatchObject({
    type: "go",
    atLoss: expect.stringContaining("a heartbeat is a duty") as string,
  });
});
