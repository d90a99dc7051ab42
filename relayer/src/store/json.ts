/** JSON with bigints, written as `{"$bigint":"123"}`: the store's payloads hold amounts above 2^53. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) =>
    typeof entry === "bigint" ? { $bigint: entry.toString() } : entry,
  );
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows what it stored
export function decodeJson<T>(value: unknown): T {
  const parsed: unknown = typeof value === "string" ? JSON.parse(value) : value;
  return revive(parsed) as T;
}

function revive(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(revive);
  const tagged = (value as { $bigint?: unknown }).$bigint;
  if (typeof tagged === "string") return BigInt(tagged);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, revive(entry)]));
}
