import { buildPoseidonReference } from "circomlibjs";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";

import { initCrypto, type Crypto } from "./crypto.ts";
import { FIELD_ORDER } from "./field.ts";
import { TAG_NOTE, TAG_SEAL } from "./generated/tags.ts";

let crypto: Crypto;
// The reference implementation: other code, other constants' order, no WASM.
let reference: (inputs: bigint[], tag: bigint, nOut: number) => bigint[];

beforeAll(async () => {
  crypto = await initCrypto();
  const poseidon: any = await buildPoseidonReference();
  reference = (inputs, tag, nOut) => {
    const out = poseidon(inputs, poseidon.F.e(tag), nOut);
    return (nOut === 1 ? [out] : out).map((element: Uint8Array) => poseidon.F.toObject(element));
  };
});

describe("poseidon", () => {
  test("default: circomlib's published value of Poseidon(1, 2)", () => {
    expect(crypto.poseidon([1n, 2n], 0n)).toBe(
      7853200120776062878684798364095072458815029376092732009249414926327459813530n,
    );
  });

  test("behavior: agrees with the reference for every size, tag and number of outputs", () => {
    const element = fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n });
    fc.assert(
      fc.property(fc.array(element, { minLength: 1, maxLength: 16 }), element, (inputs, tag) => {
        const nOut = Math.min(3, inputs.length + 1);
        expect(crypto.poseidon(inputs, tag, nOut)).toEqual(reference(inputs, tag, nOut));
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  test("behavior: the tag separates uses", () => {
    expect(crypto.poseidon([1n], TAG_NOTE)).not.toBe(crypto.poseidon([1n], TAG_SEAL));
  });

  test("behavior: buffers hash to the same value as integers", () => {
    const { buffers } = crypto;
    const input = new Uint8Array(64);
    input.set(buffers.toBuffer(5n));
    input.set(buffers.toBuffer(6n), 32);
    expect(buffers.toBigint(buffers.hash(input, buffers.toBuffer(TAG_NOTE)))).toBe(reference([5n, 6n], TAG_NOTE, 1)[0]);
  });

  test("error: an input that is not below the field order", () => {
    expect(() => crypto.poseidon([FIELD_ORDER], 0n)).toThrow(/Poseidon input 0 .* below the field order/);
    expect(() => crypto.poseidon([-1n], 0n)).toThrow(/Poseidon input 0/);
  });

  test("error: no input, too many inputs or outputs", () => {
    expect(() => crypto.poseidon([], 0n)).toThrow(/1 to 16 inputs, got 0/);
    expect(() => crypto.poseidon(new Array(17).fill(0n), 0n)).toThrow(/got 17/);
    expect(() => crypto.poseidon([1n], 0n, 3)).toThrow(/at most 2 outputs, got 3/);
  });
});
