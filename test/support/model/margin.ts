import { callerKeeps, fits, judge } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";
import { generatesSubgroup, l } from "./jub.ts";
import { climb, lockNullifier, note, pack, precommitment } from "./lock.ts";
import { sealed } from "./seal.ts";

/** MARGIN (design §4): public values in order. */
export interface MarginValues {
  readonly root: bigint;
  readonly lockNullifier: bigint;
  readonly domain: bigint;
  readonly controller: bigint;
  readonly coverage: bigint;
  readonly floorX64: readonly bigint[];
  readonly haircutsPacked: bigint;
  readonly riskPacked: readonly bigint[];
  readonly trusteeX: bigint;
  readonly trusteeY: bigint;
  readonly ephemeralX: bigint;
  readonly ephemeralY: bigint;
  readonly sealed: readonly bigint[];
  readonly ext: bigint;
}

export interface MarginSecrets {
  readonly amount: readonly bigint[];
  readonly owner: bigint;
  readonly blinding: bigint;
  readonly leafIndex: bigint;
  readonly sibling: readonly (readonly bigint[])[];
  readonly ephemeralSecret: bigint;
}

/** V and vᵀQv of a basket, or of its lanes where a word is too wide. */
export function exposure(value: readonly bigint[], haircutsPacked: bigint, riskPacked: readonly bigint[]) {
  const haircut = value.map((_, i) => (haircutsPacked >> BigInt(16 * i)) & 0xffffn);
  const entries = riskPacked.flatMap((word) =>
    Array.from({ length: 9 }, (_, k) => (word >> BigInt(28 * k)) & 0xfff_ffffn),
  );
  // The 36 entries are the upper triangle, row by row; the sum is over the full symmetric matrix.
  const matrix: bigint[][] = Array.from({ length: 8 }, () => []);
  for (let i = 0, k = 0; i < 8; i++) for (let j = i; j < 8; j++) matrix[i]![j] = matrix[j]![i] = entries[k++]!;
  let variance = 0n;
  for (let i = 0; i < 8; i++) for (let j = 0; j < 8; j++) variance += value[i]! * value[j]! * matrix[i]![j]!;
  return { haircutValue: value.reduce((sum, v, i) => sum + v * haircut[i]!, 0n), variance };
}

/** Which clauses of the statement fail. */
export function judgeMargin(values: MarginValues, secrets: MarginSecrets): Verdict {
  const trustee = { x: values.trusteeX, y: values.trusteeY };
  callerKeeps(
    values.floorX64.every((floor) => fits(floor, 96)),
    "floors of 96 bits or more",
  );
  callerKeeps(
    fits(values.domain, 248) && fits(values.controller, 160) && fits(values.ext, 248),
    "a domain, controller or ext that is too wide",
  );
  callerKeeps(generatesSubgroup(trustee), "a trustee's key that does not generate the subgroup");

  const { amount, owner, blinding, leafIndex, sibling, ephemeralSecret: e } = secrets;
  const commitment = note(precommitment(owner, blinding), amount, values.domain, values.controller);
  const value = amount.map((a, i) => (a * values.floorX64[i]!) >> 64n);
  const { haircutValue, variance } = exposure(value, values.haircutsPacked, values.riskPacked);
  const headroom = haircutValue - 10_000n * values.coverage;
  const opening = sealed(e, trustee, values.lockNullifier, [...pack(amount), blinding, owner, leafIndex]);

  return judge([
    [amount.every((a) => fits(a, 63)), "amount"],
    [values.domain !== 0n, "domain"],
    [fits(leafIndex, 2 * sibling.length), "leafIndex"],
    [climb(commitment, leafIndex, sibling) === values.root, "membership"],
    [lockNullifier(blinding, leafIndex) === values.lockNullifier, "nullifier"],
    [value.every((v) => fits(v, 64)), "value"],
    [fits(values.coverage, 64), "coverage"],
    [fits(values.haircutsPacked, 128), "haircuts"],
    [values.riskPacked.every((word) => fits(word, 252)), "risk"],
    [headroom >= 0n, "shortfall"],
    [headroom < 0n || headroom * headroom >= variance, "variance"],
    [fits(e, 251) && e % l !== 0n, "ephemeralSecret"],
    [opening.ephemeral.x === values.ephemeralX && opening.ephemeral.y === values.ephemeralY, "ephemeral"],
    [opening.words.every((word, j) => word === values.sealed[j]), "sealed"],
  ]);
}
