import { estimateRiskModel, type RiskModel } from "../../../scripts/deploy/riskModel.ts";
import { bars, dayStart } from "../../support/prices.ts";
import {
  HORIZON_SECONDS,
  LOCAL_ASSETS,
  LOCAL_MARKET,
  LOCAL_POOL,
  SYMBOLS,
  Z,
} from "../../support/localnet/parameters.ts";

/** A risk model as it would have been on the morning of a day. */
export type StressModel = { name: string; what: string; risk: (day: string) => RiskModel };

const bySlot = [...SYMBOLS].sort((a, b) => LOCAL_ASSETS[a].slot - LOCAL_ASSETS[b].slot);
const SLOTS = 8;

function flat(haircutFactors: readonly number[]): RiskModel {
  return {
    haircutFactors: Array.from({ length: SLOTS }, (_, slot) => haircutFactors[slot] ?? 0),
    loadings: [],
    specificVariance: Array<bigint>(SLOTS).fill(0n),
    zE4: 0,
  };
}

function estimated(day: string): RiskModel {
  return estimateRiskModel({
    closes: bySlot.map((symbol) => bars(LOCAL_ASSETS[symbol].priced, "daily")),
    haircutFactors: bySlot.map((symbol) => LOCAL_ASSETS[symbol].haircutFactor),
    asOf: dayStart(day),
    horizonSeconds: HORIZON_SECONDS,
    z: Z,
  });
}

/** Σ_ii of a model, 10¹⁸: what its loadings and specific variance come to for each slot alone. */
function variances({ loadings, specificVariance }: RiskModel): bigint[] {
  return specificVariance.map((d, slot) => loadings.reduce((sum, row) => sum + row[slot]! * row[slot]!, d));
}

/** (1 + debt haircut)·(1 + maxBonus + buffer): what the engine asks for beside the model. */
const REQUIREMENT =
  (1 + LOCAL_POOL.debtHaircutBps / 1e4) * (1 + (LOCAL_MARKET.maxBonusBps + LOCAL_MARKET.bufferBps) / 1e4);

export const STRESS_MODELS: readonly StressModel[] = [
  {
    name: "120 % for all",
    what: "the baseline: liquidated below collateral of 1.2 times the debt, whatever it is",
    risk: () => flat(bySlot.map(() => Math.floor((10_000 * REQUIREMENT) / 1.2))),
  },
  {
    name: "static ratio",
    what: "Q = 0, haircuts of 25 % (ETH, BTC), 40 % (LINK), 4 % (USDC)",
    risk: () => flat([7_500, 7_500, 6_000, 9_600]),
  },
  {
    name: "dynamic VaR",
    what: "diagonal Q from a year of days before, on haircuts of 10, 10, 20 and 3 %",
    risk: (day) => {
      const model = estimated(day);
      return { ...model, loadings: [], specificVariance: variances(model) };
    },
  },
  { name: "portfolio", what: "full Q from the same days, on the same haircuts", risk: estimated },
];
