import fc from "fast-check";
import type { Arbitrary } from "fast-check";

import { q } from "../reference/field.ts";
import {
  badBasket,
  badLeafIndex,
  basket,
  below,
  change,
  changes,
  controller,
  domain,
  element,
  leafIndex,
  once,
  price,
  seldom,
  siblings,
} from "./arbitraries.ts";
import type { Change } from "./arbitraries.ts";
import { base8, invert, l, multiply } from "./jub.ts";
import { climb, lockNullifier, note, pack, precommitment } from "./lock.ts";
import { exposure } from "./margin.ts";
import type { MarginSecrets, MarginValues } from "./margin.ts";
import { sealed } from "./seal.ts";

export interface MarginClaim {
  readonly values: MarginValues;
  readonly secrets: MarginSecrets;
}

const trustees = [1n, 2n, 987_654_321n, l - 1n].map((secret) => multiply(base8, secret));

const lanes = (count: number, width: number, lane: Arbitrary<bigint>): Arbitrary<bigint> =>
  fc
    .array(lane, { minLength: count, maxLength: count })
    .map((all) => all.reduce((word, x, k) => word + (x << BigInt(width * k)), 0n));

const haircuts = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(0n, 2n ** 128n - 1n) },
  { weight: 2, arbitrary: lanes(8, 16, fc.oneof(fc.constantFrom(0n, 10_000n, 65_535n), below(16))) },
  { weight: 6, arbitrary: lanes(8, 16, fc.bigInt({ min: 5_000n, max: 10_000n })) },
);

/** The upper triangle, entry by entry: none, the diagonal, a factor model, anything. */
const risk = fc
  .oneof(
    { weight: 3, arbitrary: fc.constant(Array.from({ length: 36 }, () => 0n)) },
    {
      weight: 4,
      arbitrary: fc
        .array(below(25), { minLength: 8, maxLength: 8 })
        .map((own) => triangle((i, j) => (i === j ? own[i]! : 0n))),
    },
    {
      weight: 6,
      arbitrary: fc
        .array(below(12), { minLength: 8, maxLength: 8 })
        .map((load) => triangle((i, j) => load[i]! * load[j]! + (i === j ? 1_000_000n : 0n))),
    },
    {
      weight: 1,
      arbitrary: fc.array(fc.oneof(below(28), fc.constantFrom(0n, 10n ** 8n)), { minLength: 36, maxLength: 36 }),
    },
    { weight: 1, arbitrary: fc.constant(Array.from({ length: 36 }, () => 2n ** 28n - 1n)) },
  )
  .map((entries) =>
    [0, 9, 18, 27].map((first) =>
      entries.slice(first, first + 9).reduce((word, x, k) => word + (x << BigInt(28 * k)), 0n),
    ),
  );

function triangle(entry: (i: number, j: number) => bigint): bigint[] {
  return Array.from({ length: 8 }, (_, i) => Array.from({ length: 8 - i }, (_, k) => entry(i, i + k))).flat();
}

/** At most one of the largest floors that keep a value within 64 bits. */
const floorOf = (a: bigint, wanted: bigint, top: boolean): bigint => {
  const most = a === 0n ? 2n ** 96n - 1n : (2n ** 128n - 1n) / a;
  const fitting = most < 2n ** 96n ? most : 2n ** 96n - 1n;
  return top ? fitting : wanted % (fitting + 1n);
};

type Aim = "most" | "most + 1" | "most − 1" | "nothing" | "one" | "2^64 − 1" | "2^64" | "q − 1" | "1/10^4";
const aim: Arbitrary<Aim> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom<Aim>("most", "most", "most − 1", "nothing") },
  { weight: 3, arbitrary: fc.constant<Aim>("most + 1") },
  { weight: 1, arbitrary: fc.constantFrom<Aim>("one", "2^64 − 1", "2^64", "q − 1", "1/10^4") },
);

/** The largest M that V and the variance allow, by bisection on the definition. */
export function largestCoverage(haircutValue: bigint, variance: bigint): bigint {
  let [low, high] = [0n, 2n ** 64n];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    const headroom = haircutValue - 10_000n * middle;
    if (headroom >= 0n && headroom * headroom >= variance) low = middle;
    else high = middle;
  }
  return low;
}

function coverageOf(aimed: Aim, most: bigint): bigint {
  switch (aimed) {
    case "most":
      return most;
    case "most + 1":
      return most + 1n;
    case "most − 1":
      return most === 0n ? 0n : most - 1n;
    case "nothing":
      return 0n;
    case "one":
      return 1n;
    case "2^64 − 1":
      return 2n ** 64n - 1n;
    case "2^64":
      return 2n ** 64n;
    case "q − 1":
      return q - 1n;
    case "1/10^4":
      return invert(10_000n);
  }
}

