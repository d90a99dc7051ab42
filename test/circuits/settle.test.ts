import { describe, expect, test } from "vitest";

import { expectAccepted, expectPinned, expectRejected } from "../support/circuits/expect.ts";
import { loadCircuit } from "../support/circuits/harness.ts";
import type { Inputs } from "../support/circuits/harness.ts";
import {
  buyerSecret,
  lock,
  orderOf,
  prices,
  replace,
  settleId,
  settlePublic,
  settleSample,
} from "../support/circuits/samples.ts";
import type { Sample } from "../support/circuits/samples.ts";
import { open, poseidon, tag } from "../support/reference/crypto.ts";
import { createRandom, q } from "../support/reference/field.ts";
import * as notes from "../support/reference/notes.ts";
import { seize } from "../support/reference/settlement.ts";
import type { Order } from "../support/reference/settlement.ts";

const circuit = loadCircuit("settle");
const zero = Array.from({ length: 8 }, () => 0n);
const total = lock.amount.reduce((sum, a, i) => sum + ((a * prices[i]!) >> 64n), 0n);

const accept = (change: Partial<Order>, note = lock): Promise<bigint[]> =>
  expectAccepted(circuit, settleSample(orderOf(change), note));

describe("settle", () => {
  // SET-2
  test("default: a claim becomes the buyer's note, and every wire is pinned", async () => {
    const witness = await accept({});
    expectPinned(circuit, witness, [/\.IsZero_\d+(\[\d+\])?\.inv$/, /\.zeropoint\.inv$/]);
  });

  test("behavior: the buyer reads the opening of its note", () => {
    const { inputs } = settleSample(orderOf());
    const sealed = {
      ephemeral: { x: inputs.ephemeralX as bigint, y: inputs.ephemeralY as bigint },
      sealed: inputs.sealed as bigint[],
    };
    const [lo, hi, blinding] = open(buyerSecret, sealed, inputs.lockNullifier as bigint);
    expect(notes.packAmounts(seize(lock.amount, prices, orderOf().claim))).toEqual([lo, hi]);
    expect(notes.commit(notes.precommitment(orderOf().buyerOwner, blinding!), lo!, hi!, 0n, 0n)).toBe(
      inputs.buyerCommitment,
    );
    expect(blinding).toBe(poseidon(tag.seized, lock.blinding));
  });

  test("behavior: PUBLIC pays out and makes no buyer note", async () => {
    const { inputs } = settleSample(orderOf({ isPublic: true }));
    expect(inputs.payoutLo).not.toBe(0n);
    expect([inputs.buyerCommitment, inputs.ephemeralX, inputs.ephemeralY]).toEqual([0n, 0n, 0n]);
    await accept({ isPublic: true });
    await accept({ isPublic: true, claim: total });
  });

  // SET-1, to the end.
  test("behavior: a claim of 0 takes nothing, whatever the prices and the keys", async () => {
    const nobody = { x: 0n, y: 0n };
    for (const isPublic of [false, true]) {
      await accept({ claim: 0n, isPublic });
      await accept({ claim: 0n, isPublic, buyerKey: nobody, buyerOwner: 0n });
      await accept({ claim: 0n, isPublic, seizurePriceX64: zero, buyerKey: nobody });
    }
    expect(seize(lock.amount, prices, 0n)).toEqual(zero);
  });

  test("behavior: a claim of V or more takes all that has a price", async () => {
    for (const claim of [total - 1n, total, total + 1n, 2n ** 64n - 1n]) await accept({ claim });
    expect(seize(lock.amount, prices, total)).toEqual(lock.amount.map((a, i) => (prices[i] === 0n ? 0n : a)));
    // No price at all: V = 0, the claim exceeds it, and nothing has a price.
    await accept({ seizurePriceX64: zero, claim: 1n });
  });

  test("behavior: rounding is up, for the buyer, and never above what is there", async () => {
    await accept({ claim: 1n });
    expect(
      seize(lock.amount, prices, 1n).every(
        (s, i) => s === (lock.amount[i]! > 0n && prices[i]! > 0n ? (s > 0n ? s : -1n) : 0n),
      ),
    ).toBe(true);
    const dust = { ...lock, amount: [1n, 1n, 1n, 1n, 1n, 1n, 1n, 1n] };
    const dear = zero.map(() => 2n ** 64n);
    for (const claim of [1n, 4n, 7n, 8n]) await accept({ claim, seizurePriceX64: dear }, dust);
    expect(seize(dust.amount, dear, 1n)).toEqual(dust.amount);
  });

  test("behavior: the widest order on the largest note", async () => {
    const note = { ...lock, amount: zero.map(() => 2n ** 63n - 1n) };
    const widest = zero.map(() => 2n ** 96n - 1n);
    for (const claim of [1n, 2n ** 64n - 1n]) await accept({ claim, seizurePriceX64: widest }, note);
    await accept({ claim: 2n ** 64n - 1n, seizurePriceX64: zero.map(() => 1n) }, note);
  });

  test("behavior: random orders on random notes (seed 99)", async () => {
    const random = createRandom(99);
    for (let k = 0; k < 12; k++) {
      const bits = Number(random(3)) * 8 + 7;
      const amount = zero.map(() => (random(2) === 0n ? 0n : random(bits)));
      const seizurePriceX64 = zero.map(() => (random(2) === 0n ? 0n : random(32 + Number(random(6)))));
      const value = amount.reduce((sum, a, i) => sum + ((a * seizurePriceX64[i]!) >> 64n), 0n);
      const claim = (value * random(10)) / 900n;
      const note = { ...lock, amount, blinding: random(253), leafIndex: Number(random(32)) };
      await accept(
        { claim: claim < 2n ** 64n ? claim : 2n ** 64n - 1n, seizurePriceX64, isPublic: random(1) === 1n },
        note,
      );
    }
  });

  const good = settleSample(orderOf());
  const goodPublic = settleSample(orderOf({ isPublic: true }));
  const lie = (change: Inputs, sample = good): Sample => replace(settleId, sample, settlePublic, change);
  const next = (name: string, sample = good): bigint => ((sample.inputs[name] as bigint) + 1n) % q;
  const sealed = good.inputs.sealed as bigint[];

  /** Outputs as if `seized` had been taken. */
  const taking = (seized: readonly bigint[]): Inputs => {
    const [payoutLo, payoutHi] = notes.packAmounts(seized);
    const [restLo, restHi] = notes.packAmounts(lock.amount.map((a, i) => a - seized[i]!));
    const restPre = notes.precommitment(lock.owner, poseidon(tag.rest, lock.blinding));
    return { payoutLo, payoutHi, restCommitment: notes.commit(restPre, restLo, restHi, 0n, 0n) };
  };
  const seized = seize(lock.amount, prices, orderOf().claim);

  const cases: [string, () => Sample][] = [
    ["another root", () => lie({ root: 1n })],
    ["another lock nullifier", () => lie({ lockNullifier: 1n })],
    ["another domain", () => lie({ domain: lock.domain + 1n })],
    ["a free note", () => settleSample(orderOf(), { ...lock, domain: 0n, controller: 0n })],
    ["another claim", () => lie({ claim: orderOf().claim + 10n ** 9n })],
    ["a claim of 2^64", () => lie({ claim: 2n ** 64n })],
    ["a claim of q − 1", () => lie({ claim: q - 1n })],
    ["isPublic = 2", () => lie({ isPublic: 2n })],
    ["a payout beside a buyer's note", () => lie({ payoutLo: 1n })],
    ["a buyer's note beside a payout", () => lie({ buyerCommitment: good.inputs.buyerCommitment! }, goodPublic)],
    ["no buyer's note", () => lie({ buyerCommitment: 0n })],
    ["a buyer's note for another owner", () => lie({ buyerOwner: next("buyerOwner") })],
    ["another rest", () => lie({ restCommitment: next("restCommitment") })],
    ["one unit too little taken", () => lie(taking(seized.map((s, i) => (i === 0 ? s - 1n : s))), goodPublic)],
    ["one unit too much taken", () => lie(taking(seized.map((s, i) => (i === 0 ? s + 1n : s))), goodPublic)],
    [
      "something taken of a slot without a price",
      () => lie(taking(seized.map((s, i) => (i === 7 ? 1n : s))), goodPublic),
    ],
    ["nothing taken", () => lie(taking(zero), goodPublic)],
    ["another ephemeral key", () => lie({ ephemeralX: next("ephemeralX") })],
    ...sealed.map((value, j): [string, () => Sample] => [
      `another sealed word ${j}`,
      () => lie({ sealed: sealed.map((word, k) => (k === j ? (value + 1n) % q : word)) }),
    ]),
    ["an opening sealed without a buyer", () => lie({ sealed }, goodPublic)],
    ["another controller", () => lie({ controller: 1n })],
    ["another owner", () => lie({ owner: 1n })],
    [
      "a position beyond the tree",
      () => {
        const beyond = BigInt(lock.leafIndex) + 2n ** 32n;
        return lie({ leafIndex: beyond, lockNullifier: notes.lockNullifier(lock.blinding, beyond) });
      },
    ],
    [
      "a unit of one slot opened as 2^63 of the slot below",
      () => lie({ amount: [lock.amount[0]! + 2n ** 63n, lock.amount[1]! - 1n, ...lock.amount.slice(2)] }),
    ],
  ];

  test.each(cases)("error: %s", async (_, sample) => {
    await expectRejected(circuit, sample());
  });
});
