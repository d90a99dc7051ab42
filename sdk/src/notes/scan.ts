import { hexToBigInt, type Address, type Hex } from "viem";

import { orderKey, type SettledRecord, type VaultState } from "../client/vaultState.ts";
import type { Keys } from "../keys/derive.ts";
import type { SettleOrder } from "../proofs/settle.ts";
import { CHUNK_LEAVES } from "../tree/noteTree.ts";
import { parseMeta } from "../tree/leaf.ts";
import { isZeroAmounts, toAmounts, unpackAmounts, type Amounts, type PackedAmounts } from "./amounts.ts";
import { decryptMemo, type MemoContent } from "./memo.ts";
import {
  commitmentOf,
  lockNullifierOf,
  precommitmentOf,
  restBlindingOf,
  spendNullifierOf,
  type Note,
  type NoteOpening,
  type NoteOrigin,
} from "./note.ts";
import { divideBasket } from "./settlement.ts";

export interface ScanOptions {
  /**
   * Addresses on the margin chain that are the owner's own: a lock under one of them counts even if another made it.
   * Locks that the owner made count in any case.
   */
  readonly controllers?: readonly Address[] | undefined;
}

/** Deposits without a memo are looked for until this many indices in a row have none. */
export const DEPOSIT_GAP = 20;

/**
 * The owner's notes in a vault: deposits, payments, change, locks, rests of settled locks, bought claims.
 *
 * A lock counts only if its owner made it (the transact spent one of its own notes) or its controller is given: under
 * someone else's controller it is no payment, whoever its owner is. Its rest, once settled, is.
 */
export function scanNotes(keys: Keys, state: VaultState, options: ScanOptions = {}): Note[] {
  const scan = new Scan(keys, state);
  scan.findDeposits();
  scan.findOutputs();
  scan.findBought();
  scan.findRests();
  return scan.notes(new Set((options.controllers ?? []).map((controller) => hexToBigInt(controller))));
}

interface Found extends NoteOpening {
  readonly nkIndex: number;
  readonly origin: NoteOrigin;
  readonly commitment: bigint;
  readonly leafIndex: number;
  /** Nullifiers of the transact that made it. */
  readonly madeBy: readonly bigint[];
}

class Scan {
  readonly #keys: Keys;
  readonly #state: VaultState;
  readonly #leaves = new Map<bigint, number[]>();
  readonly #found = new Map<number, Found>();
  readonly #settled: ReadonlyMap<string, SettledRecord>;
  readonly #payouts: ReadonlyMap<string, PackedAmounts>;

  constructor(keys: Keys, state: VaultState) {
    this.#keys = keys;
    this.#state = state;
    state.chunks.forEach((entries, chunk) =>
      entries.forEach((entry, position) => {
        const leaves = this.#leaves.get(entry.value);
        if (leaves === undefined) this.#leaves.set(entry.value, [CHUNK_LEAVES * chunk + position]);
        else leaves.push(CHUNK_LEAVES * chunk + position);
      }),
    );
    this.#settled = new Map(state.settled.map((record) => [orderKey(record.domain, record.lockNullifier), record]));
    this.#payouts = new Map(state.payouts.map((record) => [orderKey(record.domain, record.lockNullifier), record]));
  }

