import { packLanes } from "./field.ts";
import { poseidon, tag } from "./crypto.ts";
import type { JubPoint } from "./crypto.ts";

/** The opening of a note. */
export interface Note {
  readonly owner: bigint;
  readonly blinding: bigint;
  readonly amount: readonly bigint[];
  readonly domain: bigint;
  readonly controller: bigint;
}

export function owner(key: JubPoint, nullifyingKey: bigint): bigint {
  return poseidon(tag.owner, key.x, key.y, nullifyingKey);
}

export function precommitment(ownerKey: bigint, blinding: bigint): bigint {
  return poseidon(tag.pre, ownerKey, blinding);
}

export function packAmounts(amount: readonly bigint[]): readonly [lo: bigint, hi: bigint] {
  return [packLanes(amount.slice(0, 4), 63), packLanes(amount.slice(4), 63)];
}

export function commitment(note: Note): bigint {
  const [lo, hi] = packAmounts(note.amount);
  return commit(precommitment(note.owner, note.blinding), lo, hi, note.domain, note.controller);
}

export function commit(pre: bigint, lo: bigint, hi: bigint, domain: bigint, controller: bigint): bigint {
  return poseidon(tag.note, pre, lo, hi, domain, controller);
}

export function spendNullifier(nullifyingKey: bigint, cm: bigint, leafIndex: bigint): bigint {
  return poseidon(tag.spend, nullifyingKey, cm, leafIndex);
}

export function lockNullifier(blinding: bigint, leafIndex: bigint): bigint {
  return poseidon(tag.lock, blinding, leafIndex);
}

/** meta of a queue entry. */
export function entryMeta(kind: 0 | 1 | 2, slot: number, amount: bigint): bigint {
  return BigInt(kind) * 2n ** 66n + BigInt(slot) * 2n ** 63n + amount;
}

/** Only `slot` holds anything. */
export function single(slot: number, amount: bigint): bigint[] {
  return Array.from({ length: 8 }, (_, i) => (i === slot ? amount : 0n));
}
