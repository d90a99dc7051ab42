import fc from "fast-check";
import type { Arbitrary } from "fast-check";

import { q } from "../reference/field.ts";
import {
  amount,
  badAmount,
  badLeafIndex,
  below,
  change,
  changes,
  element,
  leafIndex,
  seldom,
  siblings,
} from "./arbitraries.ts";
import type { Change } from "./arbitraries.ts";
import { commitment, flat } from "./digest.ts";
import { add, base8, generator, identity, l, multiply } from "./jub.ts";
import type { Point } from "./jub.ts";
import { climb, note, pack, spendNullifier } from "./lock.ts";
import { challenge, spentNote, transactId } from "./transact.ts";
import type { TransactSecrets, TransactValues } from "./transact.ts";

export interface TransactClaim {
  readonly values: TransactValues;
  readonly secrets: TransactSecrets;
}

/** What each slot does: in and out, balanced unless `off` says otherwise. */
const slot = fc
  .record({
    total: fc.oneof({ weight: 2, arbitrary: fc.constant(0n) }, { weight: 3, arbitrary: amount }),
    first: fc.nat(1000),
    out: fc.nat(1000),
    withdrawn: fc.nat(3),
  })
  .map(({ total, first, out, withdrawn }) => {
    const [in0, out0] = [first, out].map((part) => (total * BigInt(part)) / 1000n) as [bigint, bigint];
    const rest = total - out0;
    const withdraw = withdrawn === 0 ? rest : withdrawn === 1 ? rest / 2n : 0n;
    return { in: [in0, total - in0], out: [out0, rest - withdraw], withdraw };
  });

/** Two largest notes at once: 2^64 − 2 in a slot. */
const fullSlot = fc.constantFrom(0, 1).map((which) => {
  const largest = 2n ** 63n - 1n;
  return {
    in: [largest, largest],
    out: which === 0 ? [largest, largest] : [largest, 0n],
    withdraw: which === 0 ? 0n : largest,
  };
});

type Slots = readonly { readonly in: readonly bigint[]; readonly out: readonly bigint[]; readonly withdraw: bigint }[];

const slots: Arbitrary<Slots> = fc.oneof(
  // Two dummies: nothing in, nothing out.
  {
    weight: 1,
    arbitrary: fc.constant(Array.from({ length: 8 }, () => ({ in: [0n, 0n], out: [0n, 0n], withdraw: 0n }))),
  },
  { weight: 4, arbitrary: fc.array(slot, { minLength: 8, maxLength: 8 }) },
  { weight: 1, arbitrary: fc.array(fullSlot, { minLength: 8, maxLength: 8 }) },
  // One real input.
  {
    weight: 2,
    arbitrary: fc
      .array(slot, { minLength: 8, maxLength: 8 })
      .map((all) => all.map((one) => ({ ...one, in: [one.in[0]! + one.in[1]!, 0n] }))),
  },
);

/** What is done to the amounts before everything is computed from them. */
type Cheat = {
  readonly at: number;
  readonly what: "in0" | "in1" | "out0" | "out1" | "withdraw";
  readonly value: bigint;
  readonly balances: boolean;
};
const cheat: Arbitrary<Cheat> = fc.record({
  at: fc.nat(7),
  what: fc.constantFrom("in0", "in1", "out0", "out1", "withdraw"),
  value: fc.oneof(badAmount, amount, fc.constant(q - 5n)),
  balances: fc.boolean(),
});

function cheated(all: Slots, { at, what, value, balances }: Cheat): Slots {
  return all.map((one, i) => {
    if (i !== at) return one;
    const [in0, in1, out0, out1] = [one.in[0]!, one.in[1]!, one.out[0]!, one.out[1]!];
    const next = { in0, in1, out0, out1, withdraw: one.withdraw, [what]: value };
    // In the field the books balance: what one side has too much is "returned" by another.
    const missing = next.in0 + next.in1 - next.out0 - next.withdraw;
    if (balances && what !== "out1") next.out1 = ((missing % q) + q) % q;
    return { in: [next.in0, next.in1], out: [next.out0, next.out1], withdraw: next.withdraw };
  });
}

