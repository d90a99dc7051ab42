import { parseEventLogs } from "viem";

import { priceBoardAbi } from "../abis/index.ts";
import type { HypothecClient } from "../client/client.ts";
import { reading, write, type WriteResult } from "../client/write.ts";
import { HypothecError } from "../errors/base.ts";
import { getLivePrices } from "./marginReads.ts";

/** Store the live prices of the collateral set, to prove at. */
export async function takeSnapshot(
  client: HypothecClient,
  { setId = client.deployment.marginChain.setId }: { readonly setId?: number } = {},
): Promise<WriteResult & { readonly snapshot: number }> {
  const { priceBoard } = client.deployment.marginChain;
  const { hash, receipt } = await write(client, {
    side: "margin",
    address: priceBoard,
    abi: priceBoardAbi,
    functionName: "takeSnapshot",
    args: [setId],
  });
  const [taken] = parseEventLogs({ abi: priceBoardAbi, eventName: "SnapshotTaken", logs: receipt.logs });
  return { hash, receipt, snapshot: taken!.args.snapshot };
}

/** Prices of a stored snapshot. @default the latest one */
export function getSnapshot(
  client: HypothecClient,
  {
    setId = client.deployment.marginChain.setId,
    snapshot,
  }: { readonly setId?: number; readonly snapshot?: number } = {},
): Promise<{ snapshot: number; pricesX64: readonly bigint[]; time: bigint }> {
  return reading(client, "margin", "reading a snapshot", async () => {
    const board = { address: client.deployment.marginChain.priceBoard, abi: priceBoardAbi };
    const chosen =
      snapshot ??
      (await client.margin.public.readContract({ ...board, functionName: "latestSnapshot", args: [setId] }));
    const [pricesX64, time] = await client.margin.public.readContract({
      ...board,
      functionName: "snapshotPrices",
      args: [setId, chosen],
    });
    return { snapshot: chosen, pricesX64, time };
  });
}

export interface PickSnapshotParameters {
  readonly setId: number;
  /** Seconds: older ones are refused by the market. */
  readonly maxAgeSeconds: number;
  /** Slots that must have a price, bit i = slot i. */
  readonly reliedOn: number;
}

/**
 * The latest snapshot if it is young enough (half of what the market allows) and has the prices, else a new one.
 *
 * @throws HypothecError `price.missing` when a new one would not have the prices either; then none is taken.
 */
export async function pickSnapshot(
  client: HypothecClient,
  { setId, maxAgeSeconds, reliedOn }: PickSnapshotParameters,
): Promise<number> {
  const latest = await getSnapshot(client, { setId }).catch((error: unknown) => {
    if (error instanceof HypothecError && error.code === "UnknownSnapshot") return undefined;
    throw error;
  });
  if (latest !== undefined) {
    const now = await reading(
      client,
      "margin",
      "reading the time",
      async () => (await client.margin.public.getBlock()).timestamp,
    );
    const isYoung = now - latest.time <= BigInt(Math.floor(maxAgeSeconds / 2));
    const isWhole = latest.pricesX64.every((price, slot) => ((reliedOn >> slot) & 1) === 0 || price > 0n);
    if (isYoung && isWhole) return latest.snapshot;
  }
  // A snapshot without the price would be no use here, and would stand in everybody's way until the next one.
  assertPrices(await getLivePrices(client, { setId }), reliedOn);
  return (await takeSnapshot(client, { setId })).snapshot;
}

/** @throws HypothecError `price.missing` when a slot of the mask has no price. */
export function assertPrices(pricesX64: readonly bigint[], reliedOn: number): void {
  const missing = pricesX64.flatMap((price, slot) => (price === 0n && ((reliedOn >> slot) & 1) === 1 ? [slot] : []));
  if (missing.length === 0) return;
  throw new HypothecError(
    `There is no valid price of slot ${missing.join(", ")}: its feed is stale, zero or out of bounds`,
    {
      code: "price.missing",
      args: { missing },
      whatToDo: "Wait for the feed, or rely on a profile without that slot.",
    },
  );
}
