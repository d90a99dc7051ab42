import type { Abi, Hex, LocalAccount, TransactionReceipt } from "viem";
import { formatGwei } from "viem";
import { elapsedMs, type Clock } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Database } from "../store/database.ts";
import { findTransactions } from "../store/transactions.ts";
import { feeMarket, policyOf, type DeliveryChain } from "./chain.ts";
import { escalatedFees } from "./fees.ts";
import { decodeRevert, describeRevert, revertData } from "./reverts.ts";
import type { Sender } from "./sender.ts";
import type { Transaction, Variant } from "./transitions.ts";

const resendAfterMs = 4_000;

/** Looks after some of one sender's live transactions, in the order of their nonces. Their receipts are asked for at the same time. */
export type Caretaker = (chain: DeliveryChain, sender: Hex, rows: Transaction[]) => Promise<void>;

export function createCaretaker(options: {
  database: Database;
  /** By lower-case address: transactions of others are re-broadcast but never replaced. */
  accounts: Map<string, LocalAccount>;
  errors: Abi;
  clock: Clock;
  logger: Logger;
  sender: Sender;
}): Caretaker {
  const { database, accounts, errors, clock, logger, sender: sending } = options;
  const reportedStuck = new Set<number>();

  async function lookAfter(chain: DeliveryChain, sender: Hex, rows: Transaction[]): Promise<void> {
    const finalised = chain.finalised();
    const [finalNonce, headNonce] = await Promise.all([
      finalised < 0 ? 0 : chain.client.getTransactionCount({ address: sender, blockNumber: BigInt(finalised) }),
      chain.client.getTransactionCount({ address: sender, blockTag: "latest" }),
    ]);
    // They may have changed while we waited for our turn.
    const ids = rows.map(({ id }) => id);
    const current = (await findTransactions(database, ids)).sort((a, b) => a.nonce - b.nonce);
    // After the nonces: what has no receipt by then, though a final block has used its nonce, is lost.
    const receipts = await Promise.allSettled(current.map((row) => receiptOf(chain, row)));
    for (const [index, row] of current.entries())
      try {
        const asked = receipts[index]!;
        if (asked.status === "rejected") throw asked.reason;
        const next = await lookAt(chain, row, asked.value, finalised, finalNonce);
        if (next.state !== "signed" && next.state !== "sent") continue;
        // A nonce that the head has used is not ours to fill: a receipt is on its way, or a final block says that it is lost.
        if (headNonce > next.nonce)
          await sending.apply(next, {
            type: "held up",
            reason: `nonce ${next.nonce} is used at the head of the chain`,
          });
        else await push(chain, next);
      } catch (error) {
        logger.warn({ transaction: row.id, chain: chain.name, error }, "could not look after the transaction");
      }
  }

  /** Of the newest variant that has one. */
  async function receiptOf(
    chain: DeliveryChain,
    row: Transaction,
  ): Promise<{ hash: Hex; receipt: TransactionReceipt } | undefined> {
    for (const { hash } of [...row.variants].reverse()) {
      const receipt = await chain.client.getTransactionReceipt({ hash }).catch((error: unknown) => {
        if ((error as { name?: string }).name === "TransactionReceiptNotFoundError") return null;
        throw error;
      });
      if (receipt !== null) return { hash, receipt };
    }
    return undefined;
  }

  async function lookAt(
    chain: DeliveryChain,
    row: Transaction,
    found: { hash: Hex; receipt: TransactionReceipt } | undefined,
    finalised: number,
    finalNonce: number,
  ): Promise<Transaction> {
    if (found === undefined) return sending.apply(row, { type: "no receipt", nonce: finalNonce });
    const { hash, receipt } = found;
    reportedStuck.delete(row.id);
    const block = { number: Number(receipt.blockNumber), hash: receipt.blockHash };
    const success = receipt.status === "success";
    const reason =
      success || row.block?.hash === block.hash ? {} : { reason: await whyReverted(chain, row, receipt.blockNumber) };
    const mined = await sending.apply(row, { type: "receipt", txHash: hash, block, success, ...reason });
    return sending.apply(mined, { type: "finalised", number: finalised });
  }

  async function whyReverted(chain: DeliveryChain, row: Transaction, blockNumber: bigint): Promise<string> {
    try {
      await chain.client.call({
        account: row.sender,
        to: row.target,
        data: row.data,
        value: row.value,
        gas: row.gasLimit,
        blockNumber,
      });
      return "reverted (the same call succeeds after its block; most likely out of gas or overtaken)";
    } catch (error) {
      const data = revertData(error);
      return data === undefined ? "reverted" : `reverted with ${describeRevert(decodeRevert(errors, data), data)}`;
    }
  }

  /** Re-broadcasts what may have been dropped and raises the fees of what takes too long. */
  async function push(chain: DeliveryChain, row: Transaction): Promise<void> {
    const first = row.variants[0] as Variant;
    const last = row.variants.at(-1) as Variant;
    const account = accounts.get(row.sender);
    reportStuck(chain, row);
    if (account !== undefined && elapsedMs(clock.now(), last.at) >= chain.fees.escalateAfterMs) {
      const market = await feeMarket(chain);
      const fees = escalatedFees(first, last, market, policyOf(chain.fees));
      if (fees !== undefined) {
        const variant = await sending.sign(chain, account, row, fees);
        logger.info(
          {
            transaction: row.id,
            chain: chain.name,
            nonce: row.nonce,
            hash: variant.hash,
            maxFeePerGas: fees.maxFeePerGas,
          },
          `replaces: ${row.description}`,
        );
        await sending.broadcast(chain, await sending.apply(row, { type: "replaced", variant }));
        return;
      }
      if (market.baseFeePerGas > last.maxFeePerGas) {
        // Nodes refuse it now; it is sent again once they would not.
        const most = formatGwei(last.maxFeePerGas);
        const reason = `the base fee of ${chain.name} is above ${most} gwei, the most that this transaction may pay`;
        await sending.apply(row, { type: "held up", reason });
        return;
      }
    }
    if (row.state === "signed" || sending.sinceBroadcast(last.hash) >= resendAfterMs)
      await sending.broadcast(chain, row);
  }

  function reportStuck(chain: DeliveryChain, row: Transaction): void {
    const waitedMs = elapsedMs(clock.now(), row.createdAt);
    if (waitedMs < chain.fees.stuckAfterMs || reportedStuck.has(row.id)) return;
    reportedStuck.add(row.id);
    logger.warn(
      { transaction: row.id, chain: chain.name, sender: row.sender, nonce: row.nonce, waitedMs, reason: row.reason },
      `nonce ${row.nonce} of ${row.sender} is stuck; new transactions take the role's other keys, if it has any`,
    );
  }

  return lookAfter;
}
