import { SLOTS, unpackAmounts } from "@hypothec/sdk";
import { encodeFunctionData, erc20Abi, maxUint256, type Address, type Hex, type LocalAccount } from "viem";
import { creditPoolAbi, engineAbi, priceBoardAbi } from "../chain/abis.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { Planner, RoleContext } from "../runtime/context.ts";
import type { MessageKind, ReadAt } from "../runtime/kinds.ts";
import type { NewMessage } from "../store/messages.ts";
import type { LotPayload } from "./losses.ts";
import { lockKey } from "./marginView.ts";

/** LotSale.OVERDUE_SECONDS: a claim of which S has said nothing for so long is carried at 0. */
const OVERDUE_SECONDS = 60 * 86_400;
const CHECK_MS = 3_600_000;

/**
 * What a lot is worth beyond its price, bps of the price, rounded down. A slot without a price counts as nothing; undefined when the price is nothing.
 * Amounts in shared units; `price` in debt token units; prices in µUSD per unit · 2^64. Pure.
 */
export function lotProfitBps(lot: {
  amounts: readonly bigint[];
  livePricesX64: readonly bigint[];
  price: bigint;
  debtPriceX64: bigint;
}): bigint | undefined {
  const cost = (lot.price * lot.debtPriceX64 + (1n << 64n) - 1n) >> 64n;
  if (cost === 0n) return undefined;
  let value = 0n;
  for (let slot = 0; slot < SLOTS; slot++)
    value += ((lot.amounts[slot] ?? 0n) * (lot.livePricesX64[slot] ?? 0n)) >> 64n;
  const gain = (value - cost) * 10_000n;
  return gain / cost - (gain < 0n && gain % cost !== 0n ? 1n : 0n);
}

