import { bech32m } from "@scure/base";

import { bigintToBytes, bytesToBigint, isFieldElement } from "../crypto/field.ts";
import { HypothecError } from "../errors/base.ts";
import type { Keys } from "./derive.ts";

/** Human-readable part of an address. */
export const ADDRESS_PREFIX = "hyp";
/** First byte of an address: how the rest is to be read. */
export const ADDRESS_VERSION = 1;

const BYTES = 65; // version ‖ pk ‖ X25519 view key

/** What a payer needs: who the note belongs to, and the key its memo is encrypted to. */
export interface PaymentAddress {
  /** pk. */
  readonly owner: bigint;
  /** X25519 public key, 32 bytes. */
  readonly viewKey: Uint8Array;
}

/** The address of an owner: bech32m of version ‖ pk ‖ view key. */
export function addressOf(keys: Pick<Keys, "owner" | "view">): string {
  return formatAddress({ owner: keys.owner(0), viewKey: keys.view.publicKey });
}

/** A {@link PaymentAddress} as text. */
export function formatAddress({ owner, viewKey }: PaymentAddress): string {
  const bytes = new Uint8Array(BYTES);
  bytes[0] = ADDRESS_VERSION;
  bytes.set(bigintToBytes(owner, 32), 1);
  bytes.set(viewKey, 33);
  return bech32m.encode(ADDRESS_PREFIX, bech32m.toWords(bytes), false);
}

/**
 * Read an address and say what is wrong with it.
 *
 * @throws HypothecError `address.prefix`, `address.checksum`, `address.length`, `address.version`, `address.owner`.
 */
export function parseAddress(text: string): PaymentAddress {
  const trimmed = text.trim();
  const separator = trimmed.lastIndexOf("1");
  const prefix = separator > 0 ? trimmed.slice(0, separator).toLowerCase() : "";
  if (prefix !== ADDRESS_PREFIX) {
    const got = /^0x[0-9a-fA-F]{40}$/.test(trimmed)
      ? "an Ethereum address"
      : prefix === ""
        ? "no prefix"
        : `the prefix "${prefix}"`;
    throw addressError("address.prefix", `The address has ${got}, expected the prefix "${ADDRESS_PREFIX}"`, {
      whatToDo: `Ask the recipient for the Hypothec address: it begins with "${ADDRESS_PREFIX}1".`,
    });
  }
  let bytes: Uint8Array;
  try {
    const decoded = bech32m.decode(trimmed as `${string}1${string}`, false);
    bytes = bech32m.fromWords(decoded.words);
  } catch (cause) {
    throw addressError("address.checksum", "The address has a wrong checksum or a letter that cannot occur in it", {
      cause,
      whatToDo: "Copy it again, whole: a letter was changed, lost or swapped.",
    });
  }
  const version = bytes[0];
  if (version !== ADDRESS_VERSION) {
    throw addressError("address.version", `The address has version ${version ?? "none"}, expected ${ADDRESS_VERSION}`, {
      whatToDo: "Update the SDK, or ask the recipient for an address of this version.",
    });
  }
  if (bytes.length !== BYTES) {
    throw addressError("address.length", `The address holds ${bytes.length} bytes, expected ${BYTES}`);
  }
  const owner = bytesToBigint(bytes.subarray(1, 33));
  if (owner === 0n || !isFieldElement(owner)) {
    throw addressError("address.owner", "The address names an owner that cannot exist");
  }
  return { owner, viewKey: bytes.slice(33) };
}

function addressError(code: string, message: string, more: { cause?: unknown; whatToDo?: string } = {}): HypothecError {
  return new HypothecError(message, { code, ...more });
}
