import { decodeOrder } from "@hypothec/sdk";
import type { Hex } from "viem";
import { engineAbi, orderQueueAbi } from "../chain/abis.ts";
import { decodeAs } from "../chain/contracts.ts";
import type { StoredEvent } from "../store/events.ts";

/** The opening of a lock as its last accepted proof sealed it to the market's trustee. */
export type SealedProof = {
  account: Hex;
  domain: bigint;
  lockNullifier: bigint;
  ephemeral: { x: bigint; y: bigint };
  sealed: readonly bigint[];
};

export type Account = { id: Hex; market: Hex; controller: Hex };

/** An auction of one lock's claim; `endBlock` once it was sold or cancelled. */
export type Auction = { account: Hex; lockNullifier: bigint; startBlock: number; endBlock: number | null };

/** The margin chain as its events tell it, up to the head. */
export type MarginView = {
  accounts: Map<Hex, Account>;
  /** By lockKey; kept after the lock is gone: its settlement may still be due. */
  proofs: Map<string, SealedProof>;
  /** Locks that back an account now, by account. */
  locks: Map<Hex, Set<string>>;
  /** Blocks in which an account was flagged. */
  flags: Map<Hex, number[]>;
  /** Every auction, oldest first. */
  auctions: Auction[];
  /** Block of the first OrdersSent that carried an order, by `dstEid:id`. */
  sentOrders: Map<string, number>;
  /** HEARTBEATs that engines queued, oldest first; `time` is the margin chain's, seconds. */
  heartbeats: { dstEid: number; vault: Hex; engine: Hex; time: number; block: number }[];
};

export const emptyMarginView = (): MarginView => ({
  accounts: new Map(),
  proofs: new Map(),
  locks: new Map(),
  flags: new Map(),
  auctions: [],
  sentOrders: new Map(),
  heartbeats: [],
});

export const lockKey = (domain: bigint, lockNullifier: bigint): string => `${domain}/${lockNullifier}`;

/** Whether an order went out in a block up to `block`. */
export function isOrderSent(view: MarginView, dstEid: number, id: bigint, block: number): boolean {
  const sentAt = view.sentOrders.get(`${dstEid}:${id}`);
  return sentAt !== undefined && sentAt <= block;
}

/** Adds one event. Mutates: a view is rebuilt, never patched, after a reorg. */
export function applyToMargin(view: MarginView, event: StoredEvent): void {
  if (event.contract === "engine") applyEngine(view, event);
  if (event.contract === "orderQueue") applyOrders(view, event);
}

function applyEngine(view: MarginView, event: StoredEvent): void {
  const opened = decodeAs(engineAbi, "AccountOpened", event);
  if (opened !== undefined) {
    view.accounts.set(opened.account, { id: opened.account, market: opened.market, controller: opened.controller });
    return;
  }
  const proof = decodeAs(engineAbi, "ProofAccepted", event);
  if (proof !== undefined) {
    const key = lockKey(proof.domain, proof.lockNullifier);
    view.locks.set(proof.account, (view.locks.get(proof.account) ?? new Set()).add(key));
    view.proofs.set(key, {
      account: proof.account,
      domain: proof.domain,
      lockNullifier: proof.lockNullifier,
      ephemeral: { x: proof.ephemeralX, y: proof.ephemeralY },
      sealed: proof.sealedOpening,
    });
    return;
  }
  const retired = decodeAs(engineAbi, "LockRetired", event);
  if (retired !== undefined) {
    view.locks.get(retired.account)?.delete(lockKey(retired.domain, retired.lockNullifier));
    return;
  }
  const flagged = decodeAs(engineAbi, "Flagged", event);
  if (flagged !== undefined) {
    view.flags.set(flagged.account, [...(view.flags.get(flagged.account) ?? []), event.blockNumber]);
    return;
  }
  const started = decodeAs(engineAbi, "AuctionStarted", event);
  if (started !== undefined) {
    view.auctions.push({
      account: started.account,
      lockNullifier: started.lockNullifier,
      startBlock: event.blockNumber,
      endBlock: null,
    });
    return;
  }
  const cancelled = decodeAs(engineAbi, "AuctionCancelled", event);
  const sold = decodeAs(engineAbi, "Sold", event);
  const ended = cancelled ?? sold;
  if (ended === undefined) return;
  const auction = view.auctions.findLast(
    ({ account, lockNullifier }) => account === ended.account && lockNullifier === ended.lockNullifier,
  );
  if (auction !== undefined) auction.endBlock = event.blockNumber;
  if (sold === undefined) return;
  for (const key of view.locks.get(sold.account) ?? [])
    if (key.endsWith(`/${sold.lockNullifier}`)) view.locks.get(sold.account)?.delete(key);
}

function applyOrders(view: MarginView, event: StoredEvent): void {
  const queued = decodeAs(orderQueueAbi, "OrderQueued", event);
  if (queued !== undefined) {
    const order = decodeOrder(queued.order);
    if (order.kind !== "heartbeat") return;
    const [vault, engine] = [order.vault.toLowerCase() as Hex, order.engine.toLowerCase() as Hex];
    view.heartbeats.push({ dstEid: queued.dstEid, vault, engine, time: Number(order.time), block: event.blockNumber });
    return;
  }
  const sent = decodeAs(orderQueueAbi, "OrdersSent", event);
  for (const id of sent?.ids ?? []) {
    const key = `${sent?.dstEid}:${id}`;
    if (!view.sentOrders.has(key)) view.sentOrders.set(key, event.blockNumber);
  }
}
