import { parseEther, parseUnits } from "viem";

import type { MarketPlan, PoolPlan, SourcePlan } from "../../../scripts/deploy/plan.ts";
import { riskHorizonSeconds } from "../../../scripts/deploy/riskModel.ts";
import type { PricedAsset } from "../prices.ts";

/** Assets of the local vault. */
export type LocalSymbol = "ETH" | "WBTC" | "LINK" | "USDC";
export type LocalPrices = Partial<Record<LocalSymbol, bigint>>;

type LocalAsset = {
  slot: number;
  priced: PricedAsset;
  /** Undefined: the native asset. */
  token?: { name: string; decimals: number };
  sharedDecimals: number;
  /** Most that the vault takes, whole units. */
  cap: string;
  /** h, 10⁴: what remains after a sale in a hurry, on top of the modelled move. */
  haircutFactor: number;
};

export const LOCAL_ASSETS: Record<LocalSymbol, LocalAsset> = {
  ETH: { slot: 0, priced: "ETH", sharedDecimals: 8, cap: "100000", haircutFactor: 9_000 },
  WBTC: {
    slot: 1,
    priced: "BTC",
    token: { name: "Wrapped BTC", decimals: 8 },
    sharedDecimals: 8,
    cap: "10000",
    haircutFactor: 9_000,
  },
  LINK: {
    slot: 2,
    priced: "LINK",
    token: { name: "ChainLink Token", decimals: 18 },
    sharedDecimals: 8,
    cap: "5000000",
    haircutFactor: 8_000,
  },
  USDC: {
    slot: 3,
    priced: "USDC",
    token: { name: "USD Coin", decimals: 6 },
    sharedDecimals: 6,
    cap: "100000000",
    haircutFactor: 9_700,
  },
};
export const SYMBOLS = Object.keys(LOCAL_ASSETS) as LocalSymbol[];

/** Sets of slots that a proof may rely on, by their place in the market's list. */
export const LOCAL_PROFILES = { all: 0, majors: 1, ether: 2, bitcoin: 3, link: 4, dollars: 5 } as const;
const PROFILE_MASKS = [0b1111, 0b0011, 0b0001, 0b0010, 0b0100, 0b1000];

export const FEED_DECIMALS = 8;
export const DEBT_DECIMALS = 6;

/**
 * How long a market of the local kind needs to sell a lock, in the market's own time, which the demo plays faster: an hour of
 * staleness, half an hour of grace, two auctions of an hour.
 */
export const HORIZON_SECONDS = riskHorizonSeconds({
  priceStaleness: 3_600,
  grace: 1_800,
  auction: 3_600,
  finality: 900,
  delivery: 300,
  settlement: 600,
});
export const Z = 3;

export const LOCAL_POOL: PoolPlan = {
  name: "Hypothec USDC",
  symbol: "hyUSDC",
  rateModel: {
    kind: "kinked",
    baseRateYearly: parseUnits("0.01", 18),
    kinkRateYearly: parseUnits("0.06", 18),
    maxRateYearly: parseUnits("1", 18),
    kinkUtilisation: parseUnits("0.9", 18),
  },
  supplyCap: parseUnits("1000000000", DEBT_DECIMALS),
  borrowCap: parseUnits("900000000", DEBT_DECIMALS),
  debtHaircutBps: 100,
  initialExtraBps: 300,
};

/** Wei per queue entry. */
export const LOCAL_ENTRY_FEE = parseEther("0.0001");

/** Times are the chain's: with blocks of a second, a day of prices plays in about a minute. */
export const LOCAL_MARKET: Omit<MarketPlan, "trusteeKey"> = {
  name: "USDC",
  graceSeconds: 10,
  reflagWindowSeconds: 600,
  auctionSeconds: 60,
  maxProofAgeSeconds: 30 * 86_400,
  maxSnapshotAgeSeconds: 3_600,
  minBonusBps: 200,
  maxBonusBps: 800,
  bufferBps: 200,
  flagFee: parseUnits("1", DEBT_DECIMALS),
  minDebt: parseUnits("100", DEBT_DECIMALS),
  fundFeeBps: 50,
  attestationFee: parseEther("0.00005"),
  profiles: PROFILE_MASKS,
};

/** Twice what haircuts of the local kind leave room for, within an hour. */
export const LOCAL_BREAKER = {
  limitsBps: { 0: 2_000, 1: 2_000, 2: 4_000, 3: 600 },
  windowSeconds: 3_600,
  haltSeconds: 3_600,
} as const;

export const LOCAL_SOURCE: SourcePlan = {
  maxRootAge: 86_400,
  maxCoveragePerLock: parseUnits("5000000", 6),
  exposureCap: parseUnits("100000000", 6),
  coverageBurst: parseUnits("100000000", 6),
  coveragePerHour: parseUnits("10000000", 6),
};
