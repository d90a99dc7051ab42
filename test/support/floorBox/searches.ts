import { riskMatrix } from "../reference/riskMatrix.ts";
import type { Matrix, RiskModel } from "../reference/riskMatrix.ts";
import type { Uniform } from "./climb.ts";
import { modelOf } from "./models.ts";
import type { ModelShape } from "./models.ts";
import type { Case } from "./theorem.ts";

const slots = [0, 1, 2, 3, 4, 5, 6, 7];

interface ShapeAndBasket {
  readonly shape: ModelShape;
  readonly v: readonly bigint[];
}

/** Climbs over risk models and baskets in µUSD. */
export function shapeSearch(
  random: Uniform,
  score: (matrix: Matrix, v: readonly bigint[]) => number,
  matrixOf: (model: RiskModel) => Matrix,
) {
  return {
    start: (): ShapeAndBasket => ({ shape: randomShape(random), v: slots.map(() => basketValue(random)) }),
    change: ({ shape, v }: ShapeAndBasket): ShapeAndBasket =>
      random() < 0.5
        ? { shape, v: changed(random, v, (value) => moved(random, value)) }
        : { shape: changedShape(random, shape), v },
    score: ({ shape, v }: ShapeAndBasket): number => score(matrixOf(modelOf(shape)), v),
  };
}

interface ShapeAndCase {
  readonly shape: ModelShape;
  readonly lock: Omit<Case, "haircut" | "matrix">;
}

/**
 * Climbs over risk models, amounts, floors and prices. Values stay small, where a micro-dollar counts.
 *
 * @param alike Share of starts with eight equal slots without risk, where all eight roundings can be at their worst at once; changes to one
 * slot lead away from there.
 */
export function caseSearch(random: Uniform, alike: number, score: (c: Case) => bigint) {
  const x64 = (): bigint => BigInt(1 + Math.floor(random() * 2 ** 20)) << 44n;
  const complete = ({ shape, lock }: ShapeAndCase): Case => {
    const model = modelOf(shape);
    return { ...lock, haircut: model.haircutFactors.map(BigInt), matrix: riskMatrix(model) };
  };
  return {
    start: (): ShapeAndCase => {
      const isAlike = random() < alike;
      const slotwise = <T>(make: () => T): T[] => {
        const one = make();
        return slots.map(() => (isAlike ? one : make()));
      };
      const floorX64 = slotwise(() => x64());
      const amount = slotwise(() => BigInt(10 + Math.floor(random() * 300)));
      const shape = randomShape(random);
      const haircutFactors = slotwise(() => haircut(random));
      return {
        shape: isAlike ? { ...shape, haircutFactors, share: slots.map(() => 0) } : shape,
        lock: { amount, floorX64, priceX64: floorX64 },
      };
    },
    change: ({ shape, lock }: ShapeAndCase): ShapeAndCase => {
      const { amount, floorX64, priceX64 } = lock;
      const kind = random();
      if (kind < 0.15) return { shape: changedShape(random, shape), lock };
      if (kind < 0.2) {
        const same = haircut(random);
        return { shape: { ...shape, haircutFactors: slots.map(() => same) }, lock };
      }
      if (kind < 0.3) {
        const more = BigInt(Math.floor(random() * 200)) - 100n;
        return { shape, lock: { ...lock, amount: amount.map((a) => (a + more > 0n ? a + more : 1n)) } };
      }
      const step = (value: bigint): bigint => {
        const next = value + BigInt(Math.floor((random() - 0.5) * Number(value) * 2 ** (-20 * random())));
        return next > 0n ? next : 1n;
      };
      if (kind < 0.45) return { shape, lock: { ...lock, amount: changed(random, amount, (a) => step(a)) } };
      if (kind < 0.6) return { shape, lock: { ...lock, floorX64: changed(random, floorX64, step) } };
      // All prices at once: λ is their least, and any one alone only raises the others' worth.
      const factor = 1 + (random() - 0.7) * 2 ** (-12 * random());
      if (kind < 0.75) return { shape, lock: { ...lock, priceX64: priceX64.map((p) => scaled(p, factor)) } };
      if (kind < 0.8) return { shape, lock: { ...lock, priceX64: floorX64.map((f) => scaled(f, factor)) } };
      return { shape, lock: { ...lock, priceX64: changed(random, priceX64, step) } };
    },
    score: (point: ShapeAndCase): bigint => score(complete(point)),
  };
}

const scaled = (value: bigint, factor: number): bigint => {
  const next = (value * BigInt(Math.round(factor * 2 ** 40))) >> 40n;
  return next > 0n ? next : 1n;
};

function randomShape(random: Uniform): ModelShape {
  const factors = 1 + Math.floor(random() * 4);
  return {
    haircutFactors: slots.map(() => haircut(random)),
    direction: slots.map(() => Array.from({ length: factors }, () => random() * 2 - 1)),
    share: slots.map(() => (random() < 0.5 ? 1 : random())),
    own: slots.map(() => (random() < 0.7 ? 0 : random())),
    z: 0.25 + 3 * random(),
  };
}

function changedShape(random: Uniform, shape: ModelShape): ModelShape {
  const kind = Math.floor(random() * 5);
  if (kind === 0) return { ...shape, haircutFactors: changed(random, shape.haircutFactors, () => haircut(random)) };
  if (kind === 1) return { ...shape, share: changed(random, shape.share, () => (random() < 0.5 ? 1 : random())) };
  if (kind === 2) return { ...shape, own: changed(random, shape.own, () => (random() < 0.5 ? 0 : random())) };
  if (kind === 3) return { ...shape, z: 0.25 + 3 * random() };
  const nudge = (direction: readonly number[]): number[] =>
    changed(random, direction, (x) => x + (random() - 0.5) * 2 ** (-8 * random()));
  return { ...shape, direction: changed(random, shape.direction, nudge) };
}

const haircut = (random: Uniform): number => 5_000 + Math.floor(random() * 4_801);

/** Between nothing and 2^40 µUSD, each width as likely as the next. */
const basketValue = (random: Uniform): bigint => (random() < 0.3 ? 0n : BigInt(Math.floor(2 ** (random() * 40))));

const moved = (random: Uniform, value: bigint): bigint =>
  random() < 0.2 ? basketValue(random) : scaled(value, 0.5 + random());

function changed<T>(random: Uniform, all: readonly T[], change: (value: T) => T): T[] {
  const at = Math.floor(random() * all.length);
  return all.map((value, i) => (i === at ? change(value) : value));
}