  findDeposits(): void {
    const pres = new Set(this.#state.deposits.map((deposit) => deposit.pre));
    const byBlinding = new Map<bigint, { blinding: bigint; nkIndex: number }>();
    for (let index = 0, misses = 0; misses < DEPOSIT_GAP; index++) {
      const blinding = this.#keys.depositBlinding(index);
      const pre = precommitmentOf(this.#keys.owner(0), blinding);
      if (pres.has(pre)) byBlinding.set(pre, { blinding, nkIndex: 0 });
      misses = pres.has(pre) ? 0 : misses + 1;
    }
    for (const { pre, memo } of this.#state.deposits) {
      const content = this.#decrypt(memo);
      const told = content === undefined ? undefined : { blinding: content.blinding, nkIndex: content.nkIndex };
      const isOurs = told !== undefined && precommitmentOf(this.#keys.owner(told.nkIndex), told.blinding) === pre;
      const secret = isOurs ? told : byBlinding.get(pre);
      if (secret !== undefined) this.#addDeposits(pre, secret, "deposit");
    }
  }

  /** Amount and slot come from the queue, never from the memo. */
  #addDeposits(pre: bigint, { blinding, nkIndex }: { blinding: bigint; nkIndex: number }, origin: NoteOrigin): void {
    for (const leafIndex of this.#leaves.get(pre) ?? []) {
      const meta = parseMeta(this.#entryAt(leafIndex).meta);
      if (meta.kind !== "deposit") continue;
      const amounts = toAmounts({ [meta.slot]: meta.amount });
      const opening = { amounts, owner: this.#keys.owner(nkIndex), blinding, domain: 0n, controller: 0n };
      this.#add({ ...opening, nkIndex, origin, commitment: commitmentOf(opening), leafIndex, madeBy: [] });
    }
  }

  findOutputs(): void {
    for (const { commitments, memos, nullifiers } of this.#state.transacts) {
      commitments.forEach((commitment, i) => {
        const content = this.#decrypt(memos[i]!);
        if (content === undefined || isZeroAmounts(content.amounts)) return;
        const { nkIndex, ...told } = content;
        const opening = { ...told, owner: this.#keys.owner(nkIndex) };
        if (hashOrUndefined(opening) !== commitment) return; // the memo does not say what the note is
        this.#addAll({ ...opening, nkIndex, origin: "transact", madeBy: nullifiers }, commitment);
      });
    }
  }

  findBought(): void {
    for (const { lockNullifier, buyerCommitment, ephemeral, sealed } of this.#state.settled) {
      if (buyerCommitment === 0n) continue;
      const [lo, hi, blinding] = this.#keys.encryption.open({ ephemeral, sealed, lockNullifier });
      const amounts = unpackOrUndefined(lo!, hi!);
      if (amounts === undefined) continue;
      const opening = { amounts, owner: this.#keys.owner(0), blinding: blinding!, domain: 0n, controller: 0n };
      if (commitmentOf(opening) !== buyerCommitment) continue;
      this.#addAll({ ...opening, nkIndex: 0, origin: "bought", madeBy: [] }, buyerCommitment);
    }
  }

  findRests(): void {
    for (const lock of [...this.#found.values()]) {
      if (lock.domain === 0n) continue;
      const key = orderKey(lock.domain, lockNullifierOf(lock.blinding, lock.leafIndex));
      const record = this.#settled.get(key);
      if (record === undefined) continue;
      const opening = restOpening(lock, record.claim, this.#payouts.get(key), this.#state.orders.get(key));
      if (commitmentOf(opening) !== record.restCommitment) continue;
      // What of a public claim was given back became deposits under the rest's pre-commitment.
      this.#addDeposits(
        precommitmentOf(opening.owner, opening.blinding),
        { ...opening, nkIndex: lock.nkIndex },
        "rest",
      );
      if (isZeroAmounts(opening.amounts)) continue;
      this.#addAll({ ...opening, nkIndex: lock.nkIndex, origin: "rest", madeBy: [] }, record.restCommitment);
    }
  }

  notes(controllers: ReadonlySet<bigint>): Note[] {
    const all = [...this.#found.values()].sort((a, b) => a.leafIndex - b.leafIndex).map((found) => this.#toNote(found));
    const ownNullifiers = new Set(all.filter((note) => note.domain === 0n).map((note) => note.nullifier));
    return all.filter((note) => {
      if (note.domain === 0n) return true;
      const { madeBy } = this.#found.get(note.leafIndex)!;
      return controllers.has(note.controller) || madeBy.some((nullifier) => ownNullifiers.has(nullifier));
    });
  }

  #toNote({ madeBy: _, ...found }: Found): Note {
    const isLock = found.domain !== 0n;
    const nullifier = isLock
      ? lockNullifierOf(found.blinding, found.leafIndex)
      : spendNullifierOf(this.#keys.nk(found.nkIndex), found.commitment, found.leafIndex);
    const isQueued = found.leafIndex >= this.#state.tree.leafCount;
    const status = isLock
      ? this.#settled.has(orderKey(found.domain, nullifier)) && "settled"
      : this.#state.spent.has(nullifier) && "spent";
    return { ...found, nullifier, status: status || (isQueued ? "queued" : "available") };
  }

  #addAll(found: Omit<Found, "commitment" | "leafIndex">, commitment: bigint): void {
    for (const leafIndex of this.#leaves.get(commitment) ?? []) {
      if (parseMeta(this.#entryAt(leafIndex).meta).kind === "note") this.#add({ ...found, commitment, leafIndex });
    }
  }

  #add(found: Found): void {
    if (!this.#found.has(found.leafIndex)) this.#found.set(found.leafIndex, found);
  }

  #entryAt(leafIndex: number) {
    return this.#state.chunks[Math.floor(leafIndex / CHUNK_LEAVES)]![leafIndex % CHUNK_LEAVES]!;
  }

  /** Trial decryption is the slow part of a scan and its result never changes. */
  #decrypt(memo: Hex): MemoContent | undefined {
    let known = decrypted.get(this.#keys);
    if (known === undefined) {
      known = new Map();
      decrypted.set(this.#keys, known);
    }
    if (!known.has(memo)) known.set(memo, decryptMemo(this.#keys.view, memo));
    return known.get(memo);
  }
}

/**
 * The note that a settled lock's rest became, zero amounts included: what `returnExcess` asks for.
 *
 * @returns undefined when the state has no settlement of the lock.
 */
export function restOf(state: VaultState, lock: NoteOpening & { readonly nullifier: bigint }): NoteOpening | undefined {
  const isOfLock = (record: { domain: bigint; lockNullifier: bigint }) =>
    record.domain === lock.domain && record.lockNullifier === lock.nullifier;
  const record = state.settled.find(isOfLock);
  if (record === undefined) return undefined;
  const order = state.orders.get(orderKey(lock.domain, lock.nullifier));
  return restOpening(lock, record.claim, state.payouts.find(isOfLock), order);
}

/** A public payout says what was seized; else the order's prices do. */
function restOpening(
  lock: NoteOpening,
  claim: bigint,
  payout: PackedAmounts | undefined,
  order: SettleOrder | undefined,
): NoteOpening {
  const seized = payout === undefined ? undefined : unpackAmounts(payout);
  const amounts =
    seized === undefined
      ? divideBasket({ amounts: lock.amounts, claim, seizurePricesX64: order?.seizurePricesX64 ?? [] }).rest
      : lock.amounts.map((amount, i) => amount - seized[i]!);
  return { amounts, owner: lock.owner, blinding: restBlindingOf(lock.blinding), domain: 0n, controller: 0n };
}

const decrypted = new WeakMap<Keys, Map<Hex, MemoContent | undefined>>();

function hashOrUndefined(opening: NoteOpening): bigint | undefined {
  try {
    return commitmentOf(opening);
  } catch {
    return undefined; // a memo with values that are no field elements
  }
}

function unpackOrUndefined(lo: bigint, hi: bigint): Amounts | undefined {
  return lo >> 252n === 0n && hi >> 252n === 0n ? unpackAmounts({ lo, hi }) : undefined;
}
