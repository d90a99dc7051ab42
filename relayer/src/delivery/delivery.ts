import { formatEther, keccak256, type Abi, type Address, type Hex, type LocalAccount, type PublicClient } from "viem";
import type { FeeConfig } from "../config/schema.ts";
import type { Clock } from "../runtime/clock.ts";
import { RelayerError, toErrorRecord } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import { ignoreEvents, type Observer } from "../metrics/events.ts";
import type { Database } from "../store/database.ts";
import {
  effectsOf,
  findTransaction,
  highestLiveNonce,
  insertTransaction,
  liveTransactions,
  saveTransaction,
  transactionOfEffects,
} from "../store/transactions.ts";
import { escalatedFees, initialFees, type FeeMarket, type FeePolicy, type Fees } from "./fees.ts";
import { decodeRevert, describeRevert, revertData, SimulationError } from "./reverts.ts";
import { observe, type Observation, type Transaction, type Variant } from "./transitions.ts";

/** What to send. `effects` name what it will have done on chain; a live transaction for any of them is reused. */
export type TransactionRequest = {
  effects: string[];
  chain: string;
  account: LocalAccount;
  to: Address;
  data: Hex;
  /** Wei. @default 0 */
  value?: bigint;
  /** Gas limit; without it the node estimates and a quarter is added. Needed where the callee catches out-of-gas. */
  gas?: bigint;
  /** For logs and errors: "batch 7". */
  description: string;
};

export type DeliveryChain = {
  name: string;
  chainId: number;
  client: PublicClient;
  fees: FeeConfig;
  /** Last final block known. */
  finalised: () => number;
};

export type Delivery = {
  /**
   * Simulates, signs, persists, sends. When a live transaction stands for any of the effects already, that one is returned;
   * `effects` are those that the returned one will have.
   */
  submit(request: TransactionRequest): Promise<{ transaction: Transaction; effects: string[] }>;
  find: (id: number) => Promise<Transaction | undefined>;
  /** Looks after the live transactions of a chain: receipts, finality, re-broadcast, escalation. Call on every block. */
  tick: (chain: string) => Promise<void>;
};

const resendAfterMs = 4_000;

