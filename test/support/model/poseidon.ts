import { q } from "../reference/field.ts";
import { invert } from "./jub.ts";

/**
 * Poseidon from its paper (Grassi et al., USENIX Security 2021), constants included: round constants and MDS matrix are drawn from
 * the Grain LFSR here, not copied from anywhere. Slow and plain; it is what the test vectors are compared with.
 */

const fullRounds = 8;
/** For t = 2 … 17 at 128 bits of security over a 254-bit field with x^5 (the paper's table, rounded up by its authors). */
const partialRounds = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];
const fieldBits = 254;

interface Constants {
  /** t a round. */
  readonly round: readonly bigint[];
  readonly matrix: readonly (readonly bigint[])[];
}

const known = new Map<number, Constants>();

function constantsOf(t: number): Constants {
  let constants = known.get(t);
  if (constants === undefined) known.set(t, (constants = draw(t)));
  return constants;
}

/** The LFSR in self-shrinking mode: of each pair of bits the second counts if the first is 1. */
function grain(t: number): () => bigint {
  const bits = (value: number, width: number): number[] =>
    Array.from({ length: width }, (_, i) => (value >> (width - 1 - i)) & 1);
  const state = [
    ...bits(1, 2), // a prime field
    ...bits(0, 4), // x^5
    ...bits(fieldBits, 12),
    ...bits(t, 12),
    ...bits(fullRounds, 10),
    ...bits(partialRounds[t - 2]!, 10),
    ...Array.from({ length: 30 }, () => 1),
  ];
  const step = (): number => {
    const next = state[62]! ^ state[51]! ^ state[38]! ^ state[23]! ^ state[13]! ^ state[0]!;
    state.shift();
    state.push(next);
    return next;
  };
  for (let i = 0; i < 160; i++) step();
  const bit = (): number => {
    for (;;) {
      const counts = step();
      const value = step();
      if (counts === 1) return value;
    }
  };
  return () => {
    let value = 0n;
    for (let i = 0; i < fieldBits; i++) value = (value << 1n) | BigInt(bit());
    return value;
  };
}

function draw(t: number): Constants {
  const number = grain(t);
  const round = Array.from({ length: t * (fullRounds + partialRounds[t - 2]!) }, () => {
    for (;;) {
      const value = number();
      if (value < q) return value;
    }
  });
  // A Cauchy matrix over 2t different numbers, reduced instead of refused.
  const xy = Array.from({ length: 2 * t }, () => number() % q);
  if (new Set(xy).size !== 2 * t)
    throw new Error(`Poseidon's matrix for t = ${t} needs a second draw, which is not written here`);
  const matrix = xy.slice(0, t).map((x) => xy.slice(t).map((y) => invert(x + y)));
  return { round, matrix };
}

/** The state after the permutation of (initialState, …inputs). */
export function permute(initialState: bigint, inputs: readonly bigint[]): bigint[] {
  const t = inputs.length + 1;
  const { round, matrix } = constantsOf(t);
  const partial = partialRounds[t - 2]!;
  const power5 = (x: bigint): bigint => {
    const square = (x * x) % q;
    return (((square * square) % q) * x) % q;
  };
  let state = [initialState, ...inputs].map((x) => x % q);
  for (let r = 0; r < fullRounds + partial; r++) {
    const isFull = r < fullRounds / 2 || r >= fullRounds / 2 + partial;
    const after = state.map((x, i) => (x + round[r * t + i]!) % q).map((x, i) => (isFull || i === 0 ? power5(x) : x));
    state = matrix.map((row) => row.reduce((sum, m, j) => sum + m * after[j]!, 0n) % q);
  }
  return state;
}

export function plainPoseidon(initialState: bigint, ...inputs: bigint[]): bigint {
  return permute(initialState, inputs)[0]!;
}
