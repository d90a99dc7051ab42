import { hexToBigInt, type Address } from "viem";

import { collateralVaultAbi, orderInboxAbi } from "../abis/index.ts";
import type { HypothecClient } from "../client/client.ts";
import { orderKey, type VaultState } from "../client/vaultState.ts";
import { reading, write, type WriteResult } from "../client/write.ts";
import { openSealed } from "../crypto/seal.ts";
import { HypothecError } from "../errors/base.ts";
import { unpackAmounts } from "../notes/amounts.ts";
import { commitmentOf, lockNullifierOf, type Note } from "../notes/note.ts";
import { asSettleOrderStruct, settleOrderHash } from "../proofs/orders.ts";
import { settleWitness, type SettleOpening, type SettleOrder } from "../proofs/settle.ts";
import type { Prover } from "../proofs/types.ts";
import { getAccount } from "./marginReads.ts";
import { getProofsAccepted } from "./reads.ts";

/** What a lock hides, and the address it is locked to. */
export interface LockOpening {
  readonly opening: SettleOpening;
  readonly controller: Address | bigint;
}

/** The opening of one's own lock. */
export function openingOf(note: Note): LockOpening {
  const { amounts, blinding, owner, leafIndex, controller } = note;
  return { opening: { amounts, blinding, pk: owner, leafIndex }, controller };
}

export interface OpenLockParameters {
  readonly lockNullifier: bigint;
  /** The trustee's secret scalar. */
  readonly secret: bigint;
  /** For checking that the opening is the lock's. */
  readonly state: VaultState;
}

/**
 * Open a lock as the market's trustee, from the last proof that the engine accepted for it.
 *
 * @throws HypothecError `trustee.noProof`, `trustee.wrongKey`.
 */
export async function openLock(
  client: HypothecClient,
  { lockNullifier, secret, state }: OpenLockParameters,
): Promise<LockOpening> {
  const range = {
    fromBlock: BigInt(client.deployment.marginChain.startBlock),
    toBlock: await client.margin.public.getBlockNumber(),
  };
  const accepted = (await getProofsAccepted(client, range, { domain: client.domain, lockNullifier })).at(-1)?.args;
  if (accepted === undefined) {
    throw new HypothecError("The engine never accepted a proof of this lock, so nothing is sealed to a trustee", {
      code: "trustee.noProof",
      whatToDo: "Only its owner can settle it.",
    });
  }
  const { controller } = await getAccount(client, accepted.account);
  const ephemeral = { x: accepted.ephemeralX, y: accepted.ephemeralY };
  const [lo, hi, blinding, pk, leaf] = openSealed({ secret, ephemeral, sealed: accepted.sealedOpening, lockNullifier });
  const wrongKey = () =>
    new HypothecError("The secret does not open this lock", {
      code: "trustee.wrongKey",
      whatToDo: "Use the secret of the market's trustee key.",
    });
  if (lo! >> 252n !== 0n || hi! >> 252n !== 0n || leaf! >= BigInt(state.tree.leafCount)) throw wrongKey();
  const leafIndex = Number(leaf);
  const amounts = unpackAmounts({ lo: lo!, hi: hi! });
  const note = { amounts, owner: pk!, blinding: blinding!, domain: client.domain, controller: hexToBigInt(controller) };
  const isRight =
    lockNullifierOf(blinding!, leafIndex) === lockNullifier && commitmentOf(note) === state.tree.leaf(leafIndex);
  if (!isRight) throw wrongKey();
  return { opening: { amounts, blinding: blinding!, pk: pk!, leafIndex }, controller };
}

