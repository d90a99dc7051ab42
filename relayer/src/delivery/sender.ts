import { keccak256, type Address, type Hex, type LocalAccount } from "viem";
import type { Observer } from "../metrics/events.ts";
import { elapsedMs, type Clock } from "../runtime/clock.ts";
import { toErrorRecord } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import { fenced, type Lease } from "../cluster/cluster.ts";
import type { Database } from "../store/database.ts";
import { saveTransaction } from "../store/transactions.ts";
import type { DeliveryChain } from "./chain.ts";
import type { Fees } from "./fees.ts";
import { observe, type Observation, type Transaction, type Variant } from "./transitions.ts";

/** What every variant of a transaction has in common. */
export type Unsigned = { nonce: number; target: Address; data: Hex; value: bigint; gasLimit: bigint };

/** Signs and broadcasts the variants of transactions, and writes down what is seen of them. */
export type Sender = {
  sign: (chain: DeliveryChain, account: LocalAccount, row: Unsigned, fees: Fees) => Promise<Variant>;
  /** Sends the newest variant. A node that does not take it is no error: the row is stored, and ticks try again. */
  broadcast: (chain: DeliveryChain, row: Transaction) => Promise<Transaction>;
  /** Writes the row that the observation makes of it, and tells who waits for it. */
  apply: (row: Transaction, seen: Observation) => Promise<Transaction>;
  /** Milliseconds since this process last broadcast a variant; Infinity when it never did. */
  sinceBroadcast: (hash: Hex) => number;
};

export function createSender(options: {
  database: Database;
  /** Who may write down what is seen of a sender's transactions. */
  lease: (sender: Hex) => Lease;
  clock: Clock;
  logger: Logger;
  announce: (announcement: string) => void;
  tell: Observer;
}): Sender {
  const { database, lease, clock, logger, announce, tell } = options;
  const sentAt = new Map<Hex, number>();

  async function sign(chain: DeliveryChain, account: LocalAccount, row: Unsigned, fees: Fees): Promise<Variant> {
    const raw = await account.signTransaction({
      type: "eip1559",
      chainId: chain.chainId,
      nonce: row.nonce,
      to: row.target,
      data: row.data,
      value: row.value,
      gas: row.gasLimit,
      ...fees,
    });
    return { ...fees, raw, hash: keccak256(raw), at: clock.now() };
  }

  async function broadcast(chain: DeliveryChain, row: Transaction): Promise<Transaction> {
    const variant = row.variants.at(-1) as Variant;
    sentAt.set(variant.hash, clock.now());
    try {
      await chain.client.sendRawTransaction({ serializedTransaction: variant.raw });
    } catch (error) {
      const { message } = toErrorRecord(error);
      if (/already (known|imported|exists)|known transaction/i.test(message)) return apply(row, { type: "accepted" });
      // Said once; the row keeps it for whoever asks why the transaction is not mined.
      const isNew = row.reason !== message;
      logger[isNew ? "warn" : "debug"](
        { transaction: row.id, chain: chain.name, hash: variant.hash, nonce: row.nonce, error },
        `the node does not take the transaction yet: ${row.description}`,
      );
      return apply(row, { type: "held up", reason: message });
    }
    return apply(row, { type: "accepted" });
  }

  async function apply(row: Transaction, seen: Observation): Promise<Transaction> {
    const next = observe(row, seen, clock.now());
    if (next === row) return row;
    await fenced(database, lease(row.sender)).transaction((sql) => saveTransaction(sql, next));
    if (next.state === row.state) return next;
    if (next.state !== "sent" && next.state !== "signed") for (const { hash } of next.variants) sentAt.delete(hash);
    const { state, txHash: hash, reason } = next;
    logger[state === "lost" || reason !== null ? "warn" : "debug"](
      { transaction: row.id, chain: row.chain, state, hash, block: next.block?.number, reason },
      row.description,
    );
    // A mined row changes only when it is final or taken back: its time is when it was seen mined.
    const afterMs = next.updatedAt - (row.state === "mined" ? row.updatedAt : row.createdAt);
    tell({ type: "transaction", chain: row.chain, from: row.state, to: state, afterMs });
    announce(`tx:${row.id}`);
    return next;
  }

  const sinceBroadcast = (hash: Hex): number => {
    const at = sentAt.get(hash);
    return at === undefined ? Infinity : elapsedMs(clock.now(), at);
  };

  return { sign, broadcast, apply, sinceBroadcast };
}
