import { edwards } from "@noble/curves/abstract/edwards.js";

import { HypothecError } from "../errors/base.ts";
import { bytesToBigint, FIELD_ORDER, isFieldElement, randomBytes } from "./field.ts";

/** A point of BabyJubJub in affine coordinates. */
export interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

/** Order of the prime-order subgroup of BabyJubJub; the cofactor is 8. */
export const SUBGROUP_ORDER = 2736030358979909402780800718157159386076813972158567259200215660948447373041n;

/** Generator of the prime-order subgroup (circomlib's Base8). */
export const BASE8: Point = {
  x: 5299619240641551281634865583518297030282874472190772894086521144482721001553n,
  y: 16950150798460657717958625567821834550301663161624707787222815936182638968203n,
};

/** The neutral element. */
export const IDENTITY: Point = { x: 0n, y: 1n };

const Curve = edwards({ p: FIELD_ORDER, n: SUBGROUP_ORDER, h: 8n, a: 168700n, d: 168696n, Gx: BASE8.x, Gy: BASE8.y });

type CurvePoint = InstanceType<typeof Curve>;

/** Whether the coordinates are canonical and satisfy 168700·x² + y² = 1 + 168696·x²·y². */
export function isOnCurve({ x, y }: Point): boolean {
  if (!isFieldElement(x) || !isFieldElement(y)) return false;
  const xx = (x * x) % FIELD_ORDER;
  const yy = (y * y) % FIELD_ORDER;
  return (168700n * xx + yy - 1n - 168696n * ((xx * yy) % FIELD_ORDER)) % FIELD_ORDER === 0n;
}

/** Whether the point is on the curve and in the subgroup of prime order (the identity is). */
export function isInSubgroup(point: Point): boolean {
  if (!isOnCurve(point)) return false;
  return isIdentity(point) || toCurve(point).isTorsionFree();
}

/** Whether the point is the neutral element (0, 1). */
export function isIdentity({ x, y }: Point): boolean {
  return x === 0n && y === 1n;
}

/** scalar·Base8. The scalar is taken modulo the subgroup order. */
export function mulBase8(scalar: bigint): Point {
  return mulPoint(BASE8, scalar);
}

/**
 * scalar·point, the scalar taken modulo the subgroup order (so only meaningful for points of the subgroup).
 *
 * @throws HypothecError `crypto.point` when the point is not on the curve.
 */
export function mulPoint(point: Point, scalar: bigint): Point {
  const reduced = ((scalar % SUBGROUP_ORDER) + SUBGROUP_ORDER) % SUBGROUP_ORDER;
  if (reduced === 0n || isIdentity(point)) return IDENTITY;
  return fromCurve(toCurve(point).multiply(reduced));
}

/** a + b. */
export function addPoints(a: Point, b: Point): Point {
  return fromCurve(toCurve(a).add(toCurve(b)));
}

/** 8·point: of prime order or the identity, whatever the point was. */
export function mulByCofactor(point: Point): Point {
  return fromCurve(toCurve(point).clearCofactor());
}

/** A uniform scalar in [1, l). */
export function randomScalar(): bigint {
  return (bytesToBigint(randomBytes(64)) % (SUBGROUP_ORDER - 1n)) + 1n;
}

function toCurve(point: Point): CurvePoint {
  if (!isOnCurve(point)) {
    throw new HypothecError(`(${point.x}, ${point.y}) is not a point of BabyJubJub`, {
      code: "crypto.point",
      whatToDo: "Check that the key was copied whole and that its coordinates are not swapped.",
    });
  }
  return Curve.fromAffine({ x: point.x, y: point.y });
}

function fromCurve(point: CurvePoint): Point {
  const { x, y } = point.toAffine();
  return { x, y };
}
