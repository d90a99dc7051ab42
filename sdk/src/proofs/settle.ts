import { hexToBigInt, type Address } from "viem";

import { isIdentity, isInSubgroup, type Point } from "../crypto/babyjub.ts";
import { sealTo } from "../crypto/seal.ts";
import { HypothecError } from "../errors/base.ts";
import { packAmounts, unpackAmounts, ZERO_AMOUNTS, type Amounts } from "../notes/amounts.ts";
import {
  commitmentOf,
  lockNullifierOf,
  restBlindingOf,
  seizedBlindingOf,
  seizedEphemeralOf,
  type NoteOpening,
} from "../notes/note.ts";
import { divideBasket, type Settlement } from "../notes/settlement.ts";
import type { TreePath } from "../tree/noteTree.ts";
import { buildWitness } from "./digest.ts";
import { flattenSettle, type SettlePublicValues, type SettleSecrets } from "./generated/publicValues.ts";
import { assertLockOf } from "./margin.ts";
import { assertInTree } from "./membership.ts";
import type { Witness } from "./types.ts";

/** A settlement order, as the Solidity struct. */
export interface SettleOrder {
  readonly vault: Address;
  readonly engine: Address;
  readonly lockNullifier: bigint;
  /** X, µUSD. */
  readonly claim: bigint;
  readonly seizurePricesX64: readonly bigint[];
  readonly isPublic: boolean;
  /** pk_b. */
  readonly buyerOwner: bigint;
  /** In the prime-order subgroup; (0, 0) when there is no buyer. */
  readonly buyerKey: Point;
}

/** What a lock hides, without its domain and controller: packed (as a trustee opens it) or as amounts. */
export type SettleOpening = {
  readonly blinding: bigint;
  /** pk of the lock's owner. */
  readonly pk: bigint;
  readonly leafIndex: number | bigint;
} & ({ readonly amounts: Amounts } | { readonly lo: bigint; readonly hi: bigint });

export interface SettleWitnessParameters {
  readonly order: SettleOrder;
  readonly domain: bigint;
  readonly opening: SettleOpening;
  /** The address on the margin chain that the lock names. */
  readonly controller: Address | bigint;
  /** A root the vault has had. @default the path's */
  readonly root?: bigint;
  readonly path: TreePath;
}

/** Solidity's SettleParams. */
export interface SettleParams {
  readonly root: bigint;
  readonly payoutLo: bigint;
  readonly payoutHi: bigint;
  readonly buyerCommitment: bigint;
  readonly restCommitment: bigint;
  readonly ephemeralX: bigint;
  readonly ephemeralY: bigint;
  readonly sealedOpening: readonly [bigint, bigint, bigint];
}

export type SettleWitness = Witness & { readonly params: SettleParams; readonly settlement: Settlement };

/**
 * The witness that executes an order on the lock it belongs to. Every output follows from the order and the opening.
 *
 * @throws HypothecError `proof.orderLock` (opening of another lock), `proof.domain`, `proof.notInTree`, `proof.buyerKey`.
 */
export function settleWitness(parameters: SettleWitnessParameters): SettleWitness {
  const { order, domain, path } = parameters;
  const lock = lockOf(parameters);
  const leafIndex = Number(parameters.opening.leafIndex);
  assertLockOf(lock, domain);
  if (path.leafIndex !== leafIndex || (parameters.root !== undefined && parameters.root !== path.root)) {
    throw new HypothecError("The path is of another leaf or root than the opening", {
      code: "proof.notInTree",
      args: { leafIndex, path: path.leafIndex },
      whatToDo: "Take the path of the opening's leafIndex from the synced state.",
    });
  }
  if (lockNullifierOf(lock.blinding, leafIndex) !== order.lockNullifier) {
    throw new HypothecError("The opening belongs to another lock than the order", {
      code: "proof.orderLock",
      args: { lockNullifier: order.lockNullifier },
      whatToDo: "Open the sealed opening of this lock's last accepted proof, with the right trustee key.",
    });
  }
  assertInTree(commitmentOf(lock), path);

  const settlement = divideBasket({ ...order, amounts: lock.amounts });
  const buyer = buyerNote(order, lock.blinding, settlement.seized);
  const payout = packAmounts(order.isPublic ? settlement.seized : ZERO_AMOUNTS);
  const restCommitment = commitmentOf({
    amounts: settlement.rest,
    owner: lock.owner,
    blinding: restBlindingOf(lock.blinding),
    domain: 0n,
    controller: 0n,
  });
  const publicInputs: SettlePublicValues = {
    root: path.root,
    lockNullifier: order.lockNullifier,
    domain,
    claim: order.claim,
    seizurePriceX64: order.seizurePricesX64,
    isPublic: order.isPublic ? 1n : 0n,
    buyerOwner: order.buyerOwner,
    buyerKeyX: order.buyerKey.x,
    buyerKeyY: order.buyerKey.y,
    payoutLo: payout.lo,
    payoutHi: payout.hi,
    buyerCommitment: buyer.commitment,
    restCommitment,
    ephemeralX: buyer.ephemeral.x,
    ephemeralY: buyer.ephemeral.y,
    sealed: buyer.sealed,
  };
  const secretInputs: SettleSecrets = {
    amount: lock.amounts,
    owner: lock.owner,
    blinding: lock.blinding,
    controller: lock.controller,
    leafIndex: BigInt(leafIndex),
    sibling: path.siblings,
  };
  const witness = buildWitness({ circuit: "settle", publicInputs, secretInputs, values: flattenSettle(publicInputs) });
  const params: SettleParams = {
    root: path.root,
    payoutLo: payout.lo,
    payoutHi: payout.hi,
    buyerCommitment: buyer.commitment,
    restCommitment,
    ephemeralX: buyer.ephemeral.x,
    ephemeralY: buyer.ephemeral.y,
    sealedOpening: buyer.sealed,
  };
  return { ...witness, params, settlement };
}

function lockOf({ opening, domain, controller }: SettleWitnessParameters): NoteOpening {
  return {
    amounts: "amounts" in opening ? opening.amounts : unpackAmounts(opening),
    owner: opening.pk,
    blinding: opening.blinding,
    domain,
    controller: typeof controller === "bigint" ? controller : hexToBigInt(controller),
  };
}

interface BuyerNote {
  readonly commitment: bigint;
  readonly ephemeral: Point;
  readonly sealed: readonly [bigint, bigint, bigint];
}

function buyerNote(order: SettleOrder, blinding: bigint, seized: Amounts): BuyerNote {
  if (order.claim === 0n || order.isPublic)
    return { commitment: 0n, ephemeral: { x: 0n, y: 0n }, sealed: [0n, 0n, 0n] };
  if (!isInSubgroup(order.buyerKey) || isIdentity(order.buyerKey)) {
    throw new HypothecError("The order's buyer key is not of prime order", {
      code: "proof.buyerKey",
      whatToDo: "Such an order cannot be recorded by an honest engine; check where it was read from.",
    });
  }
  const seizedBlinding = seizedBlindingOf(blinding);
  const { lo, hi } = packAmounts(seized);
  const { ephemeral, sealed } = sealTo({
    key: order.buyerKey,
    ephemeralSecret: seizedEphemeralOf(blinding),
    lockNullifier: order.lockNullifier,
    message: [lo, hi, seizedBlinding],
  });
  const commitment = commitmentOf({
    amounts: seized,
    owner: order.buyerOwner,
    blinding: seizedBlinding,
    domain: 0n,
    controller: 0n,
  });
  return { commitment, ephemeral, sealed: sealed as [bigint, bigint, bigint] };
}
