import { parseEventLogs, type Hex } from "viem";

import { marginEngineAbi } from "../abis/index.ts";
import type { HypothecClient } from "../client/client.ts";
import { write, type WriteResult } from "../client/write.ts";
import type { Point } from "../crypto/babyjub.ts";
import type { Keys } from "../keys/derive.ts";
import { quoteBuy } from "./marginReads.ts";

const engineOf = (client: HypothecClient) =>
  ({ side: "margin", address: client.deployment.marginChain.engine, abi: marginEngineAbi }) as const;

/** Flag an uncovered account: its grace begins. */
export async function flag(client: HypothecClient, { account }: { readonly account: Hex }): Promise<WriteResult> {
  const { hash, receipt } = await write(client, { ...engineOf(client), functionName: "flag", args: [account] });
  return { hash, receipt };
}

/** Clear the flag, or cancel the auctions, of an account that is covered again. */
export async function clear(client: HypothecClient, { account }: { readonly account: Hex }): Promise<WriteResult> {
  const { hash, receipt } = await write(client, { ...engineOf(client), functionName: "clear", args: [account] });
  return { hash, receipt };
}

/** Put up the lock or locks that the rules choose, after the grace. */
export async function startAuctions(
  client: HypothecClient,
  { account }: { readonly account: Hex },
): Promise<WriteResult & { readonly lockNullifiers: readonly bigint[] }> {
  const { hash, receipt } = await write(client, {
    ...engineOf(client),
    functionName: "startAuctions",
    args: [account],
  });
  const started = parseEventLogs({ abi: marginEngineAbi, eventName: "AuctionStarted", logs: receipt.logs });
  return { hash, receipt, lockNullifiers: started.map(({ args }) => args.lockNullifier) };
}

/** Who gets a claim's note: pk_b, and R of the key that its opening is sealed to. */
export interface Buyer {
  readonly owner: bigint;
  readonly encryption: Point;
}

/**
 * The buyer that keys stand for. The contract is given R = x·Base8 and holds 8·R; openings are sealed to 8·R. Whoever
 * submits another R than the one of the secret they keep cannot open what they bought.
 */
export function buyerOf(keys: Pick<Keys, "owner" | "encryption">): Buyer {
  return { owner: keys.owner(0), encryption: keys.encryption.submitted };
}

export interface BuyParameters {
  readonly account: Hex;
  readonly lockNullifier: bigint;
  /** Keys, or {@link Buyer}. */
  readonly buyer: Buyer | Pick<Keys, "owner" | "encryption">;
  /** The most debt token units to pay. The pool must be approved for them. @default what it costs now plus 1 % */
  readonly maxDebtAssets?: bigint | undefined;
}

export interface BuyResult extends WriteResult {
  /** µUSD owed on the vault chain. */
  readonly claim: bigint;
  /** Debt token units paid. */
  readonly debtAssets: bigint;
  readonly seizurePricesX64: readonly bigint[];
}

/** Buy the claim of a lock in auction: repays its slice of the debt; the claim becomes a note of the buyer on the vault chain. */
export async function buy(client: HypothecClient, parameters: BuyParameters): Promise<BuyResult> {
  const { account, lockNullifier, buyer } = parameters;
  const { owner, encryption } = isBuyer(buyer) ? buyer : buyerOf(buyer);
  const maxDebtAssets =
    parameters.maxDebtAssets ?? withSlack((await quoteBuy(client, { account, lockNullifier })).debtAssets);
  const { hash, receipt } = await write(client, {
    ...engineOf(client),
    functionName: "buy",
    args: [account, lockNullifier, maxDebtAssets, owner, encryption],
  });
  const [sold] = parseEventLogs({ abi: marginEngineAbi, eventName: "Sold", logs: receipt.logs });
  const { claim, debtAssets, seizurePricesX64 } = sold!.args;
  return { hash, receipt, claim, debtAssets, seizurePricesX64 };
}

function isBuyer(buyer: BuyParameters["buyer"]): buyer is Buyer {
  return typeof buyer.owner === "bigint";
}

/** Interest accrues between the quote and the block. */
function withSlack(debtAssets: bigint): bigint {
  return debtAssets + debtAssets / 100n + 1n;
}
