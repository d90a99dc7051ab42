import { poseidon, tag } from "../reference/crypto.ts";
import { mod } from "../reference/field.ts";
import { generatesSubgroup } from "./jub.ts";
import { climb, lockNullifier, note, pack, precommitment } from "./lock.ts";
import { sealed } from "./seal.ts";
import { callerKeeps, fits, judge } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** SETTLE (SET-1, SET-2): public values in order. */
export interface SettleValues {
  readonly root: bigint;
  readonly lockNullifier: bigint;
  readonly domain: bigint;
  readonly claim: bigint;
  readonly seizurePriceX64: readonly bigint[];
  readonly isPublic: bigint;
  readonly buyerOwner: bigint;
  readonly buyerKeyX: bigint;
  readonly buyerKeyY: bigint;
  readonly payoutLo: bigint;
  readonly payoutHi: bigint;
  readonly buyerCommitment: bigint;
  readonly restCommitment: bigint;
  readonly ephemeralX: bigint;
  readonly ephemeralY: bigint;
  readonly sealed: readonly bigint[];
}

export interface SettleSecrets {
  readonly amount: readonly bigint[];
  readonly owner: bigint;
  readonly blinding: bigint;
  readonly controller: bigint;
  readonly leafIndex: bigint;
  readonly sibling: readonly (readonly bigint[])[];
}

/** SET-1: what a claim takes of each slot. */
export function split(amount: readonly bigint[], priceX64: readonly bigint[], claim: bigint) {
  const total = amount.reduce((sum, a, i) => sum + (a * priceX64[i]!) / 2n ** 64n, 0n);
  const take = (a: bigint): bigint => {
    if (claim === 0n) return 0n;
    if (claim >= total) return a;
    // The smallest whole number that is not below a·claim / total.
    const floor = (a * claim) / total;
    return floor * total === a * claim ? floor : floor + 1n;
  };
  const seized = amount.map((a, i) => (priceX64[i] === 0n ? 0n : take(a)));
  return { total, seized, rest: amount.map((a, i) => a - seized[i]!) };
}

type Order = Pick<SettleValues, "claim" | "seizurePriceX64" | "isPublic" | "buyerOwner" | "buyerKeyX" | "buyerKeyY">;
type Outputs = Pick<
  SettleValues,
  "payoutLo" | "payoutHi" | "buyerCommitment" | "restCommitment" | "ephemeralX" | "ephemeralY" | "sealed"
>;

/** All that an order fixes on a lock (SET-2). */
export function outputs(order: Order, N: bigint, { amount, owner, blinding }: SettleSecrets): Outputs {
  const { seized, rest } = split(amount, order.seizurePriceX64, order.claim);
  const [lo, hi] = pack(seized);
  const restCommitment = note(precommitment(owner, poseidon(tag.rest, blinding)), rest.map(mod));
  const [payoutLo, payoutHi] = order.isPublic === 1n ? [lo, hi] : [0n, 0n];
  if (order.claim === 0n || order.isPublic === 1n) {
    const none = { buyerCommitment: 0n, ephemeralX: 0n, ephemeralY: 0n, sealed: [0n, 0n, 0n] };
    return { payoutLo, payoutHi, restCommitment, ...none };
  }
  const seizedBlinding = poseidon(tag.seized, blinding);
  const buyerKey = { x: order.buyerKeyX, y: order.buyerKeyY };
  const opening = sealed(ephemeralSecret(blinding), buyerKey, N, [lo, hi, seizedBlinding]);
  return {
    payoutLo,
    payoutHi,
    restCommitment,
    buyerCommitment: note(precommitment(order.buyerOwner, seizedBlinding), seized),
    ephemeralX: opening.ephemeral.x,
    ephemeralY: opening.ephemeral.y,
    sealed: opening.words,
  };
}

function ephemeralSecret(blinding: bigint): bigint {
  return poseidon(tag.seizedEphemeral, blinding) % 2n ** 250n;
}

/**
 * Which clauses of the statement fail. One thing the circuit refuses is left out: a blinding whose ephemeral seed shares its upper
 * 126 bits with q's. It is one in 2^126, and test/circuits/hints.test.ts holds that refusal.
 */
export function judgeSettle(values: SettleValues, secrets: SettleSecrets): Verdict {
  const { claim, isPublic, seizurePriceX64 } = values;
  const key = { x: values.buyerKeyX, y: values.buyerKeyY };
  callerKeeps(
    seizurePriceX64.every((price) => fits(price, 96)),
    "seizure prices of 96 bits or more",
  );
  callerKeeps(fits(values.domain, 248), "a domain of more than 248 bits");
  callerKeeps(
    claim === 0n || isPublic !== 0n || generatesSubgroup(key),
    "a buyer's key that does not generate the subgroup",
  );

  const { amount, owner, blinding, controller, leafIndex, sibling } = secrets;
  const commitment = note(precommitment(owner, blinding), amount, values.domain, controller);
  const inRange = amount.every((a) => fits(a, 63));
  const boundaries = inRange && fits(claim, 64) && isPublic < 2n;
  const expected = boundaries ? outputs(values, values.lockNullifier, secrets) : undefined;
  const same = (...names: (keyof Outputs)[]): boolean =>
    expected === undefined || names.every((name) => String(expected[name]) === String(values[name]));

  return judge([
    [inRange, "amount"],
    [values.domain !== 0n, "domain"],
    [fits(leafIndex, 2 * sibling.length), "leafIndex"],
    [climb(commitment, leafIndex, sibling) === values.root, "membership"],
    [lockNullifier(blinding, leafIndex) === values.lockNullifier, "nullifier"],
    [fits(claim, 64), "claim"],
    [isPublic === 0n || isPublic === 1n, "isPublic"],
    [same("restCommitment"), "rest"],
    [same("payoutLo", "payoutHi"), "payout"],
    [same("buyerCommitment"), "buyer"],
    [same("ephemeralX", "ephemeralY"), "ephemeral"],
    [same("sealed"), "sealed"],
  ]);
}
