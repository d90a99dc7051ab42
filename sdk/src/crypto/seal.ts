import { HypothecError } from "../errors/base.ts";
import { isIdentity, isInSubgroup, isOnCurve, mulBase8, mulByCofactor, mulPoint, type Point } from "./babyjub.ts";
import { loadedCrypto } from "./crypto.ts";
import { FIELD_ORDER } from "./field.ts";
import { TAG_SEAL } from "./generated/tags.ts";

/** A message sealed to a BabyJubJub key (docs/encodings.md, Sealed openings). */
export interface SealedMessage {
  readonly ephemeral: Point;
  readonly sealed: readonly bigint[];
}

export interface SealParameters {
  /** The recipient's key as the contracts hold it: in the prime-order subgroup, not the identity. */
  readonly key: Point;
  /** e: a fresh secret scalar below 2^251. */
  readonly ephemeralSecret: bigint;
  /** The lock nullifier N, which separates the streams of different locks. */
  readonly lockNullifier: bigint;
  readonly message: readonly bigint[];
}

/** Seal field elements to a key as the circuits do. */
export function sealTo({ key, ephemeralSecret, lockNullifier, message }: SealParameters): SealedMessage {
  if (!isInSubgroup(key) || isIdentity(key)) {
    throw new HypothecError(`(${key.x}, ${key.y}) is not a usable encryption key`, {
      code: "crypto.sealKey",
      whatToDo: "Use the key that the market shows (8·R), which is of prime order.",
    });
  }
  if (ephemeralSecret <= 0n || ephemeralSecret >= 1n << 251n) {
    throw new HypothecError("The sealing secret must be above 0 and below 2^251", { code: "crypto.sealSecret" });
  }
  const stream = sealStream(mulPoint(key, ephemeralSecret), lockNullifier, message.length);
  return {
    ephemeral: mulBase8(ephemeralSecret),
    sealed: message.map((value, i) => (value + stream[i]!) % FIELD_ORDER),
  };
}

export interface OpenSealedParameters extends SealedMessage {
  /** The scalar x whose R = x·Base8 was submitted. The contracts hold 8·R, which this accounts for. */
  readonly secret: bigint;
  readonly lockNullifier: bigint;
}

/**
 * Open what was sealed to 8·x·Base8. A wrong secret gives other numbers, not an error: check the result against a commitment.
 *
 * @throws HypothecError `crypto.point` when the ephemeral is off the curve, `crypto.sealEphemeral` when it is of small order.
 */
export function openSealed({ secret, ephemeral, sealed, lockNullifier }: OpenSealedParameters): bigint[] {
  return openWithShared({ shared: mulPoint(sealBase(ephemeral), secret), sealed, lockNullifier });
}

/**
 * 8·E, what a recipient multiplies by the secret of R to get S: of prime order, whatever E was.
 *
 * @throws HypothecError `crypto.point` when the ephemeral is off the curve, `crypto.sealEphemeral` when it is of small order.
 */
export function sealBase(ephemeral: Point): Point {
  if (!isOnCurve(ephemeral)) {
    throw new HypothecError(`The sealed opening's point (${ephemeral.x}, ${ephemeral.y}) is not on BabyJubJub`, {
      code: "crypto.point",
      whatToDo: "Check that it was read from the event of the same lock.",
    });
  }
  const cleared = mulByCofactor(ephemeral);
  if (isIdentity(cleared)) {
    throw new HypothecError("The sealed opening's point has small order: it seals nothing", {
      code: "crypto.sealEphemeral",
    });
  }
  return cleared;
}

export interface OpenWithSharedParameters {
  /** S = x·8·E, by whoever multiplied: one trustee, or a council together. */
  readonly shared: Point;
  readonly sealed: readonly bigint[];
  readonly lockNullifier: bigint;
}

/** Take the key stream of a shared point off a seal. */
export function openWithShared({ shared, sealed, lockNullifier }: OpenWithSharedParameters): bigint[] {
  const stream = sealStream(shared, lockNullifier, sealed.length);
  return sealed.map((value, i) => (value - stream[i]! + FIELD_ORDER) % FIELD_ORDER);
}

function sealStream(shared: Point, lockNullifier: bigint, count: number): bigint[] {
  return loadedCrypto().poseidon([shared.x, shared.y, lockNullifier, 0n, 0n], TAG_SEAL, count);
}
