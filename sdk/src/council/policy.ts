import type { Address, Hex } from "viem";

import type { Point } from "../crypto/babyjub.ts";
import { settleOrderHash } from "../proofs/orders.ts";
import type { SettleOrder } from "../proofs/settle.ts";
import type { Council } from "./council.ts";
import { digestOf } from "./transcript.ts";
import { pointText, wordText } from "./wire.ts";

/** What a margin proof sealed, as the engine's event tells it. */
export interface SealedLock {
  readonly domain: bigint;
  readonly lockNullifier: bigint;
  readonly ephemeral: Point;
  readonly sealed: readonly bigint[];
  /** The trustee of the market whose account the lock backs, as the engine holds it (8·R). */
  readonly trustee: Point;
}

/** Why a lock is to be settled. The member read all of it itself, in final blocks of the vault chain. */
export interface SettleGrounds {
  readonly kind: "settle";
  /** The order that a SettleRecorded event holds. */
  readonly order: SettleOrder;
  /** Domain of that event. */
  readonly domain: bigint;
  /** The vault that the member serves. */
  readonly vault: Address;
  /** `OrderInbox.executable(domain, N)` in the newest final block; undefined while none is known. */
  readonly executable: { readonly orderHash: Hex; readonly isEscape: boolean } | undefined;
  /** `CollateralVault.isLockSpent(N)`. */
  readonly isSpent: boolean;
}

/** Why a lock is to be valued. The member read all of it itself from the margin chain. */
export interface ValuationGrounds {
  readonly kind: "valuation";
  readonly engine: Address;
  readonly account: Hex;
  readonly domain: bigint;
  /** Of the auction. */
  readonly lockNullifier: bigint;
  /** When the auction began, seconds. It tells this auction from later ones of the same lock. */
  readonly startedAt: bigint;
  readonly startBlock: number;
  /** null while it runs. */
  readonly endBlock: number | null;
  /** The newest final block; below 0 while none is known. */
  readonly finalised: number;
  /** X that a buyer would get now, and G, µUSD. */
  readonly claim: bigint;
  readonly guarantee: bigint;
  /** The valuation posted in this auction, µUSD; 0 = none. */
  readonly posted: bigint;
}

export type DecryptionGrounds = SettleGrounds | ValuationGrounds;

/** What a partial decryption is for. Take it from {@link decideDecryption}: whoever makes one by hand has decided nothing. */
export interface DecryptionPurpose {
  readonly kind: DecryptionGrounds["kind"];
  readonly domain: bigint;
  readonly lockNullifier: bigint;
  readonly ephemeral: Point;
  /** The SETTLE's hash, or one of the auction. */
  readonly subject: Hex;
}

export type DecryptionDecision =
  | { readonly allowed: true; readonly purpose: DecryptionPurpose }
  | { readonly allowed: false; readonly reason: string };

/**
 * Whether a member may give its partial decryption of a lock's opening: the rule that a single trustee follows. Either a SETTLE of
 * the lock came from the margin chain, is executable on the vault chain in a final block and not yet carried out; or the lock is in
 * an auction that is final and running, whose claim exceeds its guarantee and has no valuation yet.
 */
export function decideDecryption(council: Council, lock: SealedLock, grounds: DecryptionGrounds): DecryptionDecision {
  const reason = objection(council, lock, grounds);
  if (reason !== undefined) return { allowed: false, reason };
  const { domain, lockNullifier, ephemeral } = lock;
  return {
    allowed: true,
    purpose: { kind: grounds.kind, domain, lockNullifier, ephemeral, subject: subjectOf(grounds) },
  };
}

/** What partial decryptions are bound to: the council, the lock and its seal, and why it is opened. */
export function purposeHash(council: Council, purpose: DecryptionPurpose): Hex {
  const { kind, domain, lockNullifier, ephemeral, subject } = purpose;
  return digestOf("hypothec.council.purpose.1", {
    council: council.id,
    key: pointText(council.key),
    kind,
    domain: wordText(domain),
    lockNullifier: wordText(lockNullifier),
    ephemeral: pointText(ephemeral),
    subject,
  });
}

function objection(council: Council, lock: SealedLock, grounds: DecryptionGrounds): string | undefined {
  if (lock.trustee.x !== council.key.x || lock.trustee.y !== council.key.y) return "the market has another trustee";
  const lockNullifier = grounds.kind === "settle" ? grounds.order.lockNullifier : grounds.lockNullifier;
  if (grounds.domain !== lock.domain || lockNullifier !== lock.lockNullifier) return "it is about another lock";
  return grounds.kind === "settle" ? settleObjection(grounds) : valuationObjection(grounds);
}

function settleObjection({ order, vault, executable, isSpent }: SettleGrounds): string | undefined {
  if (order.vault.toLowerCase() !== vault.toLowerCase()) return "the order is of another vault";
  if (executable?.orderHash !== settleOrderHash(order)) return "the order is not executable in a final block";
  if (executable.isEscape) return "an escape is its owner's to settle";
  return isSpent ? "the lock is settled" : undefined;
}

function valuationObjection(grounds: ValuationGrounds): string | undefined {
  if (grounds.endBlock !== null) return "the auction is over";
  if (grounds.finalised < grounds.startBlock) return "the auction is not final";
  if (grounds.claim <= grounds.guarantee) return "the claim does not exceed the guarantee";
  return grounds.posted > 0n ? "the lock is valued" : undefined;
}

function subjectOf(grounds: DecryptionGrounds): Hex {
  if (grounds.kind === "settle") return settleOrderHash(grounds.order);
  const { engine, account, startedAt } = grounds;
  return digestOf("hypothec.council.auction.1", {
    engine: engine.toLowerCase(),
    account: account.toLowerCase(),
    startedAt: wordText(startedAt),
  });
}
