import { maxCoverage, mostCoverage, roundCoverageDown, type SharedOpening } from "@hypothec/sdk";
import type { Hex } from "viem";
import { chooseProof, guaranteeOf, type Candidate } from "./plan.ts";
import { FLOORS, type GuardianReads } from "./reads.ts";

/** What a new proof of a lock will say. All of it is public once it is sent. */
export type Terms = {
  sourceId: number;
  lockNullifier: bigint;
  coverage: bigint;
  snapshot: number;
  floorBps: number;
  profile: number;
  riskVersion: number;
  expiry: number;
  deadline: number;
};

/** Whether a newer snapshot is needed first, the terms, or that nothing is to be gained. */
export type Choice =
  | { type: "terms"; terms: Terms; guarantee: bigint; before: bigint }
  | { type: "snapshot"; /** Id of the newest before it. */ after: number }
  | { type: "nothing"; why: string };

const HOUR = 3_600;
/** A snapshot whose price is off by more, of 10⁴, is not one to prove at. */
const STALE_BPS = 100n;

/** Decides what to prove of one lock, from its opening and the chain. */
export async function chooseTerms(
  reads: GuardianReads,
  input: {
    market: Hex;
    opening: SharedOpening;
    lockNullifier: bigint;
    /** What the account lacks of the coverage that is wanted, µUSD. */
    lacking: bigint;
    lapses: boolean;
    preferredFloorBps: number;
    /** The margin chain's, seconds. */
    now: number;
  },
): Promise<Choice> {
  const { market, opening, lockNullifier, now } = input;
  const held = await reads.lock(lockNullifier);
  const [config, source] = await Promise.all([reads.config(market), reads.source(market, held.sourceId)]);
  const prices = await reads.prices(source.setId, held.reliedOn);
  const relied = (price: bigint, slot: number) => ((held.reliedOn >> slot) & 1) === 1 && price === 0n;
  if (prices.live.some(relied)) return { type: "nothing", why: "a price that its proof relies on is missing" };
  const isFar = prices.live.some((price, slot) => {
    const taken = prices.taken[slot] ?? 0n;
    const off = price > taken ? price - taken : taken - price;
    return ((held.reliedOn >> slot) & 1) === 1 && off * 10_000n > price * STALE_BPS;
  });
  if (isFar || prices.time + config.maxSnapshotAgeSeconds / 2 < now)
    return { type: "snapshot", after: prices.snapshot };

  const own = config.profiles.indexOf(held.reliedOn);
  if (own < 0) return { type: "nothing", why: "the market has no such profile any more" };
  const profiles = [
    own,
    ...config.profiles.flatMap((mask, i) => (i !== own && (mask & held.reliedOn) === mask ? [i] : [])),
  ];
  const floorsBps = [
    input.preferredFloorBps,
    ...FLOORS.toSorted((a, b) => a - b).filter((bps) => bps > input.preferredFloorBps),
  ];
  const [oldFloorsX64, versions] = await Promise.all([
    reads.floors(market, held.sourceId, held.snapshot, held.floorBps, own),
    reads.riskVersions(held.riskVersion),
  ]);
  const most = mostCoverage(source, held.coverage);
  const candidates: (Candidate & { riskVersion: number })[] = [];
  for (const profile of profiles)
    for (const floorBps of floorsBps) {
      const floorsX64 = await reads.floors(market, held.sourceId, prices.snapshot, floorBps, profile);
      for (const { version, ...risk } of versions) {
        const provable = maxCoverage({ amounts: opening.amounts, floorsX64, ...risk });
        const coverage = provable.value <= most ? provable.value : roundCoverageDown(most).value;
        if (coverage > 0n) candidates.push({ profile, floorBps, floorsX64, coverage, riskVersion: version });
      }
    }
  const old = { coverage: held.coverage, floorsX64: oldFloorsX64 };
  const before = guaranteeOf(old, prices.conservative) ?? 0n;
  const chosen = chooseProof(candidates, old, prices, { wanted: before + input.lacking, lapses: input.lapses });
  if (chosen === undefined) return { type: "nothing", why: "no proof of it would guarantee more" };
  const { floorBps, profile, coverage, guarantee, riskVersion } = chosen as typeof chosen & { riskVersion: number };
  const expiry = Math.max(now + config.maxProofAgeSeconds, held.expiry);
  const named = { sourceId: held.sourceId, lockNullifier, snapshot: prices.snapshot };
  const terms: Terms = { ...named, coverage, floorBps, profile, riskVersion, expiry, deadline: now + HOUR };
  return { type: "terms", terms, guarantee, before };
}
