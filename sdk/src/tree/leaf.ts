import type { Crypto } from "../crypto/crypto.ts";
import { TAG_NOTE } from "../crypto/generated/tags.ts";
import { HypothecError } from "../errors/base.ts";

/** An entry of the vault's queue. meta = kind·2^66 + slot·2^63 + amount. */
export interface Entry {
  /** Pre-commitment of a deposit, or commitment of a note. */
  readonly value: bigint;
  readonly meta: bigint;
}

/** What an entry's `meta` says. */
export type EntryMeta =
  | { readonly kind: "empty" }
  | { readonly kind: "note" }
  | { readonly kind: "deposit"; readonly slot: number; readonly amount: bigint };

export const EMPTY_ENTRY: Entry = { value: 0n, meta: 0n };

const AMOUNT_MASK = (1n << 63n) - 1n;

/** The meta word of a deposit. */
export function depositMeta(slot: number, amount: bigint): bigint {
  return (1n << 66n) + (BigInt(slot) << 63n) + amount;
}

/** The meta word of a note. */
export const NOTE_META = 2n << 66n;

/** @throws HypothecError `tree.entry` when the word is none that the vault writes. */
export function parseMeta(meta: bigint): EntryMeta {
  const kind = meta >> 66n;
  if (meta === 0n) return { kind: "empty" };
  if (meta === NOTE_META) return { kind: "note" };
  if (kind === 1n && (meta & AMOUNT_MASK) > 0n) {
    return { kind: "deposit", slot: Number((meta >> 63n) & 7n), amount: meta & AMOUNT_MASK };
  }
  throw new HypothecError(`The queue entry's meta word 0x${meta.toString(16)} is none that a vault writes`, {
    code: "tree.entry",
    whatToDo: "Check that the log comes from the vault of this deployment.",
  });
}

/** The leaf that an entry becomes: a deposit's free note, a note's commitment, 0 for padding. */
export function leafOfEntry(crypto: Crypto, entry: Entry): bigint {
  const meta = parseMeta(entry.meta);
  if (meta.kind === "empty") return 0n;
  if (meta.kind === "note") return entry.value;
  const placed = meta.amount << BigInt(63 * (meta.slot % 4));
  const [lo, hi] = meta.slot < 4 ? [placed, 0n] : [0n, placed];
  return crypto.poseidon([entry.value, lo, hi, 0n, 0n], TAG_NOTE);
}
