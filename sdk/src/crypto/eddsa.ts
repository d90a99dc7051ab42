import {
  addPoints,
  BASE8,
  isIdentity,
  isOnCurve,
  mulByCofactor,
  mulPoint,
  SUBGROUP_ORDER,
  type Point,
} from "./babyjub.ts";
import type { PoseidonHash } from "./poseidon.ts";

/** An EdDSA-Poseidon signature over one field element: S·Base8 = R8 + 8·h·A. */
export interface EddsaSignature {
  readonly r8: Point;
  readonly s: bigint;
}

export interface SignParameters {
  /** a, with A = a·Base8. */
  readonly secret: bigint;
  readonly publicKey: Point;
  /** A secret scalar that depends on the message: never the same for two messages, never guessable. */
  readonly nonce: bigint;
  readonly message: bigint;
}

/** Sign a field element; h = Poseidon(0; R8.x, R8.y, A.x, A.y, message). */
export function signEddsa(poseidon: PoseidonHash, parameters: SignParameters): EddsaSignature {
  const { secret, publicKey, nonce, message } = parameters;
  const r8 = mulPoint(BASE8, nonce);
  const challenge = poseidon([r8.x, r8.y, publicKey.x, publicKey.y, message], 0n);
  return { r8, s: (nonce + 8n * challenge * secret) % SUBGROUP_ORDER };
}

/** Whether the signature is valid, as the transact circuit judges it. */
export function verifyEddsa(
  poseidon: PoseidonHash,
  publicKey: Point,
  message: bigint,
  signature: EddsaSignature,
): boolean {
  const { r8, s } = signature;
  if (!isOnCurve(publicKey) || !isOnCurve(r8) || s < 0n || s >= SUBGROUP_ORDER) return false;
  // Under a key of small order anybody signs.
  const cleared = mulByCofactor(publicKey);
  if (isIdentity(cleared)) return false;
  const challenge = poseidon([r8.x, r8.y, publicKey.x, publicKey.y, message], 0n);
  const left = mulPoint(BASE8, s);
  const right = addPoints(r8, mulPoint(cleared, challenge));
  return left.x === right.x && left.y === right.y;
}
