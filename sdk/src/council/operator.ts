import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { bytesToHex, hexToBytes, type Hex } from "viem";

import { expand, seedBytes, type ViewKey } from "../keys/derive.ts";
import { councilError } from "./errors.ts";

/** An operator as a session lists it. */
export interface Operator {
  /** 1 … 255: the abscissa of its shares. */
  readonly index: number;
  /** Ed25519 public key: signs its messages. */
  readonly signing: Hex;
  /** X25519 public key: shares are encrypted to it. */
  readonly encryption: Hex;
}

/** The keys of one operator. Secrets stay inside closures, so that printing the object shows none. */
export interface OperatorKeys {
  readonly signing: Hex;
  readonly encryption: Hex;
  /** Ed25519 signature, deterministic (RFC 8032). */
  sign(message: Uint8Array): Hex;
  readonly view: ViewKey;
}

/**
 * Derive an operator's keys from a 32-byte seed. They are of this use only: no other key leads to them, and they lead to none.
 *
 * @throws HypothecError `keys.seed`.
 */
export function createOperatorKeys(seed: Hex | Uint8Array): OperatorKeys {
  const secret = seedBytes(seed);
  const signingSecret = expand(secret, "hypothec.council.signing", 32);
  const viewSecret = expand(secret, "hypothec.council.encryption", 32);
  const publicKey = x25519.getPublicKey(viewSecret);
  return {
    signing: bytesToHex(ed25519.getPublicKey(signingSecret)),
    encryption: bytesToHex(publicKey),
    sign: (message) => bytesToHex(ed25519.sign(message, signingSecret)),
    view: { publicKey, sharedSecret: (ephemeral) => x25519.getSharedSecret(viewSecret, ephemeral) },
  };
}

/** Whether `signature` is this operator's, by the strict rules of RFC 8032: all verifiers agree. */
export function isSignedBy(operator: Operator, message: Uint8Array, signature: Hex): boolean {
  try {
    return ed25519.verify(hexToBytes(signature), message, hexToBytes(operator.signing), { zip215: false });
  } catch {
    return false;
  }
}

/** @throws HypothecError `council.session` for keys that cannot be signed with or encrypted to. */
export function assertOperator({ index, signing, encryption }: Operator): void {
  const blame = { culprits: [index], proven: false };
  if (!Number.isInteger(index) || index < 1 || index > 255) {
    throw councilError("council.session", `An operator's index is ${index}, expected 1 to 255`);
  }
  if (!isKeyText(signing) || !isSigningKey(signing)) {
    throw councilError("council.session", `Operator ${index} has no usable Ed25519 key`, blame);
  }
  if (!isKeyText(encryption) || !isEncryptionKey(encryption)) {
    throw councilError("council.session", `Operator ${index} has no usable X25519 key`, blame);
  }
}

function isKeyText(text: unknown): text is Hex {
  return typeof text === "string" && /^0x[0-9a-f]{64}$/.test(text);
}

function isSigningKey(text: Hex): boolean {
  try {
    const point = ed25519.Point.fromBytes(hexToBytes(text), false);
    return !point.isSmallOrder() && point.isTorsionFree();
  } catch {
    return false;
  }
}

function isEncryptionKey(text: Hex): boolean {
  try {
    x25519.getSharedSecret(new Uint8Array(32).fill(1), hexToBytes(text)); // throws when the result is 0: small order
    return true;
  } catch {
    return false;
  }
}
