import { encodeFunctionData, type Hex, type LocalAccount } from "viem";
import { creditPoolAbi, engineAbi } from "../chain/abis.ts";
import type { Planner, RoleContext } from "../runtime/context.ts";
import type { MessageKind, ReadAt } from "../runtime/kinds.ts";
import type { NewMessage } from "../store/messages.ts";
import { lockKey, type Lot, type MarginView } from "./marginView.ts";

export type TakeoverPayload = { account: Hex; lockNullifier: bigint; startBlock: number };
export type LotPayload = { domain: bigint; lockNullifier: bigint };
export type AccountPayload = { account: Hex; /** How many there were before this one. */ count: number };

const upTo = (at: ReadAt): number => ("blockNumber" in at ? Number(at.blockNumber) : Number.MAX_SAFE_INTEGER);
const LOT_CHECK_MS = 60_000;

/**
 * What nobody buys (LIQ-8): hands unsold claims to the insurance fund or the pool, puts up for sale what they seized once S has said so, writes off what
 * is left without a lock, and releases provisions of accounts that are covered again.
 */
export function createLossKinds(
  context: RoleContext,
  options: { keeper: LocalAccount; takeoverDelaySeconds: number },
): { kinds: MessageKind[]; planners: Planner[] } {
  const { margin, marginChain } = context;
  const engine = { address: marginChain.engine, abi: engineAbi } as const;
  const wait = (reason: string, delayMs?: number) => ({
    type: "wait" as const,
    reason,
    wakeOn: `block:${margin.name}`,
    ...(delayMs === undefined ? {} : { delayMs }),
  });
  const send = (effect: string, data: Hex, description: string) => ({
    type: "send" as const,
    request: {
      effects: [effect],
      chain: margin.name,
      account: options.keeper,
      to: marginChain.engine,
      data,
      description,
      duty: "what keeps lenders whole",
    },
  });
  const poolOf = (account: Hex) => {
    const market = context.accounts().accounts.get(account)?.market;
    return market === undefined ? undefined : context.markets.get(market)?.pool;
  };
  const auctionOf = ({ account, lockNullifier, startBlock }: TakeoverPayload) =>
    context
      .accounts()
      .auctions.find(
        (each) => each.account === account && each.lockNullifier === lockNullifier && each.startBlock === startBlock,
      );
  const lotOf = ({ domain, lockNullifier }: LotPayload): Lot | undefined =>
    context.accounts().lots.get(lockKey(domain, lockNullifier));

  const takeover: MessageKind<TakeoverPayload> = {
    kind: "takeover",
    raced: true,
    chain: () => margin.name,
    done: async (payload, at) => (auctionOf(payload)?.endBlock ?? Infinity) <= upTo(at),
    async prepare({ payload }) {
      const { account, lockNullifier } = payload;
      if (auctionOf(payload) === undefined) return { type: "void", reason: "a reorg took the auction away" };
      const auction = await margin.client.readContract({
        ...engine,
        functionName: "auction",
        args: [account, lockNullifier],
      });
      // Buyers first: at its end prices the claim is worth most to them.
      const due = auction.endsAt + options.takeoverDelaySeconds;
      if (margin.head().timestamp + 1 < due) return wait(`a buyer, until ${due}`);
      const covered = await margin.client.readContract({ ...engine, functionName: "isCovered", args: [account] });
      if (covered) return wait("its owner to cancel the auction: the account is covered");
      return send(
        `takeover:${account}:${lockNullifier}:${payload.startBlock}`,
        encodeFunctionData({ abi: engineAbi, functionName: "takeOver", args: [account, lockNullifier] }),
        `take over the claim on lock ${lockNullifier}`,
      );
    },
  };

  const lotSale: MessageKind<LotPayload> = {
    kind: "lotSale",
    raced: true,
    chain: () => margin.name,
    done: async (payload, at) => (lotOf(payload)?.saleBlock ?? Infinity) <= upTo(at),
    async prepare({ payload }) {
      const { domain, lockNullifier } = payload;
      if (lotOf(payload) === undefined) return { type: "void", reason: "a reorg took the takeover away" };
      const lot = await margin.client.readContract({ ...engine, functionName: "lot", args: [domain, lockNullifier] });
      if (!lot.recovered) return wait("S to say what the claim seized", LOT_CHECK_MS);
      return send(
        `lotSale:${domain}:${lockNullifier}`,
        encodeFunctionData({ abi: engineAbi, functionName: "startLotSale", args: [domain, lockNullifier] }),
        `put up for sale what the claim on lock ${lockNullifier} seized`,
      );
    },
  };

  const writeOff: MessageKind<AccountPayload> = {
    kind: "writeOff",
    raced: true,
    chain: () => margin.name,
    done: async ({ account, count }, at) =>
      (context.accounts().bereft.get(account) ?? []).filter((block) => block <= upTo(at)).length > count,
    async prepare({ payload: { account, count } }) {
      const [{ locks }, debt] = await Promise.all([
        margin.client.readContract({ ...engine, functionName: "account", args: [account] }),
        debtOf(account),
      ]);
      if (locks.length !== 0 || debt === 0n) return { type: "void", reason: "nothing is due any more" };
      return send(
        `writeOff:${account}:${count}`,
        encodeFunctionData({ abi: engineAbi, functionName: "writeOff", args: [account] }),
        `write off ${debt} units that account ${account} owes without a lock`,
      );
    },
  };

  const provision: MessageKind<AccountPayload> = {
    kind: "provision",
    raced: true,
    chain: () => margin.name,
    done: async ({ account, count }, at) =>
      (context.accounts().provisions.get(account)?.blocks ?? []).filter((block) => block <= upTo(at)).length > count,
    async prepare({ payload: { account, count } }) {
      const covered = await margin.client.readContract({ ...engine, functionName: "isCovered", args: [account] });
      if (!covered) return wait("the account to be covered again");
      return send(
        `provision:${account}:${count}`,
        encodeFunctionData({ abi: engineAbi, functionName: "provision", args: [account] }),
        `release the provision for account ${account}`,
      );
    },
  };

  async function debtOf(account: Hex): Promise<bigint> {
    const pool = poolOf(account);
    if (pool === undefined) return 0n;
    return margin.client.readContract({ address: pool, abi: creditPoolAbi, functionName: "debtOf", args: [account] });
  }

  /** By view: after a reorg everything is asked again. */
  const settledIn = new WeakMap<MarginView, Set<Hex>>();
  const planner: Planner = {
    chain: margin.name,
    async plan() {
      const view = context.accounts();
      const settled = settledIn.get(view) ?? new Set();
      settledIn.set(view, settled);
      const messages: NewMessage[] = [];
      for (const { account, lockNullifier, startBlock, endBlock } of view.auctions)
        if (endBlock === null)
          messages.push({
            kind: "takeover",
            key: `takeover:${account}:${lockNullifier}:${startBlock}`,
            payload: { account, lockNullifier, startBlock } satisfies TakeoverPayload,
          });
      for (const [key, { domain, lockNullifier, saleBlock }] of view.lots)
        if (saleBlock === null)
          messages.push({
            kind: "lotSale",
            key: `lotSale:${key}`,
            payload: { domain, lockNullifier } satisfies LotPayload,
          });
      for (const [account, { assets, blocks }] of view.provisions)
        if (assets !== 0n)
          messages.push({
            kind: "provision",
            key: `provision:${account}:${blocks.length}`,
            payload: { account, count: blocks.length } satisfies AccountPayload,
          });
      for (const [account, blocks] of view.bereft) {
        if ((view.locks.get(account)?.size ?? 0) !== 0) {
          settled.delete(account);
          continue;
        }
        // Without a lock nothing is borrowed any more: what owes nothing once needs no other look.
        if (settled.has(account)) continue;
        if ((await debtOf(account)) === 0n) {
          settled.add(account);
          continue;
        }
        messages.push({
          kind: "writeOff",
          key: `writeOff:${account}:${blocks.length}`,
          payload: { account, count: blocks.length } satisfies AccountPayload,
        });
      }
      return messages;
    },
  };
  return { kinds: [takeover, lotSale, writeOff, provision] as MessageKind[], planners: [planner] };
}
