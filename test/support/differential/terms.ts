/** What both the contracts and the model are told. Amounts in token units, shared units or µUSD as named; prices are answers of feeds with 8 decimals. */
export const SLOTS = [
  { symbol: "USDC", decimals: 6, shared: 6, price: 10n ** 8n, haircutFactor: 9_500n, most: 1_000_000n * 10n ** 6n },
  { symbol: "WBTC", decimals: 8, shared: 8, price: 60_000n * 10n ** 8n, haircutFactor: 8_000n, most: 20n * 10n ** 8n },
  { symbol: "ETH", decimals: 18, shared: 8, price: 3_000n * 10n ** 8n, haircutFactor: 7_500n, most: 300n * 10n ** 8n },
] as const;

/** Bit i: slot i. The second leaves USDC out, the third relies on ETH alone. */
export const PROFILES = [0b111, 0b110, 0b100] as const;
export const FLOORS = [10_000n, 9_000n, 7_500n, 5_000n] as const;

export const ENTRY_FEE = 10n ** 14n;
export const SEAL_DELAY = 3_600n;
export const CHUNK = 16;
/** Shared units; a slot without one has no limit. */
export const OUTFLOW: Readonly<Record<number, { burst: bigint; hourly: bigint }>> = {
  0: { burst: 100_000n * 10n ** 6n, hourly: 100_000n * 10n ** 6n },
  2: { burst: 0n, hourly: 100n * 10n ** 8n },
};
export const LONGEST_WAIT = 7n * 86_400n;

export const DEBT_DECIMALS = 6;
export const POOL = {
  baseRate: 10n ** 16n,
  kinkRate: 5n * 10n ** 16n,
  maxRate: 10n ** 18n,
  kink: 9n * 10n ** 17n,
  debtHaircutBps: 50n,
  initialExtraBps: 500n,
  reserveBps: 1_000n,
  firstLoan: 5_000_000n * 10n ** 6n,
};
export const MARKET = {
  grace: 3_600n,
  reflagWindow: 7_200n,
  auction: 1_800n,
  proofAge: 7n * 86_400n,
  minBonusBps: 200n,
  maxBonusBps: 500n,
  bufferBps: 100n,
  flagFee: 5n * 10n ** 6n,
  minDebt: 100n * 10n ** 6n,
  fundFeeBps: 50n,
  attestationFee: 5n * 10n ** 13n,
};
export const MAX_LOCKS = 8;
/** µUSD. */
export const MIN_COVERAGE = 10n ** 6n;
/** How many times a fixed fee an account owes, and a lock that is put up for sale guarantees, at least. */
export const LEAST_PER_FEE = 20n;

/** The model refuses what the contracts are expected to refuse, with the error that they give. */
export class Refused extends Error {
  override name = "Refused";
}
export function refuseIf(condition: boolean, error: string): void {
  if (condition) throw new Refused(error);
}
