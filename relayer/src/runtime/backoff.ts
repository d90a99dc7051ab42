export type BackoffPolicy = {
  /** Delay after the first failure, milliseconds. */
  baseMs: number;
  /** Largest delay, milliseconds. */
  capMs: number;
};

export const defaultBackoff: BackoffPolicy = { baseMs: 1_000, capMs: 300_000 };

/**
 * Exponential back-off with half jitter: uniform in [d/2, d) with d = min(cap, base·2^(attempt−1)).
 * Half jitter keeps a floor, so that a failing message never becomes a busy loop.
 *
 * @param attempt number of failures so far, from 1
 * @param random uniform in [0, 1)
 */
export function backoffMs(attempt: number, random: number, policy: BackoffPolicy = defaultBackoff): number {
  const exponent = Math.min(Math.max(attempt, 1) - 1, 30);
  const delay = Math.min(policy.capMs, policy.baseMs * 2 ** exponent);
  return Math.floor(delay / 2 + (delay / 2) * random);
}

/**
 * When it is a relayer's turn to do what any relayer may do. One of `of` relayers is first for a given key, chosen by
 * the key itself; the others follow `handoverMs` apart, and by then the chain usually says that it is done.
 *
 * @returns milliseconds to wait after the work became due
 */
export function turnDelayMs(key: string, race: { index: number; of: number; handoverMs: number }): number {
  let hash = 0x811c9dc5; // FNV-1a, 32 bits: any fixed spread will do, and every relayer must compute the same
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193) >>> 0;
  const rank = (((race.index - hash) % race.of) + race.of) % race.of;
  return rank * race.handoverMs;
}
