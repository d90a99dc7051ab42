import { estimateRiskModel } from "../../../scripts/deploy/riskModel.ts";
import { bars, dayStart } from "../prices.ts";
import type { PricedAsset } from "../prices.ts";
import { riskMatrix } from "../reference/riskMatrix.ts";
import type { Case } from "./theorem.ts";

const day = 86_400;
const assets: readonly PricedAsset[] = ["ETH", "BTC", "LINK", "USDC"];
const haircutFactors = [9_000, 9_000, 8_000, 9_700];
/** Units of the eighth decimal: some ether, some bitcoin, some LINK, some dollars; one of them alone. */
const amounts = [
  [5_000_000_000n, 25_000_000n, 100_000_000_000n, 1_000_000_000_000n],
  [123n, 45n, 678n, 901n],
  [3_141_592_653n, 0n, 0n, 0n],
  [0n, 0n, 0n, 314_159n],
];
const fractions = [10_000n, 9_000n, 7_500n, 5_000n];

/** Locks proven on one day of each month at a fraction of its prices, and looked at over the hundred days after it, at closes and at lows. */
export function* historyCases(): Generator<Case> {
  const series = assets.map((asset) => bars(asset, "daily"));
  const byTime = series.map((list) => new Map(list.map((bar) => [bar.time, bar])));
  for (let start = dayStart("2020-01-01"); start < dayStart("2022-06-01"); start += 30 * day) {
    const proven = byTime.map((times) => times.get(start));
    if (proven.some((bar) => bar === undefined)) continue;
    const model = estimateRiskModel({ closes: series, asOf: start, haircutFactors, horizonSeconds: day / 8, z: 3 });
    const matrix = riskMatrix(model);
    for (const [n, amount] of amounts.entries()) {
      const floorX64 = eight(proven.map((bar) => (priceX64(bar!.close) * fractions[n]!) / 10_000n));
      for (let later = 0; later <= 100; later += 4) {
        const then = byTime.map((times) => times.get(start + later * day));
        if (then.some((bar) => bar === undefined)) continue;
        const lock = { amount: eight(amount), floorX64, haircut: model.haircutFactors.map(BigInt), matrix };
        yield { ...lock, priceX64: eight(then.map((bar) => priceX64(bar!.close))) };
        yield { ...lock, priceX64: eight(then.map((bar) => priceX64(bar!.low))) };
      }
    }
  }
}

/** Micro-USD of a unit of the eighth decimal, X64. */
function priceX64(usd: number): bigint {
  return (BigInt(Math.round(usd * 1e8)) * (1n << 64n)) / 10n ** 10n;
}

function eight(values: readonly bigint[]): bigint[] {
  return Array.from({ length: 8 }, (_, i) => values[i] ?? 0n);
}
