import { buildPoseidonReference } from "circomlibjs";
import { beforeAll, describe, expect, test } from "vitest";

import { initCrypto } from "../crypto/crypto.ts";
import tags from "../../../circuits/tags.json" with { type: "json" };
import {
  commitmentOf,
  lockNullifierOf,
  precommitmentOf,
  restBlindingOf,
  seizedBlindingOf,
  seizedEphemeralOf,
  spendNullifierOf,
} from "./note.ts";

/** Poseidon by the reference, tags from their names. */
let hash: (tag: keyof typeof tags.tags, ...inputs: bigint[]) => bigint;

beforeAll(async () => {
  await initCrypto();
  const poseidon: any = await buildPoseidonReference();
  hash = (tag, ...inputs) => {
    const ascii = BigInt(`0x${Buffer.from(tags.tags[tag], "ascii").toString("hex")}`);
    return poseidon.F.toObject(poseidon(inputs, poseidon.F.e(ascii)));
  };
});

describe("note", () => {
  test("default: commitment of a lock and of a free note, as docs/encodings.md says", () => {
    const amounts = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n];
    const lo = 1n + (2n << 63n) + (3n << 126n) + (4n << 189n);
    const hi = 5n + (6n << 63n) + (7n << 126n) + (8n << 189n);
    const pre = hash("TAG_PRE", 11n, 22n);
    const opening = { amounts, owner: 11n, blinding: 22n, domain: 33n, controller: 44n };
    expect(precommitmentOf(11n, 22n)).toBe(pre);
    expect(commitmentOf(opening)).toBe(hash("TAG_NOTE", pre, lo, hi, 33n, 44n));
    expect(commitmentOf({ ...opening, domain: 0n, controller: 0n })).toBe(hash("TAG_NOTE", pre, lo, hi, 0n, 0n));
  });

  test("default: nullifiers and derived blindings", () => {
    expect(spendNullifierOf(5n, 6n, 7)).toBe(hash("TAG_SPEND", 5n, 6n, 7n));
    expect(lockNullifierOf(5n, 7)).toBe(hash("TAG_LOCK", 5n, 7n));
    expect(restBlindingOf(5n)).toBe(hash("TAG_REST", 5n));
    expect(seizedBlindingOf(5n)).toBe(hash("TAG_SEIZED", 5n));
    expect(seizedEphemeralOf(5n)).toBe(hash("TAG_SEIZED_EPHEMERAL", 5n) % 2n ** 250n);
  });
});
