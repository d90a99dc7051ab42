import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, size, type Hex } from "viem";

import { bigintToBytes, bytesToBigint } from "../crypto/field.ts";
import type { ViewKey } from "../keys/derive.ts";
import { transcript } from "./transcript.ts";

/** ephemeral X25519 public key (32) ‖ XChaCha20-Poly1305 of one 32-byte number (32 + 16 tag). */
export const BOX_BYTES = 80;

const INFO = new TextEncoder().encode("hypothec.council.box.1");
const NONCE = new Uint8Array(24); // the key is used once

/** What a box belongs to: authenticated with it, so that it opens nowhere else. */
export interface BoxContext {
  readonly session: Hex;
  readonly from: number;
  readonly to: number;
}

/** Encrypt a number to an operator, as memos are (docs/encodings.md), with its context as associated data. */
export function closeBox(key: Hex, ephemeralSecret: Hex, value: bigint, context: BoxContext): Hex {
  const [secret, recipient] = [hexToBytes(ephemeralSecret), hexToBytes(key)];
  const ephemeral = x25519.getPublicKey(secret);
  const boxKey = boxKeyOf(x25519.getSharedSecret(secret, recipient), ephemeral, recipient);
  return bytesToHex(concatBytes([ephemeral, cipher(boxKey, context).encrypt(bigintToBytes(value, 32))]));
}

/** The number in a box, to its recipient; undefined when it does not open. */
export function openBox(view: ViewKey, box: Hex, context: BoxContext): bigint | undefined {
  return decrypt((ephemeral) => view.sharedSecret(ephemeral), view.publicKey, box, context);
}

/**
 * The number in a box, to anyone, once its sender has revealed the ephemeral secret; undefined when that is not the box's, or the
 * box does not open. The result is what the recipient got: X25519 gives both the same key.
 */
export function openRevealedBox(key: Hex, ephemeralSecret: Hex, box: Hex, context: BoxContext): bigint | undefined {
  const [secret, recipient] = [hexToBytes(ephemeralSecret), hexToBytes(key)];
  if (!box.startsWith(bytesToHex(x25519.getPublicKey(secret)))) return undefined;
  return decrypt(() => x25519.getSharedSecret(secret, recipient), recipient, box, context);
}

function decrypt(
  sharedSecret: (ephemeral: Uint8Array) => Uint8Array,
  recipient: Uint8Array,
  box: Hex,
  context: BoxContext,
): bigint | undefined {
  if (size(box) !== BOX_BYTES) return undefined;
  const bytes = hexToBytes(box);
  const ephemeral = bytes.slice(0, 32);
  try {
    const key = boxKeyOf(sharedSecret(ephemeral), ephemeral, recipient);
    return bytesToBigint(cipher(key, context).decrypt(bytes.slice(32)));
  } catch {
    return undefined; // of small order, or not for this key and context
  }
}

function boxKeyOf(shared: Uint8Array, ephemeral: Uint8Array, recipient: Uint8Array): Uint8Array {
  return hkdf(sha256, shared, concatBytes([ephemeral, recipient]), INFO, 32);
}

function cipher(key: Uint8Array, { session, from, to }: BoxContext) {
  return xchacha20poly1305(key, NONCE, transcript("hypothec.council.box", { session, from, to }));
}
