import {
  haircut,
  lock,
  marginCase,
  marginId,
  marginPublic,
  marginSample,
  matrix,
  prices,
  replace,
} from "../../circuits/samples.ts";
import type { MarginCase, Sample } from "../../circuits/samples.ts";
import type { Inputs } from "../../circuits/harness.ts";
import { seal, subgroupOrder } from "../../reference/crypto.ts";
import { createRandom, divide, q } from "../../reference/field.ts";
import * as notes from "../../reference/notes.ts";
import { covers, largestCoverage, packHaircuts, packRisk } from "../../reference/risk.ts";
import { fails, holds, lies, proves } from "../suite.ts";
import type { Statement, Suite } from "../suite.ts";

const random = createRandom(6406);
const zero = Array.from({ length: 8 }, () => 0n);
/** X64: a value is its own amount. */
const one = zero.map(() => 2n ** 64n);
const noRisk = zero.map(() => zero);
const full = zero.map(() => 10_000n);
const large = 2n ** 64n - 1n;

interface Basket {
  readonly value: readonly bigint[];
  readonly haircut: readonly bigint[];
  readonly risk: readonly (readonly bigint[])[];
}

const symmetric = (entry: (i: number, j: number) => bigint): bigint[][] => {
  const upper = zero.map((_, i) => zero.map((__, j) => (j >= i ? entry(i, j) : 0n)));
  return upper.map((row, i) => row.map((_, j) => (j >= i ? upper[i]![j]! : upper[j]![i]!)));
};

const baskets: readonly Basket[] = [
  { value: lock.amount, haircut, risk: matrix },
  { value: lock.amount, haircut, risk: noRisk },
  { value: zero.map(() => large), haircut: full, risk: noRisk },
  { value: zero.map(() => large), haircut: full, risk: symmetric(() => 99_999_999n) },
  { value: zero, haircut, risk: matrix },
  ...zero.map((_, i) => ({ value: notes.single(i, 10n ** 12n), haircut, risk: matrix })),
  // One entry of the matrix at a time.
  ...zero.flatMap((_, i) =>
    zero.slice(i).map((__, k) => ({
      value: zero.map(() => 10n ** 9n + random(20)),
      haircut: full,
      risk: symmetric((r, c) => (r === i && c === i + k ? 10_000_000n : 0n)),
    })),
  ),
  ...Array.from({ length: 4 }, () => ({
    value: zero.map(() => random(60)),
    haircut: zero.map(() => random(13)),
    risk: symmetric(() => random(24)),
  })),
];

function covering({ value, haircut: h, risk }: Basket, coverage: bigint): Statement {
  const given = { value, haircutsPacked: packHaircuts(h), riskPacked: packRisk(risk), coverage };
  const says = `${coverage} covered by ${value.join(", ")}`;
  const isTrue = coverage < 2n ** 64n && coverage >= 0n && covers(value, one, h, risk, coverage);
  return isTrue ? holds(says, given) : fails(says, given);
}

const packed = (change: Inputs): Statement =>
  fails(`${Object.keys(change)[0]} too wide`, {
    ...{ value: lock.amount, haircutsPacked: packHaircuts(haircut), riskPacked: packRisk(noRisk), coverage: 0n },
    ...change,
  });

function coversStatements(): Statement[] {
  return [
    ...baskets.flatMap((basket) => {
      const most = largestCoverage(basket.value, one, basket.haircut, basket.risk);
      return [0n, most, most + 1n, 2n ** 64n - 1n, 2n ** 64n].map((coverage) => covering(basket, coverage));
    }),
    // V far above 10^4·2^64, so that only M's own width is in the way of the first two.
    ...[2n ** 64n, 2n ** 64n + 1n, divide(1n, 10_000n), q - 1n, q - 10n ** 9n].map((coverage) =>
      fails(`M = ${coverage}`, {
        value: zero.map(() => large),
        haircutsPacked: packHaircuts(full),
        riskPacked: packRisk(noRisk),
        coverage,
      }),
    ),
    packed({ haircutsPacked: 2n ** 128n }),
    packed({ haircutsPacked: q - 1n }),
    ...[0, 1, 2, 3].map((w) => packed({ riskPacked: [0n, 0n, 0n, 0n].with(w, 2n ** 252n) })),
  ];
}

const note = { ...lock, leafIndex: 2 };
const sample = (change: Partial<MarginCase> = {}): Sample => marginSample(marginCase({ note, ...change }), 1);

/** A lock nullifier with the sealed words that follow from it. */
function under(lockNullifier: bigint): Inputs {
  const { ephemeralSecret, trustee } = marginCase();
  const [lo, hi] = notes.packAmounts(note.amount);
  const message = [lo, hi, note.blinding, note.owner, BigInt(note.leafIndex)];
  return { lockNullifier, sealed: seal(ephemeralSecret, trustee, lockNullifier, message).sealed };
}

function marginStatements(): Statement[] {
  const good = sample();
  const lie = (says: string, change: Inputs): Statement => lies(says, replace(marginId, good, marginPublic, change));
  const next = (name: string): bigint => ((good.inputs[name] as bigint) + 1n) % q;
  const sealed = good.inputs.sealed as bigint[];
  const most = largestCoverage(note.amount, prices, haircut, matrix);
  const other = sample({ ephemeralSecret: 7n }).inputs;
  return [
    proves("a lock covers M", good),
    proves("the largest M", sample({ coverage: most })),
    proves("M = 0 at no floors", sample({ coverage: 0n, floorX64: zero })),
    proves("the largest ephemeral secret", sample({ ephemeralSecret: 2n ** 251n - 1n })),
    lies("M + 1", sample({ coverage: most + 1n })),
    lies("a free note", sample({ note: { ...note, domain: 0n, controller: 0n } })),
    lies("an ephemeral secret of 0", sample({ ephemeralSecret: 0n })),
    lies("an ephemeral secret of the group order", sample({ ephemeralSecret: subgroupOrder })),
    lie("an ephemeral secret of 2^251", { ephemeralSecret: 2n ** 251n }),
    ...["root", "lockNullifier", "domain", "controller", "ephemeralX", "ephemeralY"].map((name) =>
      lie(`another ${name}`, { [name]: next(name) }),
    ),
    ...["owner", "blinding", "leafIndex"].map((name) => lie(`another ${name}`, { [name]: next(name) })),
    ...sealed.map((_, j) => lie(`another sealed word ${j}`, { sealed: sealed.with(j, 1n) })),
    lie("another lockNullifier, and what is sealed under it", under(next("lockNullifier"))),
    lie("sealed to another key", { trusteeX: other.ephemeralX!, trusteeY: other.ephemeralY! }),
    ...note.amount.map((amount, i) => lie(`one more in slot ${i}`, { amount: note.amount.with(i, amount + 1n) })),
    lie("a unit of slot 1 opened as 2^63 of slot 0", {
      amount: note.amount.with(0, note.amount[0]! + 2n ** 63n).with(1, note.amount[1]! - 1n),
    }),
    lie("a position beyond the tree", { leafIndex: 6n, lockNullifier: notes.lockNullifier(note.blinding, 6n) }),
  ];
}

export const marginSuites: readonly Suite[] = [
  { name: "Covers", component: { file: "margin.circom", call: "Covers()" }, statements: coversStatements },
  {
    name: "Margin",
    component: { file: "margin.circom", call: "Margin(1, 4)" },
    statements: marginStatements,
    derived: ["root", "lockNullifier", "ephemeralX", "ephemeralY", "sealed"],
    searched: 0,
  },
];
