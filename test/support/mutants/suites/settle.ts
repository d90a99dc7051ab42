import { lock, orderOf, prices, replace, settleId, settlePublic, settleSample } from "../../circuits/samples.ts";
import type { Sample } from "../../circuits/samples.ts";
import type { Inputs } from "../../circuits/harness.ts";
import { base8, poseidon, tag } from "../../reference/crypto.ts";
import { createRandom, divideUp, q } from "../../reference/field.ts";
import * as notes from "../../reference/notes.ts";
import { seize } from "../../reference/settlement.ts";
import type { Order } from "../../reference/settlement.ts";
import { fails, holds, lies, proves } from "../suite.ts";
import type { Statement, Suite } from "../suite.ts";

const file = "settle.circom";
const random = createRandom(6407);
const zero = Array.from({ length: 8 }, () => 0n);
const [claimEnd, totalEnd] = [2n ** 64n, 2n ** 98n];

/** (num, den) as the statement has them. */
function share(claim: bigint, total: bigint): Statement {
  const says = `a claim of ${claim} on ${total}`;
  if (claim >= claimEnd || total >= totalEnd) return fails(says, { claim, total });
  const outputs = claim === 0n ? [0n, 1n, 1n] : claim >= total ? [1n, 1n, 0n] : [claim, total, 0n];
  return holds(says, { claim, total }, outputs);
}

function shares(): Statement[] {
  const claims = [0n, 1n, 1000n, claimEnd - 1n, claimEnd, claimEnd + 1n, q - 1n];
  const totals = [0n, 1n, 999n, 1000n, 1001n, claimEnd - 1n, claimEnd, totalEnd - 1n, totalEnd, totalEnd + 1n, q - 1n];
  return claims.flatMap((claim) => totals.map((total) => share(claim, total)));
}

const seizing = (amount: bigint, price: bigint, num: bigint, den: bigint): Statement =>
  holds(`⌈${amount}·${num} / ${den}⌉ at ${price}`, { amount, price, num, den }, [
    price === 0n ? 0n : divideUp(amount * num, den),
  ]);

function seizures(): Statement[] {
  const largest = 2n ** 63n - 1n;
  return [
    ...[0n, 1n, 999n, 1000n, largest].flatMap((amount) => [
      seizing(amount, 1n, 0n, 1n),
      seizing(amount, 1n, 1n, 1n),
      seizing(amount, 0n, 1n, 1n),
      seizing(amount, 0n, 77n, 100n),
      seizing(amount, 2n ** 96n - 1n, 77n, 100n),
      seizing(amount, 1n, 1n, totalEnd - 1n),
      seizing(amount, 1n, claimEnd - 1n, totalEnd - 1n),
      seizing(amount, 1n, 1n, 1000n),
      seizing(amount, 1n, 999n, 1000n),
    ]),
    ...Array.from({ length: 6 }, () => {
      const den = random(97) + 1n;
      return seizing(random(63), random(90), random(64) % den, den);
    }),
  ];
}

const note = { ...lock, leafIndex: 2 };
const sample = (change: Partial<Order> = {}, of = note): Sample => settleSample(orderOf(change), of, new Map(), 1);
const total = note.amount.reduce((sum, a, i) => sum + ((a * prices[i]!) >> 64n), 0n);

/** The outputs of an order that took this much, as a liar has to state them. */
function taking(seized: readonly bigint[]): Inputs {
  const [payoutLo, payoutHi] = notes.packAmounts(seized);
  const [restLo, restHi] = notes.packAmounts(note.amount.map((a, i) => a - seized[i]!));
  const restPre = notes.precommitment(note.owner, poseidon(tag.rest, note.blinding));
  return { payoutLo, payoutHi, restCommitment: notes.commit(restPre, restLo, restHi, 0n, 0n) };
}

