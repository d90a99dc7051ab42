import { loadedCrypto } from "../crypto/crypto.ts";
import {
  TAG_LOCK,
  TAG_NOTE,
  TAG_PRE,
  TAG_REST,
  TAG_SEIZED,
  TAG_SEIZED_EPHEMERAL,
  TAG_SPEND,
} from "../crypto/generated/tags.ts";
import { packAmounts, type Amounts } from "./amounts.ts";

/** What a commitment hides. A free note has domain = controller = 0. */
export interface NoteOpening {
  readonly amounts: Amounts;
  /** pk of the owner. */
  readonly owner: bigint;
  readonly blinding: bigint;
  readonly domain: bigint;
  /** The address on the margin chain that may use a lock, as an integer. */
  readonly controller: bigint;
}

/** How a note came to be. */
export type NoteOrigin = "deposit" | "transact" | "rest" | "bought";

/** `queued`: not in the tree yet. `available`: can be spent, or locked and usable. `spent`: a free note that was spent. `settled`: a lock whose order was carried out. */
export type NoteStatus = "queued" | "available" | "spent" | "settled";

/** A note of an owner, found in the vault. */
export interface Note extends NoteOpening {
  readonly commitment: bigint;
  /** Position in the tree: 16·chunk + position, known as soon as it is queued. */
  readonly leafIndex: number;
  /** Which nullifying key owns it. */
  readonly nkIndex: number;
  readonly origin: NoteOrigin;
  readonly status: NoteStatus;
  /** Spend nullifier of a free note, lock nullifier N of a lock. */
  readonly nullifier: bigint;
}

/** Whether the note is a lock. */
export function isLock(note: Pick<NoteOpening, "domain">): boolean {
  return note.domain !== 0n;
}

/** pre = Poseidon(TAG_PRE; pk, blinding). */
export function precommitmentOf(owner: bigint, blinding: bigint): bigint {
  return loadedCrypto().poseidon([owner, blinding], TAG_PRE);
}

/** cm = Poseidon(TAG_NOTE; pre, lo, hi, domain, controller). */
export function commitmentOf(opening: NoteOpening): bigint {
  return commitmentOfPre({ ...opening, pre: precommitmentOf(opening.owner, opening.blinding) });
}

export interface CommitmentOfPreParameters {
  readonly pre: bigint;
  readonly amounts: Amounts;
  readonly domain: bigint;
  readonly controller: bigint;
}

/** The commitment of a note whose owner gave only its pre-commitment. */
export function commitmentOfPre({ pre, amounts, domain, controller }: CommitmentOfPreParameters): bigint {
  const { lo, hi } = packAmounts(amounts);
  return loadedCrypto().poseidon([pre, lo, hi, domain, controller], TAG_NOTE);
}

/** Poseidon(TAG_SPEND; nk, cm, leafIndex): retires a free note. */
export function spendNullifierOf(nk: bigint, commitment: bigint, leafIndex: number): bigint {
  return loadedCrypto().poseidon([nk, commitment, BigInt(leafIndex)], TAG_SPEND);
}

/** N = Poseidon(TAG_LOCK; blinding, leafIndex): names a lock. */
export function lockNullifierOf(blinding: bigint, leafIndex: number): bigint {
  return loadedCrypto().poseidon([blinding, BigInt(leafIndex)], TAG_LOCK);
}

/** Blinding of the note that returns the rest of a settled lock to its owner. */
export function restBlindingOf(blinding: bigint): bigint {
  return loadedCrypto().poseidon([blinding], TAG_REST);
}

/** Blinding of the note that a claim's buyer gets out of a lock. */
export function seizedBlindingOf(blinding: bigint): bigint {
  return loadedCrypto().poseidon([blinding], TAG_SEIZED);
}

/** The secret that a settlement seals the buyer's opening with: the low 250 bits of a hash. */
export function seizedEphemeralOf(blinding: bigint): bigint {
  return loadedCrypto().poseidon([blinding], TAG_SEIZED_EPHEMERAL) & ((1n << 250n) - 1n);
}
