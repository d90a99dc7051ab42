export type SealPolicy = {
  /** Null: never seal. */
  maxAgeMs: number | null;
  minEntries: number;
  /** Wei. */
  maxFee: bigint;
};

export type OpenChunk = {
  chunk: number;
  /** Chunks in the tree. */
  appended: number;
  count: number;
  /** Seconds, the chain's time. */
  since: number;
};

export type SealTerms = { entryFee: bigint; sealDelaySeconds: number; chunkSize: number };

export type SealDecision =
  { type: "no"; reason: string } | { type: "later"; at: number } | { type: "seal"; value: bigint };

/**
 * Whether to seal the open chunk now, for nothing after the vault's delay or by paying the missing entries' fees. Pure.
 * While an earlier chunk waits for its batch, sealing would gain no time, and cost the later entries a batch of their own.
 *
 * @param time the chain's time, seconds; `at` is in the same unit
 */
export function decideSeal(open: OpenChunk, policy: SealPolicy, terms: SealTerms, time: number): SealDecision {
  if (open.count === 0) return { type: "no", reason: "the open chunk is empty" };
  if (policy.maxAgeMs === null) return { type: "no", reason: "sealing is switched off" };
  if (open.appended < open.chunk) return { type: "no", reason: `chunk ${open.appended} is appended first` };
  if (open.count < policy.minEntries)
    return { type: "no", reason: `${open.count} entries, the policy wants ${policy.minEntries}` };
  const dueAt = open.since + policy.maxAgeMs / 1_000;
  const freeAt = open.since + terms.sealDelaySeconds;
  const missing = BigInt(terms.chunkSize - open.count) * terms.entryFee;
  const affordable = missing <= policy.maxFee;
  const at = affordable ? dueAt : Math.max(dueAt, freeAt);
  if (time < at) return { type: "later", at };
  return { type: "seal", value: time >= freeAt ? 0n : missing };
}
