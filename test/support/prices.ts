import { readFileSync } from "node:fs";

/** Asset names of the price files. */
export type PricedAsset =
  "BTC" | "ETH" | "LINK" | "MKR" | "SNX" | "MATIC" | "AAVE" | "COMP" | "SOL" | "AVAX" | "USDC" | "USDT";

/** Prices of one day or hour, USD. `time` is its start, unix seconds. */
export type Bar = { time: number; open: number; high: number; low: number; close: number };

type Resolution = "daily" | "hourly";

const parsed = new Map<Resolution, Map<string, Bar[]>>();

/** Bars of an asset in time order: every day since its listing, or (BTC and ETH only) every hour. Real data: test/data/prices/README.md. */
export function bars(asset: PricedAsset, resolution: Resolution): readonly Bar[] {
  let byAsset = parsed.get(resolution);
  if (byAsset === undefined) parsed.set(resolution, (byAsset = parse(resolution)));
  const found = byAsset.get(asset);
  if (found === undefined) throw new Error(`There are no ${resolution} prices of ${asset}.`);
  return found;
}

/** The bar that starts at `time`. Some days and hours are missing from the feeds. */
export function barAt(asset: PricedAsset, resolution: Resolution, time: number): Bar {
  const found = bars(asset, resolution).find((bar) => bar.time === time);
  if (found === undefined) {
    throw new Error(`There is no ${resolution} price of ${asset} at ${new Date(time * 1000).toISOString()}.`);
  }
  return found;
}

/** Start of a day ("2021-05-18") in UTC, unix seconds. */
export function dayStart(date: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) / 1000 : Number.NaN;
  if (Number.isNaN(time)) throw new Error(`${JSON.stringify(date)} is not a date like "2021-05-18".`);
  return time;
}

function parse(resolution: Resolution): Map<string, Bar[]> {
  const file = new URL(`../data/prices/${resolution}-2018-2022.csv`, import.meta.url);
  const byAsset = new Map<string, Bar[]>();
  const [, ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
  for (const line of lines) {
    const [when, asset, open, high, low, close] = line.split(",") as [string, string, string, string, string, string];
    const time = resolution === "daily" ? dayStart(when) : Number(when);
    const bar = { time, open: Number(open), high: Number(high), low: Number(low), close: Number(close) };
    const list = byAsset.get(asset);
    if (list === undefined) byAsset.set(asset, [bar]);
    else list.push(bar);
  }
  for (const list of byAsset.values()) list.sort((a, b) => a.time - b.time);
  return byAsset;
}
