import { power, q } from "../../../circuits/setup/field.ts";

export const modulo = (value: bigint): bigint => {
  const rest = value % q;
  return rest < 0n ? rest + q : rest;
};

/** The representative nearest to 0. */
export const signed = (value: bigint): bigint => (value > q >> 1n ? value - q : value);

const inverses = new Map<bigint, bigint>();

/** 1/a by Euclid's algorithm, remembered: the same few coefficients come up all the time. */
export function invert(a: bigint): bigint {
  if (a === 1n) return 1n;
  const known = inverses.get(a);
  if (known !== undefined) return known;
  if (a % q === 0n) throw new RangeError("0 has no inverse in the scalar field");
  let [r0, r1, t0, t1] = [q, modulo(a), 0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  const inverse = modulo(t0);
  if (inverses.size > 200_000) inverses.clear();
  inverses.set(a, inverse);
  return inverse;
}

/** q − 1 = 2^28·odd; 5 is not a square. */
const odd = (q - 1n) >> 28n;
const nonResidue = power(5n, odd);

/** A square root modulo q (Tonelli and Shanks), or undefined for a non-residue. */
export function squareRoot(a: bigint): bigint | undefined {
  if (a === 0n) return 0n;
  let root = power(a, (odd + 1n) / 2n);
  let rest = power(a, odd);
  let [generator, order] = [nonResidue, 28];
  while (rest !== 1n) {
    let least = 0;
    for (let square = rest; square !== 1n; square = (square * square) % q) least++;
    if (least >= order) return undefined;
    let factor = generator;
    for (let k = least + 1; k < order; k++) factor = (factor * factor) % q;
    root = (root * factor) % q;
    generator = (factor * factor) % q;
    rest = (rest * generator) % q;
    order = least;
  }
  return root;
}

/** Every u with a·u² + b·u + c = 0 modulo q; "all" when that holds identically. */
export function roots(a: bigint, b: bigint, c: bigint): bigint[] | "all" {
  if (a === 0n) {
    if (b === 0n) return c === 0n ? "all" : [];
    return [modulo(-c * invert(b))];
  }
  if (c === 0n) {
    const other = modulo(-b * invert(a));
    return other === 0n ? [0n] : [0n, other];
  }
  const half = invert(modulo(2n * a));
  const root = squareRoot(modulo(b * b - 4n * a * c));
  if (root === undefined) return [];
  const [first, second] = [modulo((root - b) * half), modulo((-root - b) * half)];
  return first === second ? [first] : [first, second];
}
