import { HypothecError } from "../errors/base.ts";

/** Order of the BN254 scalar field: every note, hash and public value lives below it. */
export const FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** Whether `value` is a canonical field element. */
export function isFieldElement(value: bigint): boolean {
  return value >= 0n && value < FIELD_ORDER;
}

/** `value` reduced to [0, q). */
export function modField(value: bigint): bigint {
  const rest = value % FIELD_ORDER;
  return rest < 0n ? rest + FIELD_ORDER : rest;
}

/** @throws HypothecError `crypto.field` when `value` is not a canonical field element. */
export function assertFieldElement(value: bigint, name: string): void {
  if (typeof value !== "bigint" || !isFieldElement(value)) {
    throw new HypothecError(`${name} is ${value}, expected an integer of 0 or more and below the field order`, {
      code: "crypto.field",
      args: { name },
    });
  }
}

/** Big-endian bytes to an integer. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** An integer to `length` big-endian bytes. */
export function bigintToBytes(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let rest = value;
  for (let i = length - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  if (rest !== 0n) throw new RangeError(`${value} does not fit ${length} bytes`);
  return bytes;
}

/** `count` secure random bytes. */
export function randomBytes(count: number): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(count));
}

/** A uniform field element (64 random bytes reduced: the bias is below 2^-250). */
export function randomFieldElement(): bigint {
  return bytesToBigint(randomBytes(64)) % FIELD_ORDER;
}
