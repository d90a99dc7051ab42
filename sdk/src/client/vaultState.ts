import type { Address, Hash, Hex } from "viem";

import type { Crypto } from "../crypto/crypto.ts";
import type { Point } from "../crypto/babyjub.ts";
import type { PackedAmounts } from "../notes/amounts.ts";
import type { SettleOrder } from "../proofs/settle.ts";
import type { Entry } from "../tree/leaf.ts";
import { NoteTree } from "../tree/noteTree.ts";

/** A deposit as the vault logged it. */
export interface DepositRecord {
  readonly depositor: Address;
  readonly pre: bigint;
  readonly slot: number;
  /** Shared units. */
  readonly amount: bigint;
  readonly memo: Hex;
}

/** A transact as the vault logged it. */
export interface TransactRecord {
  readonly nullifiers: readonly [bigint, bigint];
  readonly commitments: readonly [bigint, bigint];
  readonly memos: readonly [Hex, Hex];
}

/** A settlement as the vault logged it. */
export interface SettledRecord {
  readonly domain: bigint;
  readonly lockNullifier: bigint;
  /** µUSD. */
  readonly claim: bigint;
  /** 0 when there is no buyer. */
  readonly buyerCommitment: bigint;
  readonly restCommitment: bigint;
  readonly ephemeral: Point;
  readonly sealed: readonly bigint[];
}

/** What a PUBLIC settlement seized, packed, shared units. */
export interface PayoutRecord extends PackedAmounts {
  readonly domain: bigint;
  readonly lockNullifier: bigint;
}

/** Everything public about one vault up to a block: what a wallet needs to find and use its notes. */
export interface VaultState {
  readonly chainId: number;
  readonly vault: Address;
  /** The first block that was not read yet. */
  readonly nextBlock: bigint;
  /** The last block that was read: if its hash has changed, the chain was reorganised. */
  readonly head: { readonly number: bigint; readonly hash: Hash } | undefined;
  /** Queued entries by chunk; the last chunks may not be appended, the very last not sealed. */
  readonly chunks: readonly (readonly Entry[])[];
  /** How many of them are sealed. */
  readonly sealedChunks: number;
  /** The appended chunks. */
  readonly tree: NoteTree;
  /** roots[i]: after i chunks; undefined where the vault never had that root, because it took chunk i − 1 and more at once. */
  readonly roots: readonly (bigint | undefined)[];
  readonly deposits: readonly DepositRecord[];
  readonly transacts: readonly TransactRecord[];
  readonly settled: readonly SettledRecord[];
  readonly payouts: readonly PayoutRecord[];
  /** Recorded SETTLE orders by {@link orderKey}. */
  readonly orders: ReadonlyMap<string, SettleOrder>;
  /** Spend nullifiers. */
  readonly spent: ReadonlySet<bigint>;
}

/** The same while it is being built. */
export type VaultStateDraft = {
  -readonly [K in keyof VaultState]: VaultState[K] extends readonly (infer T)[]
    ? T[]
    : VaultState[K] extends ReadonlyMap<infer A, infer B>
      ? Map<A, B>
      : VaultState[K] extends ReadonlySet<infer T>
        ? Set<T>
        : VaultState[K];
};

/** Key of a lock in {@link VaultState.orders}. */
export function orderKey(domain: bigint, lockNullifier: bigint): string {
  return `${domain}:${lockNullifier}`;
}

export interface EmptyVaultStateParameters {
  readonly crypto: Crypto;
  readonly chainId: number;
  readonly vault: Address;
  readonly startBlock: bigint;
}

/** The state of a vault before its first block. */
export function emptyVaultState({ crypto, chainId, vault, startBlock }: EmptyVaultStateParameters): VaultState {
  const tree = NoteTree.create(crypto);
  return {
    chainId,
    vault,
    nextBlock: startBlock,
    head: undefined,
    chunks: [],
    sealedChunks: 0,
    tree,
    roots: [tree.root],
    deposits: [],
    transacts: [],
    settled: [],
    payouts: [],
    orders: new Map(),
    spent: new Set(),
  };
}

/** A copy to change. */
export function draftOf(state: VaultState): VaultStateDraft {
  return {
    ...state,
    chunks: [...state.chunks],
    tree: state.tree.clone(),
    roots: [...state.roots],
    deposits: [...state.deposits],
    transacts: [...state.transacts],
    settled: [...state.settled],
    payouts: [...state.payouts],
    orders: new Map(state.orders),
    spent: new Set(state.spent),
  };
}
