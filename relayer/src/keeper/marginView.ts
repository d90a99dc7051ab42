import { decodeOrder } from "@hypothec/sdk";
import type { Hex } from "viem";
import { creditPoolAbi, engineAbi, orderQueueAbi } from "../chain/abis.ts";
import { decodeAs } from "../chain/contracts.ts";
import type { StoredEvent } from "../store/events.ts";
import { applyToSightings, noSightings, type Sightings } from "../watchman/sightings.ts";

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

/** A claim that the fund or the pool took over, and the sale of what it seized. */
export type Lot = {
  domain: bigint;
  lockNullifier: bigint;
  saleBlock: number | null;
  soldBlock: number | null;
  writtenDownBlock: number | null;
};

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
  /** Claims that were taken over, by lockKey. Blocks; null = not yet. */
  lots: Map<string, Lot>;
  /** Accounts that lost a lock to a sale or a takeover, and the blocks in which they were written off. */
  bereft: Map<Hex, number[]>;
  /** What is provisioned for an account's debt, debt token units, and the blocks in which that changed. */
  provisions: Map<Hex, { assets: bigint; blocks: number[] }>;
  /** Block of the first OrdersSent that carried an order, by `dstEid:id`. */
  sentOrders: Map<string, number>;
  /** HEARTBEATs that engines queued, oldest first; `time` is the margin chain's, seconds. */
  heartbeats: { dstEid: number; id: bigint; vault: Hex; engine: Hex; time: number; block: number }[];
  /** Roots that were accepted, and snapshots that were taken. */
  sightings: Sightings;
};

export const emptyMarginView = (): MarginView => ({
  accounts: new Map(),
  proofs: new Map(),
  locks: new Map(),
  flags: new Map(),
  auctions: [],
  lots: new Map(),
  bereft: new Map(),
  provisions: new Map(),
  sentOrders: new Map(),
  heartbeats: [],
  sightings: noSightings(),
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
  applyToSightings(view.sightings, event);
  const provisioned = event.contract === "pool" ? decodeAs(creditPoolAbi, "Provisioned", event) : undefined;
  if (provisioned === undefined) return;
  const blocks = view.provisions.get(provisioned.account)?.blocks ?? [];
  view.provisions.set(provisioned.account, { assets: provisioned.assets, blocks: [...blocks, event.blockNumber] });
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
    endAuction(view, retired, event.blockNumber);
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
  if (cancelled !== undefined) {
    endAuction(view, cancelled, event.blockNumber);
    return;
  }
  const taken = decodeAs(engineAbi, "TakenOver", event);
  if (taken !== undefined) {
    const { domain, lockNullifier } = taken;
    view.lots.set(lockKey(domain, lockNullifier), {
      domain,
      lockNullifier,
      saleBlock: null,
      soldBlock: null,
      writtenDownBlock: null,
    });
  }
  const bereft = taken ?? decodeAs(engineAbi, "Sold", event);
  if (bereft !== undefined && !view.bereft.has(bereft.account)) view.bereft.set(bereft.account, []);
  const writtenOff = decodeAs(engineAbi, "WrittenOff", event);
  if (writtenOff !== undefined) view.bereft.get(writtenOff.account)?.push(event.blockNumber);
  const onSale = decodeAs(engineAbi, "LotSaleStarted", event);
  const lotSold = decodeAs(engineAbi, "LotSold", event);
  const writtenDown = decodeAs(engineAbi, "LotWrittenDown", event);
  const lot = onSale ?? lotSold ?? writtenDown;
  const known = lot === undefined ? undefined : view.lots.get(lockKey(lot.domain, lot.lockNullifier));
  if (known === undefined) return;
  if (onSale !== undefined) known.saleBlock = event.blockNumber;
  else if (writtenDown !== undefined) known.writtenDownBlock = event.blockNumber;
  else known.soldBlock = event.blockNumber;
}

/** A lock that was retired is in no auction any more, sold, taken over or sent home. */
function endAuction(
  view: MarginView,
  { account, lockNullifier }: { account: Hex; lockNullifier: bigint },
  block: number,
): void {
  const auction = view.auctions.findLast(
    (each) => each.account === account && each.lockNullifier === lockNullifier && each.endBlock === null,
  );
  if (auction !== undefined) auction.endBlock = block;
}

function applyOrders(view: MarginView, event: StoredEvent): void {
  const queued = decodeAs(orderQueueAbi, "OrderQueued", event);
  if (queued !== undefined) {
    const order = decodeOrder(queued.order);
    if (order.kind !== "heartbeat") return;
    const [vault, engine] = [order.vault.toLowerCase() as Hex, order.engine.toLowerCase() as Hex];
    const { dstEid, id } = queued;
    view.heartbeats.push({ dstEid, id, vault, engine, time: Number(order.time), block: event.blockNumber });
    return;
  }
  const sent = decodeAs(orderQueueAbi, "OrdersSent", event);
  for (const id of sent?.ids ?? []) {
    const key = `${sent?.dstEid}:${id}`;
    if (!view.sentOrders.has(key)) view.sentOrders.set(key, event.blockNumber);
  }
}
