import { afterAll, describe, expect, test } from "vitest";

import { loadCircuit } from "../support/circuits/harness.ts";
import { deployVerifier, proofWords } from "../support/circuits/evm.ts";
import type { ProofWords } from "../support/circuits/evm.ts";
import * as samples from "../support/circuits/samples.ts";
import type { Sample } from "../support/circuits/samples.ts";
import { q } from "../support/reference/field.ts";

const p = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

const entries: samples.Entry[] = [
  { value: 5n, meta: (1n << 66n) | (6n << 63n) | 77n },
  { value: 123n, meta: 2n << 66n },
];

const cases: Record<string, () => Sample> = {
  batch16: () => samples.batchSample(entries, 3),
  batch64: () => samples.batchSample(entries, 4, new Map([[16, 6n]]), 4),
  transact: () => samples.transactSample(samples.transactCase()),
  margin: () => samples.marginSample(samples.marginCase()),
  settle: () => samples.settleSample(samples.orderOf()),
};

describe.each(Object.keys(cases))("a proof of %s", (name) => {
  test("behavior: snarkjs and the Solidity verifier accept it, and neither a tampered one", async () => {
    const circuit = loadCircuit(name);
    const sample = cases[name]!();
    const { proof, publicSignals } = await circuit.prove(sample.inputs);
    expect(publicSignals.map(BigInt)).toEqual(sample.publicSignals);
    expect(await circuit.verify(publicSignals, proof)).toBe(true);
    for (const i of [0, 1, 2]) {
      const changed = publicSignals.map((signal, k) => (k === i ? String((BigInt(signal) + 1n) % q) : signal));
      expect(await circuit.verify(changed, proof)).toBe(false);
    }

    const verifier = await deployVerifier(name);
    const words = proofWords(proof);
    const signals = sample.publicSignals;
    expect(await verifier.verify(words, signals)).toBe(true);
    // 199,450 for the three multiplications, three additions and the pairing, 700 for calling them, the rest is ours.
    expect(await verifier.executionGas(words, signals)).toBeLessThan(201_000n);

    for (const i of [0, 1, 2]) {
      const change = (value: (signal: bigint) => bigint): bigint[] =>
        signals.map((signal, k) => (k === i ? value(signal) : signal));
      expect(
        await verifier.verify(
          words,
          change((signal) => (signal + 1n) % q),
        ),
      ).toBe(false);
      // The same value to the curve, but not canonical.
      expect(
        await verifier.verify(
          words,
          change((signal) => signal + q),
        ),
      ).toBe(false);
      expect(
        await verifier.verify(
          words,
          change(() => 2n ** 256n - 1n),
        ),
      ).toBe(false);
    }
    for (let i = 0; i < 8; i++) {
      const change = (value: (word: bigint) => bigint): ProofWords =>
        words.map((word, k) => (k === i ? value(word) : word)) as never;
      // Off the curve, not reduced, and zero.
      expect(
        await verifier.verify(
          change((word) => (word + 1n) % p),
          signals,
        ),
      ).toBe(false);
      expect(
        await verifier.verify(
          change((word) => word + p),
          signals,
        ),
      ).toBe(false);
      expect(
        await verifier.verify(
          change(() => 0n),
          signals,
        ),
      ).toBe(false);
    }
    // Points on the curve that prove nothing: −A, C = the generator, all at infinity.
    const negated = words.map((word, k) => (k === 1 ? p - word : word)) as never;
    expect(await verifier.verify(negated, signals)).toBe(false);
    const generator = words.map((word, k) => (k === 6 ? 1n : k === 7 ? 2n : word)) as never;
    expect(await verifier.verify(generator, signals)).toBe(false);
    expect(await verifier.verify(words.map(() => 0n) as never, signals)).toBe(false);
  });
});

afterAll(async () => {
  // snarkjs keeps its worker threads for the next proof.
  await (globalThis as { curve_bn128?: { terminate(): Promise<void> } }).curve_bn128?.terminate();
});
