import type { Keys } from "@hypothec/sdk";
import type { Address, Hex, LocalAccount } from "viem";
import { engineAbi, priceBoardAbi } from "../chain/abis.ts";
import type { Config } from "../config/schema.ts";
import type { Planner, RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { NewMessage } from "../store/messages.ts";
import { coverageOf } from "./coverage.ts";
import { createBuyer, type BuyPayload } from "./buy.ts";
import { auctionRounds, createLiquidationKinds, flagCount, type EpisodePayload } from "./liquidate.ts";
import { createLossKinds } from "./losses.ts";
import { createLotKinds } from "./lots.ts";
import { elapsedMs } from "../runtime/clock.ts";

/** Watches the live coverage of every account: flags, starts auctions after grace, buys claims at a margin, and sees to those that nobody buys. */
export function createKeeper(
  context: RoleContext,
  config: NonNullable<Config["roles"]["keeper"]>,
  account: LocalAccount,
  keys: Keys | undefined,
): { kinds: MessageKind[]; planners: Planner[] } {
  const { margin, marginChain, clock } = context;
  const engine = { address: marginChain.engine, abi: engineAbi } as const;
  const maxSpend = BigInt(config.maxSpend);
  const buyer =
    keys === undefined || maxSpend === 0n
      ? undefined
      : createBuyer(context, { account, keys, minProfitBps: BigInt(config.minProfitBps), maxSpend });
  let lastPrices = "";
  let lastSweep = -Infinity;
  let uncovered = new Set<Hex>();

  /** Accounts to look at now: all of them when prices moved or the sweep is due, else those in trouble and those with news. */
  async function accountsToCheck(): Promise<Hex[]> {
    const view = context.accounts();
    const holding = [...view.locks].filter(([, locks]) => locks.size > 0).map(([id]) => id);
    const prices = await margin.client.readContract({
      address: marginChain.priceBoard,
      abi: priceBoardAbi,
      functionName: "livePrices",
      args: [marginChain.setId],
    });
    const fingerprint = `${prices.join()}/${holding.length}`;
    const sweep = fingerprint !== lastPrices || elapsedMs(clock.now(), lastSweep) >= config.sweepIntervalMs;
    if (sweep) [lastPrices, lastSweep] = [fingerprint, clock.now()];
    return sweep ? holding : holding.filter((id) => uncovered.has(id));
  }

  const planner: Planner = {
    chain: margin.name,
    async plan() {
      const view = context.accounts();
      const checked = await accountsToCheck();
      const states = await coverageOf(margin.client, marginChain.engine, checked);
      uncovered = new Set([...uncovered].filter((id) => !checked.includes(id)));
      const messages: NewMessage[] = [];
      for (const { id, covered } of states) {
        if (covered) continue;
        uncovered.add(id);
        const state = await margin.client.readContract({ ...engine, functionName: "account", args: [id] });
        const kind = state.flaggedAt === 0 ? "flag" : "auction";
        const count = kind === "flag" ? flagCount(view, id) : auctionRounds(view, id);
        if (state.auctions === 0)
          messages.push({
            kind,
            key: `${kind}:${id}:${count}`,
            payload: { account: id, count } satisfies EpisodePayload,
          });
      }
      if (buyer !== undefined)
        for (const { account: id, lockNullifier, startBlock, endBlock } of view.auctions)
          if (endBlock === null)
            messages.push({
              kind: "buy",
              key: `buy:${id}:${lockNullifier}:${startBlock}`,
              payload: { account: id, lockNullifier, startBlock } satisfies BuyPayload,
            });
      return messages;
    },
  };

  const losses = createLossKinds(context, { keeper: account, takeoverDelaySeconds: config.takeoverDelaySeconds });
  const { lots } = config;
  const lotKinds = createLotKinds(context, {
    buyer: account,
    lots: lots && {
      recipient: lots.recipient as Address,
      maxSpend: BigInt(lots.maxSpend),
      minProfitBps: BigInt(lots.minProfitBps),
    },
  });
  return {
    kinds: [
      ...createLiquidationKinds(context, account),
      ...(buyer === undefined ? [] : [buyer]),
      ...losses.kinds,
      ...lotKinds.kinds,
    ],
    planners: [planner, ...losses.planners, ...lotKinds.planners],
  };
}
