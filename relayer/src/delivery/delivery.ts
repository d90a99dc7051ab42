import type { Abi, Address, Hex, LocalAccount } from "viem";
import { formatGwei } from "viem";
import { elapsedMs, type Clock } from "../runtime/clock.ts";
import { NotNowError, RelayerError } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import { ignoreEvents, type Observer } from "../metrics/events.ts";
import { alwaysHeld, fenced, type Lease } from "../cluster/cluster.ts";
import type { Database } from "../store/database.ts";
import { requireNotHalted } from "../store/halts.ts";
import {
  effectsOf,
  findTransaction,
  highestLiveNonce,
  insertTransaction,
  liveTransactions,
  transactionOfEffects,
} from "../store/transactions.ts";
import { createCaretaker } from "./caretaker.ts";
import { feeMarket, policyOf, type DeliveryChain } from "./chain.ts";
import { expectedPrice, initialFees, type FeeMarket, type Fees } from "./fees.ts";
import { fundsError, fundsOf, requireFunds } from "./funds.ts";
import { judge, type ProfitPolicy } from "./profit.ts";
import { decodeRevert, describeRevert, revertData, SimulationError } from "./reverts.ts";
import { rankKeys, type Candidate } from "./rotation.ts";
import { createSender } from "./sender.ts";
import type { Transaction } from "./transitions.ts";

export type { DeliveryChain } from "./chain.ts";

/** What to send. `effects` name what it will have done on chain; a live transaction for any of them is reused. */
export type TransactionRequest = {
  effects: string[];
  chain: string;
  account: LocalAccount;
  /** Any one of these may send it. @default `account` alone */
  signers?: readonly LocalAccount[];
  to: Address;
  data: Hex;
  /** Wei. @default 0 */
  value?: bigint;
  /** Gas limit; without it the node estimates and a quarter is added. Needed where the callee catches out-of-gas. */
  gas?: bigint;
  /** For logs and errors: "batch 7". */
  description: string;
  /** What it brings its role, wei. @default 0 */
  earns?: bigint;
  /** Why no loss may hold it back: "a heartbeat". @default it is business */
  duty?: string;
  /** What has to be left of it. @default anything will do */
  profit?: ProfitPolicy;
  /** Since when it has been held back for being unprofitable, milliseconds since the epoch. @default it was not */
  heldSince?: number;
  /** Chains whose history it takes for granted: while one is halted it is not sent. @default none */
  restsOn?: readonly string[];
};

export type Delivery = {
  /**
   * Simulates, signs, persists, sends. When a live transaction stands for any of the effects already, that one is returned;
   * `effects` are those that the returned one will have.
   *
   * @throws NotNowError `unprofitable`, `gas_above_cap`: the next block may be better; `halted`: an operator has to look first. RelayerError `insufficient_funds` when no key can pay;
   * SimulationError when the call would revert.
   */
  submit(request: TransactionRequest): Promise<{ transaction: Transaction; effects: string[] }>;
  find: (id: number) => Promise<Transaction | undefined>;
  /** Looks after the live transactions of a chain: receipts, finality, re-broadcast, escalation. Call on every block. */
  tick: (chain: string) => Promise<void>;
};

/** Transactions of a key that are looked after in one turn. */
const lookedAfterAtOnce = 16;

/** What is one key's trouble only: another one may do. */
const troubleOfOneKey = new Set(["insufficient_funds", "signer_unavailable"]);

