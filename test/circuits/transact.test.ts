import { describe, test } from "vitest";

import { expectAccepted, expectPinned, expectRejected } from "../support/circuits/expect.ts";
import { loadCircuit } from "../support/circuits/harness.ts";
import type { Inputs } from "../support/circuits/harness.ts";
import { controller, domain, none, transactCase, transactSample } from "../support/circuits/samples.ts";
import type { Sample, TransactCase, TransactOutput } from "../support/circuits/samples.ts";
import {
  addPoints,
  base8,
  multiply,
  signatureChallenge,
  spendingKey,
  subgroupOrder,
} from "../support/reference/crypto.ts";
import type { JubPoint } from "../support/reference/crypto.ts";
import { q } from "../support/reference/field.ts";
import { single } from "../support/reference/notes.ts";
import * as notes from "../support/reference/notes.ts";

const circuit = loadCircuit("transact");
const largest = 2n ** 63n - 1n;
const base = transactCase();
const dummy = { nullifyingKey: 1n, blinding: 2n, amount: none };
const free = (amount: readonly bigint[], pre = 99n): TransactOutput => ({ pre, amount, domain: 0n, controller: 0n });
const withOutput = (change: Partial<TransactOutput>): TransactCase =>
  transactCase({ outputs: [{ ...base.outputs[0], ...change }, base.outputs[1]] });
/** One real input, one output that keeps everything, nothing withdrawn. */
const move = (amount: readonly bigint[], out: readonly bigint[] = amount): TransactCase =>
  transactCase({
    inputs: [{ ...base.inputs[0], amount }, dummy],
    outputs: [free(out), free(none, 98n)],
    withdraw: none,
  });

