import { buildBabyjub, buildPoseidonReference } from "circomlibjs";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";

import { createTrusteeKey } from "../keys/trustee.ts";
import { BASE8, IDENTITY, mulBase8, SUBGROUP_ORDER } from "./babyjub.ts";
import { initCrypto } from "./crypto.ts";
import { FIELD_ORDER } from "./field.ts";
import { TAG_SEAL } from "./generated/tags.ts";
import { openSealed, sealTo } from "./seal.ts";

const trustee = createTrusteeKey(`0x${"22".repeat(32)}`);
const element = fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n });

beforeAll(async () => {
  await initCrypto();
});

describe("sealTo", () => {
  test("default: S = e·K and the stream are what docs/encodings.md says, by circomlibjs", async () => {
    const jub: any = await buildBabyjub();
    const poseidon: any = await buildPoseidonReference();
    const e = 123456789n;
    const [sx, sy] = jub.mulPointEscalar([jub.F.e(trustee.key.x), jub.F.e(trustee.key.y)], e);
    const stream = poseidon([jub.F.toObject(sx), jub.F.toObject(sy), 77n, 0n, 0n], poseidon.F.e(TAG_SEAL), 2);
    const { ephemeral, sealed } = sealTo({
      key: trustee.key,
      ephemeralSecret: e,
      lockNullifier: 77n,
      message: [1n, 2n],
    });
    expect(ephemeral).toEqual(mulBase8(e));
    expect(sealed).toEqual(
      stream.map((s: Uint8Array, i: number) => ((poseidon.F.toObject(s) as bigint) + BigInt(i + 1)) % FIELD_ORDER),
    );
  });

  test("error: a key of small order or off the curve, a secret out of range", () => {
    const rest = { ephemeralSecret: 5n, lockNullifier: 1n, message: [1n] };
    expect(() => sealTo({ ...rest, key: IDENTITY })).toThrow(/not a usable encryption key/);
    expect(() => sealTo({ ...rest, key: { x: 0n, y: FIELD_ORDER - 1n } })).toThrow(/not a usable encryption key/);
    expect(() => sealTo({ ...rest, key: { x: 3n, y: 4n } })).toThrow(/not a usable encryption key/);
    expect(() => sealTo({ ...rest, key: trustee.key, ephemeralSecret: 1n << 251n })).toThrow(/below 2\^251/);
    expect(() => sealTo({ ...rest, key: trustee.key, ephemeralSecret: 0n })).toThrow(/above 0/);
  });
});

describe("openSealed", () => {
  test("default: gives back what was sealed to 8·R by the secret of R", () => {
    fc.assert(
      fc.property(
        fc.array(element, { minLength: 1, maxLength: 5 }),
        element,
        fc.bigInt({ min: 1n, max: SUBGROUP_ORDER - 1n }),
        (message, lockNullifier, ephemeralSecret) => {
          const sealed = sealTo({ key: trustee.key, ephemeralSecret, lockNullifier, message });
          expect(openSealed({ secret: trustee.secret, ...sealed, lockNullifier })).toEqual(message);
        },
      ),
      { numRuns: 10, seed: 4 },
    );
  });

  test("behavior: the lock nullifier separates the streams; another secret opens nothing", () => {
    const sealed = sealTo({ key: trustee.key, ephemeralSecret: 9n, lockNullifier: 1n, message: [5n] });
    expect(openSealed({ secret: trustee.secret, ...sealed, lockNullifier: 2n })).not.toEqual([5n]);
    expect(openSealed({ secret: trustee.secret + 1n, ...sealed, lockNullifier: 1n })).not.toEqual([5n]);
  });

  test("error: an ephemeral off the curve, or of small order", () => {
    const rest = { secret: trustee.secret, sealed: [1n], lockNullifier: 1n };
    expect(() => openSealed({ ...rest, ephemeral: { x: BASE8.y, y: BASE8.x } })).toThrow(/not on BabyJubJub/);
    expect(() => openSealed({ ...rest, ephemeral: { x: 0n, y: FIELD_ORDER - 1n } })).toThrow(/small order/);
  });
});
