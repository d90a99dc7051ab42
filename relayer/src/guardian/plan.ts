/** What a proof of a lock guarantees at which prices. Floors and prices: µUSD per shared unit · 2^64, by slot; floors 0 where nothing is relied on. */
export type Proven = {
  /** M, µUSD. */
  coverage: bigint;
  floorsX64: readonly bigint[];
};

/** A proof that could be made. */
export type Candidate = Proven & { profile: number; floorBps: number };

/** Coverage.sol's FLOOR_LOSS, µUSD. */
const FLOOR_LOSS = 8n;
/** A proof that does not suffice has to gain as much, of 10⁴: else every tick of a price would be proven, at the guardian's cost. */
const LEAST_GAIN_BPS = 200n;

/** G = ⌊min(1, λ)·M⌋ − 8, µUSD, never below 0 (ACC-3); undefined without a price that is relied on. Pure. */
export function guaranteeOf({ coverage, floorsX64 }: Proven, pricesX64: readonly bigint[]): bigint | undefined {
  let best = coverage;
  for (const [slot, floor] of floorsX64.entries()) {
    if (floor === 0n) continue;
    const price = pricesX64[slot] ?? 0n;
    if (price === 0n) return undefined;
    const scaled = (coverage * price) / floor;
    if (scaled < best) best = scaled;
  }
  return best > FLOOR_LOSS ? best - FLOOR_LOSS : 0n;
}

/**
 * Whether the engine takes a proof from an operator (ACC-5): it guarantees as much as the old one at these prices and at every one below. Pure.
 *
 * @param conservative min(latest snapshot, live), the prices that the engine judges both at.
 */
export function isNoWorse(
  candidate: Candidate,
  old: Proven,
  prices: { conservative: readonly bigint[]; live: readonly bigint[] },
): boolean {
  const guarantee = guaranteeOf(candidate, prices.conservative);
  if (guarantee === undefined) return false;
  const before = guaranteeOf(old, prices.conservative) ?? 0n;
  const live = guaranteeOf(old, prices.live) ?? 0n;
  if (guarantee < before || candidate.coverage < (before > live ? before : live)) return false;
  return old.floorsX64.every(
    (floor, slot) => candidate.coverage * floor >= old.coverage * (candidate.floorsX64[slot] ?? 0n),
  );
}

/**
 * The proof to make: the first that reaches `wanted`, µUSD, in the order of preference that they are given in; else the one that guarantees most.
 * Undefined when none is taken, or none that is gains anything to speak of and the old one is not about to lapse. Pure.
 */
export function chooseProof(
  candidates: readonly Candidate[],
  old: Proven,
  prices: { conservative: readonly bigint[]; live: readonly bigint[] },
  { wanted, lapses }: { wanted: bigint; /** Any renewal is a gain. */ lapses: boolean },
): (Candidate & { guarantee: bigint }) | undefined {
  const before = guaranteeOf(old, prices.conservative) ?? 0n;
  const taken = candidates
    .filter((candidate) => isNoWorse(candidate, old, prices))
    .map((candidate) => ({ ...candidate, guarantee: guaranteeOf(candidate, prices.conservative) ?? 0n }))
    .filter(
      ({ guarantee }) => lapses || guarantee >= wanted || (guarantee - before) * 10_000n >= before * LEAST_GAIN_BPS,
    );
  const enough = taken.find(({ guarantee }) => guarantee >= wanted);
  return (
    enough ??
    taken.reduce<(typeof taken)[number] | undefined>(
      (a, b) => (a === undefined || b.guarantee > a.guarantee ? b : a),
      undefined,
    )
  );
}

/** Why an account needs its guardian, or undefined. µUSD; seconds. Pure. */
export function needOf(
  state: {
    coverage: bigint;
    requirement: bigint;
    /** When the first of its proofs expires. */
    expiry: number;
    revoked: boolean;
    now: number;
  },
  rules: { refreshBelowBps: number; renewBeforeSeconds: number },
): "revoked" | "expiring" | "low" | undefined {
  if (state.revoked) return "revoked";
  if (state.expiry - state.now <= rules.renewBeforeSeconds) return "expiring";
  const wanted = wantedOf(state.requirement, rules);
  return state.requirement > 0n && state.coverage < wanted ? "low" : undefined;
}

/** The coverage under which an account is proven anew, µUSD. */
export const wantedOf = (requirement: bigint, { refreshBelowBps }: { refreshBelowBps: number }): bigint =>
  (requirement * BigInt(refreshBelowBps)) / 10_000n;
