import { marginLensAbi } from "@hypothec/sdk";
import type { Hex } from "viem";
import type { RoleContext } from "../runtime/context.ts";
import { elapsedMs } from "../runtime/clock.ts";

/** How an account stands at the margin chain's head. µUSD; everything in it is public on chain. */
export type AccountStanding = {
  account: Hex;
  market: string;
  /** At live prices. */
  coverage: bigint;
  /** Maintenance: below it the account can be flagged. */
  requirement: bigint;
  /** False when the debt has no price: then it cannot be flagged, and `requirement` is 0. */
  priced: boolean;
  covered: boolean;
  /** The largest fall of all collateral prices alike that leaves it covered, bps of 10⁴, down; 0 when it is uncovered. */
  fallToFlagBps: number;
  /** Seconds until the first of its proofs that counts expires; null = none counts. */
  proofSecondsLeft: number | null;
  /** Seconds; 0 = it is not flagged. */
  flaggedAt: number;
  locks: number;
};

/** Accounts with debt, the nearest to their floors first. */
export type AccountsReader = (limit: number) => Promise<{ block: number; total: number; accounts: AccountStanding[] }>;

const MAX_FALL_BPS = 10_000;
const FRESH_MS = 10_000;
const NO_PROOF = 2n ** 256n - 1n;

/** Reads the standing of every account that has a lock, at most once in ten seconds however often it is asked. */
export function createAccountsReader(
  context: Pick<RoleContext, "margin" | "marginChain" | "markets" | "accounts" | "clock">,
): AccountsReader {
  const { margin, marginChain, clock } = context;
  let kept: { at: number; block: number; accounts: Promise<AccountStanding[]> } | undefined;

  async function standingOf(account: Hex): Promise<AccountStanding> {
    const screen = await margin.client.readContract({
      address: marginChain.lens,
      abi: marginLensAbi,
      functionName: "screen",
      args: [marginChain.engine, account],
    });
    return {
      account,
      market: context.markets.get(screen.market)?.name ?? screen.market,
      coverage: screen.liveCoverage,
      requirement: screen.maintenanceRequirement,
      priced: screen.debtPriceKnown,
      covered: screen.covered,
      fallToFlagBps: Number(screen.fallToUncoveredBps),
      proofSecondsLeft: screen.secondsLeft === NO_PROOF ? null : Number(screen.secondsLeft),
      flaggedAt: screen.flaggedAt,
      locks: screen.locks.length,
    };
  }

  async function readAll(): Promise<AccountStanding[]> {
    const holding = [...context.accounts().locks].filter(([, locks]) => locks.size > 0).map(([id]) => id);
    const all = await Promise.all(holding.map(standingOf));
    return (
      all
        // Without a requirement any fall leaves it covered: nothing is owed.
        .filter(({ requirement, priced, fallToFlagBps }) => requirement > 0n || !priced || fallToFlagBps < MAX_FALL_BPS)
        .sort((a, b) => a.fallToFlagBps - b.fallToFlagBps || (a.account < b.account ? -1 : 1))
    );
  }

  return async (limit) => {
    if (kept === undefined || elapsedMs(clock.now(), kept.at) >= FRESH_MS)
      kept = { at: clock.now(), block: margin.head().number, accounts: readAll() };
    const reading = kept;
    try {
      const accounts = await reading.accounts;
      return { block: reading.block, total: accounts.length, accounts: accounts.slice(0, limit) };
    } catch (error) {
      if (kept === reading) kept = undefined;
      throw error;
    }
  };
}
