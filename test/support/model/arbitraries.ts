import fc from "fast-check";
import type { Arbitrary } from "fast-check";

import { q } from "../reference/field.ts";
import type { Signal } from "./digest.ts";

/** Values at which something ends, and what is between. */

export const below = (bits: number): Arbitrary<bigint> => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });
export const element = fc.oneof(
  { weight: 8, arbitrary: fc.bigInt({ min: 0n, max: q - 1n }) },
  { weight: 1, arbitrary: fc.constantFrom(0n, 1n, q - 1n) },
);

const largest = 2n ** 63n - 1n;
/** In range. */
export const amount = fc.oneof(
  fc.constantFrom(0n, 0n, 1n, 2n ** 62n, largest),
  below(63),
  fc.integer({ min: 1, max: 62 }).chain(below),
);
/** Just out of it, and far. */
export const badAmount = fc.constantFrom(2n ** 63n, 2n ** 64n - 1n, 2n ** 126n, q - 2n ** 63n, q - 1n);

/** Zero, one, or all slots in use. */
export const basket = fc.oneof(
  { weight: 1, arbitrary: fc.constant(Array.from({ length: 8 }, () => 0n)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.nat(7), amount)
      .map(([slot, a]) => Array.from({ length: 8 }, (_, i) => (i === slot ? a : 0n))),
  },
  { weight: 1, arbitrary: fc.constant(Array.from({ length: 8 }, () => largest)) },
  { weight: 6, arbitrary: fc.array(amount, { minLength: 8, maxLength: 8 }) },
);

/** A basket with an amount that no note may hold. */
export const badBasket = fc
  .tuple(basket, fc.nat(7), badAmount)
  .map(([amounts, slot, bad]) => amounts.map((a, i) => (i === slot ? bad : a)));

/** µUSD of one shared unit, X64: below 2^96. */
export const price = fc.oneof(
  fc.constantFrom(0n, 0n, 1n, 2n ** 63n - 1n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 65n, 2n ** 96n - 1n),
  fc.integer({ min: 1, max: 96 }).chain(below),
);

export const leafIndex = (levels: number): Arbitrary<bigint> =>
  fc.oneof(fc.constantFrom(...Array.from({ length: levels + 1 }, (_, k) => 4n ** BigInt(k) - 1n)), below(2 * levels));
export const badLeafIndex = (levels: number): Arbitrary<bigint> =>
  fc.constantFrom(4n ** BigInt(levels), 4n ** BigInt(levels) + 1n, 2n ** 32n + 4n ** BigInt(levels), q - 1n);

export const siblings = (levels: number): Arbitrary<bigint[][]> =>
  fc.array(fc.array(element, { minLength: 3, maxLength: 3 }), { minLength: levels, maxLength: levels });

export const domain = fc.oneof(fc.constantFrom(1n, 2n ** 160n - 1n, 2n ** 160n, 2n ** 248n - 1n), below(248));
export const controller = fc.oneof(fc.constantFrom(0n, 1n, 2n ** 160n - 1n), below(160));

/** Now and then something else than usual. */
export const seldom = <T>(usual: Arbitrary<T>, other: Arbitrary<T>, oneIn: number): Arbitrary<T> =>
  fc.oneof({ weight: oneIn - 1, arbitrary: usual }, { weight: 1, arbitrary: other });

/** true once in so many. */
export const once = (oneIn: number): Arbitrary<boolean> => seldom(fc.constant(false), fc.constant(true), oneIn);

/** One signal of a claimed statement that is changed after everything else was derived from it. */
export interface Change {
  readonly name: string;
  /** Which of the signal's values, modulo their number. */
  readonly at: number;
  readonly to: (old: bigint) => bigint;
  readonly as: string;
}

export const changes = (names: readonly string[]): Arbitrary<Change> =>
  fc
    .record({
      name: fc.constantFrom(...names),
      at: fc.nat(63),
      how: fc.oneof(
        fc.constantFrom<readonly [string, (old: bigint) => bigint]>(
          ["+1", (old) => (old + 1n) % q],
          ["−1", (old) => (old + q - 1n) % q],
          ["0", () => 0n],
          ["1", () => 1n],
          ["negated", (old) => (q - old) % q],
          ["+2^63", (old) => (old + 2n ** 63n) % q],
        ),
        element.map((value) => [String(value), () => value] as const),
      ),
    })
    .map(({ name, at, how: [as, to] }) => ({ name, at, to, as: `${name} ${as}` }));

/** The same statement with one value changed; two neighbours are swapped by two changes. */
export function change<T extends object>(signals: T, { name, at, to }: Change): T {
  const old = (signals as Record<string, Signal>)[name]!;
  const count = leaves(old);
  let seen = 0;
  const replaced = (signal: Signal): Signal =>
    typeof signal === "bigint" ? (seen++ === at % count ? to(signal) : signal) : signal.map(replaced);
  return { ...signals, [name]: replaced(old) };
}

function leaves(signal: Signal): number {
  return typeof signal === "bigint" ? 1 : signal.reduce<number>((sum, part) => sum + leaves(part), 0);
}