export function createDelivery(options: {
  database: Database;
  chains: DeliveryChain[];
  /** Accounts by lower-case address: live transactions of others are re-broadcast but never replaced. */
  accounts: LocalAccount[];
  errors: Abi;
  clock: Clock;
  logger: Logger;
  announce: (announcement: string) => void;
  observe?: Observer;
}): Delivery {
  const { database, clock, announce, errors } = options;
  const tell = options.observe ?? ignoreEvents;
  const logger = options.logger.child({ part: "delivery" });
  const chains = new Map(options.chains.map((chain) => [chain.name, chain]));
  const accounts = new Map(options.accounts.map((account) => [account.address.toLowerCase(), account]));
  const queues = new Map<string, Promise<unknown>>();
  const sentAt = new Map<Hex, number>();
  const ticking = new Set<string>();

  const chainOf = (name: string): DeliveryChain => {
    const chain = chains.get(name);
    if (chain === undefined)
      throw new RelayerError("unknown_chain", `No chain "${name}" is configured.`, { severity: "fatal" });
    return chain;
  };

  /** One at a time per sender: the nonce has one owner. */
  function inTurn<Result>(key: string, run: () => Promise<Result>): Promise<Result> {
    const previous = queues.get(key) ?? Promise.resolve();
    const next = previous.then(run, run);
    queues.set(
      key,
      next.catch(() => {}),
    );
    return next;
  }

  async function submit(request: TransactionRequest): Promise<{ transaction: Transaction; effects: string[] }> {
    const chain = chainOf(request.chain);
    const sender = request.account.address.toLowerCase() as Hex;
    return inTurn(`${chain.name}/${sender}`, async () => {
      const existing = await transactionOfEffects(database, request.effects);
      if (existing !== undefined) return { transaction: existing, effects: await effectsOf(database, existing.id) };
      const value = request.value ?? 0n;
      if (value > 0n) await requireFunds(chain, sender, request.description, value);
      const gas = await simulate(chain, request, value);
      const fees = initialFees(await feeMarket(chain), policyOf(chain.fees));
      await requireFunds(chain, sender, request.description, value + gas * fees.maxFeePerGas);
      const mined = await chain.client.getTransactionCount({ address: request.account.address, blockTag: "latest" });
      const highest = await highestLiveNonce(database, chain.name, sender);
      const nonce = Math.max(mined, highest === undefined ? 0 : highest + 1);
      const unsigned = { nonce, target: request.to, data: request.data, value, gasLimit: gas };
      const variant = await sign(chain, request.account, unsigned, fees);
      const now = clock.now();
      const row = await database.transaction((sql) =>
        insertTransaction(
          sql,
          {
            chain: chain.name,
            sender,
            ...unsigned,
            description: request.description,
            state: "signed",
            variants: [variant],
            block: null,
            txHash: null,
            reason: null,
            createdAt: now,
            updatedAt: now,
          },
          request.effects,
        ),
      );
      logger.info(
        { transaction: row.id, chain: chain.name, sender, nonce, hash: variant.hash, gas, effects: request.effects },
        `sends: ${request.description}`,
      );
      return { transaction: await broadcast(chain, row), effects: request.effects };
    });
  }

  async function simulate(chain: DeliveryChain, request: TransactionRequest, value: bigint): Promise<bigint> {
    const call = { account: request.account.address, to: request.to, data: request.data, value };
    try {
      if (request.gas !== undefined) {
        await chain.client.call({ ...call, gas: request.gas });
        return request.gas;
      }
      const estimate = await chain.client.estimateGas(call);
      return (estimate * 5n) / 4n + 10_000n;
    } catch (error) {
      const data = revertData(error);
      if (data === undefined) throw fundsError(error, chain, request.account.address) ?? error;
      const revert = decodeRevert(errors, data);
      const failure = fundsError(error, chain, request.account.address);
      if (failure !== undefined && revert === undefined) throw failure;
      throw new SimulationError(request.description, revert, describeRevert(revert, data));
    }
  }

  async function feeMarket(chain: DeliveryChain): Promise<FeeMarket> {
    const [block, tip] = await Promise.all([
      chain.client.getBlock({ blockTag: "latest" }),
      chain.client.estimateMaxPriorityFeePerGas().catch(() => 1_000_000_000n),
    ]);
    return { baseFeePerGas: block.baseFeePerGas ?? 0n, suggestedPriorityFee: tip };
  }

  async function requireFunds(chain: DeliveryChain, sender: Hex, description: string, need: bigint): Promise<void> {
    const [balance, live] = await Promise.all([
      chain.client.getBalance({ address: sender }),
      liveTransactions(database, chain.name),
    ]);
    const reserved = live
      .filter((row) => row.sender === sender && row.state !== "mined")
      .reduce((sum, row) => sum + row.value + row.gasLimit * (row.variants.at(-1)?.maxFeePerGas ?? 0n), 0n);
    if (balance >= need + reserved) return;
    throw insufficientFunds(chain, sender, balance, need + reserved, description);
  }

  async function sign(
    chain: DeliveryChain,
    account: LocalAccount,
    row: { nonce: number; target: Address; data: Hex; value: bigint; gasLimit: bigint },
    fees: Fees,
  ): Promise<Variant> {
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
      const record = toErrorRecord(error);
      const known = /already (known|imported|exists)|known transaction/i.test(record.message);
      if (!known) {
        // Persisted and not lost: the next ticks look for a receipt, send again or replace.
        logger.warn(
          { transaction: row.id, chain: chain.name, hash: variant.hash, error },
          "the node did not take the transaction yet",
        );
        return row;
      }
    }
    return apply(row, { type: "accepted" });
  }

  async function apply(row: Transaction, seen: Observation): Promise<Transaction> {
    const next = observe(row, seen, clock.now());
    if (next === row) return row;
    await database.transaction((sql) => saveTransaction(sql, next));
    // Of transactions that are in a block nothing is sent again; a reorg's first re-broadcast sets the time anew.
    if (next.state !== "signed" && next.state !== "sent") for (const { hash } of next.variants) sentAt.delete(hash);
    if (next.state !== row.state) {
      const level = next.state === "lost" || next.reason !== null ? "warn" : "debug";
      logger[level](
        {
          transaction: row.id,
          chain: row.chain,
          state: next.state,
          hash: next.txHash,
          block: next.block?.number,
          reason: next.reason,
        },
        row.description,
      );
      // A mined row changes only when it is final or taken back: its time is when it was seen mined.
      const afterMs = next.updatedAt - (row.state === "mined" ? row.updatedAt : row.createdAt);
      tell({ type: "transaction", chain: row.chain, from: row.state, to: next.state, afterMs });
      announce(`tx:${row.id}`);
    }
    return next;
  }

  async function tick(name: string): Promise<void> {
    if (ticking.has(name)) return;
    ticking.add(name);
    try {
      const chain = chainOf(name);
      const rows = await liveTransactions(database, name);
      const bySender = new Map<string, Transaction[]>();
      for (const row of rows) bySender.set(row.sender, [...(bySender.get(row.sender) ?? []), row]);
      await Promise.all(
        [...bySender].map(([sender, list]) => inTurn(`${name}/${sender}`, () => lookAfter(chain, sender as Hex, list))),
      );
    } finally {
      ticking.delete(name);
    }
  }

  async function lookAfter(chain: DeliveryChain, sender: Hex, rows: Transaction[]): Promise<void> {
    const finalised = chain.finalised();
    const finalNonce =
      finalised < 0 ? 0 : await chain.client.getTransactionCount({ address: sender, blockNumber: BigInt(finalised) });
    for (const stale of rows) {
      try {
        const row = (await findTransaction(database, stale.id)) ?? stale;
        const next = await lookAt(chain, row, finalised, finalNonce);
        if (next.state === "signed" || next.state === "sent") await push(chain, next);
      } catch (error) {
        logger.warn({ transaction: stale.id, chain: chain.name, error }, "could not look after the transaction");
      }
    }
  }

  async function lookAt(
    chain: DeliveryChain,
    row: Transaction,
    finalised: number,
    finalNonce: number,
  ): Promise<Transaction> {
    for (const variant of [...row.variants].reverse()) {
      const receipt = await chain.client.getTransactionReceipt({ hash: variant.hash }).catch((error: unknown) => {
        if ((error as { name?: string }).name === "TransactionReceiptNotFoundError") return null;
        throw error;
      });
      if (receipt === null) continue;
      const block = { number: Number(receipt.blockNumber), hash: receipt.blockHash };
      const success = receipt.status === "success";
      const reason =
        success || row.block?.hash === block.hash ? {} : { reason: await whyReverted(chain, row, receipt.blockNumber) };
      const mined = await apply(row, { type: "receipt", txHash: variant.hash, block, success, ...reason });
      return apply(mined, { type: "finalised", number: finalised });
    }
    return apply(row, { type: "no receipt", nonce: finalNonce });
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
    if (account !== undefined && clock.now() - last.at >= chain.fees.escalateAfterMs) {
      const fees = escalatedFees(first, last, await feeMarket(chain), policyOf(chain.fees));
      if (fees !== undefined) {
        const variant = await sign(chain, account, row, fees);
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
        await broadcast(chain, await apply(row, { type: "replaced", variant }));
        return;
      }
    }
    if (row.state === "signed" || clock.now() - (sentAt.get(last.hash) ?? 0) >= resendAfterMs)
      await broadcast(chain, row);
  }

  return { submit, find: (id) => findTransaction(database, id), tick };
}