function settleStatements(): Statement[] {
  const good = sample();
  const paid = sample({ isPublic: true });
  const lie = (says: string, change: Inputs, from = good): Statement =>
    lies(says, replace(settleId, from, settlePublic, change));
  const next = (name: string): bigint => ((good.inputs[name] as bigint) + 1n) % q;
  const sealed = good.inputs.sealed as bigint[];
  const seized = seize(note.amount, prices, orderOf().claim);
  const nobody = { x: 0n, y: 0n };
  return [
    proves("a claim becomes the buyer's note", good),
    proves("a public payout", paid),
    proves("a claim of all", sample({ claim: total })),
    proves("a claim of 0", sample({ claim: 0n, buyerKey: nobody, buyerOwner: 0n })),
    proves("a public claim of 0 at no prices", sample({ claim: 0n, isPublic: true, seizurePriceX64: zero })),
    proves("nothing has a price", sample({ claim: 1n, seizurePriceX64: zero })),
    lies("a free note", sample({}, { ...note, domain: 0n, controller: 0n })),
    ...[
      ...["root", "lockNullifier", "domain", "buyerOwner", "buyerCommitment", "restCommitment"],
      ...["ephemeralX", "ephemeralY", "payoutLo", "payoutHi", "owner", "controller", "blinding", "leafIndex"],
    ].flatMap((name) => [
      lie(`another ${name}`, { [name]: next(name) }),
      // A public order has no buyer, and its statement says nothing of one.
      ...(name === "buyerOwner"
        ? []
        : [lie(`another ${name} of a public order`, { [name]: ((paid.inputs[name] as bigint) + 1n) % q }, paid)]),
    ]),
    ...sealed.map((_, j) => lie(`another sealed word ${j}`, { sealed: sealed.with(j, 1n) })),
    lie("isPublic = 2", { isPublic: 2n }),
    lie("isPublic = 2, with what follows from it", { isPublic: 2n, ...doubled() }),
    lie("no buyer's note", { buyerCommitment: 0n }),
    lie("a buyer's note beside a payout", { buyerCommitment: good.inputs.buyerCommitment! }, paid),
    lie("an opening sealed beside a payout", { sealed }, paid),
    lie("a payout beside a buyer's note", { payoutLo: paid.inputs.payoutLo! }),
    lie("no payout", { payoutLo: 0n, payoutHi: 0n }, paid),
    lie("nothing taken", taking(zero), paid),
    lie("all taken", taking(note.amount), paid),
    ...seized.flatMap((s, i) => [
      lie(`one unit too much of slot ${i}`, taking(seized.with(i, s + 1n)), paid),
      ...(s > 0n ? [lie(`one unit too little of slot ${i}`, taking(seized.with(i, s - 1n)), paid)] : []),
    ]),
    lie("a claim of 2^64", { claim: 2n ** 64n }),
    lie("a position beyond the tree", { leafIndex: 6n, lockNullifier: notes.lockNullifier(note.blinding, 6n) }),
    lie("a unit of slot 1 opened as 2^63 of slot 0", {
      amount: note.amount.with(0, note.amount[0]! + 2n ** 63n).with(1, note.amount[1]! - 1n),
    }),
  ];
}

/** With isPublic = 2, hasBuyer would be −1: everything of the buyer negated, the payout doubled, and Base8 its own mirror. */
function doubled(): Inputs {
  const { buyerCommitment, ephemeralX, ephemeralY, sealed } = sample({ buyerKey: base8 }).inputs;
  const [payoutLo, payoutHi] = notes.packAmounts(seize(note.amount, prices, orderOf().claim)).map((word) => 2n * word);
  const negated = (value: unknown): bigint => (q - (value as bigint)) % q;
  return {
    buyerKeyX: base8.x,
    buyerKeyY: base8.y,
    payoutLo: payoutLo! % q,
    payoutHi: payoutHi! % q,
    buyerCommitment: negated(buyerCommitment),
    ephemeralX: negated(ephemeralX),
    ephemeralY: negated(ephemeralY),
    sealed: (sealed as bigint[]).map(negated),
  };
}

export const settleSuites: readonly Suite[] = [
  { name: "ClaimShare", component: { file, call: "ClaimShare()" }, statements: shares },
  { name: "Seize", component: { file, call: "Seize()" }, statements: seizures, searched: 4 },
  {
    name: "Settle",
    component: { file, call: "Settle(1, 5)" },
    statements: settleStatements,
    derived: [
      ...["root", "lockNullifier", "payoutLo", "payoutHi", "buyerCommitment", "restCommitment"],
      ...["ephemeralX", "ephemeralY", "sealed"],
    ],
    searched: 0,
  },
];
