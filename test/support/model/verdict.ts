/** What a statement's model says: no reasons, and it is true. */
export type Verdict = readonly Reason[];

/** A clause that fails; its name is the same in all models. */
export type Reason =
  | "amount"
  | "domain"
  | "controller"
  | "leafIndex"
  | "membership"
  | "nullifier"
  | "value"
  | "coverage"
  | "haircuts"
  | "risk"
  | "shortfall"
  | "variance"
  | "ephemeralSecret"
  | "ephemeral"
  | "sealed"
  | "claim"
  | "isPublic"
  | "rest"
  | "payout"
  | "buyer"
  | "outCommitment"
  | "withdrawal"
  | "conservation"
  | "signature"
  | "entry"
  | "chunkIndex"
  | "oldRoot"
  | "newRoot";

/** Collects failing clauses in the order of the statement. */
export function judge(clauses: readonly (readonly [holds: boolean, reason: Reason])[]): Verdict {
  return [...new Set(clauses.filter(([holds]) => !holds).map(([, reason]) => reason))];
}

/** 0 ≤ value < 2^bits */
export function fits(value: bigint, bits: number): boolean {
  return value >= 0n && value >> BigInt(bits) === 0n;
}

/**
 * What the contract refuses before it asks a verifier (docs/encodings.md, widths of circuits/instances.json). A model answers only
 * where this is kept: beyond it a circuit may say anything.
 */
export function callerKeeps(holds: boolean, duty: string): void {
  if (!holds) throw new RangeError(`outside the statement: the caller refuses ${duty}`);
}
