/** The BN254 scalar field order. */
export const q = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

export function mod(value: bigint): bigint {
  return ((value % q) + q) % q;
}

/** a/b in the field, by Fermat; 0 for b = 0. */
export function divide(a: bigint, b: bigint): bigint {
  let [result, base] = [mod(a), mod(b)];
  for (let exponent = q - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % q;
    base = (base * base) % q;
  }
  return result;
}

/** ⌈a / b⌉ for a ≥ 0, b > 0. */
export function divideUp(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}

/** Σ lane_k·2^(width·k) */
export function packLanes(lanes: readonly bigint[], width: number): bigint {
  return lanes.reduce((sum, lane, k) => sum + (lane << BigInt(width * k)), 0n);
}

/** A deterministic stream of values below 2^bits; the seed is printed by whoever makes it. */
export function createRandom(seed: number): (bits: number) => bigint {
  // splitmix64
  let state = BigInt(seed);
  const mask = (1n << 64n) - 1n;
  const next = (): bigint => {
    state = (state + 0x9e3779b97f4a7c15n) & mask;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask;
    return z ^ (z >> 31n);
  };
  return (bits) => {
    let value = 0n;
    for (let i = 0; i < bits; i += 64) value = (value << 64n) | next();
    return value & ((1n << BigInt(bits)) - 1n);
  };
}

/** A square root modulo q (Tonelli and Shanks), or undefined for a non-residue. */
export function squareRoot(value: bigint): bigint | undefined {
  const power = (base: bigint, exponent: bigint): bigint => {
    let result = 1n;
    for (let e = exponent; e > 0n; e >>= 1n) {
      if (e & 1n) result = (result * base) % q;
      base = (base * base) % q;
    }
    return result;
  };
  // q − 1 = 2^28·odd, and 5 is not a square.
  const odd = (q - 1n) >> 28n;
  const a = mod(value);
  if (a === 0n) return 0n;
  let [root, rest, generator, order] = [power(a, (odd + 1n) / 2n), power(a, odd), power(5n, odd), 28];
  while (rest !== 1n) {
    let least = 0;
    for (let square = rest; square !== 1n; square = (square * square) % q) least++;
    if (least === order) return undefined;
    const factor = power(generator, 2n ** BigInt(order - least - 1));
    [root, generator, order] = [(root * factor) % q, (factor * factor) % q, least];
    rest = (rest * generator) % q;
  }
  return root;
}
