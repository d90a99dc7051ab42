import { concat, numberToHex } from "viem";
import { keccak256 } from "viem";

import { poseidon, tag } from "../reference/crypto.ts";
import { q } from "../reference/field.ts";

/** Signals of one statement by name, as circuits/instances.json lists them. */
export type Signal = bigint | readonly Signal[];

/** The public signals c, y, r of public values in their order (docs/encodings.md, Input digest). */
export function inputDigest(circuitId: number, values: object): readonly [c: bigint, y: bigint, r: bigint] {
  const x = flat(Object.values(values) as Signal[]);
  const c = commitment(circuitId, x);
  const r = BigInt(keccak256(concat([...x, c].map((word) => numberToHex(word, { size: 32 }))))) % q;
  // Σ x_i·r^(m−i): from the last value up, as the definition has it.
  let [y, power] = [0n, 1n];
  for (const value of [...x].reverse()) {
    y = (y + value * power) % q;
    power = (power * r) % q;
  }
  return [c, y, r];
}

/** c alone: what a transact signs. */
export function commitment(circuitId: number, x: readonly bigint[]): bigint {
  const padded = [...x, ...Array.from({ length: (15 - (x.length % 15)) % 15 }, () => 0n)];
  let c = (BigInt(circuitId) << 32n) + BigInt(x.length);
  for (let start = 0; start < padded.length; start += 15) {
    c = poseidon(tag.digest, c, ...padded.slice(start, start + 15));
  }
  return c;
}

export function flat(signal: Signal): bigint[] {
  return typeof signal === "bigint" ? [signal] : signal.flatMap(flat);
}
