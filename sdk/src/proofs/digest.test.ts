import { buildPoseidonReference } from "circomlibjs";
import fc from "fast-check";
import { keccak256, type Hex } from "viem";
import { beforeAll, describe, expect, test } from "vitest";

import { initCrypto } from "../crypto/crypto.ts";
import { FIELD_ORDER } from "../crypto/field.ts";
import { TAG_DIGEST } from "../crypto/generated/tags.ts";
import { buildWitness, digestChallenge, digestCommitment, digestEvaluation } from "./digest.ts";

let hash: (inputs: bigint[]) => bigint;

beforeAll(async () => {
  await initCrypto();
  const poseidon: any = await buildPoseidonReference();
  hash = (inputs) => poseidon.F.toObject(poseidon(inputs, poseidon.F.e(TAG_DIGEST)));
});

describe("input digest", () => {
  test("default: c is the Poseidon chain in steps of 15, started from circuit and length", () => {
    const short = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n];
    expect(digestCommitment("transact", short)).toBe(hash([3n * 2n ** 32n + 8n, ...short, ...new Array(7).fill(0n)]));
    const long = Array.from({ length: 28 }, (_, i) => BigInt(i + 1));
    const first = hash([4n * 2n ** 32n + 28n, ...long.slice(0, 15)]);
    expect(digestCommitment("margin", long)).toBe(hash([first, ...long.slice(15), 0n, 0n]));
  });

  test("default: r is keccak256 of the words and c, modulo q", () => {
    const word = (value: bigint) => value.toString(16).padStart(64, "0");
    const expected = BigInt(keccak256(`0x${word(1n)}${word(2n)}${word(77n)}` as Hex)) % FIELD_ORDER;
    expect(digestChallenge([1n, 2n], 77n)).toBe(expected);
  });

  test("behavior: a payee is one word more, behind c", () => {
    const word = (value: bigint) => value.toString(16).padStart(64, "0");
    const payee = `0x${"ab".repeat(20)}` as const;
    const packed = `0x${word(1n)}${word(2n)}${word(77n)}${word(BigInt(payee))}` as Hex;
    expect(digestChallenge([1n, 2n], 77n, payee)).toBe(BigInt(keccak256(packed)) % FIELD_ORDER);
    const inputs = { circuit: "batch16", publicInputs: {}, secretInputs: {}, values: [1n, 2n] } as const;
    const witness = buildWitness({ ...inputs, payee });
    expect(witness.challenge).toBe(digestChallenge([1n, 2n], witness.commitment, payee));
    expect(witness.commitment).toBe(buildWitness(inputs).commitment);
  });

  test("default: y is the polynomial with the last value as its constant", () => {
    expect(digestEvaluation([2n, 3n, 5n], 10n)).toBe(235n);
    const element = fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n });
    fc.assert(
      fc.property(element, element, element, (a, b, r) => {
        expect(digestEvaluation([a, b], r)).toBe((a * r + b) % FIELD_ORDER);
      }),
      { seed: 11 },
    );
  });

  test("behavior: a witness carries its digest and hands r to the circuit", () => {
    const values = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n];
    const witness = buildWitness({ circuit: "transact", publicInputs: { root: 1n }, secretInputs: { x: 9n }, values });
    expect(witness.inputs).toEqual({ root: 1n, x: 9n, r: witness.challenge });
    expect(witness.challenge).toBe(digestChallenge(values, witness.commitment));
    expect(witness.evaluation).toBe(digestEvaluation(values, witness.challenge));
  });
});
