import { formatEther } from "viem";
import { RelayerError, toErrorRecord } from "../runtime/errors.ts";
import { liveTransactions } from "../store/transactions.ts";
import type { Database } from "../store/database.ts";
import type { DeliveryChain } from "./chain.ts";

/** Wei that an account has, and of them what its transactions that are not mined yet may still cost. */
export type Funds = { balance: bigint; reserved: bigint };

export async function fundsOf(database: Database, chain: DeliveryChain, sender: string): Promise<Funds> {
  const [balance, live] = await Promise.all([
    chain.client.getBalance({ address: sender as `0x${string}` }),
    liveTransactions(database, chain.name),
  ]);
  const reserved = live
    .filter((row) => row.sender === sender && row.state !== "mined")
    .reduce((sum, row) => sum + row.value + row.gasLimit * (row.variants.at(-1)?.maxFeePerGas ?? 0n), 0n);
  return { balance, reserved };
}

/** @throws RelayerError `insufficient_funds` */
export function requireFunds(
  { balance, reserved }: Funds,
  chain: DeliveryChain,
  sender: string,
  description: string,
  need: bigint,
): void {
  const total = need + reserved;
  if (balance >= total) return;
  throw new RelayerError(
    "insufficient_funds",
    `${sender} has ${formatEther(balance)} of the native coin on chain ${chain.name}, and needs ${formatEther(total)} for ${description}. Send it at least ${formatEther(total - balance)}; the relayer tries again by itself.`,
    { details: { chain: chain.name, address: sender, balance: balance.toString(), need: total.toString() } },
  );
}

/** A node that refuses to simulate for lack of funds says so in words. */
export function fundsError(error: unknown, chain: DeliveryChain, address: string): RelayerError | undefined {
  const text = toErrorRecord(error).message;
  if (!/insufficient funds|out of ?funds|exceeds the balance|lack of funds/i.test(text)) return undefined;
  return new RelayerError(
    "insufficient_funds",
    `${address} on chain ${chain.name} cannot pay for the call: the node says ${text}. Fund it; the relayer tries again by itself.`,
    { details: { chain: chain.name, address } },
  );
}