/** A claimed statement: about half are true, the others mostly fail in one clause. */
export function marginClaims(levels: number): Arbitrary<MarginClaim> {
  const free = fc.record({
    amount: seldom(basket, badBasket, 25),
    floors: fc.array(fc.tuple(price, fc.nat(9)), { minLength: 8, maxLength: 8 }),
    /** Floors as they come, also where a value leaves 64 bits. */
    wide: once(25),
    haircutsPacked: seldom(haircuts, fc.constantFrom(2n ** 128n, q - 1n), 60),
    riskPacked: risk,
    riskTooWide: once(60),
    aimed: aim,
    owner: element,
    blinding: element,
    domain: seldom(domain, fc.constant(0n), 40),
    controller,
    leafIndex: seldom(leafIndex(levels), badLeafIndex(levels), 40),
    sibling: siblings(levels),
    ephemeralSecret: seldom(
      fc.oneof(fc.constantFrom(1n, 2n, l - 1n, l + 1n, 2n ** 251n - 1n), fc.bigInt({ min: 1n, max: l - 1n })),
      fc.constantFrom(0n, l, 2n ** 251n, q - 1n),
      40,
    ),
    trustee: fc.constantFrom(...trustees),
    ext: fc.oneof(fc.constantFrom(0n, 2n ** 248n - 1n), below(248)),
  });
  const names = [
    ...["root", "lockNullifier", "coverage", "riskPacked", "haircutsPacked", "ephemeralX", "ephemeralY", "sealed"],
    ...["amount", "owner", "blinding", "leafIndex", "sibling", "ephemeralSecret"],
  ];
  return fc.tuple(free, seldom<Change | null>(fc.constant(null), changes(names), 6)).map(([chosen, changed]) => {
    const claim = provable(chosen);
    return changed === null ? claim : changedClaim(claim, changed);
  });
}

type Chosen = {
  readonly amount: readonly bigint[];
  readonly floors: readonly (readonly [bigint, number])[];
  readonly wide: boolean;
  readonly haircutsPacked: bigint;
  readonly riskPacked: readonly bigint[];
  readonly riskTooWide: boolean;
  readonly aimed: Aim;
  readonly owner: bigint;
  readonly blinding: bigint;
  readonly domain: bigint;
  readonly controller: bigint;
  readonly leafIndex: bigint;
  readonly sibling: readonly (readonly bigint[])[];
  readonly ephemeralSecret: bigint;
  readonly trustee: { readonly x: bigint; readonly y: bigint };
  readonly ext: bigint;
};

function provable(chosen: Chosen): MarginClaim {
  const { amount, owner, blinding, leafIndex: index, sibling, ephemeralSecret, trustee } = chosen;
  const floorX64 = amount.map((a, i) => {
    const [wanted, top] = chosen.floors[i]!;
    return chosen.wide ? wanted : floorOf(a, wanted, top === 0);
  });
  const riskPacked = chosen.riskTooWide ? [2n ** 252n, ...chosen.riskPacked.slice(1)] : chosen.riskPacked;
  const value = amount.map((a, i) => (a * floorX64[i]!) >> 64n);
  const { haircutValue, variance } = exposure(value, chosen.haircutsPacked, riskPacked);
  const N = lockNullifier(blinding, index);
  const opening = sealed(ephemeralSecret, trustee, N, [...pack(amount), blinding, owner, index]);
  const commitment = note(precommitment(owner, blinding), amount, chosen.domain, chosen.controller);
  return {
    values: {
      root: climb(commitment, index, sibling),
      lockNullifier: N,
      domain: chosen.domain,
      controller: chosen.controller,
      coverage: coverageOf(chosen.aimed, largestCoverage(haircutValue, variance)),
      floorX64,
      haircutsPacked: chosen.haircutsPacked,
      riskPacked,
      trusteeX: trustee.x,
      trusteeY: trustee.y,
      ephemeralX: opening.ephemeral.x,
      ephemeralY: opening.ephemeral.y,
      sealed: opening.words,
      ext: chosen.ext,
    },
    secrets: { amount, owner, blinding, leafIndex: index, sibling, ephemeralSecret },
  };
}

function changedClaim(claim: MarginClaim, changed: Change): MarginClaim {
  return changed.name in claim.values
    ? { ...claim, values: change(claim.values, changed) }
    : { ...claim, secrets: change(claim.secrets, changed) };
}
