import { maxUint256, parseEventLogs, type Address, type Hex } from "viem";

import { creditPoolAbi } from "../abis/index.ts";
import { accountOf, type HypothecClient } from "../client/client.ts";
import { findMarket } from "../client/deployment.ts";
import { write, type WriteResult } from "../client/write.ts";
import { HypothecError } from "../errors/base.ts";

const poolOf = (client: HypothecClient, market: string, pool?: Address) =>
  ({ side: "margin", address: pool ?? findMarket(client.deployment, market).pool, abi: creditPoolAbi }) as const;

/** Where a market has several pools (`CrossMargin`), one of them; `getScreen` lists them. */
interface OfPool {
  /** @default the market's */
  readonly pool?: Address | undefined;
}

export interface BorrowParameters extends OfPool {
  readonly market: string;
  readonly account: Hex;
  /** Debt token units. */
  readonly amount: bigint;
  /** @default the caller */
  readonly receiver?: Address | undefined;
}

/** Borrow on an account, from its controller. */
export async function borrow(
  client: HypothecClient,
  { market, account, amount, receiver, pool }: BorrowParameters,
): Promise<WriteResult> {
  const { hash, receipt } = await write(client, {
    ...poolOf(client, market, pool),
    functionName: "borrow",
    args: [account, amount, receiver ?? accountOf(client, "margin")],
  });
  return { hash, receipt };
}

export interface RepayParameters extends OfPool {
  readonly market: string;
  readonly account: Hex;
  /** Debt token units, or "max" for the whole debt with its interest. The pool must be approved for them. */
  readonly amount: bigint | "max";
}

/** Repay an account's debt; anyone may. `repaid` is what was taken. */
export async function repay(
  client: HypothecClient,
  { market, account, amount, pool }: RepayParameters,
): Promise<WriteResult & { readonly repaid: bigint }> {
  const { hash, receipt } = await write(client, {
    ...poolOf(client, market, pool),
    functionName: "repay",
    args: [account, amount === "max" ? maxUint256 : amount],
  });
  const [log] = parseEventLogs({ abi: creditPoolAbi, eventName: "Repaid", logs: receipt.logs });
  return { hash, receipt, repaid: log?.args.assets ?? 0n };
}

export interface SupplyParameters extends OfPool {
  readonly market: string;
  /** Debt token units. The pool must be approved for them. */
  readonly amount: bigint;
  /** @default the caller */
  readonly receiver?: Address | undefined;
}

/** Lend to the pool. */
export async function supply(
  client: HypothecClient,
  { market, amount, receiver, pool }: SupplyParameters,
): Promise<WriteResult> {
  assertSomething(amount);
  const { hash, receipt } = await write(client, {
    ...poolOf(client, market, pool),
    functionName: "deposit",
    args: [amount, receiver ?? accountOf(client, "margin")],
  });
  return { hash, receipt };
}

/** Take lent tokens out of the pool. */
export async function withdrawSupply(
  client: HypothecClient,
  { market, amount, receiver, pool }: SupplyParameters,
): Promise<WriteResult> {
  assertSomething(amount);
  const owner = accountOf(client, "margin");
  const { hash, receipt } = await write(client, {
    ...poolOf(client, market, pool),
    functionName: "withdraw",
    args: [amount, receiver ?? owner, owner],
  });
  return { hash, receipt };
}

/** ERC-4626 lets 0 pass and does nothing. */
function assertSomething(amount: bigint): void {
  if (amount > 0n) return;
  throw new HypothecError(`The amount is ${amount} token units, expected more than 0`, {
    code: "amount.zero",
    args: { amount },
    whatToDo: "Give more than 0.",
  });
}
