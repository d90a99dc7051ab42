import type { Hex } from "viem";
import { describe, expect, test } from "vitest";
import { emptyMarginView } from "./marginView.ts";
import { createAccountsReader } from "./nearFloors.ts";

const id = (byte: string): Hex => `0x${byte.repeat(32)}`;
const market = id("3a");

function world(falls: Record<Hex, { fall: bigint; requirement: bigint; priced?: boolean; locks?: boolean }>) {
  const state = { now: 0, reads: 0, fails: false };
  const view = emptyMarginView();
  for (const [account, { locks }] of Object.entries(falls))
    view.locks.set(account as Hex, new Set(locks === false ? [] : ["7/1"]));
  const reader = createAccountsReader({
    clock: { now: () => state.now, random: () => 0, sleep: async () => {} },
    marginChain: { lens: id("1"), engine: id("2") },
    markets: new Map([[market, { name: "USDC" }]]),
    accounts: () => view,
    margin: {
      head: () => ({ number: 5, timestamp: 1 }),
      client: {
        readContract: async ({ args }: { args: [Hex, Hex] }) => {
          state.reads++;
          if (state.fails) throw new Error("no answer");
          const { fall, requirement, priced = true } = falls[args[1]]!;
          return {
            market,
            liveCoverage: 100n,
            maintenanceRequirement: requirement,
            debtPriceKnown: priced,
            covered: fall > 0n,
            fallToUncoveredBps: fall,
            secondsLeft: 2n ** 256n - 1n,
            flaggedAt: 0,
            locks: [{}],
          };
        },
      },
    },
  } as never);
  return { state, reader };
}

describe("accounts near their floors", () => {
  test("default: the nearest first; not those that owe nothing or have no lock", async () => {
    const { reader } = world({
      [id("aa")]: { fall: 900n, requirement: 1n },
      [id("bb")]: { fall: 0n, requirement: 1n },
      [id("cc")]: { fall: 10_000n, requirement: 0n },
      [id("dd")]: { fall: 1n, requirement: 1n, locks: false },
      [id("ee")]: { fall: 0n, requirement: 0n, priced: false },
    });
    const { total, accounts, block } = await reader(2);
    expect([total, block]).toEqual([3, 5]);
    expect(accounts.map(({ account }) => account)).toEqual([id("bb"), id("ee")]);
    expect(accounts[0]).toMatchObject({ market: "USDC", covered: false, fallToFlagBps: 0, proofSecondsLeft: null });
  });

  test("behavior: read once in ten seconds, and again at once after a failure", async () => {
    const { reader, state } = world({ [id("aa")]: { fall: 900n, requirement: 1n } });
    state.fails = true;
    await expect(reader(1)).rejects.toThrow();
    state.fails = false;
    await Promise.all([reader(1), reader(50)]);
    expect(state.reads).toBe(2);
    state.now = 9_999;
    await reader(1);
    expect(state.reads).toBe(2);
    state.now = 10_000;
    await reader(1);
    expect(state.reads).toBe(3);
  });
});
