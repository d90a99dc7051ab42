import fc from "fast-check";

import { riskMatrix } from "../reference/riskMatrix.ts";
import type { RiskModel } from "../reference/riskMatrix.ts";
import { modelOf } from "./models.ts";
import type { Case } from "./theorem.ts";

const eight = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(of, { minLength: 8, maxLength: 8 });

/** 0, the ends of each width up to `bits`, and what lies between, each width as likely as the next. */
const edgy = (bits: number): fc.Arbitrary<bigint> =>
  fc
    .tuple(fc.integer({ min: 0, max: bits }), fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }), fc.nat(3))
    .map(([width, raw, kind]) => {
      const top = (1n << BigInt(width)) - 1n;
      return kind === 0 ? top : kind === 1 ? (top + 1n) >> 1n : raw & top;
    });

/** Shares at the limit, at nothing, and between. */
const share = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }));

/** Models whose every asset may be at its limit, moving with and against each other. */
export const models: fc.Arbitrary<RiskModel> = fc
  .integer({ min: 1, max: 8 })
  .chain((factors) =>
    fc.record({
      haircutFactors: eight(fc.oneof(fc.constantFrom(0, 1_000, 9_800), fc.integer({ min: 1_000, max: 9_800 }))),
      direction: eight(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: factors, maxLength: factors })),
      share: eight(share),
      own: eight(fc.oneof(fc.constant(0), share)),
      z: fc.double({ min: 0.25, max: 10, noNaN: true }),
    }),
  )
  .map(modelOf);

/** Values in µUSD as a basket may have them. */
export const baskets: fc.Arbitrary<bigint[]> = eight(edgy(64));

/** Amounts below 2^63 and floors below 2^96 with values below 2^64; other prices below 2^96, most of them near the floors. */
export const cases: fc.Arbitrary<Case> = fc
  .record({
    model: models,
    mask: fc.oneof(fc.constant(255), fc.integer({ min: 1, max: 255 })),
    amount: eight(edgy(63)),
    floor: eight(edgy(96)),
    move: eight(fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 990, max: 1_010 }))),
    price: eight(edgy(96)),
    far: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  })
  .map(({ model, mask, amount, floor, move, price, far }) => {
    const floorX64 = floor.map((f, i) => {
      const widest = 128 - amount[i]!.toString(2).length;
      return ((mask >> i) & 1) === 0 ? 0n : BigInt.asUintN(Math.min(96, widest), f) || 1n;
    });
    const near = floorX64.map((f, i) => (f * BigInt(move[i]!)) / 1_000n);
    const priceX64 = near.map((p, i) => {
      const at = far[i]! || p === 0n ? price[i]! : p;
      return at >= 1n << 96n ? (1n << 96n) - 1n : at || 1n;
    });
    return { amount, floorX64, priceX64, haircut: model.haircutFactors.map(BigInt), matrix: riskMatrix(model) };
  });