describe("transact", () => {
  test("default: two notes become a free one and a lock, something is withdrawn", async () => {
    const witness = await expectAccepted(circuit, transactSample(base));
    // The witness of "is not zero" is free when the value is zero: an inverse of 0 that nothing uses.
    expectPinned(circuit, witness, [/\.IsZero_\d+\.inv$/, /\.isz\.inv$/]);
  });

  test("behavior: one dummy, two dummies, both outputs locked", async () => {
    await expectAccepted(circuit, transactSample(move(single(3, 5n))));
    const empty = transactCase({
      inputs: [dummy, { ...dummy, blinding: 3n }],
      outputs: [free(none), free(none, 5n)],
      withdraw: none,
    });
    await expectAccepted(circuit, transactSample(empty));
    await expectAccepted(circuit, transactSample(withOutput({ domain: 1n, controller: 1n })));
  });

  test("behavior: boundaries of amounts, positions, domain and controller", async () => {
    const all = Array.from({ length: 8 }, () => largest);
    await expectAccepted(circuit, transactSample(move(all)));
    const half = Array.from({ length: 8 }, () => 2n ** 62n - 1n);
    const both = { ...base.inputs[0], amount: half, leafIndex: 0 };
    const out = half.map((a) => 2n * a);
    await expectAccepted(
      circuit,
      transactSample(
        transactCase({
          inputs: [both, { ...base.inputs[1], amount: half }],
          outputs: [free(none), free(none, 3n)],
          withdraw: out,
        }),
      ),
    );
    await expectAccepted(circuit, transactSample(withOutput({ domain: 2n ** 248n - 1n, controller: 2n ** 160n - 1n })));
  });

  /** A key of small order, for which S·Base8 = R8 + 8·h·A holds for anybody's R8 = S·Base8. */
  const smallOrder: JubPoint = { x: 0n, y: q - 1n };
  /** base.key plus the point of order 2: another key with the same 8·A. */
  const shifted = addPoints(base.key.point, smallOrder);

  const cases: [string, () => Sample][] = [
    [
      "an output worth more than the inputs",
      () => transactSample(withOutput({ amount: [121n, ...base.outputs[0].amount.slice(1)] })),
    ],
    [
      "an output worth less than the inputs",
      () => transactSample(withOutput({ amount: [119n, ...base.outputs[0].amount.slice(1)] })),
    ],
    ["one asset turned into another", () => transactSample(move(single(0, 5n), single(1, 5n)))],
    [
      "an output of 2^63",
      () => {
        const inputs = [
          { ...base.inputs[0], amount: single(0, largest) },
          { ...base.inputs[1], amount: single(0, 1n) },
        ] as const;
        return transactSample(
          transactCase({ inputs, outputs: [free(single(0, 2n ** 63n)), free(none, 1n)], withdraw: none }),
        );
      },
    ],
    [
      "a negative output",
      () =>
        transactSample(
          transactCase({
            inputs: [{ ...base.inputs[0], amount: single(0, 5n) }, dummy],
            outputs: [free(single(0, 6n)), free(single(0, q - 1n), 1n)],
            withdraw: none,
          }),
        ),
    ],
    [
      "a negative withdrawal",
      () =>
        transactSample(
          transactCase({
            inputs: [{ ...base.inputs[0], amount: single(0, 5n) }, dummy],
            outputs: [free(single(0, 6n)), free(none, 1n)],
            withdraw: single(0, q - 1n),
          }),
        ),
    ],
    [
      "a unit of slot 1 opened as 2^63 of slot 0",
      () => {
        const halves = [free(single(0, 2n ** 62n)), free(single(0, 2n ** 62n), 1n)] as const;
        const given = transactCase({
          inputs: [{ ...base.inputs[0], amount: single(1, 1n) }, dummy],
          outputs: halves,
          withdraw: none,
        });
        return transactSample(given, { secrets: { inAmount: [single(0, 2n ** 63n), none] } });
      },
    ],
    [
      "a note that is not in the tree",
      () => transactSample(transactCase({ inputs: [{ ...base.inputs[0], leafIndex: undefined }, base.inputs[1]] })),
    ],
    ["another root", () => transactSample(base, { values: { root: 1n } })],
    ["another nullifier", () => transactSample(base, { values: { nullifier: [1n, 2n] } })],
    [
      "a second nullifier through a position beyond the tree",
      () => {
        const [first, second] = transactSample(base).inputs.inLeafIndex as [bigint, bigint];
        const beyond = first + 2n ** 32n;
        const cm = notes.commitment({
          owner: notes.owner(base.key.point, 111n),
          blinding: 222n,
          amount: base.inputs[0].amount,
          domain: 0n,
          controller: 0n,
        });
        const nullifier = [
          notes.spendNullifier(111n, cm, beyond),
          (transactSample(base).inputs.nullifier as bigint[])[1]!,
        ];
        return transactSample(base, { values: { nullifier }, secrets: { inLeafIndex: [beyond, second] } });
      },
    ],
    [
      "a locked note spent as a free one",
      () => {
        const locked = notes.commitment({
          owner: notes.owner(base.key.point, 111n),
          blinding: 222n,
          amount: single(0, 5n),
          domain,
          controller,
        });
        return transactSample(move(single(0, 5n)), { values: { root: locked } });
      },
    ],
    ["another nullifying key", () => transactSample(base, { secrets: { inNullifyingKey: [112n, 333n] } })],
    ["another output commitment", () => transactSample(base, { values: { outCommitment: [1n, 2n] } })],
    ["another withdrawal than the packed one", () => transactSample(base, { values: { withdrawLo: 11n } })],
    [
      "a withdrawal packed in the wrong word",
      () => transactSample(base, { values: { withdrawLo: 0n, withdrawHi: 10n } }),
    ],
    ["a controller without a domain", () => transactSample(withOutput({ controller: 5n }))],
    ["a domain without a controller", () => transactSample(withOutput({ domain: 5n }))],
    ["a controller of 161 bits", () => transactSample(withOutput({ domain: 5n, controller: 2n ** 160n }))],
    ["a domain of 249 bits", () => transactSample(withOutput({ domain: 2n ** 248n, controller: 5n }))],
    ["a domain of q − 1", () => transactSample(withOutput({ domain: q - 1n, controller: 5n }))],
    ["a signature by another key", () => transactSample(transactCase({ signer: spendingKey(8) }))],
    ["a signature of another transaction", () => transactSample(transactCase({ message: 1n }))],
    [
      "a signature reused with another ext",
      () => {
        const signed = transactSample(base).inputs;
        const signature: Inputs = {
          signatureR8x: signed.signatureR8x!,
          signatureR8y: signed.signatureR8y!,
          signatureS: signed.signatureS!,
        };
        return transactSample(transactCase({ ext: 778n }), { secrets: signature });
      },
    ],
    [
      "S of 2^251 or more",
      () => {
        const s = transactSample(base).inputs.signatureS as bigint;
        return transactSample(base, { secrets: { signatureS: s + 2n * subgroupOrder } });
      },
    ],
    ["R8 off the curve", () => transactSample(base, { secrets: { signatureR8x: 1n } })],
    [
      "a key of small order",
      () => {
        const key = { ...base.key, point: smallOrder };
        const r8 = multiply(base8, 12n);
        return transactSample(transactCase({ key }), {
          secrets: { signatureR8x: r8.x, signatureR8y: r8.y, signatureS: 12n },
        });
      },
    ],
    ["a key off the curve", () => transactSample(transactCase({ key: { ...base.key, point: { x: 2n, y: 3n } } }))],
    [
      "a key that differs by a point of small order",
      () => transactSample(base, { secrets: { spendingKeyX: shifted.x, spendingKeyY: shifted.y } }),
    ],
  ];

  test.each(cases)("error: %s", async (_, sample) => {
    await expectRejected(circuit, sample());
  });

  test("behavior: signatures with many challenges pass (MulByHash)", async ({ expect }) => {
    for (let seed = 20; seed < 26; seed++) {
      const sample = transactSample(transactCase({ key: spendingKey(seed), ext: BigInt(seed) }));
      await expectAccepted(circuit, sample);
      const { inputs } = sample;
      const r8 = { x: inputs.signatureR8x as bigint, y: inputs.signatureR8y as bigint };
      expect(signatureChallenge(r8, spendingKey(seed).point, sample.publicSignals[0]!)).toBeLessThan(q);
    }
  });
});
