import { bech32m } from "@scure/base";
import { buildPoseidonReference } from "circomlibjs";
import fc from "fast-check";
import { inspect } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";

import { initCrypto, loadedCrypto } from "../crypto/crypto.ts";
import { mulBase8, SUBGROUP_ORDER } from "../crypto/babyjub.ts";
import { FIELD_ORDER } from "../crypto/field.ts";
import { TAG_OWNER } from "../crypto/generated/tags.ts";
import { sealTo } from "../crypto/seal.ts";
import { addressOf, formatAddress, parseAddress } from "./address.ts";
import { deriveKeys, freshNkIndex, type Keys } from "./derive.ts";
import { createTrusteeKey, parseTrusteeSecret } from "./trustee.ts";

const SEED = `0x${"11".repeat(32)}` as const;
let keys: Keys;

beforeAll(async () => {
  await initCrypto();
  keys = await deriveKeys(SEED);
});

describe("deriveKeys", () => {
  test("default: everything follows from the seed", async () => {
    const again = await deriveKeys(new Uint8Array(32).fill(0x11));
    expect(addressOf(again)).toBe(addressOf(keys));
    expect([again.nk(7), again.depositBlinding(3)]).toEqual([keys.nk(7), keys.depositBlinding(3)]);
    expect(addressOf(await deriveKeys(`0x${"12".repeat(32)}`))).not.toBe(addressOf(keys));
  });

  test("behavior: the owner is Poseidon(TAG_OWNER; A, nk), by the reference", async () => {
    const poseidon: any = await buildPoseidonReference();
    const { x, y } = keys.spending.publicKey;
    const owner = poseidon.F.toObject(poseidon([x, y, keys.nk(4)], poseidon.F.e(TAG_OWNER)));
    expect(keys.owner(4)).toBe(owner);
  });

  test("behavior: every index has a key of its own", () => {
    const all = [0, 1, 2, 0xffff_ffff].flatMap((index) => [keys.nk(index), keys.depositBlinding(index)]);
    expect(new Set(all).size).toBe(8);
    for (const value of all) expect(value < FIELD_ORDER).toBe(true);
  });

  test("behavior: signs verifiably, the same message alike and others with other nonces", async () => {
    const { publicKey } = keys.spending;
    const [a, b, c] = [await keys.spending.sign(5n), await keys.spending.sign(5n), await keys.spending.sign(6n)];
    expect(loadedCrypto().eddsa.verify(publicKey, 5n, a)).toBe(true);
    expect(b).toEqual(a);
    expect(c.r8).not.toEqual(a.r8);
  });

  test("behavior: the encryption key opens what is sealed to 8·R", () => {
    const sealed = sealTo({ key: keys.encryption.key, ephemeralSecret: 3n, lockNullifier: 8n, message: [1n, 2n, 3n] });
    expect(keys.encryption.open({ ...sealed, lockNullifier: 8n })).toEqual([1n, 2n, 3n]);
  });

  test("behavior: no secret shows when the keys are printed", () => {
    const shown =
      inspect(keys, { depth: 9, showHidden: true }) +
      JSON.stringify(keys, (_, v: unknown) => (typeof v === "bigint" ? String(v) : v));
    expect(shown).not.toContain("1111111111");
    expect(shown).not.toContain(String(keys.nk(0)));
  });

  test("error: a seed of another length, all zero, or no hexadecimal", async () => {
    await expect(deriveKeys("0x1234")).rejects.toThrow(/2 bytes, expected 32/);
    await expect(deriveKeys(new Uint8Array(32))).rejects.toThrow(/all zero/);
    await expect(deriveKeys("0xzz")).rejects.toThrow(/not hexadecimal/);
    expect(() => keys.nk(-1)).toThrow(/not an integer from 0/);
    expect(() => keys.nk(2 ** 32)).toThrow(/not an integer from 0/);
  });

  test("behavior: fresh indices are never 0 and fit 32 bits", () => {
    for (let i = 0; i < 100; i++) expect(freshNkIndex()).toSatisfy((n: number) => n > 0 && n <= 0xffff_ffff);
  });
});

describe("address", () => {
  test("default: round trip", () => {
    const address = addressOf(keys);
    expect(address).toMatch(/^hyp1q/);
    expect(parseAddress(address)).toEqual({ owner: keys.owner(0), viewKey: keys.view.publicKey });
    expect(parseAddress(`  ${address}\n`).owner).toBe(keys.owner(0));
    expect(parseAddress(address.toUpperCase()).owner).toBe(keys.owner(0));
  });

  test("behavior: any owner and view key survive", () => {
    const owner = fc.bigInt({ min: 1n, max: FIELD_ORDER - 1n });
    fc.assert(
      fc.property(owner, fc.uint8Array({ minLength: 32, maxLength: 32 }), (o, viewKey) => {
        expect(parseAddress(formatAddress({ owner: o, viewKey }))).toEqual({ owner: o, viewKey });
      }),
      { numRuns: 50, seed: 5 },
    );
  });

  test("error: any single wrong letter is found", () => {
    const address = addressOf(keys);
    for (let i = 4; i < address.length; i += 7) {
      const other = address[i] === "q" ? "p" : "q";
      expect(() => parseAddress(address.slice(0, i) + other + address.slice(i + 1))).toThrow(/checksum/);
    }
    expect(() => parseAddress(address.slice(0, -1))).toThrow(/checksum/);
  });

  test("error: another network's address", () => {
    expect(() => parseAddress("0x71C7656EC7ab88b098defB751B7401B5f6d8976F")).toThrow(
      /an Ethereum address, expected the prefix "hyp"/,
    );
    expect(() => parseAddress("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq")).toThrow(/the prefix "bc"/);
    expect(() => parseAddress("")).toThrow(/no prefix/);
  });

  test("error: an unknown version, a wrong length, an impossible owner", () => {
    const make = (bytes: Uint8Array) => bech32m.encode("hyp", bech32m.toWords(bytes), false);
    expect(() => parseAddress(make(new Uint8Array(65).fill(2)))).toThrow(/version 2, expected 1/);
    expect(() => parseAddress(make(Uint8Array.of(1, 2, 3)))).toThrow(/3 bytes, expected 65/);
    expect(() => parseAddress(make(Uint8Array.of(1, ...new Uint8Array(64).fill(255))))).toThrow(/cannot exist/);
    expect(() => parseAddress(make(Uint8Array.of(1, ...new Uint8Array(64))))).toThrow(/cannot exist/);
  });
});

describe("trustee", () => {
  test("default: submitted = x·Base8, key = 8·x·Base8", () => {
    const { secret, submitted, key } = createTrusteeKey(SEED);
    expect(submitted).toEqual(mulBase8(secret));
    expect(key).toEqual(mulBase8(8n * secret));
    expect(parseTrusteeSecret(String(secret))).toBe(secret);
    expect(parseTrusteeSecret(`0x${secret.toString(16)}`)).toBe(secret);
  });

  test("error: no number, or out of range; the message does not repeat the secret", () => {
    expect(() => parseTrusteeSecret("")).toThrow(/not a number/);
    expect(() => parseTrusteeSecret("12ab")).toThrow(/^(?!.*12ab)/);
    expect(() => parseTrusteeSecret("0")).toThrow(/\[1, l\)/);
    expect(() => parseTrusteeSecret(SUBGROUP_ORDER)).toThrow(/\[1, l\)/);
  });
});
