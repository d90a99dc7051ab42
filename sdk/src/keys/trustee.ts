import type { Hex } from "viem";

import { mulBase8, SUBGROUP_ORDER, type Point } from "../crypto/babyjub.ts";
import { HypothecError } from "../errors/base.ts";
import { scalarOf, seedBytes } from "./derive.ts";

/**
 * A key that openings are sealed to (a market's trustee, a claim's buyer).
 * `submitted` = R = secret·Base8 is what a contract is given; it checks the curve equation and holds `key` = 8·R.
 */
export interface TrusteeKey {
  /** The scalar behind R. Keep it: it opens everything sealed to `key`. */
  readonly secret: bigint;
  readonly submitted: Point;
  readonly key: Point;
}

/** Derive a trustee's or a buyer's encryption key from a 32-byte seed. */
export function createTrusteeKey(seed: Hex | Uint8Array): TrusteeKey {
  return trusteeKeyOf(scalarOf(seedBytes(seed), "hypothec.trustee"));
}

/** The public halves of a secret scalar. */
export function trusteeKeyOf(secret: bigint): TrusteeKey {
  return { secret, submitted: mulBase8(secret), key: mulBase8(8n * secret) };
}

/**
 * Read a trustee's secret from text (decimal or 0x…).
 *
 * @throws HypothecError `keys.trusteeSecret`; the message does not repeat the secret.
 */
export function parseTrusteeSecret(text: string | bigint): bigint {
  let secret: bigint;
  try {
    if (typeof text === "string" && text.trim() === "") throw new SyntaxError("empty");
    secret = typeof text === "bigint" ? text : BigInt(text.trim());
  } catch {
    throw new HypothecError("The trustee's secret is not a number", {
      code: "keys.trusteeSecret",
      whatToDo: "Give the scalar in decimal, or in hexadecimal after 0x.",
    });
  }
  if (secret <= 0n || secret >= SUBGROUP_ORDER) {
    throw new HypothecError("The trustee's secret is not in [1, l), l the subgroup order of BabyJubJub", {
      code: "keys.trusteeSecret",
      whatToDo: "Give the secret that createTrusteeKey returned.",
    });
  }
  return secret;
}
