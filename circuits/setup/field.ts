/** The BN254 scalar field: arithmetic on bigints in [0, q). */
export const q = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** q − 1 = 2^28·odd. */
const twoAdicity = 28;

export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % q;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % q;
    square = (square * square) % q;
  }
  return result;
}

export function inverse(a: bigint): bigint {
  if (a % q === 0n) throw new RangeError("0 has no inverse in the scalar field");
  return power(a, q - 2n);
}

/** Inverts all values with one exponentiation (Montgomery's trick). */
export function batchInverse(values: readonly bigint[]): bigint[] {
  const prefix: bigint[] = [];
  let product = 1n;
  for (const value of values) {
    prefix.push(product);
    product = (product * value) % q;
  }
  let inverted = inverse(product);
  const result = new Array<bigint>(values.length);
  for (let i = values.length - 1; i >= 0; i--) {
    result[i] = (inverted * prefix[i]!) % q;
    inverted = (inverted * values[i]!) % q;
  }
  return result;
}

/**
 * The root of unity of order 2^k that snarkjs uses: 5^((q−1)/2^28), squared down. 5 is the smallest non-residue, so
 * its order is exactly 2^28.
 */
export function rootOfUnity(k: number): bigint {
  return power(5n, (q - 1n) >> BigInt(k <= twoAdicity ? k : missingRoot(k)));
}

function missingRoot(k: number): never {
  throw new RangeError(`the scalar field has no root of unity of order 2^${k}; the largest is 2^${twoAdicity}`);
}

/** The 2^k Lagrange polynomials over the 2^k-th roots of unity, evaluated at τ. */
export function lagrangeAt(tau: bigint, k: number): bigint[] {
  const n = 1 << k;
  const root = rootOfUnity(k);
  const scale = ((power(tau, BigInt(n)) - 1n + q) * inverse(BigInt(n))) % q;
  const points = new Array<bigint>(n);
  let point = 1n;
  for (let j = 0; j < n; j++) {
    points[j] = point;
    point = (point * root) % q;
  }
  const denominators = batchInverse(points.map((x) => (tau - x + q) % q));
  return points.map((x, j) => (((scale * x) % q) * denominators[j]!) % q);
}
