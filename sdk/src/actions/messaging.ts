import type { Hex } from "viem";

import { marginEngineAbi, orderQueueAbi, rootInboxAbi, vaultMessengerAbi } from "../abis/index.ts";
import type { HypothecClient } from "../client/client.ts";
import { findMarket } from "../client/deployment.ts";
import { reading, write, type WriteResult } from "../client/write.ts";
import { HypothecError } from "../errors/base.ts";
import { unpackAmounts, type Amounts } from "../notes/amounts.ts";
import { getQueuedOrders, getSentOrders } from "./reads.ts";

/** Orders that one message carries at most. */
export const MAX_ORDERS_PER_MESSAGE = 32;

export interface LzOptions {
  /** LayerZero type 3 options on top of those that the pathway enforces. @default "0x" */
  readonly extraOptions?: Hex | undefined;
}

/** What an attestation costs now, wei. */
export function quoteAttestation(client: HypothecClient, { extraOptions = "0x" }: LzOptions = {}): Promise<bigint> {
  const { vault, messenger } = client.deployment.vaultChain;
  const { eid } = client.deployment.marginChain;
  return reading(client, "vault", "quoting an attestation", async () => {
    const fee = await client.vault.public.readContract({
      address: messenger,
      abi: vaultMessengerAbi,
      functionName: "quoteAttest",
      args: [vault, eid, extraOptions],
    });
    return fee.nativeFee;
  });
}

/** Send the vault's current root to the margin chain. One message attests every lock at once. */
export async function requestAttestation(client: HypothecClient, options: LzOptions = {}): Promise<WriteResult> {
  const { vault, messenger } = client.deployment.vaultChain;
  const { eid } = client.deployment.marginChain;
  const value = await quoteAttestation(client, options);
  return write(client, {
    side: "vault",
    address: messenger,
    abi: vaultMessengerAbi,
    functionName: "attest",
    args: [vault, eid, options.extraOptions ?? "0x"],
    value,
  });
}

/** What the vault chain last told the margin chain about this deployment's domain. */
export interface DomainState {
  /** When it was said, seconds; 0n = never. Borrowing needs it to be of the last seven days. */
  readonly reportedAt: bigint;
  /** The margin chain's newest heartbeat that it knew of, seconds. */
  readonly lastSeen: bigint;
  /** A lock went home without the margin chain: nothing new is opened. */
  readonly retired: boolean;
}

/** Read what decides whether opening and borrowing go on (ORD-7). */
export function getDomainState(client: HypothecClient): Promise<DomainState> {
  const { vaultChain, marginChain } = client.deployment;
  return reading(client, "margin", "reading the domain's state", async () => {
    const [reportedAt, lastSeen, retired] = await client.margin.public.readContract({
      address: marginChain.rootInbox,
      abi: rootInboxAbi,
      functionName: "domainState",
      args: [vaultChain.eid, vaultChain.vault, client.domain],
    });
    return { reportedAt, lastSeen, retired };
  });
}

/**
 * Send the vault chain's report without a new root, so that a quiet vault does not stop borrowing. Anyone may.
 *
 * @example
 * await sendStatus(client);
 */
export async function sendStatus(
  client: HypothecClient,
  { extraOptions = "0x" }: LzOptions = {},
): Promise<WriteResult> {
  const { vault, messenger } = client.deployment.vaultChain;
  const args = [vault, client.deployment.marginChain.eid, extraOptions] as const;
  const request = { address: messenger, abi: vaultMessengerAbi } as const;
  const { nativeFee } = await reading(client, "vault", "quoting a status", () =>
    client.vault.public.readContract({ ...request, functionName: "quoteStatus", args }),
  );
  return write(client, { side: "vault", ...request, functionName: "sendStatus", args, value: nativeFee });
}

/**
 * Tell the margin chain what the PUBLIC settlement of a lock seized (ORD-5). Anyone may, any number of times.
 *
 * @throws HypothecError with the contract's `NothingRecovered` when there was none.
 */
export async function sendRecovered(
  client: HypothecClient,
  { lockNullifier, extraOptions = "0x" }: LzOptions & { readonly lockNullifier: bigint },
): Promise<WriteResult> {
  const { vault, messenger } = client.deployment.vaultChain;
  const { eid, engine } = client.deployment.marginChain;
  const args = [vault, eid, engine, lockNullifier, extraOptions] as const;
  const request = { address: messenger, abi: vaultMessengerAbi } as const;
  const { nativeFee } = await reading(client, "vault", "quoting a recovery", () =>
    client.vault.public.readContract({ ...request, functionName: "quoteRecovered", args }),
  );
  return write(client, { side: "vault", ...request, functionName: "sendRecovered", args, value: nativeFee });
}

