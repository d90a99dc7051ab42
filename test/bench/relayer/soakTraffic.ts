import { setTimeout as sleep } from "node:timers/promises";

import { parseEther, parseUnits } from "viem";

import { approveToken, deposit, release, repay } from "../../../sdk/src/actions/index.ts";
import { deriveKeys } from "../../../sdk/src/keys/derive.ts";
import { pricesAt } from "../../support/localnet/hypothec.ts";
import type { BenchWorld } from "./world.ts";

export type Traffic = {
  /** What was done so far. */
  counts: { prices: number; deposits: number; loans: number; failures: number };
  /** Why things failed that somebody tried; the traffic went on without them. */
  failures: readonly string[];
  stop(): Promise<void>;
};

const DAY = "2021-05-18";
const PRICES_EVERY_MS = 15_000;
const DEPOSIT_EVERY_MS = 30_000;
const LOAN_EVERY_MS = 600_000;
/** Prices of all assets, so often: a feed that says nothing for an hour is not believed. */
const ALL_PRICES_EVERY = 60;

/**
 * Steady and light: a price every 15 s, a deposit every 30 s, and every ten minutes a whole loan (deposit, lock, open, borrow,
 * repay, release, settled by the trustee). One account with a debt stays open all the time, so that the keeper has somebody
 * to look at.
 */
export async function startTraffic(world: BenchWorld): Promise<Traffic> {
  const { people, local, localnet } = world;
  const counts = { prices: 0, deposits: 0, loans: 0, failures: 0 };
  const stop = new AbortController();
  const market = local.deployment.marginChain.markets[0]!;
  const failures: string[] = [];

  const depositor = await people.clientOf("depositor");
  const keys = await deriveKeys(localnet.key("depositor").privateKey);
  const prices = pricesAt(DAY);

  /** A slow wave of 2 %: nobody is ever uncovered, every price is a new one. */
  async function price(): Promise<void> {
    const wave = Math.round(200 * Math.sin(counts.prices / 20));
    const ETH = (prices.ETH * BigInt(10_000 + wave)) / 10_000n + BigInt(counts.prices % 7);
    await local.setPrices({ ...(counts.prices % ALL_PRICES_EVERY === 0 ? prices : {}), ETH });
    counts.prices++;
  }

  async function loan(): Promise<void> {
    const label = `borrower ${counts.loans}`;
    const { client, account, lock } = await people.borrower(label, parseUnits("1000", 6));
    await local.giveDebtToken(localnet.key(label).address, "10");
    await approveToken(client, { side: "margin", token: local.debtToken, spender: market.pool });
    await repay(client, { market: market.name, account, amount: "max" });
    await release(client, { account });
    await people.settled(client, lock.nullifier);
    counts.loans++;
  }

  async function depositOnce(): Promise<void> {
    await deposit(depositor, { keys, asset: "ETH", amount: parseEther("0.01") });
    counts.deposits++;
  }

  const isStopped = () => stop.signal.aborted;
  const every = async (ms: number, act: () => Promise<void>): Promise<void> => {
    for (let at = Date.now(); !stop.signal.aborted; at = Math.max(at + ms, Date.now())) {
      await sleep(Math.max(0, at - Date.now()), undefined, { signal: stop.signal }).catch(() => {});
      if (!isStopped())
        await act().catch((error: unknown) => {
          counts.failures++;
          failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
        });
    }
  };
  await people.borrower("steady borrower", parseUnits("1000", 6));
  const running = [every(PRICES_EVERY_MS, price), every(DEPOSIT_EVERY_MS, depositOnce), every(LOAN_EVERY_MS, loan)];
  return {
    counts,
    failures,
    async stop() {
      stop.abort();
      await Promise.all(running);
    },
  };
}
