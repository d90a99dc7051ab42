import { formatEther } from "viem";

/** What an operator wants to be left of a transaction. */
export type ProfitPolicy = {
  /** At least so many wei, or so many bps of what it costs. May be negative: the most that is given away. */
  least: { wei: bigint } | { bps: bigint };
  /** Per cent of what the role announces that is counted as earned. */
  countPercent: bigint;
  /** After waiting so long, milliseconds, it is sent at any loss. `null`: never. */
  maxWaitMs: number | null;
};

/** What a transaction brings and takes, wei. `cost`: gas at what is asked now, and the value sent along. */
export type Deal = {
  earns: bigint;
  cost: bigint;
  /** How long it has been held back already, milliseconds. */
  waitedMs: number;
  /** Why it is a duty towards users or lenders that no loss may hold back; undefined when it is business. */
  duty?: string | undefined;
};

export type Verdict =
  /** `atLoss` says why it goes although the policy is not met. */
  { type: "go"; atLoss?: string } | { type: "wait"; reason: string };

const whole = 10_000n;

/** Whether to send now. Pure. */
export function judge({ earns, cost, waitedMs, duty }: Deal, policy: ProfitPolicy | undefined): Verdict {
  if (policy === undefined) return { type: "go" };
  const counted = (earns * policy.countPercent) / 100n;
  // Rounded up: a policy is met, not nearly met.
  const least = "wei" in policy.least ? policy.least.wei : ceilDiv(cost * policy.least.bps, whole);
  const left = counted - cost;
  if (left >= least) return { type: "go" };
  const reason = `gas to be cheaper: it earns ${formatEther(counted)} and costs ${formatEther(cost)}, and roles want ${formatEther(least)} to be left (profit)`;
  if (duty !== undefined) return { type: "go", atLoss: `${duty} is a duty and does not wait for ${reason}` };
  if (policy.maxWaitMs !== null && waitedMs >= policy.maxWaitMs)
    return {
      type: "go",
      atLoss: `it has waited ${waitedMs} ms, which is as long as profit.maxWaitMs allows, for ${reason}`,
    };
  return { type: "wait", reason };
}

function ceilDiv(a: bigint, b: bigint): bigint {
  return a / b + (a % b !== 0n && a > 0n ? 1n : 0n);
}
