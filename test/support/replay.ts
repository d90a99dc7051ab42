import { barAt, dayStart, type Bar, type PricedAsset } from "./prices.ts";

/** A moment of a replayed market. Prices are USD with 8 decimals, as Chainlink's USD feeds have them. */
export type MarketStep = { time: number; prices: Record<PricedAsset, bigint> };

export type ReplayOptions = {
  assets: readonly PricedAsset[];
  /** First moment: a day ("2021-05-18", its start) or unix seconds. */
  from: string | number;
  /** Last moment, included if a step falls on it. */
  to: string | number;
  /** @default 3600 */
  stepSeconds?: number;
};

/** Points of a price path between which it is a straight line. */
type Knot = { time: number; price: number };

const HOUR = 3_600;
const DAY = 24 * HOUR;
const FEED_DECIMALS = 8;

/**
 * The market of named days, step by step.
 *
 * Only what the data holds: BTC and ETH go through the open, the low and the close of each hour, straight in between. The others
 * have days only: they go through open, low and close of the day, with the low in the hour in which ETH had its own. USDC and
 * all others never leave the range of their day.
 *
 * @example
 * const [first] = replay({ assets: ["ETH", "LINK"], from: "2021-05-18", to: "2021-05-20" });
 * first.prices.ETH // 328454000000n
 */
export function replay({ assets, from, to, stepSeconds = HOUR }: ReplayOptions): MarketStep[] {
  const [start, end] = [moment(from), moment(to)];
  if (end < start) throw new Error(`A replay cannot end (${String(to)}) before it starts (${String(from)}).`);
  if (stepSeconds <= 0) throw new Error(`A step takes more than 0 seconds, got ${stepSeconds}.`);
  const paths = assets.map((asset) => [asset, knots(asset, start, end)] as const);
  const steps: MarketStep[] = [];
  for (let time = start; time <= end; time += stepSeconds) {
    const prices = Object.fromEntries(paths.map(([asset, path]) => [asset, toAnswer(priceAt(path, time))]));
    steps.push({ time, prices: prices as MarketStep["prices"] });
  }
  return steps;
}

/** A price in USD as a feed's answer, to the nearest 10⁻⁸. */
export function toAnswer(price: number): bigint {
  return BigInt(Math.round(price * 10 ** FEED_DECIMALS));
}

const moment = (at: string | number): number => (typeof at === "string" ? dayStart(at) : at);

const hasHours = (asset: PricedAsset): boolean => asset === "BTC" || asset === "ETH";

function knots(asset: PricedAsset, start: number, end: number): Knot[] {
  const length = hasHours(asset) ? HOUR : DAY;
  const path: Knot[] = [];
  for (let time = start - (start % length); time <= end; time += length) {
    const bar = barAt(asset, length === HOUR ? "hourly" : "daily", time);
    const lowAt = time + (length === HOUR ? HOUR / 2 : lowestHour(time) + HOUR / 2);
    path.push({ time, price: bar.open }, { time: lowAt, price: bar.low });
    // The next bar's open follows a second later, where it differs.
    path.push({ time: time + length - 1, price: bar.close });
  }
  return path;
}

/** Seconds from the day's start to the start of the hour in which ETH was lowest. */
function lowestHour(day: number): number {
  let lowest: Bar | undefined;
  for (let time = day; time < day + DAY; time += HOUR) {
    const bar = barAt("ETH", "hourly", time);
    if (lowest === undefined || bar.low < lowest.low) lowest = bar;
  }
  return lowest!.time - day;
}

function priceAt(path: readonly Knot[], time: number): number {
  const next = path.findIndex((knot) => knot.time >= time);
  const after = path[next];
  if (after === undefined) throw new Error(`The path of a price ends before ${new Date(time * 1000).toISOString()}.`);
  const before = path[next - 1];
  if (after.time === time || before === undefined) return after.price;
  const share = (time - before.time) / (after.time - before.time);
  return before.price + share * (after.price - before.price);
}