/** What the margin chain was told that a PUBLIC settlement seized. */
export interface Recovered {
  /** A RECOVERED of the lock has arrived. */
  readonly known: boolean;
  /** Shared units; zeros until it is known. */
  readonly amounts: Amounts;
}

/** Read what the margin chain knows of the PUBLIC settlement of a lock (ORD-5). */
export async function getRecovered(
  client: HypothecClient,
  { lockNullifier }: { readonly lockNullifier: bigint },
): Promise<Recovered> {
  const { vaultChain, marginChain } = client.deployment;
  const [known, lo, hi] = await reading(client, "margin", "reading what was recovered", () =>
    client.margin.public.readContract({
      address: marginChain.rootInbox,
      abi: rootInboxAbi,
      functionName: "recovered",
      args: [vaultChain.eid, vaultChain.vault, marginChain.engine, lockNullifier],
    }),
  );
  return { known, amounts: unpackAmounts({ lo, hi }) };
}

/** Queue a HEARTBEAT for the vault chain (ORD-7); `sendOrders` carries it. Anyone may. */
export function heartbeat(client: HypothecClient, { market }: { readonly market: string }): Promise<WriteResult> {
  const { id, sourceId } = findMarket(client.deployment, market);
  return write(client, {
    side: "margin",
    address: client.deployment.marginChain.engine,
    abi: marginEngineAbi,
    functionName: "heartbeat",
    args: [id, sourceId],
  });
}

/** An order kept on the margin chain. */
export interface KeptOrder {
  readonly id: bigint;
  readonly lockNullifier: bigint;
  /** Packed. */
  readonly order: Hex;
}

/** Orders to this vault chain that no message has carried yet, oldest first. */
export function getPendingOrders(client: HypothecClient): Promise<KeptOrder[]> {
  return reading(client, "margin", "reading kept orders", async () => {
    const range = {
      fromBlock: BigInt(client.deployment.marginChain.startBlock),
      toBlock: await client.margin.public.getBlockNumber(),
    };
    const [queued, sent] = await Promise.all([getQueuedOrders(client, range), getSentOrders(client, range)]);
    const done = new Set(sent.flatMap((log) => log.args.ids));
    return queued.map((log) => log.args).filter(({ id }) => !done.has(id));
  });
}

export interface SendOrdersParameters extends LzOptions {
  /** @default all that were never sent, at most 32 */
  readonly orders?: readonly KeptOrder[] | undefined;
}

/**
 * Send kept orders to the vault chain. Anyone may, any number of times: a repeated order is skipped there.
 *
 * @throws HypothecError `orders.none`, `orders.tooMany`.
 */
export async function sendOrders(
  client: HypothecClient,
  { orders, extraOptions = "0x" }: SendOrdersParameters = {},
): Promise<WriteResult & { readonly orders: readonly KeptOrder[] }> {
  const chosen = orders ?? (await getPendingOrders(client)).slice(0, MAX_ORDERS_PER_MESSAGE);
  if (chosen.length === 0) {
    throw new HypothecError("There is no order to send", {
      code: "orders.none",
      whatToDo: "Nothing to do: all were sent.",
    });
  }
  if (chosen.length > MAX_ORDERS_PER_MESSAGE) {
    throw new HypothecError(`${chosen.length} orders in one message, at most ${MAX_ORDERS_PER_MESSAGE}`, {
      code: "orders.tooMany",
      whatToDo: "Send them in several messages.",
    });
  }
  const { orderQueue } = client.deployment.marginChain;
  const args = [
    client.deployment.vaultChain.eid,
    chosen.map(({ id }) => id),
    chosen.map(({ order }) => order),
    extraOptions,
  ] as const;
  const fee = await reading(client, "margin", "quoting a message", () =>
    client.margin.public.readContract({ address: orderQueue, abi: orderQueueAbi, functionName: "quoteSend", args }),
  );
  const { hash, receipt } = await write(client, {
    side: "margin",
    address: orderQueue,
    abi: orderQueueAbi,
    functionName: "send",
    args,
    value: fee.nativeFee,
  });
  return { hash, receipt, orders: chosen };
}
