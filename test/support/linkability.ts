import { maxCoverage } from "../../sdk/src/proofs/coverage.ts";
import { drawPopulation, type Borrower, type Prices } from "../bench/stress/population.ts";
import { LOCAL_ASSETS, SYMBOLS } from "./localnet/parameters.ts";

/**
 * An attacker who wants to know whose account an account on D is. It sees every deposit on S (who, which asset, how much) and of every account its coverage, its
 * floors and which slots it relies on; it knows prices, haircuts and how clients choose M, and takes each depositor for somebody who locks all there is, once. So it
 * keeps the depositors whose deposits would make just this account, and guesses one of them.
 */
export type Publication =
  /** What would be seen if M had all its digits. */
  | "exact coverage"
  /** M in two digits, floors one of four fractions of the snapshot. */
  | "as built"
  /** As built, by people who lock each asset in one significant digit and keep the rest. */
  | "as built, round locks";

export type Linked = {
  publication: Publication;
  accounts: number;
  /** Part of the accounts that exactly one depositor fits, and it is the owner. */
  identified: number;
  /** Mean chance that the attacker's guess is right. */
  guessed: number;
  /** Depositors that fit an account: the middle one of all accounts. */
  median: number;
};

const PRICES: Prices = { ETH: 3_000n * 10n ** 8n, WBTC: 60_000n * 10n ** 8n, LINK: 30n * 10n ** 8n, USDC: 10n ** 8n };
const FRACTIONS = [10_000n, 9_000n, 7_500n, 5_000n] as const;
const HAIRCUTS = [7_500n, 7_500n, 6_000n, 9_600n, 0n, 0n, 0n, 0n];
const NO_RISK = Array<bigint>(36).fill(0n);

type Account = { owner: number; coverage: bigint; fraction: number; profile: Borrower["profile"] };

function floorsX64(fraction: number): bigint[] {
  const floors = Array<bigint>(8).fill(0n);
  for (const symbol of SYMBOLS) {
    const { slot, sharedDecimals } = LOCAL_ASSETS[symbol];
    const priceX64 = (PRICES[symbol] * 10n ** 6n * 2n ** 64n) / 10n ** BigInt(8 + sharedDecimals);
    floors[slot] = (priceX64 * FRACTIONS[fraction]!) / 10_000n;
  }
  return floors;
}

/** What a client states for these amounts. */
function coverageOf(amounts: readonly bigint[], fraction: number, publication: Publication): bigint {
  const floors = floorsX64(fraction);
  if (publication !== "exact coverage")
    return maxCoverage({ amounts: [...amounts], floorsX64: floors, haircuts: HAIRCUTS, risk: NO_RISK }).value;
  return amounts.reduce((sum, a, slot) => sum + ((a * floors[slot]!) >> 64n) * HAIRCUTS[slot]!, 0n) / 10_000n;
}

const oneDigit = (amount: bigint): bigint => {
  if (amount === 0n) return 0n;
  const unit = 10n ** BigInt(amount.toString().length - 1);
  return (amount / unit) * unit;
};

/** Opens accounts for every third depositor of a population and lets the attacker loose on them. */
export function link({
  depositors,
  seed,
  publication,
}: {
  depositors: number;
  seed: number;
  publication: Publication;
}): Linked {
  const population = drawPopulation(depositors, seed, PRICES);
  const isRound = publication === "as built, round locks";
  const accounts = population.flatMap(({ amounts, profile }, owner): Account[] => {
    if (owner % 3 !== 0) return [];
    const fraction = owner % FRACTIONS.length;
    const locked = isRound ? amounts.map(oneDigit) : amounts;
    return [{ owner, coverage: coverageOf(locked, fraction, publication), fraction, profile }];
  });
  // With round locks what stays behind is unknown: whoever deposited enough for this coverage may be the owner.
  const most = FRACTIONS.map((_, fraction) =>
    population.map(({ amounts }) => coverageOf(amounts, fraction, publication)),
  );
  const fits = accounts.map(({ owner, coverage, fraction, profile }) => {
    const candidates = population.flatMap((each, who) => {
      if (each.profile !== profile) return [];
      const possible = most[fraction]![who]!;
      return (isRound ? possible >= coverage : possible === coverage) ? [who] : [];
    });
    if (!candidates.includes(owner)) throw new Error("The attacker's own rule excludes the owner.");
    return candidates.length;
  });
  const sorted = [...fits].sort((a, b) => a - b);
  return {
    publication,
    accounts: accounts.length,
    identified: fits.filter((count) => count === 1).length / fits.length,
    guessed: fits.reduce((sum, count) => sum + 1 / count, 0) / fits.length,
    median: sorted[Math.floor(sorted.length / 2)]!,
  };
}

const PUBLICATIONS: readonly Publication[] = ["exact coverage", "as built", "as built, round locks"];
const POPULATIONS = [100, 1_000, 10_000] as const;
const SEED = 20_261_128;

export const linkAll = (): (Linked & { depositors: number })[] =>
  POPULATIONS.flatMap((depositors) =>
    PUBLICATIONS.map((publication) => ({ depositors, ...link({ depositors, seed: SEED, publication }) })),
  );

/** The table of docs/privacy.md. */
export function linkTable(results: readonly (Linked & { depositors: number })[]): string {
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  const rows = results.map(
    ({ depositors, publication, accounts, identified, guessed, median }) =>
      `| ${depositors.toLocaleString("en-US")} | ${accounts.toLocaleString("en-US")} | ${publication} | ${percent(identified)} | ${percent(guessed)} | ${median} |`,
  );
  return [
    "| depositors | accounts | published | identified | guessed right | fit an account (median) |",
    "|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}