function policyOf(fees: FeeConfig): FeePolicy {
  return {
    maxFeePerGas: BigInt(fees.maxFeePerGas),
    maxPriorityFeePerGas: BigInt(fees.maxPriorityFeePerGas),
    escalatePercent: fees.escalatePercent,
    capMultiple: fees.capMultiple,
  };
}

function insufficientFunds(
  chain: { name: string },
  address: string,
  balance: bigint,
  need: bigint,
  description: string,
): RelayerError {
  return new RelayerError(
    "insufficient_funds",
    `${address} has ${formatEther(balance)} of the native coin on chain ${chain.name}, and needs ${formatEther(need)} for ${description}. Send it at least ${formatEther(need - balance)}; the relayer tries again by itself.`,
    { details: { chain: chain.name, address, balance: balance.toString(), need: need.toString() } },
  );
}

/** A node that refuses to simulate for lack of funds says so in words. */
function fundsError(error: unknown, chain: DeliveryChain, address: string): RelayerError | undefined {
  const text = toErrorRecord(error).message;
  if (!/insufficient funds|out of ?funds|exceeds the balance|lack of funds/i.test(text)) return undefined;
  return new RelayerError(
    "insufficient_funds",
    `${address} on chain ${chain.name} cannot pay for the call: the node says ${text}. Fund it; the relayer tries again by itself.`,
    {
      details: { chain: chain.name, address },
    },
  );
}
