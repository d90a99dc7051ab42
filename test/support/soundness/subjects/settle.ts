import { lock, orderOf, prices, replace, settleId, settlePublic, settleSample } from "../../circuits/samples.ts";
import { q } from "../../reference/field.ts";
import { cases, inverseOfZero } from "../subject.ts";
import type { Case, Subject } from "../subject.ts";
import { zeroPoint } from "./curve.ts";

const file = "settle.circom";
const largest = 2n ** 63n - 1n;
const zero = Array.from({ length: 8 }, () => 0n);
const total = lock.amount.reduce((sum, amount, i) => sum + ((amount * prices[i]!) >> 64n), 0n);

export const settleTemplates: Subject[] = [
  {
    name: "ClaimShare()",
    file,
    derived: [],
    free: [inverseOfZero],
    accepted: cases({
      "no claim": { claim: 0n, total: 5n },
      "no claim on nothing": { claim: 0n, total: 0n },
      part: { claim: 4n, total: 5n },
      all: { claim: 5n, total: 5n },
      more: { claim: 6n, total: 5n },
      "a claim on nothing": { claim: 1n, total: 0n },
      "the widest part": { claim: 2n ** 64n - 1n, total: 2n ** 98n - 1n },
      "the widest all": { claim: 2n ** 64n - 1n, total: 2n ** 64n - 1n },
    }),
    refused: cases({
      "a claim of 2^64": { claim: 2n ** 64n, total: 5n },
      "a claim of q − 1": { claim: q - 1n, total: 5n },
      "a total of 2^98": { claim: 4n, total: 2n ** 98n },
      "a total of q − 1": { claim: 4n, total: q - 1n },
    }),
  },
  {
    name: "Seize()",
    file,
    derived: [],
    free: [inverseOfZero],
    accepted: cases({
      "rounded up": { amount: 1_000_003n, price: 1n, num: 77n, den: 2n ** 97n + 1n },
      exact: { amount: 1000n, price: 1n, num: 77n, den: 100n },
      nothing: { amount: largest, price: 3n, num: 0n, den: 1n },
      all: { amount: largest, price: 3n, num: 1n, den: 1n },
      "no price": { amount: largest, price: 0n, num: 1n, den: 1n },
      "no amount": { amount: 0n, price: 5n, num: 3n, den: 4n },
      "the widest": { amount: largest, price: 1n, num: 2n ** 64n - 1n, den: 2n ** 98n - 1n },
      "almost all": { amount: largest, price: 1n, num: 2n ** 64n - 2n, den: 2n ** 64n - 1n },
    }),
    refused: [],
  },
  {
    name: "CanonicalLow250()",
    file,
    derived: [],
    free: [],
    accepted: cases({
      "0": { in: 0n },
      "1": { in: 1n },
      "2^250": { in: 2n ** 250n },
      "2^254 − q − 1": { in: 2n ** 254n - q - 1n },
      "2^254 − q": { in: 2n ** 254n - q },
    }),
    refused: cases({ "q − 1": { in: q - 1n } }),
  },
];

const good = settleSample(orderOf());
const goodPublic = settleSample(orderOf({ isPublic: true }));
const lie = (change: Case["inputs"], sample = good): Case["inputs"] =>
  replace(settleId, sample, settlePublic, change).inputs;
const next = (name: string): bigint => ((good.inputs[name] as bigint) + 1n) % q;
const sealed = good.inputs.sealed as readonly bigint[];
const full = { ...lock, amount: zero.map(() => largest), leafIndex: 2 ** 32 - 1 };

export const settle: Subject = {
  name: "settle",
  derived: [
    "root",
    "lockNullifier",
    "payoutLo",
    "payoutHi",
    "buyerCommitment",
    "restCommitment",
    "ephemeralX",
    "ephemeralY",
    "sealed",
  ],
  free: [inverseOfZero, zeroPoint],
  accepted: cases({
    "part to a buyer": good.inputs,
    "part to the public": goodPublic.inputs,
    "no claim, no key": settleSample(orderOf({ claim: 0n, buyerKey: { x: 0n, y: 0n }, buyerOwner: 0n })).inputs,
    "all, and more": settleSample(orderOf({ claim: total + 1n })).inputs,
    "exactly all": settleSample(orderOf({ claim: total, isPublic: true })).inputs,
    "one microdollar": settleSample(orderOf({ claim: 1n })).inputs,
    "the widest order on the largest note": settleSample(
      orderOf({ claim: 2n ** 64n - 1n, seizurePriceX64: zero.map(() => 2n ** 96n - 1n) }),
      full,
    ).inputs,
    "an empty note": settleSample(orderOf(), { ...lock, amount: zero, leafIndex: 0 }).inputs,
  }),
  refused: cases({
    "another root": lie({ root: 1n }),
    "another lock nullifier": lie({ lockNullifier: 1n }),
    "another domain": lie({ domain: lock.domain + 1n }),
    "a free note": settleSample(orderOf(), { ...lock, domain: 0n, controller: 0n }).inputs,
    "another claim": lie({ claim: orderOf().claim + 10n ** 9n }),
    "a claim of 2^64": lie({ claim: 2n ** 64n }),
    "isPublic = 2": lie({ isPublic: 2n }),
    "a payout beside a buyer's note": lie({ payoutLo: 1n }),
    "a payout in the upper word beside a buyer's note": lie({ payoutHi: 1n }),
    "another payout": lie({ payoutLo: (goodPublic.inputs.payoutLo as bigint) + 1n }, goodPublic),
    "a buyer's note beside a payout": lie({ buyerCommitment: good.inputs.buyerCommitment! }, goodPublic),
    "no buyer's note": lie({ buyerCommitment: 0n }),
    "another rest": lie({ restCommitment: next("restCommitment") }),
    "another buyer": lie({ buyerOwner: next("buyerOwner") }),
    "another ephemeral x": lie({ ephemeralX: next("ephemeralX") }),
    "another ephemeral y": lie({ ephemeralY: next("ephemeralY") }),
    ...Object.fromEntries(
      sealed.map((word, j) => [
        `another sealed word ${j}`,
        lie({ sealed: sealed.map((other, k) => (k === j ? (word + 1n) % q : other)) }),
      ]),
    ),
    "one unit of slot 1 as 2^63 of slot 0": lie({
      amount: [lock.amount[0]! + 2n ** 63n, lock.amount[1]! - 1n, ...lock.amount.slice(2)],
    }),
  }),
};
