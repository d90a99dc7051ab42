import { mod, q } from "../reference/field.ts";

/** BabyJubJub by its definition (ERC-2494), in bigints: a·x² + y² = 1 + d·x²·y². */
const a = 168_700n;
const d = 168_696n;

/** The order of the subgroup that Base8 generates. */
export const l = 2736030358979909402780800718157159386076813972158567259200215660948447373041n;

export interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

/** (X : Y : Z) with x = X/Z, y = Y/Z. */
type Projective = readonly [x: bigint, y: bigint, z: bigint];

export const identity: Point = { x: 0n, y: 1n };
export const base8: Point = {
  x: 5299619240641551281634865583518297030282874472190772894086521144482721001553n,
  y: 16950150798460657717958625567821834550301663161624707787222815936182638968203n,
};
/** Of order 8·l (ERC-2494). */
export const generator: Point = {
  x: 995203441582195749578291179787384436505546430278305826713579947235728471134n,
  y: 5472060717959818805561601436314318772137091100104008585924551046643952123905n,
};

export function isOnCurve({ x, y }: Point): boolean {
  return mod(a * x * x + y * y - 1n - d * ((x * x) % q) * ((y * y) % q)) === 0n;
}

export function samePoint(p: Point, other: Point): boolean {
  return mod(p.x - other.x) === 0n && mod(p.y - other.y) === 0n;
}

export function add(p: Point, other: Point): Point {
  return affine(addProjective([p.x, p.y, 1n], [other.x, other.y, 1n]));
}

/** scalar·p for scalar ≥ 0: double and add from the top. */
export function multiply(p: Point, scalar: bigint): Point {
  const base: Projective = [p.x, p.y, 1n];
  let result: Projective = [0n, 1n, 1n];
  for (const bit of scalar.toString(2)) {
    result = addProjective(result, result);
    if (bit === "1") result = addProjective(result, base);
  }
  return affine(result);
}

/** The Edwards addition law over a common denominator; complete on this curve, where a is a square and d is none. */
function addProjective([x1, y1, z1]: Projective, [x2, y2, z2]: Projective): Projective {
  const zz = (z1 * z2) % q;
  const zzzz = (zz * zz) % q;
  const xx = (x1 * x2) % q;
  const yy = (y1 * y2) % q;
  const e = (d * ((xx * yy) % q)) % q;
  const f = mod(zzzz - e);
  const g = (zzzz + e) % q;
  const cross = mod((x1 + y1) * (x2 + y2) - xx - yy);
  return [(((zz * f) % q) * cross) % q, (((zz * g) % q) * mod(yy - a * xx)) % q, (f * g) % q];
}

function affine([x, y, z]: Projective): Point {
  const inverse = invert(z);
  return { x: (x * inverse) % q, y: (y * inverse) % q };
}

/** Euclid's, in the field. */
export function invert(value: bigint): bigint {
  let [r0, r1, t0, t1] = [q, mod(value), 0n, 1n];
  if (r1 === 0n) throw new RangeError("0 has no inverse");
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  return mod(t0);
}

const known = new Map<string, boolean>();

/** On the curve, of order l: what the contracts ask of a key that something is sealed to. */
export function generatesSubgroup(key: Point): boolean {
  const name = `${key.x},${key.y}`;
  if (!known.has(name)) {
    known.set(name, isOnCurve(key) && !samePoint(key, identity) && samePoint(multiply(key, l), identity));
  }
  return known.get(name)!;
}
