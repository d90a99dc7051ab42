/** Seconds until the next request is allowed; 0 = this one is. */
export type RateLimit = (client: string) => number;

/** Beyond this many clients the longest idle one is forgotten: a flood of addresses must not fill the memory. */
const mostClients = 10_000;

/**
 * A token bucket per client: it holds a minute's requests and fills evenly.
 *
 * @example
 * const limit = createRateLimit({ perMinute: 60, now: () => Date.now() });
 * limit("10.0.0.1"); // 0
 */
export function createRateLimit({ perMinute, now }: { perMinute: number; now: () => number }): RateLimit {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const perMs = perMinute / 60_000;
  return (client) => {
    const at = now();
    const last = buckets.get(client);
    const tokens =
      last === undefined ? perMinute : Math.min(perMinute, last.tokens + Math.max(0, at - last.at) * perMs);
    const allowed = tokens >= 1;
    buckets.delete(client); // a Map keeps the order of insertion: the first is the longest idle
    buckets.set(client, { tokens: allowed ? tokens - 1 : tokens, at });
    if (buckets.size > mostClients) buckets.delete(buckets.keys().next().value as string);
    return allowed ? 0 : Math.ceil((1 - tokens) / perMs / 1_000);
  };
}
