import type { Keys } from "@hypothec/sdk";
import { encodeFunctionData, erc20Abi, maxUint256, zeroAddress, type Hex, type LocalAccount } from "viem";
import { creditPoolAbi, engineAbi, priceBoardAbi } from "../chain/abis.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { RoleContext } from "../runtime/context.ts";
import type { MessageKind, ReadAt } from "../runtime/kinds.ts";
import type { Auction, MarginView } from "./marginView.ts";
import { earnedWei, leastProfitBps } from "./profit.ts";

export type BuyPayload = { account: Hex; lockNullifier: bigint; startBlock: number };

const auctionOf = (view: MarginView, { account, lockNullifier, startBlock }: BuyPayload): Auction | undefined =>
  view.auctions.find(
    (auction) =>
      auction.account === account && auction.lockNullifier === lockNullifier && auction.startBlock === startBlock,
  );

/** Buys claims when they are worth it: repays a lock's slice of debt, and the claim becomes a note of the operator's own keys. */
export function createBuyer(
  context: RoleContext,
  options: { account: LocalAccount; keys: Keys; minProfitBps: bigint; maxSpend: bigint },
): MessageKind<BuyPayload> {
  const { margin, marginChain } = context;
  const engine = { address: marginChain.engine, abi: engineAbi } as const;
  const { account: buyer, keys, minProfitBps, maxSpend } = options;

  // The vault chain's coin: what gas costs is counted in it (`profit.countPercent` if this chain's is worth something else).
  const native = context.vaultChain.assets.find(({ token }) => token === zeroAddress);
  const coinAt = (livePricesX64: readonly bigint[]) =>
    native === undefined
      ? { priceX64: 0n, weiPerShared: 1n }
      : {
          priceX64: livePricesX64[native.slot] ?? 0n,
          weiPerShared: 10n ** BigInt(native.decimals - native.sharedDecimals),
        };

  return {
    kind: "buy",
    raced: false, // an auction is a race: who pays more, earlier, gets it
    chain: () => margin.name,
    async done(payload, at: ReadAt) {
      const end = auctionOf(context.accounts(), payload)?.endBlock ?? Infinity;
      return end <= ("blockNumber" in at ? Number(at.blockNumber) : Number.MAX_SAFE_INTEGER);
    },
    async prepare({ payload }) {
      const wait = (reason: string) => ({ type: "wait" as const, reason, wakeOn: `block:${margin.name}` });
      const { account, lockNullifier } = payload;
      if (auctionOf(context.accounts(), payload) === undefined)
        return { type: "void", reason: "a reorg took the auction away" };
      const marketId = context.accounts().accounts.get(account)?.market;
      const market = marketId === undefined ? undefined : context.markets.get(marketId);
      if (market === undefined) return { type: "void", reason: `market ${marketId ?? "?"} is not in the deployment` };
      // What is paid rests on these reads: at a block by its number, a quorum of RPCs has to agree on them.
      const at = { blockNumber: BigInt(margin.head().number) } as const;
      const [auction, [claim, debtAssets, seizurePricesX64], livePricesX64, debtPriceX64, balance, allowance] =
        await Promise.all([
          margin.client.readContract({ ...engine, functionName: "auction", args: [account, lockNullifier], ...at }),
          margin.client.readContract({ ...engine, functionName: "quoteBuy", args: [account, lockNullifier], ...at }),
          margin.client.readContract({
            address: marginChain.priceBoard,
            abi: priceBoardAbi,
            functionName: "livePrices",
            args: [marginChain.setId],
            ...at,
          }),
          margin.client.readContract({ address: market.pool, abi: creditPoolAbi, functionName: "debtPriceX64", ...at }),
          margin.client.readContract({
            address: market.debtToken,
            abi: erc20Abi,
            functionName: "balanceOf",
            args: [buyer.address],
          }),
          margin.client.readContract({
            address: market.debtToken,
            abi: erc20Abi,
            functionName: "allowance",
            args: [buyer.address, market.pool],
          }),
        ]);
      const offer = {
        claim,
        guarantee: auction.guarantee,
        debtAssets,
        debtPriceX64,
        seizurePricesX64,
        livePricesX64,
      };
      const profit = leastProfitBps(offer);
      if (profit === undefined) return wait("prices of everything that is seized");
      if (profit < minProfitBps) return wait(`a profit of ${minProfitBps} bps, it is ${profit}`);
      // Interest grows the debt until the block of the purchase: a thousandth is days of it.
      const most = debtAssets + debtAssets / 1_000n + 1n;
      if (most > maxSpend)
        return wait(`roles.keeper.maxSpend of ${maxSpend} units of ${market.debtSymbol}, it costs ${debtAssets}`);
      if (balance < debtAssets)
        throw new RelayerError(
          "insufficient_debt_tokens",
          `${buyer.address} has ${balance} units of ${market.debtSymbol} on ${margin.name}, and needs ${debtAssets} to buy the claim on lock ${lockNullifier}. Send it more; the relayer tries again by itself.`,
        );
      if (allowance < most)
        return {
          type: "send",
          intermediate: true,
          request: {
            effects: [`approve:${market.debtToken}:${market.pool}:${buyer.address}`],
            chain: margin.name,
            account: buyer,
            to: market.debtToken,
            data: encodeFunctionData({ abi: erc20Abi, functionName: "approve", args: [market.pool, maxUint256] }),
            description: `approve the pool for ${market.debtSymbol}`,
            earns: earnedWei(offer, profit, coinAt(livePricesX64)),
          },
        };
      return {
        type: "send",
        request: {
          effects: [`buy:${account}:${lockNullifier}:${payload.startBlock}`],
          chain: margin.name,
          account: buyer,
          to: marginChain.engine,
          data: encodeFunctionData({
            abi: engineAbi,
            functionName: "buy",
            args: [account, lockNullifier, most, keys.owner(0), keys.encryption.submitted],
          }),
          description: `buy the claim on lock ${lockNullifier} for ${debtAssets} ${market.debtSymbol} units`,
          earns: earnedWei(offer, profit, coinAt(livePricesX64)),
        },
      };
    },
  };
}
