import { x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { hexToBytes, type Hex } from "viem";

import { mulBase8, SUBGROUP_ORDER, type Point } from "../crypto/babyjub.ts";
import { initCrypto, type Crypto } from "../crypto/crypto.ts";
import type { EddsaSignature } from "../crypto/eddsa.ts";
import { bigintToBytes, bytesToBigint, FIELD_ORDER } from "../crypto/field.ts";
import { TAG_OWNER } from "../crypto/generated/tags.ts";
import { openSealed, type SealedMessage } from "../crypto/seal.ts";
import { HypothecError } from "../errors/base.ts";

/** Holds the spending key. A wallet derives it from its seed; an HSM or an MPC may stand behind it. */
export interface SpendingKey {
  /** A of the owner hash. */
  readonly publicKey: Point;
  /** Sign the commitment `c` of a transact, which binds every public value of it. */
  sign(message: bigint): EddsaSignature | Promise<EddsaSignature>;
}

/** A BabyJubJub key that openings are sealed to. `submitted` (R) goes to the contracts, which hold `key` (8·R). */
export interface EncryptionKey {
  readonly submitted: Point;
  readonly key: Point;
  open(sealed: SealedMessage & { readonly lockNullifier: bigint }): bigint[];
}

/** The X25519 key that memos are encrypted to. */
export interface ViewKey {
  readonly publicKey: Uint8Array;
  /** The X25519 shared secret with an ephemeral public key; throws on a point of small order. */
  sharedSecret(ephemeral: Uint8Array): Uint8Array;
}

/** All keys of one owner. Secrets stay inside closures, so that printing the object shows none. */
export interface Keys {
  readonly spending: SpendingKey;
  readonly view: ViewKey;
  /** What a bought claim's note is sealed to. */
  readonly encryption: EncryptionKey;
  /** Nullifying key: index 0 is the address's, a lock has one of its own (1 … 2^32 − 1). */
  nk(index: number): bigint;
  /** pk = Poseidon(TAG_OWNER; A, nk(index)): who a note belongs to. */
  owner(index: number): bigint;
  /** Blinding of a deposit without a memo, found again by counting. */
  depositBlinding(index: number): bigint;
}

/** The largest index of a nullifying key or deposit: a memo holds 32 bits. */
export const MAX_KEY_INDEX = 0xffff_ffff;

const SALT = new TextEncoder().encode("hypothec.keys.1");

/**
 * Derive every key of an owner from a 32-byte seed: HKDF-SHA256 with one label per key, so that none leads to another.
 *
 * @example
 * const keys = await deriveKeys(seed);
 * addressOf(keys); // "hyp1…"
 * @throws HypothecError `keys.seed` when the seed is not 32 bytes, or is all zero.
 */
export async function deriveKeys(seed: Hex | Uint8Array): Promise<Keys> {
  const crypto = await initCrypto();
  const secret = seedBytes(seed);
  const viewSecret = expand(secret, "hypothec.view", 32);
  const owners = new Map<number, bigint>();
  const spending = spendingKey(crypto, secret);
  const encryption = encryptionKey(scalarOf(secret, "hypothec.encryption"));

  const nk = (index: number) => bytesToBigint(expand(secret, `hypothec.nk.${checkIndex(index)}`, 64)) % FIELD_ORDER;
  return {
    spending,
    view: {
      publicKey: x25519.getPublicKey(viewSecret),
      sharedSecret: (ephemeral) => x25519.getSharedSecret(viewSecret, ephemeral),
    },
    encryption,
    nk,
    owner(index) {
      let owner = owners.get(index);
      if (owner === undefined) {
        owner = crypto.poseidon([spending.publicKey.x, spending.publicKey.y, nk(index)], TAG_OWNER);
        owners.set(index, owner);
      }
      return owner;
    },
    depositBlinding: (index) =>
      bytesToBigint(expand(secret, `hypothec.deposit.${checkIndex(index)}`, 64)) % FIELD_ORDER,
  };
}

/** A random index for a lock's nullifying key: fresh without counting, so two devices never meet. 1 … 2^32 − 1. */
export function freshNkIndex(): number {
  const [word] = globalThis.crypto.getRandomValues(new Uint32Array(1));
  return word === 0 ? freshNkIndex() : word!;
}

/** HKDF-SHA256 of the seed under a label. */
export function expand(seed: Uint8Array, label: string, length: number): Uint8Array {
  return hkdf(sha256, seed, SALT, new TextEncoder().encode(label), length);
}

/** A scalar in [1, l) from a seed under a label. */
export function scalarOf(seed: Uint8Array, label: string): bigint {
  return (bytesToBigint(expand(seed, label, 64)) % (SUBGROUP_ORDER - 1n)) + 1n;
}

/** @throws HypothecError `keys.seed`. */
export function seedBytes(seed: Hex | Uint8Array): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = typeof seed === "string" ? hexToBytes(seed) : seed.slice();
  } catch {
    throw new HypothecError("The seed is not hexadecimal", {
      code: "keys.seed",
      whatToDo: "Give 32 bytes, or 0x and 64 hexadecimal digits.",
    });
  }
  if (bytes.length !== 32) {
    throw new HypothecError(`The seed has ${bytes.length} bytes, expected 32`, {
      code: "keys.seed",
      whatToDo: "Give 32 bytes, or 0x and 64 hexadecimal digits.",
    });
  }
  if (bytes.every((byte) => byte === 0)) {
    throw new HypothecError("The seed is all zero", { code: "keys.seed", whatToDo: "Make one from 32 random bytes." });
  }
  return bytes;
}

function spendingKey(crypto: Crypto, seed: Uint8Array): SpendingKey {
  const secret = scalarOf(seed, "hypothec.spend");
  const prefix = expand(seed, "hypothec.spend.nonce", 32);
  const publicKey = mulBase8(secret);
  return {
    publicKey,
    sign(message) {
      // RFC 8032's way: the nonce is a hash of a secret prefix and the message, so it repeats only with the message.
      const okm = hkdf(sha256, prefix, SALT, bigintToBytes(message, 32), 64);
      const nonce = (bytesToBigint(okm) % (SUBGROUP_ORDER - 1n)) + 1n;
      return crypto.eddsa.sign({ secret, publicKey, nonce, message });
    },
  };
}

/** Wraps a secret scalar; the secret stays in the closure. */
export function encryptionKey(secret: bigint): EncryptionKey {
  return {
    submitted: mulBase8(secret),
    key: mulBase8(8n * secret),
    open: (message) => openSealed({ ...message, secret }),
  };
}

function checkIndex(index: number): number {
  if (!Number.isInteger(index) || index < 0 || index > MAX_KEY_INDEX) {
    throw new HypothecError(`Key index ${index} is not an integer from 0 to ${MAX_KEY_INDEX}`, { code: "keys.index" });
  }
  return index;
}
