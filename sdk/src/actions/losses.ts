import { parseEventLogs, type Address, type Hex } from "viem";

import { marginEngineAbi } from "../abis/index.ts";
import type { HypothecClient } from "../client/client.ts";
import { reading, write, type WriteResult } from "../client/write.ts";
import { unpackAmounts, type Amounts } from "../notes/amounts.ts";
import { makeValuationProof, type MarginProofParameters } from "./marginProof.ts";

// Claims that nobody bought (LIQ-7, LIQ-8). Anyone may do any of it.

const engineOf = (client: HypothecClient) =>
  ({ side: "margin", address: client.deployment.marginChain.engine, abi: marginEngineAbi }) as const;

export interface LockOfAccount {
  readonly account: Hex;
  readonly lockNullifier: bigint;
}

/** What a claim that was taken over seized on S, and its sale. */
export interface Lot {
  readonly market: Hex;
  /** Debt token units that it paid off. */
  readonly owed: bigint;
  /** Seconds. */
  readonly takenAt: number;
  /** Seconds; 0 = the sale has not started. */
  readonly startedAt: number;
  readonly sold: boolean;
  /** Shared units by slot; undefined until S has said. */
  readonly amounts: Amounts | undefined;
  /** Debt token units now; 0 before the sale too. */
  readonly price: bigint;
}

/** Show what a lock in auction is worth at its last seizure prices, two digits, rounded down. For whoever knows its opening. */
export async function postValuation(
  client: HypothecClient,
  parameters: Pick<
    MarginProofParameters,
    "market" | "lock" | "state" | "prover" | "coverage" | "deadline" | "signal"
  > & { readonly account: Hex },
): Promise<WriteResult & { /** µUSD. */ readonly value: bigint }> {
  const made = await makeValuationProof(client, parameters);
  const { hash, receipt } = await write(client, {
    ...engineOf(client),
    functionName: "postValuation",
    args: [parameters.account, made.call],
  });
  return { hash, receipt, value: made.coverage.value };
}

/**
 * Hand an unsold claim to the insurance fund or the pool.
 *
 * @throws HypothecError with the contract's `AuctionNotOver`, `TakeoverTooEarly`, `NotInAuction`, `NothingOwed`.
 */
export async function takeOver(
  client: HypothecClient,
  { account, lockNullifier }: LockOfAccount,
): Promise<
  WriteResult & { /** µUSD. */ readonly claim: bigint; /** Debt token units. */ readonly debtAssets: bigint }
> {
  const { hash, receipt } = await write(client, {
    ...engineOf(client),
    functionName: "takeOver",
    args: [account, lockNullifier],
  });
  const [taken] = parseEventLogs({ abi: marginEngineAbi, eventName: "TakenOver", logs: receipt.logs });
  const { claim, debtAssets } = taken!.args;
  return { hash, receipt, claim, debtAssets };
}

/** Provision what an account's guarantees fall short of its debt, or release the provision when they no longer do. */
export function provision(client: HypothecClient, { account }: { readonly account: Hex }): Promise<WriteResult> {
  return write(client, { ...engineOf(client), functionName: "provision", args: [account] });
}

/** Book the debt of an account without locks as lost. */
export function writeOff(client: HypothecClient, { account }: { readonly account: Hex }): Promise<WriteResult> {
  return write(client, { ...engineOf(client), functionName: "writeOff", args: [account] });
}

/** Put up for sale what a claim seized, once S has said what that is. */
export function startLotSale(
  client: HypothecClient,
  { lockNullifier }: { readonly lockNullifier: bigint },
): Promise<WriteResult> {
  return write(client, { ...engineOf(client), functionName: "startLotSale", args: [client.domain, lockNullifier] });
}

/** Buy a lot at the price of now. The pool must be approved for it; the recipient collects on S (`collect`) once the RELEASE is there. */
export async function buyLot(
  client: HypothecClient,
  {
    lockNullifier,
    maxPrice,
    recipient,
  }: {
    readonly lockNullifier: bigint;
    /** Debt token units. */ readonly maxPrice: bigint;
    readonly recipient: Address;
  },
): Promise<WriteResult & { /** Debt token units. */ readonly price: bigint }> {
  const args = [client.domain, lockNullifier, maxPrice, recipient] as const;
  const { hash, receipt } = await write(client, { ...engineOf(client), functionName: "buyLot", args });
  const [sold] = parseEventLogs({ abi: marginEngineAbi, eventName: "LotSold", logs: receipt.logs });
  return { hash, receipt, price: sold!.args.price };
}

/** Carry a claim at 0 of which S has said nothing for 60 days. */
export function writeDownLot(
  client: HypothecClient,
  { lockNullifier }: { readonly lockNullifier: bigint },
): Promise<WriteResult> {
  return write(client, { ...engineOf(client), functionName: "writeDownLot", args: [client.domain, lockNullifier] });
}

/** @throws HypothecError with the contract's `UnknownLot`. */
export const getLot = (client: HypothecClient, { lockNullifier }: { readonly lockNullifier: bigint }): Promise<Lot> =>
  reading(client, "margin", "reading a lot", async () => {
    const { recovered, amountsLo, amountsHi, ...lot } = await client.margin.public.readContract({
      ...engineOf(client),
      functionName: "lot",
      args: [client.domain, lockNullifier],
    });
    return { ...lot, amounts: recovered ? unpackAmounts({ lo: amountsLo, hi: amountsHi }) : undefined };
  });

/** The best valuation of a lock in auction, µUSD; 0 = none. */
export const getValuation = (client: HypothecClient, { account, lockNullifier }: LockOfAccount): Promise<bigint> =>
  reading(client, "margin", "reading a valuation", () =>
    client.margin.public.readContract({
      ...engineOf(client),
      functionName: "valuation",
      args: [account, lockNullifier],
    }),
  );
