import { encodeFunctionData, type Hex, type LocalAccount } from "viem";
import { engineAbi } from "../chain/abis.ts";
import type { RoleContext } from "../runtime/context.ts";
import type { MessageKind, ReadAt } from "../runtime/kinds.ts";
import type { MarginView } from "./marginView.ts";

export type EpisodePayload = { account: Hex; /** How many there were before this one. */ count: number };

const upTo = (at: ReadAt): number => ("blockNumber" in at ? Number(at.blockNumber) : Infinity);

/** Auction starts of an account, one per block however many locks. */
export const auctionRounds = (view: MarginView, account: Hex, block = Infinity): number =>
  new Set(
    view.auctions
      .filter((auction) => auction.account === account && auction.startBlock <= block)
      .map((auction) => auction.startBlock),
  ).size;

export const flagCount = (view: MarginView, account: Hex, block = Infinity): number =>
  (view.flags.get(account) ?? []).filter((at) => at <= block).length;

/** The two steps that make an uncovered account's locks saleable: flag, and start the auctions after grace. */
export function createLiquidationKinds(context: RoleContext, keeper: LocalAccount): MessageKind<EpisodePayload>[] {
  const { margin, marginChain } = context;
  const engine = { address: marginChain.engine, abi: engineAbi } as const;

  const stateOf = async (account: Hex) => {
    const [view, covered] = await Promise.all([
      margin.client.readContract({ ...engine, functionName: "account", args: [account] }),
      margin.client.readContract({ ...engine, functionName: "isCovered", args: [account] }),
    ]);
    return { ...view, covered };
  };

  const send = (functionName: "flag" | "startAuctions", { account, count }: EpisodePayload) => ({
    type: "send" as const,
    request: {
      effects: [`${functionName}:${account}:${count}`],
      chain: margin.name,
      account: keeper,
      to: marginChain.engine,
      data: encodeFunctionData({ abi: engineAbi, functionName, args: [account] }),
      description: `${functionName} ${account}`,
      duty: "liquidation",
    },
  });

  const flag: MessageKind<EpisodePayload> = {
    kind: "flag",
    raced: true,
    chain: () => margin.name,
    done: async ({ account, count }, at) => flagCount(context.accounts(), account, upTo(at)) > count,
    async prepare({ payload }) {
      const state = await stateOf(payload.account);
      if (state.covered) return { type: "void", reason: "it is covered again" };
      if (state.flaggedAt > 0) return { type: "wait", reason: "the flag to be seen", wakeOn: `block:${margin.name}` };
      return send("flag", payload);
    },
  };

  const startAuctions: MessageKind<EpisodePayload> = {
    kind: "auction",
    raced: true,
    chain: () => margin.name,
    done: async ({ account, count }, at) => auctionRounds(context.accounts(), account, upTo(at)) > count,
    async prepare({ payload }) {
      const state = await stateOf(payload.account);
      if (state.covered || state.flaggedAt === 0 || state.locks.length === 0)
        return { type: "void", reason: "nothing is due any more" };
      const wait = (reason: string) => ({ type: "wait" as const, reason, wakeOn: `block:${margin.name}` });
      if (state.auctions > 0) return wait("the running auctions");
      // The call runs in the next block: its time is at least a second after the head's.
      if (margin.head().timestamp + 1 < state.graceEndsAt) return wait(`its grace (until ${state.graceEndsAt})`);
      return send("startAuctions", payload);
    },
  };

  return [flag, startAuctions];
}