const outs = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ domain: 0n, controller: 0n }) },
  {
    weight: 8,
    arbitrary: fc.record({
      domain: fc.oneof(
        fc.constantFrom(1n, 2n ** 160n - 1n, 2n ** 160n, 2n ** 248n - 1n),
        fc.bigInt({ min: 1n, max: 2n ** 248n - 1n }),
      ),
      controller: fc.oneof(fc.constantFrom(1n, 2n ** 160n - 1n), fc.bigInt({ min: 1n, max: 2n ** 160n - 1n })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { domain: 0n, controller: 1n },
      { domain: 1n, controller: 0n },
      { domain: 2n ** 248n, controller: 1n },
      { domain: q - 1n, controller: 1n },
      { domain: 1n, controller: 2n ** 160n },
      { domain: 5n, controller: q - 1n },
    ),
  },
);

type Forgery =
  | {
      readonly kind:
        "none" | "S + l" | "S + 2l" | "−S" | "another key" | "another message" | "R8 off the curve" | "A off the curve";
    }
  | { readonly kind: "small A" | "small R8" | "A + small" | "R8 + small"; readonly k: bigint };
const forgery: Arbitrary<Forgery> = fc.oneof(
  { weight: 22, arbitrary: fc.constant<Forgery>({ kind: "none" }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Forgery>(
      ...(
        ["S + l", "S + 2l", "−S", "another key", "another message", "R8 off the curve", "A off the curve"] as const
      ).map((kind) => ({ kind })),
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom("small A", "small R8", "A + small", "R8 + small"), fc.bigInt({ min: 1n, max: 7n }))
      .map(([kind, k]): Forgery => ({ kind, k })),
  },
);

const orderEight = multiply(generator, l);
const names = [
  ...["root", "nullifier", "outCommitment", "ext"],
  ...["inNullifyingKey", "inBlinding", "inAmount", "inLeafIndex", "inSibling", "outPre", "outAmount", "withdrawAmount"],
  ...["outDomain", "outController", "signatureR8x", "signatureR8y", "signatureS", "spendingKeyX", "spendingKeyY"],
];

/** A claimed statement: about half are true, the others mostly fail in one clause. */
export function transactClaims(levels: number): Arbitrary<TransactClaim> {
  const chosen = fc.record({
    slots,
    cheat: seldom<Cheat | null>(fc.constant(null), cheat, 7),
    secret: fc.bigInt({ min: 1n, max: l - 1n }),
    nonce: fc.bigInt({ min: 1n, max: l - 1n }),
    forgery,
    nullifyingKey: fc.tuple(element, element),
    blinding: fc.tuple(element, element),
    leafIndex: fc.tuple(seldom(leafIndex(levels), badLeafIndex(levels), 40), leafIndex(levels)),
    sibling: siblings(levels),
    dummySibling: siblings(levels),
    twice: seldom(fc.constant(false), fc.constant(true), 12),
    pre: fc.tuple(element, element),
    outs: fc.tuple(outs, outs),
    ext: below(248),
    changed: seldom<readonly Change[]>(fc.constant([]), fc.array(changes(names), { minLength: 1, maxLength: 2 }), 5),
    afterSigning: fc.boolean(),
  });
  return chosen.map(claimed);
}

type Chosen = {
  readonly slots: Slots;
  readonly cheat: Cheat | null;
  readonly secret: bigint;
  readonly nonce: bigint;
  readonly forgery: Forgery;
  readonly nullifyingKey: readonly [bigint, bigint];
  readonly blinding: readonly [bigint, bigint];
  readonly leafIndex: readonly [bigint, bigint];
  readonly sibling: readonly (readonly bigint[])[];
  readonly dummySibling: readonly (readonly bigint[])[];
  readonly twice: boolean;
  readonly pre: readonly [bigint, bigint];
  readonly outs: readonly [{ domain: bigint; controller: bigint }, { domain: bigint; controller: bigint }];
  readonly ext: bigint;
  readonly changed: readonly Change[];
  readonly afterSigning: boolean;
};

function claimed(chosen: Chosen): TransactClaim {
  const all = chosen.cheat === null ? chosen.slots : cheated(chosen.slots, chosen.cheat);
  const inAmount = [0, 1].map((k) => all.map((one) => one.in[k]!));
  const outAmount = [0, 1].map((k) => all.map((one) => one.out[k]!));
  const { blinding, nullifyingKey, leafIndex: index, pre, outs: out } = chosen;
  const signer = signerOf(chosen);
  const isReal = (k: number): boolean => inAmount[k]!.some((a) => a !== 0n);
  const unsigned: TransactSecrets = {
    spendingKeyX: signer.key.x,
    spendingKeyY: signer.key.y,
    inNullifyingKey: nullifyingKey,
    inBlinding: blinding,
    inAmount,
    inLeafIndex: index,
    // The second real input lies beside the first, or in its place.
    inSibling: [chosen.sibling, chosen.dummySibling],
    outPre: pre,
    outAmount,
    outDomain: out.map((one) => one.domain),
    outController: out.map((one) => one.controller),
    withdrawAmount: all.map((one) => one.withdraw),
    signatureR8x: 0n,
    signatureR8y: 0n,
    signatureS: 0n,
  };
  const placed = together(unsigned, chosen, isReal(0) && isReal(1));
  const commitments = [0, 1].map((k) => spentNote(placed, k));
  const first = isReal(0) || !isReal(1) ? 0 : 1;
  const [withdrawLo, withdrawHi] = pack(placed.withdrawAmount);
  const values: TransactValues = {
    root: climb(commitments[first]!, placed.inLeafIndex[first]!, placed.inSibling[first]!),
    nullifier: [0, 1].map((k) => spendNullifier(placed.inNullifyingKey[k]!, commitments[k]!, placed.inLeafIndex[k]!)),
    outCommitment: [0, 1].map((k) => note(pre[k]!, outAmount[k]!, out[k]!.domain, out[k]!.controller)),
    withdrawLo: withdrawLo % 2n ** 252n,
    withdrawHi: withdrawHi % 2n ** 252n,
    ext: chosen.ext,
  };
  const before = { values, secrets: placed };
  const inTime = chosen.afterSigning ? before : chosen.changed.reduce(changedClaim, before);
  const signed = { ...inTime, secrets: { ...inTime.secrets, ...signature(chosen, signer, inTime.values) } };
  return chosen.afterSigning ? chosen.changed.reduce(changedClaim, signed) : signed;
}

/** Paths of two notes under one root: in one family of four, or the very same note twice. */
function together(secrets: TransactSecrets, chosen: Chosen, both: boolean): TransactSecrets {
  if (!both) return secrets;
  if (chosen.twice) {
    const same = <T>([one]: readonly T[]): readonly [T, T] => [one!, one!];
    const inAmount = [secrets.inAmount[0]!, secrets.inAmount[0]!];
    return {
      ...secrets,
      inNullifyingKey: same(secrets.inNullifyingKey),
      inBlinding: same(secrets.inBlinding),
      inLeafIndex: same(secrets.inLeafIndex),
      inSibling: same(secrets.inSibling),
      inAmount,
      outAmount: [secrets.inAmount[0]!, secrets.inAmount[0]!],
      withdrawAmount: secrets.withdrawAmount.map(() => 0n),
    };
  }
  const notes = [0, 1].map((k) => spentNote(secrets, k));
  const index = secrets.inLeafIndex[0]!;
  const digit = Number(index % 4n);
  const place = (digit + 1) % 4;
  const others = secrets.inSibling[0]![0]!.slice(1);
  const family = (own: number, at: number, other: bigint): bigint[] => {
    const children = Array.from<bigint | undefined>({ length: 4 });
    children[at] = other;
    let next = 0;
    for (let i = 0; i < 4; i++) if (i !== own && i !== at) children[i] = others[next++]!;
    return children.filter((_, i) => i !== own) as bigint[];
  };
  const above = secrets.inSibling[0]!.slice(1);
  return {
    ...secrets,
    inLeafIndex: [index, index - BigInt(digit) + BigInt(place)],
    inSibling: [
      [family(digit, place, notes[1]!), ...above],
      [family(place, digit, notes[0]!), ...above],
    ],
  };
}

type Signer = { readonly key: Point; readonly shift: Point };

function signerOf({ secret, forgery: { kind, ...rest } }: Chosen): Signer {
  const shift = "k" in rest ? multiply(orderEight, rest.k) : identity;
  const own = multiply(base8, secret);
  if (kind === "small A") return { key: shift, shift };
  if (kind === "A + small") return { key: add(own, shift), shift };
  if (kind === "A off the curve") return { key: { ...own, x: (own.x + 1n) % q }, shift };
  return { key: own, shift };
}

function signature({ secret, nonce, forgery: { kind } }: Chosen, { key, shift }: Signer, values: TransactValues) {
  const c = commitment(transactId, flat(Object.values(values) as bigint[]));
  const own = multiply(base8, nonce);
  const r8 = kind === "small R8" ? shift : kind === "R8 + small" ? add(own, shift) : own;
  const h = challenge(r8, key, kind === "another message" ? (c + 1n) % q : c);
  const scalar = kind === "another key" ? secret + 1n : kind === "small A" ? 0n : secret;
  const s = ((kind === "small R8" ? 0n : nonce) + 8n * h * scalar) % l;
  const changed = { "S + l": s + l, "S + 2l": s + 2n * l, "−S": l - s };
  const y = kind === "R8 off the curve" ? (r8.y + 1n) % q : r8.y;
  return {
    signatureR8x: r8.x,
    signatureR8y: y,
    signatureS: kind in changed ? changed[kind as keyof typeof changed] : s,
  };
}

function changedClaim(claim: TransactClaim, changed: Change): TransactClaim {
  if (!(changed.name in claim.values)) return { ...claim, secrets: change(claim.secrets, changed) };
  const values = change(claim.values, changed);
  // A wider ext is the caller's to refuse.
  return { ...claim, values: { ...values, ext: values.ext % 2n ** 248n } };
}
