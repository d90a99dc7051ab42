import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex, type Hex } from "viem";

import { SUBGROUP_ORDER } from "../crypto/babyjub.ts";
import { bytesToBigint } from "../crypto/field.ts";

const encoder = new TextEncoder();

/**
 * One text for one JSON value: keys sorted, no spaces, integers only.
 *
 * @throws TypeError for what is not plain JSON.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" && Number.isSafeInteger(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object") {
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(",")}}`;
  }
  throw new TypeError(`A ${typeof value} is not plain JSON`);
}

/** What is hashed and signed: the label, a zero byte and the canonical JSON. Labels hold no zero byte, so no two pairs meet. */
export function transcript(label: string, value: unknown): Uint8Array {
  return encoder.encode(`${label}\0${canonicalJson(value)}`);
}

/** SHA-256 of a labelled value. */
export function digestOf(label: string, value: unknown): Hex {
  return bytesToHex(sha256(transcript(label, value)));
}

/** SHA-512 of a labelled value modulo l: the bias is below 2^-260. */
export function challengeOf(label: string, value: unknown): bigint {
  return bytesToBigint(sha512(transcript(label, value))) % SUBGROUP_ORDER;
}

/** A secret scalar in [1, l) from 64 random bytes. */
export function scalarFrom(random: (count: number) => Uint8Array): bigint {
  return (bytesToBigint(random(64)) % (SUBGROUP_ORDER - 1n)) + 1n;
}
