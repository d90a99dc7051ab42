import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes, size, type Hex } from "viem";

import { bigintToBytes, bytesToBigint, randomBytes } from "../crypto/field.ts";
import { HypothecError } from "../errors/base.ts";
import type { ViewKey } from "../keys/derive.ts";
import { packAmounts, unpackAmounts, type Amounts } from "./amounts.ts";

/** Every memo has this size, so that none tells what it is for. */
export const MEMO_BYTES = 288;

const PLAINTEXT_BYTES = 240;
const INFO = new TextEncoder().encode("hypothec.memo.1");
const NONCE = new Uint8Array(24); // the key is used once

/** What a memo tells the owner of a note. */
export interface MemoContent {
  readonly amounts: Amounts;
  readonly blinding: bigint;
  readonly domain: bigint;
  readonly controller: bigint;
  /** Which of the owner's nullifying keys owns the note. */
  readonly nkIndex: number;
}

/** Encrypt to a view key. A fresh ephemeral key each time; `ephemeralSecret` is for tests only. */
export function encryptMemo(viewKey: Uint8Array, content: MemoContent, ephemeralSecret = randomBytes(32)): Hex {
  const { lo, hi } = packAmounts(content.amounts);
  const plaintext = new Uint8Array(PLAINTEXT_BYTES);
  [lo, hi, content.blinding, content.domain, content.controller].forEach((word, i) => {
    plaintext.set(bigintToBytes(word, 32), 32 * i);
  });
  plaintext.set(bigintToBytes(BigInt(content.nkIndex), 4), 160);

  const ephemeral = x25519.getPublicKey(ephemeralSecret);
  let shared: Uint8Array;
  try {
    shared = x25519.getSharedSecret(ephemeralSecret, viewKey);
  } catch (cause) {
    throw new HypothecError("The recipient's view key cannot be encrypted to", {
      code: "memo.viewKey",
      cause,
      whatToDo: "Ask the recipient for their address again.",
    });
  }
  const memo = new Uint8Array(MEMO_BYTES);
  memo.set(ephemeral);
  memo.set(xchacha20poly1305(memoKey(shared, ephemeral, viewKey), NONCE).encrypt(plaintext), 32);
  return bytesToHex(memo);
}

/** What a memo says to the holder of this view key; undefined when it was meant for someone else, or is no memo. */
export function decryptMemo(view: ViewKey, memo: Hex): MemoContent | undefined {
  if (size(memo) !== MEMO_BYTES) return undefined;
  const bytes = hexToBytes(memo);
  const ephemeral = bytes.slice(0, 32);
  let plaintext: Uint8Array;
  try {
    const key = memoKey(view.sharedSecret(ephemeral), ephemeral, view.publicKey);
    plaintext = xchacha20poly1305(key, NONCE).decrypt(bytes.slice(32));
  } catch {
    return undefined; // not ours
  }
  const word = (i: number) => bytesToBigint(plaintext.subarray(32 * i, 32 * (i + 1)));
  try {
    return {
      amounts: unpackAmounts({ lo: word(0), hi: word(1) }),
      blinding: word(2),
      domain: word(3),
      controller: word(4),
      nkIndex: Number(bytesToBigint(plaintext.subarray(160, 164))),
    };
  } catch {
    return undefined; // its sender wrote what no note can hold
  }
}

function memoKey(shared: Uint8Array, ephemeral: Uint8Array, viewKey: Uint8Array): Uint8Array {
  const salt = new Uint8Array(64);
  salt.set(ephemeral);
  salt.set(viewKey, 32);
  return hkdf(sha256, shared, salt, INFO, 32);
}
