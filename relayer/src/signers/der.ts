/** What AWS KMS answers in: DER of ECDSA signatures and of public keys, read strictly. Throws plain errors; the caller says whose they are. */

/** Order of secp256k1. */
export const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** SEQUENCE { SEQUENCE { id-ecPublicKey, secp256k1 }, BIT STRING } up to the point's own bytes. */
const keyPrefix = Buffer.from("3056301006072a8648ce3d020106052b8104000a034200", "hex");

/** The uncompressed point (65 bytes, 0x04 first) of a SubjectPublicKeyInfo. @throws when it is no key of secp256k1 */
export function pointOfSpki(der: Uint8Array): Uint8Array {
  const bytes = Buffer.from(der);
  if (bytes.length !== keyPrefix.length + 65 || !bytes.subarray(0, keyPrefix.length).equals(keyPrefix))
    throw new Error("it is no public key on secp256k1 (KeySpec ECC_SECG_P256K1)");
  const point = bytes.subarray(keyPrefix.length);
  if (point[0] !== 4) throw new Error("its point is not uncompressed");
  return point;
}

/** r and s of SEQUENCE { INTEGER r, INTEGER s }. @throws when it is anything else, or a number is not in 1 … n−1 */
export function signatureOfDer(der: Uint8Array): { r: bigint; s: bigint } {
  const bytes = Buffer.from(der);
  if (bytes[0] !== 0x30 || bytes[1] !== bytes.length - 2) throw new Error("it is no DER sequence");
  const [r, next] = integerAt(bytes, 2);
  const [s, end] = integerAt(bytes, next);
  if (end !== bytes.length) throw new Error("bytes follow the signature");
  return { r, s };
}

/** The same signature with s in the lower half: the only one that chains accept (EIP-2). */
export const lowerHalf = (s: bigint): bigint => (s > curveOrder / 2n ? curveOrder - s : s);

function integerAt(bytes: Buffer, at: number): [value: bigint, next: number] {
  const length = bytes[at + 1];
  if (bytes[at] !== 0x02 || length === undefined || length === 0 || length > 33 || at + 2 + length > bytes.length)
    throw new Error("it holds no two integers");
  const digits = bytes.subarray(at + 2, at + 2 + length);
  if (digits[0]! >= 0x80 || (digits[0] === 0 && length > 1 && digits[1]! < 0x80))
    throw new Error("an integer is negative, or not in its shortest form");
  const value = BigInt(`0x${digits.toString("hex")}`);
  if (value === 0n || value >= curveOrder) throw new Error("a number is outside of the curve's order");
  return [value, at + 2 + length];
}
