/** What JSON cannot say as it is: bigints travel as decimal strings. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) => (typeof entry === "bigint" ? entry.toString() : entry));
}
