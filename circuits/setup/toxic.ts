import { createHash } from "node:crypto";

import { q } from "./field.ts";

/**
 * The secrets of a Groth16 set-up. Whoever knows them forges proofs at will; the development ones are public by
 * construction, so that every machine makes the same keys.
 */
export interface ToxicWaste {
  readonly tau: bigint;
  readonly alpha: bigint;
  readonly beta: bigint;
  readonly gamma: bigint;
  readonly delta: bigint;
}

/** Hash-derived, PUBLICLY KNOWN secrets for one circuit. Never use a key made of them where value is at stake. */
export function devInsecureToxicWaste(circuit: string): ToxicWaste {
  const derive = (name: string): bigint => {
    const text = `hypothec dev-insecure set-up 1: the secrets of this key are public / ${circuit} / ${name}`;
    // 512 bits reduced modulo a 254-bit q: uniform but for 2^-258.
    const value = BigInt(`0x${createHash("sha512").update(text).digest("hex")}`) % q;
    if (value === 0n) throw new Error(`the set-up secret ${name} of ${circuit} is 0; change the derivation string`);
    return value;
  };
  const waste = {
    tau: derive("tau"),
    alpha: derive("alpha"),
    beta: derive("beta"),
    gamma: derive("gamma"),
    delta: derive("delta"),
  };
  if (new Set(Object.values(waste)).size !== 5) throw new Error(`the set-up secrets of ${circuit} are not distinct`);
  return waste;
}