/** Buys lots when they are worth it, and writes down those that never came back (LIQ-8). */
export function createLotKinds(
  context: RoleContext,
  {
    buyer,
    lots,
  }: {
    buyer: LocalAccount;
    /** Undefined: none is bought. `maxSpend` in debt token units. */
    lots: { recipient: Address; maxSpend: bigint; minProfitBps: bigint } | undefined;
  },
): { kinds: MessageKind[]; planners: Planner[] } {
  const { margin, marginChain } = context;
  const engine = { address: marginChain.engine, abi: engineAbi } as const;
  const upTo = (at: ReadAt): number => ("blockNumber" in at ? Number(at.blockNumber) : Number.MAX_SAFE_INTEGER);
  const known = ({ domain, lockNullifier }: LotPayload) => context.accounts().lots.get(lockKey(domain, lockNullifier));
  const lotOf = ({ domain, lockNullifier }: LotPayload) =>
    margin.client.readContract({ ...engine, functionName: "lot", args: [domain, lockNullifier] });
  const wait = (reason: string) => ({ type: "wait" as const, reason, wakeOn: `block:${margin.name}` });
  const gone = { type: "void" as const, reason: "a reorg took the lot away" };

  const buyLot: MessageKind<LotPayload> = {
    kind: "buyLot",
    raced: false, // whoever pays more, earlier, gets it
    chain: () => margin.name,
    done: async (payload, at) => (known(payload)?.soldBlock ?? Infinity) <= upTo(at),
    async prepare({ payload }) {
      if (lots === undefined) return { type: "void", reason: "roles.keeper.lots is off" };
      if (known(payload) === undefined) return gone;
      const { domain, lockNullifier } = payload;
      const lot = await lotOf(payload);
      if (lot.startedAt === 0 || lot.sold) return wait("its sale");
      const market = context.markets.get(lot.market);
      if (market === undefined) return { type: "void", reason: `market ${lot.market} is not in the deployment` };
      const { pool, debtToken, debtSymbol } = market;
      const [livePricesX64, debtPriceX64, balance, allowance] = await Promise.all([
        margin.client.readContract({
          address: marginChain.priceBoard,
          abi: priceBoardAbi,
          functionName: "livePrices",
          args: [marginChain.setId],
        }),
        margin.client.readContract({ address: pool, abi: creditPoolAbi, functionName: "debtPriceX64" }),
        margin.client.readContract({
          address: debtToken,
          abi: erc20Abi,
          functionName: "balanceOf",
          args: [buyer.address],
        }),
        margin.client.readContract({
          address: debtToken,
          abi: erc20Abi,
          functionName: "allowance",
          args: [buyer.address, pool],
        }),
      ]);
      const { price } = lot;
      const amounts = unpackAmounts({ lo: lot.amountsLo, hi: lot.amountsHi });
      const profit = lotProfitBps({ amounts, livePricesX64, price, debtPriceX64 });
      if (profit === undefined) return wait("a price of it");
      if (profit < lots.minProfitBps) return wait(`a profit of ${lots.minProfitBps} bps, it is ${profit}`);
      if (price > lots.maxSpend)
        return wait(`roles.keeper.lots.maxSpend of ${lots.maxSpend} units of ${debtSymbol}, it costs ${price}`);
      if (balance < price)
        throw new RelayerError(
          "insufficient_debt_tokens",
          `${buyer.address} has ${balance} units of ${debtSymbol} on ${margin.name}, and needs ${price} to buy the lot of lock ${lockNullifier}. Send it more; the relayer tries again by itself.`,
        );
      const send = (effect: string, to: Hex, data: Hex, description: string) => ({
        effects: [effect],
        chain: margin.name,
        account: buyer,
        to,
        data,
        description,
      });
      if (allowance < price) {
        const data = encodeFunctionData({ abi: erc20Abi, functionName: "approve", args: [pool, maxUint256] });
        const effect = `approve:${debtToken}:${pool}:${buyer.address}`;
        return {
          type: "send",
          intermediate: true,
          request: send(effect, debtToken, data, `approve the pool for ${debtSymbol}`),
        };
      }
      const args = [domain, lockNullifier, price, lots.recipient] as const; // it only falls
      return {
        type: "send",
        request: send(
          `buyLot:${domain}:${lockNullifier}`,
          marginChain.engine,
          encodeFunctionData({ abi: engineAbi, functionName: "buyLot", args }),
          `buy the lot of lock ${lockNullifier} for ${price} ${debtSymbol} units`,
        ),
      };
    },
  };

  const writeDown: MessageKind<LotPayload> = {
    kind: "writeDown",
    raced: true,
    chain: () => margin.name,
    done: async (payload, at) => (known(payload)?.writtenDownBlock ?? Infinity) <= upTo(at),
    async prepare({ payload }) {
      if (known(payload) === undefined) return gone;
      const { domain, lockNullifier } = payload;
      const { recovered, sold, takenAt } = await lotOf(payload);
      if (recovered || sold) return { type: "void", reason: "S has said what the claim seized" };
      const due = takenAt + OVERDUE_SECONDS;
      if (margin.head().timestamp + 1 < due)
        return { type: "wait", reason: `S to say what the claim seized, until ${due}`, delayMs: CHECK_MS };
      return {
        type: "send",
        request: {
          effects: [`writeDown:${domain}:${lockNullifier}`],
          chain: margin.name,
          account: buyer,
          to: marginChain.engine,
          data: encodeFunctionData({ abi: engineAbi, functionName: "writeDownLot", args: [domain, lockNullifier] }),
          description: `carry the claim on lock ${lockNullifier} at 0: S has said nothing of it`,
        },
      };
    },
  };

  const planner: Planner = {
    chain: margin.name,
    plan: () => {
      const messages: NewMessage[] = [];
      for (const [key, { domain, lockNullifier, saleBlock, soldBlock, writtenDownBlock }] of context.accounts().lots) {
        const payload: LotPayload = { domain, lockNullifier };
        if (lots !== undefined && saleBlock !== null && soldBlock === null)
          messages.push({ kind: "buyLot", key: `buyLot:${key}`, payload });
        // What S has spoken of is up for sale, and not written down.
        if (saleBlock === null && writtenDownBlock === null)
          messages.push({ kind: "writeDown", key: `writeDown:${key}`, payload });
      }
      return Promise.resolve(messages);
    },
  };
  return { kinds: [buyLot, writeDown] as MessageKind[], planners: [planner] };
}
