import { encodeFunctionData, formatEther, parseAbi, type Address, type Hex, type LocalAccount } from "viem";
import type { Config } from "../config/schema.ts";
import type { Planner, RoleContext } from "../runtime/context.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import { latestPrices, type HermesPrice } from "./hermes.ts";
import { elapsedMs } from "../runtime/clock.ts";

/** What is called of Pyth's contract (docs.pyth.network, EVM API reference). */
export const pythAbi = parseAbi([
  "struct Price { int64 price; uint64 conf; int32 expo; uint256 publishTime; }",
  "function getPriceUnsafe(bytes32 id) view returns (Price price)",
  "function getUpdateFee(bytes[] updateData) view returns (uint256 feeAmount)",
  "function updatePriceFeeds(bytes[] updateData) payable",
]);

export type PythPayload = { id: Hex; /** Publish time of what was on chain, seconds. */ after: number };
type OnChain = { price: bigint; expo: number; publishTime: number };

/**
 * Why a price should be pushed, or undefined: what is on chain is old, or off. Pure.
 *
 * @param now the chain's, seconds.
 */
export function pushDue(
  onChain: OnChain,
  newest: OnChain,
  now: number,
  { maxAgeSeconds, deviationBps }: { maxAgeSeconds: number; deviationBps: number },
): string | undefined {
  if (newest.publishTime <= onChain.publishTime) return undefined;
  const age = now - onChain.publishTime;
  if (age >= maxAgeSeconds) return `the price on chain is ${age} s old`;
  const least = Math.min(onChain.expo, newest.expo);
  const scaled = ({ price, expo }: OnChain) => price * 10n ** BigInt(expo - least);
  const [before, after] = [scaled(onChain), scaled(newest)];
  const off = before > after ? before - after : after - before;
  const size = before < 0n ? -before : before;
  return off * 10_000n >= size * BigInt(deviationBps) ? "the price has moved" : undefined;
}

/** Brings prices of Pyth's pull oracle on chain before the board's feeds of it are stale. */
export function createPythPusher(
  context: RoleContext,
  config: NonNullable<NonNullable<Config["roles"]["watchman"]>["pyth"]>,
  account: LocalAccount,
): { kinds: MessageKind[]; planners: Planner[]; check(): Promise<string[]> } {
  const { margin, clock } = context;
  const contract = { address: config.contract as Address, abi: pythAbi } as const;
  const ids = config.ids.map((id) => id.toLowerCase() as Hex);

  const onChain = async (id: Hex, at: object = {}): Promise<OnChain> => {
    const read = { ...contract, functionName: "getPriceUnsafe", args: [id], ...at } as const;
    const { price, expo, publishTime } = await margin.client.readContract(read);
    return { price, expo, publishTime: Number(publishTime) };
  };

  const push: MessageKind<PythPayload> = {
    kind: "pyth",
    raced: true,
    chain: () => margin.name,
    done: async ({ id, after }, at) => (await onChain(id, at)).publishTime > after,
    async prepare({ key, payload }) {
      // One update brings all: it costs little more, and none lags.
      const { prices, update } = await latestPrices(config.hermes, ids);
      const newest = prices.find(({ id }) => id === payload.id)?.publishTime ?? 0;
      if (newest <= payload.after) return { type: "wait", reason: "a newer price", delayMs: config.pollMs };
      const fee = await margin.client.readContract({ ...contract, functionName: "getUpdateFee", args: [update] });
      if (fee > BigInt(config.maxFee))
        throw new RelayerError(
          "fee_too_high",
          `Pyth asks ${formatEther(fee)} for an update, roles.watchman.pyth.maxFee allows ${formatEther(BigInt(config.maxFee))}. Raise it, or wait.`,
        );
      return {
        type: "send",
        request: {
          effects: [key],
          chain: margin.name,
          account,
          to: contract.address,
          value: fee,
          data: encodeFunctionData({ abi: pythAbi, functionName: "updatePriceFeeds", args: [update] }),
          description: `push ${ids.length} prices of Pyth`,
        },
      };
    },
  };

  let asked: { prices: HermesPrice[]; at: number } | undefined;
  const planner: Planner = {
    chain: margin.name,
    async plan() {
      if (asked === undefined || elapsedMs(clock.now(), asked.at) >= config.pollMs)
        asked = { at: clock.now(), prices: (await latestPrices(config.hermes, ids)).prices };
      const { prices } = asked;
      const stands = await Promise.all(ids.map(async (id) => ({ id, stored: await onChain(id) })));
      // The first that is due brings the others with it.
      const first = stands.find(({ id, stored }) => {
        const newest = prices.find((each) => each.id === id);
        return newest !== undefined && pushDue(stored, newest, margin.head().timestamp, config) !== undefined;
      });
      if (first === undefined) return [];
      const payload: PythPayload = { id: first.id, after: first.stored.publishTime };
      return [{ kind: "pyth", key: `pyth:${contract.address}:${payload.id}:${payload.after}`, payload }];
    },
  };

  return {
    kinds: [push] as MessageKind[],
    planners: [planner],
    async check() {
      const known = await Promise.allSettled(ids.map((id) => onChain(id)));
      return ids
        .filter((_, index) => known[index]!.status === "rejected")
        .map((id) => `${contract.address} (roles.watchman.pyth.contract) has no price ${id} on ${margin.name}`);
    },
  };
}