export interface SettleParameters extends LockOpening {
  /** Synced: holds the recorded order and the tree. */
  readonly state: VaultState;
  readonly prover: Prover;
  /** @default the one recorded for the opening's lock */
  readonly order?: SettleOrder | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface SettleResult extends WriteResult {
  readonly order: SettleOrder;
  readonly restCommitment: bigint;
  /** 0 when there is no buyer. */
  readonly buyerCommitment: bigint;
  readonly provingMs: number;
}

/**
 * Carry out a recorded order on the lock it belongs to. Anyone who knows the opening may; none can choose or take anything.
 *
 * @example
 * await settle(client, { ...openingOf(lockNote), state, prover });                     // the borrower
 * await settle(client, { ...(await openLock(client, { … })), state, prover });         // the trustee
 * @throws HypothecError `order.none`, `order.waits`, `order.delayed`, `proof.*`, or the vault's.
 */
export async function settle(client: HypothecClient, parameters: SettleParameters): Promise<SettleResult> {
  const { opening, controller, state, prover, signal } = parameters;
  const leafIndex = Number(opening.leafIndex);
  const order = parameters.order ?? recordedOrder(client, state, lockNullifierOf(opening.blinding, leafIndex));
  await assertExecutable(client, order);
  const witness = settleWitness({
    order,
    domain: client.domain,
    opening,
    controller,
    path: state.tree.path(leafIndex),
  });
  const started = performance.now();
  const proof = await prover.prove(witness, { signal });
  const provingMs = performance.now() - started;
  const { vault, entryFee } = client.deployment.vaultChain;
  const notes = order.claim > 0n && !order.isPublic ? 2n : 1n;
  const { hash, receipt } = await write(client, {
    side: "vault",
    address: vault,
    abi: collateralVaultAbi,
    functionName: "settle",
    args: [asSettleOrderStruct(order), client.deployment.marginChain.eid, witness.params, proof],
    value: notes * BigInt(entryFee),
  });
  const { restCommitment, buyerCommitment } = witness.params;
  return { hash, receipt, order, restCommitment, buyerCommitment, provingMs };
}

function recordedOrder(client: HypothecClient, state: VaultState, lockNullifier: bigint): SettleOrder {
  const order = state.orders.get(orderKey(client.domain, lockNullifier));
  if (order === undefined) {
    throw new HypothecError("No settlement order of this lock has arrived on the vault chain", {
      code: "order.none",
      args: { lockNullifier },
      whatToDo: "Release the lock or wait for its sale; then wait for the message (sendOrders), and sync.",
    });
  }
  return order;
}

async function assertExecutable(client: HypothecClient, order: SettleOrder): Promise<void> {
  const inbox = {
    address: client.deployment.vaultChain.orderInbox,
    abi: orderInboxAbi,
    args: [client.domain, order.lockNullifier],
  } as const;
  const executable = await reading(client, "vault", "reading the order", () =>
    client.vault.public.readContract({ ...inbox, functionName: "executable" }),
  );
  if (executable[0] === settleOrderHash(order)) return;
  const [[recorded, openedCoverage], [executableAt, vetoedUntil]] = await reading(
    client,
    "vault",
    "reading the order",
    () =>
      Promise.all([
        client.vault.public.readContract({ ...inbox, functionName: "orders" }),
        client.vault.public.readContract({ ...inbox, functionName: "delays" }),
      ]),
  );
  if (recorded === settleOrderHash(order) && order.claim <= openedCoverage) {
    const until = Math.max(executableAt, vetoedUntil);
    const why = vetoedUntil > executableAt ? "is vetoed" : "is a large one and waits";
    throw new HypothecError(`The order ${why} until ${new Date(until * 1_000).toISOString()}`, {
      code: "order.delayed",
      args: { executableAt, vetoedUntil },
      whatToDo: "Settle it then; if its veto ended in a cancellation, send it again (sendOrders).",
    });
  }
  if (recorded === settleOrderHash(order)) {
    throw new HypothecError(
      `The claim of ${order.claim} µUSD waits for its notice; the largest so far is ${openedCoverage} µUSD`,
      {
        code: "order.waits",
        args: { claim: order.claim, openedCoverage },
        whatToDo: "Wait for the OPENED message (sendOrders sends it again).",
      },
    );
  }
  throw new HypothecError("The vault chain has not recorded this order", {
    code: "order.none",
    whatToDo: "Sync, and settle the recorded one.",
  });
}
