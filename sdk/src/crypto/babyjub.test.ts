import { buildBabyjub, buildEddsa } from "circomlibjs";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";

import {
  addPoints,
  BASE8,
  IDENTITY,
  isInSubgroup,
  isOnCurve,
  mulBase8,
  mulByCofactor,
  mulPoint,
  randomScalar,
  SUBGROUP_ORDER,
  type Point,
} from "./babyjub.ts";
import { initCrypto, type Crypto } from "./crypto.ts";
import { FIELD_ORDER } from "./field.ts";

let jub: any;
let eddsa: any;
let crypto: Crypto;
const to = ({ x, y }: Point) => [jub.F.e(x), jub.F.e(y)];
const from = ([x, y]: [Uint8Array, Uint8Array]): Point => ({ x: jub.F.toObject(x), y: jub.F.toObject(y) });
const scalar = fc.bigInt({ min: 1n, max: SUBGROUP_ORDER - 1n });
/** The point of order 2. */
const ORDER_TWO: Point = { x: 0n, y: FIELD_ORDER - 1n };

beforeAll(async () => {
  [jub, eddsa, crypto] = await Promise.all([buildBabyjub(), buildEddsa(), initCrypto()]);
});

describe("babyjub", () => {
  test("default: scalar·Base8 and sums agree with circomlibjs", () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        expect(mulBase8(a)).toEqual(from(jub.mulPointEscalar(jub.Base8, a)));
        expect(addPoints(mulBase8(a), mulBase8(b))).toEqual(from(jub.addPoint(to(mulBase8(a)), to(mulBase8(b)))));
      }),
      { numRuns: 10, seed: 2 },
    );
  });

  test("behavior: the scalar is taken modulo the group order, 0 gives the identity", () => {
    expect(mulBase8(SUBGROUP_ORDER + 5n)).toEqual(mulBase8(5n));
    expect(mulBase8(0n)).toEqual(IDENTITY);
    expect(mulPoint(IDENTITY, 7n)).toEqual(IDENTITY);
  });

  test("behavior: the subgroup check sees small order and mixed points", () => {
    expect(isInSubgroup(BASE8)).toBe(true);
    expect(isOnCurve(ORDER_TWO)).toBe(true);
    expect(isInSubgroup(ORDER_TWO)).toBe(false);
    expect(isInSubgroup(addPoints(BASE8, ORDER_TWO))).toBe(false);
    expect(mulByCofactor(ORDER_TWO)).toEqual(IDENTITY);
    expect(mulByCofactor(addPoints(BASE8, ORDER_TWO))).toEqual(mulBase8(8n));
  });

  test("error: a point off the curve, or with coordinates that are not canonical", () => {
    expect(isOnCurve({ x: 1n, y: 1n })).toBe(false);
    expect(isOnCurve({ x: 0n, y: 1n + FIELD_ORDER })).toBe(false);
    expect(() => mulPoint({ x: 1n, y: 1n }, 3n)).toThrow(/not a point of BabyJubJub/);
  });
});

describe("eddsa", () => {
  const sign = (message: bigint) => {
    const secret = randomScalar();
    const publicKey = mulBase8(secret);
    return { publicKey, signature: crypto.eddsa.sign({ secret, publicKey, nonce: randomScalar(), message }) };
  };

  test("default: circomlibjs accepts the signature", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n }), (message) => {
        const { publicKey, signature } = sign(message);
        const theirs = { R8: to(signature.r8), S: signature.s };
        expect(eddsa.verifyPoseidon(eddsa.F.e(message), theirs, to(publicKey))).toBe(true);
        expect(crypto.eddsa.verify(publicKey, message, signature)).toBe(true);
      }),
      { numRuns: 5, seed: 3 },
    );
  });

  test("behavior: accepts what circomlibjs signs", () => {
    const key = new Uint8Array(32).fill(7);
    const theirs = eddsa.signPoseidon(key, eddsa.F.e(42n));
    const signature = { r8: from(theirs.R8), s: theirs.S };
    expect(crypto.eddsa.verify(from(eddsa.prv2pub(key)), 42n, signature)).toBe(true);
  });

  test("error: another message, key or scalar", () => {
    const { publicKey, signature } = sign(1n);
    expect(crypto.eddsa.verify(publicKey, 2n, signature)).toBe(false);
    expect(crypto.eddsa.verify(mulBase8(9n), 1n, signature)).toBe(false);
    expect(crypto.eddsa.verify(publicKey, 1n, { ...signature, s: signature.s + SUBGROUP_ORDER })).toBe(false);
    expect(crypto.eddsa.verify({ x: 1n, y: 1n }, 1n, signature)).toBe(false);
  });
});