export function createDelivery(options: {
  database: Database;
  chains: DeliveryChain[];
  /** Accounts by lower-case address: live transactions of others are re-broadcast but never replaced. */
  accounts: LocalAccount[];
  /** Who may sign and look after the transactions of a sender. @default this process */
  lease?: (sender: Hex) => Lease;
  errors: Abi;
  clock: Clock;
  logger: Logger;
  announce: (announcement: string) => void;
  observe?: Observer;
}): Delivery {
  const { database, clock, announce, errors, lease = () => alwaysHeld } = options;
  const tell = options.observe ?? ignoreEvents;
  const logger = options.logger.child({ part: "delivery" });
  const chains = new Map(options.chains.map((chain) => [chain.name, chain]));
  const accounts = new Map(options.accounts.map((account) => [account.address.toLowerCase(), account]));
  const sender = createSender({ database, lease, clock, logger, announce, tell });
  const lookAfter = createCaretaker({ database, accounts, errors, clock, logger, sender });
  const queues = new Map<string, Promise<unknown>>();
  /** By chain and key: transactions that are being prepared, which no store knows yet. */
  const preparing = new Map<string, number>();
  const passedOver = new Set<string>();
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
    const existing = await standingFor(request);
    if (existing !== undefined) return existing;
    const candidates = await candidatesOf(chain, request.signers ?? [request.account]);
    let trouble: RelayerError | undefined;
    for (const { account } of ranked(chain, candidates)) {
      const key = keyOf(chain, account);
      preparing.set(key, (preparing.get(key) ?? 0) + 1);
      try {
        const sent = await inTurn(key, () => submitFrom(chain, request, account));
        passedOver.delete(key);
        return sent;
      } catch (error) {
        if (!(error instanceof RelayerError) || !troubleOfOneKey.has(error.code)) throw error;
        trouble ??= error;
        passOver(key, error, candidates.length);
      } finally {
        preparing.set(key, (preparing.get(key) ?? 1) - 1);
      }
    }
    throw (
      trouble ?? new RelayerError("no_signer", `No key may send ${request.description}.`, { severity: "permanent" })
    );
  }

  type Key = Candidate & { account: LocalAccount };

  async function candidatesOf(chain: DeliveryChain, signers: readonly LocalAccount[]): Promise<Key[]> {
    if (signers.length === 1) {
      const [account] = signers as [LocalAccount];
      return [{ account, address: account.address, inFlight: 0, oldestMs: 0, free: 1n }];
    }
    const live = (await liveTransactions(database, chain.name)).filter(({ state }) => state !== "mined");
    return Promise.all(
      signers.map(async (account) => {
        const address = account.address.toLowerCase();
        const own = live.filter((row) => row.sender === address);
        const { balance, reserved } = await fundsOf(database, chain, address);
        const oldestMs = Math.max(0, ...own.map(({ createdAt }) => elapsedMs(clock.now(), createdAt)));
        return { account, address, inFlight: own.length, oldestMs, free: balance - reserved };
      }),
    );
  }

  /** Without waiting in between: two submissions at the same time must not choose the same idle key. */
  function ranked(chain: DeliveryChain, candidates: Key[]): Key[] {
    const counted = candidates.map((key) => ({
      ...key,
      inFlight: key.inFlight + (preparing.get(keyOf(chain, key.account)) ?? 0),
    }));
    return rankKeys(counted, chain.fees.stuckAfterMs);
  }

  function passOver(key: string, error: RelayerError, keys: number): void {
    if (keys === 1) return; // the message itself reports it
    const level = passedOver.has(key) ? "debug" : "warn";
    passedOver.add(key);
    logger[level]({ key, error }, `a key is passed over: ${error.message}`);
  }

  async function standingFor({ effects }: TransactionRequest) {
    const transaction = await transactionOfEffects(database, effects);
    return transaction && { transaction, effects: await effectsOf(database, transaction.id) };
  }

  async function submitFrom(chain: DeliveryChain, request: TransactionRequest, account: LocalAccount) {
    const from = account.address.toLowerCase() as Hex;
    const existing = await standingFor(request);
    if (existing !== undefined) return existing;
    const value = request.value ?? 0n;
    // All asked at once, for the key has one transaction at a time; what is wrong is said in the order in which it matters.
    const asked = {
      funds: fundsOf(database, chain, from),
      simulation: simulate(chain, request, account, value),
      market: feeMarket(chain),
      mined: chain.client.getTransactionCount({ address: account.address, blockTag: "latest" }),
    };
    await Promise.allSettled(Object.values(asked));
    const funds = await asked.funds;
    const need = (amount: bigint) => requireFunds(funds, chain, from, request.description, amount);
    if (value > 0n) need(value);
    const { gas, expected } = await asked.simulation;
    const fees = affordableFees(chain, request, await asked.market, expected, value);
    need(value + gas * fees.maxFeePerGas);
    const mined = await asked.mined;
    const highest = await highestLiveNonce(database, chain.name, from);
    const nonce = Math.max(mined, highest === undefined ? 0 : highest + 1);
    const unsigned = { nonce, target: request.to, data: request.data, value, gasLimit: gas };
    const variant = await sender.sign(chain, account, unsigned, fees);
    const now = clock.now();
    const signed = {
      chain: chain.name,
      sender: from,
      ...unsigned,
      description: request.description,
      state: "signed" as const,
      variants: [variant],
      block: null,
      txHash: null,
      reason: null,
      createdAt: now,
      updatedAt: now,
    };
    let row: Transaction;
    try {
      row = await fenced(database, lease(from)).transaction(async (sql) => {
        // A chain may have been halted since the step began: what is not in the store by then is never sent.
        await requireNotHalted(sql, request.restsOn ?? []);
        return insertTransaction(sql, signed, request.effects);
      });
    } catch (error) {
      // Another key took one of the effects meanwhile. What was signed here was never sent, and its nonce is used again.
      const other = await standingFor(request);
      if (other !== undefined) return other;
      throw error;
    }
    logger.info(
      {
        transaction: row.id,
        chain: chain.name,
        sender: from,
        nonce,
        hash: variant.hash,
        gas,
        effects: request.effects,
      },
      `sends: ${request.description}`,
    );
    return { transaction: await sender.broadcast(chain, row), effects: request.effects };
  }

  /** The gas limit, and what of it the call is expected to use. */
  async function simulate(
    chain: DeliveryChain,
    request: TransactionRequest,
    account: LocalAccount,
    value: bigint,
  ): Promise<{ gas: bigint; expected: bigint }> {
    const call = { account: account.address, to: request.to, data: request.data, value };
    try {
      if (request.gas !== undefined) {
        await chain.client.call({ ...call, gas: request.gas });
        return { gas: request.gas, expected: request.gas };
      }
      const expected = await chain.client.estimateGas(call);
      return { gas: (expected * 5n) / 4n + 10_000n, expected };
    } catch (error) {
      const data = revertData(error);
      const failure = fundsError(error, chain, account.address);
      if (data === undefined) throw failure ?? error;
      const revert = decodeRevert(errors, data);
      if (failure !== undefined && revert === undefined) throw failure;
      throw new SimulationError(request.description, revert, describeRevert(revert, data));
    }
  }

  /** @throws NotNowError while gas is dearer than the chain's limit, or than what the transaction brings. */
  function affordableFees(
    chain: DeliveryChain,
    request: TransactionRequest,
    market: FeeMarket,
    gas: bigint,
    value: bigint,
  ): Fees {
    const policy = policyOf(chain.fees);
    if (market.baseFeePerGas > policy.maxFeePerGas)
      throw new NotNowError(
        "gas_above_cap",
        `the base fee of ${chain.name}, ${formatGwei(market.baseFeePerGas)} gwei, to fall below ${formatGwei(policy.maxFeePerGas)} (chains[].fees.maxFeePerGas)`,
      );
    const fees = initialFees(market, policy);
    const verdict = judge(
      {
        earns: request.earns ?? 0n,
        cost: value + gas * expectedPrice(market, fees),
        waitedMs: request.heldSince === undefined ? 0 : elapsedMs(clock.now(), request.heldSince),
        duty: request.duty,
      },
      request.profit,
    );
    if (verdict.type === "wait") throw new NotNowError("unprofitable", verdict.reason);
    if (verdict.atLoss !== undefined)
      logger.warn(
        { chain: chain.name, effects: request.effects },
        `sends at a loss: ${request.description}: ${verdict.atLoss}`,
      );
    return fees;
  }

  async function tick(name: string): Promise<void> {
    if (ticking.has(name)) return;
    ticking.add(name);
    try {
      const chain = chainOf(name);
      const rows = (await liveTransactions(database, name)).filter((row) => lease(row.sender).held());
      const bySender = new Map<string, Transaction[]>();
      for (const row of rows) bySender.set(row.sender, [...(bySender.get(row.sender) ?? []), row]);
      await Promise.all(
        [...bySender].map(async ([from, list]) => {
          // Some at a time: what is to be sent meanwhile does not wait for all of them.
          for (let first = 0; first < list.length; first += lookedAfterAtOnce) {
            const some = list.slice(first, first + lookedAfterAtOnce);
            await inTurn(`${name}/${from}`, () => lookAfter(chain, from as Hex, some));
          }
        }),
      );
    } finally {
      ticking.delete(name);
    }
  }

  return { submit, find: (id) => findTransaction(database, id), tick };
}

const keyOf = (chain: DeliveryChain, account: LocalAccount): string => `${chain.name}/${account.address.toLowerCase()}`;
