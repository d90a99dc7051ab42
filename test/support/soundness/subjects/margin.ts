import {
  lock,
  marginCase,
  marginId,
  marginPublic,
  marginSample,
  matrix,
  haircut,
  prices,
  replace,
} from "../../circuits/samples.ts";
import { subgroupOrder } from "../../reference/crypto.ts";
import { q } from "../../reference/field.ts";
import { largestCoverage, packHaircuts, packRisk } from "../../reference/risk.ts";
import { cases } from "../subject.ts";
import type { Case, Subject } from "../subject.ts";

const zero = Array.from({ length: 8 }, () => 0n);
const noRisk = zero.map(() => zero);
const most = largestCoverage(lock.amount, prices, haircut, matrix);
const value = lock.amount.map((amount, i) => (amount * prices[i]!) >> 64n);
const covering = { value, haircutsPacked: packHaircuts(haircut), riskPacked: packRisk(matrix), coverage: most };

const covers: Subject = {
  name: "Covers()",
  file: "margin.circom",
  derived: [],
  free: [],
  accepted: cases({
    "the largest coverage": covering,
    nothing: { value: zero, haircutsPacked: 0n, riskPacked: packRisk(noRisk), coverage: 0n },
    "the widest": {
      value: zero.map(() => 2n ** 64n - 1n),
      haircutsPacked: 2n ** 128n - 1n,
      riskPacked: packRisk(noRisk),
      coverage: 2n ** 64n - 1n,
    },
    "full risk words on nothing": {
      value: zero,
      haircutsPacked: 2n ** 128n - 1n,
      riskPacked: [1, 2, 3, 4].map(() => 2n ** 252n - 1n),
      coverage: 0n,
    },
  }),
  refused: cases({
    "one more": { ...covering, coverage: most + 1n },
    "a negative headroom whose square is enough": { ...covering, riskPacked: packRisk(noRisk), coverage: 2n ** 63n },
    "a coverage of 2^64": { ...covering, coverage: 2n ** 64n },
    "a coverage of q − 1": { ...covering, coverage: q - 1n },
    "a haircut word of 129 bits": { ...covering, coverage: 0n, haircutsPacked: 2n ** 128n },
    "a risk word of 253 bits": { ...covering, coverage: 0n, riskPacked: [0n, 0n, 0n, 2n ** 252n] },
  }),
};

const good = marginSample(marginCase());
const lie = (change: Case["inputs"]): Case["inputs"] => replace(marginId, good, marginPublic, change).inputs;
const next = (name: string): bigint => ((good.inputs[name] as bigint) + 1n) % q;
const sealed = good.inputs.sealed as readonly bigint[];
const full = { ...lock, amount: zero.map(() => 2n ** 63n - 1n), leafIndex: 2 ** 32 - 1 };
const fits = zero.map(() => 2n ** 65n + 4n);

export const margin: Subject = {
  name: "margin",
  derived: ["root", "lockNullifier", "ephemeralX", "ephemeralY", "sealed"],
  free: [],
  accepted: cases({
    "a lock under a full matrix": good.inputs,
    "no floors, no coverage": marginSample(
      marginCase({ coverage: 0n, floorX64: zero, haircutsPacked: 0n, riskPacked: zero.slice(4) }),
    ).inputs,
    "nothing in the note": marginSample(
      marginCase({ note: { ...lock, amount: zero, leafIndex: 0 }, coverage: 0n, ephemeralSecret: 1n }),
    ).inputs,
    "all full": marginSample(
      marginCase({
        note: full,
        floorX64: fits,
        haircutsPacked: packHaircuts(zero.map(() => 10_000n)),
        riskPacked: packRisk(noRisk),
        coverage: 2n ** 64n - 1n,
        ephemeralSecret: 2n ** 251n - 1n,
      }),
    ).inputs,
  }),
  refused: cases({
    "M of 2^64": lie({ coverage: 2n ** 64n }),
    "another root": lie({ root: 1n }),
    "another domain": lie({ domain: lock.domain + 1n }),
    "another controller": lie({ controller: lock.controller + 1n }),
    "a free note": marginSample(marginCase({ note: { ...lock, domain: 0n, controller: 0n } })).inputs,
    "another lock nullifier": lie({ lockNullifier: 1n }),
    "one unit of slot 1 as 2^63 of slot 0": lie({
      amount: [lock.amount[0]! + 2n ** 63n, lock.amount[1]! - 1n, ...lock.amount.slice(2)],
    }),
    "another owner": lie({ owner: 1n }),
    "another ephemeral x": lie({ ephemeralX: next("ephemeralX") }),
    "another ephemeral y": lie({ ephemeralY: next("ephemeralY") }),
    ...Object.fromEntries(
      sealed.map((word, j) => [
        `another sealed word ${j}`,
        lie({ sealed: sealed.map((other, k) => (k === j ? (word + 1n) % q : other)) }),
      ]),
    ),
    "an ephemeral secret of 2^251": lie({ ephemeralSecret: 2n ** 251n }),
    "an ephemeral secret of 0": marginSample(marginCase({ ephemeralSecret: 0n })).inputs,
    "an ephemeral secret of the group order": marginSample(marginCase({ ephemeralSecret: subgroupOrder })).inputs,
    "a value of 2^64": marginSample(marginCase({ note: full, floorX64: zero.map(() => 2n ** 65n + 5n), coverage: 1n }))
      .inputs,
  }),
};

export const marginTemplates: Subject[] = [covers];
