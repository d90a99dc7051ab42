import { backoffMs } from "../runtime/backoff.ts";

/** What is known of one RPC. Pure data: every change makes a new one. */
export type RpcHealth = {
  /** Exponential average of the time to an answer, milliseconds; null before the first. */
  latencyMs: number | null;
  /** Exponential average of failures, from 0 to 1. */
  errorRate: number;
  /** The highest head it ever told of, or null. */
  head: number | null;
  /** How often a quorum said otherwise. */
  lies: number;
  /** When it was last outvoted, milliseconds, or null. */
  liedAt: number | null;
  /** Failures since its last answer. */
  failures: number;
  /** It is asked only when no other can answer until then, milliseconds; 0 = it is asked. */
  suspendedUntil: number;
};

export const unknownHealth: RpcHealth = {
  latencyMs: null,
  errorRate: 0,
  head: null,
  lies: 0,
  liedAt: null,
  failures: 0,
  suspendedUntil: 0,
};

/** Weight of the newest observation. */
const weight = 0.2;
/** One failure may be a hiccup; from the second on it is left alone for a while. */
const patience = 2;
const suspension = { baseMs: 2_000, capMs: 120_000 };
/** Half of the distrust after a lie is gone after this, milliseconds. */
const forgivenessMs = 600_000;

/** It answered, after so many milliseconds. */
export function answered(health: RpcHealth, latencyMs: number): RpcHealth {
  return {
    ...health,
    latencyMs: health.latencyMs === null ? latencyMs : health.latencyMs + weight * (latencyMs - health.latencyMs),
    errorRate: health.errorRate * (1 - weight),
    failures: 0,
    suspendedUntil: 0,
  };
}

/** It failed to answer. `random` is uniform in [0, 1). */
export function failed(health: RpcHealth, now: number, random: number): RpcHealth {
  const failures = health.failures + 1;
  return {
    ...health,
    errorRate: health.errorRate + weight * (1 - health.errorRate),
    failures,
    suspendedUntil:
      failures < patience ? health.suspendedUntil : now + backoffMs(failures - patience + 1, random, suspension),
  };
}

export function sawHead(health: RpcHealth, head: number): RpcHealth {
  return { ...health, head: Math.max(health.head ?? -1, head) };
}

/** A quorum said otherwise. */
export function lied(health: RpcHealth, now: number): RpcHealth {
  return { ...health, lies: health.lies + 1, liedAt: now };
}

/**
 * How bad an RPC is, in milliseconds of latency: what is read goes to the lowest. A lie weighs a minute, a failure each time
 * five seconds, a block behind the best head one second (one block is no lag: nodes hear of blocks at different times).
 */
export function badness(health: RpcHealth, bestHead: number | null, now: number): number {
  const lag = health.head === null || bestHead === null ? 0 : Math.max(0, bestHead - health.head - 1);
  const distrust = health.liedAt === null ? 0 : 0.5 ** ((now - health.liedAt) / forgivenessMs);
  return (
    (health.latencyMs ?? 200) +
    5_000 * health.errorRate +
    1_000 * Math.min(lag, 60) +
    60_000 * distrust +
    (health.suspendedUntil > now ? 1_000_000 : 0)
  );
}

/**
 * RPCs in the order in which they are asked, by index. The one that was asked before stays first while none is much better:
 * two nodes differ by a block now and then, and going back and forth between them would look like reorgs.
 */
export function ranking(all: RpcHealth[], preferred: number, now: number): number[] {
  const heads = all.map(({ head }) => head).filter((head) => head !== null);
  const best = heads.length === 0 ? null : Math.max(...heads);
  const scores = all.map((health) => badness(health, best, now));
  const order = all.map((_, index) => index).sort((a, b) => (scores[a] as number) - (scores[b] as number));
  const [first] = order;
  const own = scores[preferred];
  if (first === undefined || own === undefined || own > 2 * (scores[first] as number) + 500) return order;
  return [preferred, ...order.filter((index) => index !== preferred)];
}
