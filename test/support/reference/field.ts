/** The BN254 scalar field order. */
export const q = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

export function mod(value: bigint): bigint {
  return ((value % q) + q) % q;
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
