import { describe, expect, test } from "vitest";

import { bars, dayStart } from "../support/prices.ts";
import { replay } from "../support/replay.ts";

const HOUR = 3_600;
const market = replay({
  assets: ["ETH", "BTC", "LINK", "USDC"],
  from: "2021-05-18",
  to: "2021-05-20",
  stepSeconds: 1_800,
});
const at = (time: number) => market.find((step) => step.time === time)!.prices;

// Expected values are lines of test/data/prices, read by eye.
describe("replay", () => {
  test("default: starts at the first hour's open and the first day's", () => {
    expect(market[0]!.time).toBe(1_621_296_000);
    expect(market[0]!.prices).toEqual({
      ETH: 328_454_000_000n,
      BTC: 4_358_127_000_000n,
      LINK: 3_710_203_200n,
      USDC: 100_016_000n,
    });
  });

  test("behavior: an hour's low is met in its middle, the next hour starts at its open", () => {
    const lowestHour = 1_621_429_200; // 2021-05-19 13:00 UTC: 2330.41, 2641.94, 1850, 2520.99
    expect(at(lowestHour).ETH).toBe(233_041_000_000n);
    expect(at(lowestHour + HOUR / 2).ETH).toBe(185_000_000_000n);
    expect(at(lowestHour + HOUR).ETH).toBe(251_129_000_000n);
  });

  test("behavior: assets with days only meet the day's low when ETH has its own", () => {
    const low = 1_621_429_200 + HOUR / 2;
    expect(at(low).LINK).toBe(2_126_770_600n);
    expect(at(low).USDC).toBe(99_805_498n);
    expect(at(dayStart("2021-05-20")).LINK).toBe(2_632_719_400n);
  });

  test("behavior: no price leaves the range of its hour or day", () => {
    for (const { time, prices } of market) {
      for (const asset of ["ETH", "BTC"] as const) {
        const bar = bars(asset, "hourly").find((each) => each.time === time - (time % HOUR))!;
        const usd = Number(prices[asset]) / 1e8;
        expect(usd).toBeGreaterThanOrEqual(bar.low);
        expect(usd).toBeLessThanOrEqual(bar.high);
      }
    }
  });

  test("error: days without data, and ends before starts", () => {
    expect(() => replay({ assets: ["ETH"], from: "2023-01-01", to: "2023-01-02" })).toThrow(/no hourly price of ETH/);
    expect(() => replay({ assets: ["ETH"], from: "2021-05-20", to: "2021-05-18" })).toThrow(/before it starts/);
    expect(() => dayStart("18 May")).toThrow(/is not a date/);
  });
});
