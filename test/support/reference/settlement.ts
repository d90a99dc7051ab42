import { base8, poseidon, seal, tag } from "./crypto.ts";
import type { JubPoint } from "./crypto.ts";
import { divideUp } from "./field.ts";
import { commit, packAmounts, precommitment } from "./notes.ts";
import type { Note } from "./notes.ts";

/** An order as the vault knows it. */
export interface Order {
  readonly claim: bigint;
  readonly seizurePriceX64: readonly bigint[];
  readonly isPublic: boolean;
  readonly buyerOwner: bigint;
  readonly buyerKey: JubPoint;
}

/** What SET-1 takes of each slot. */
export function seize(amount: readonly bigint[], priceX64: readonly bigint[], claim: bigint): bigint[] {
  const total = amount.reduce((sum, a, i) => sum + ((a * priceX64[i]!) >> 64n), 0n);
  return amount.map((a, i) => {
    if (priceX64[i] === 0n || claim === 0n) return 0n;
    return claim >= total ? a : divideUp(a * claim, total);
  });
}

/** All outputs of an order on a note (SET-2). */
export function settle(note: Note, lockNullifier: bigint, order: Order) {
  const seized = seize(note.amount, order.seizurePriceX64, order.claim);
  const rest = note.amount.map((a, i) => a - seized[i]!);
  const [seizedLo, seizedHi] = packAmounts(seized);
  const [restLo, restHi] = packAmounts(rest);
  const restPre = precommitment(note.owner, poseidon(tag.rest, note.blinding));
  const hasBuyer = order.claim > 0n && !order.isPublic;

  const seizedBlinding = poseidon(tag.seized, note.blinding);
  const secret = poseidon(tag.seizedEphemeral, note.blinding) % 2n ** 250n;
  const sealedOpening = seal(secret, hasBuyer ? order.buyerKey : base8, lockNullifier, [
    seizedLo,
    seizedHi,
    seizedBlinding,
  ]);
  return {
    seized,
    rest,
    payoutLo: order.isPublic ? seizedLo : 0n,
    payoutHi: order.isPublic ? seizedHi : 0n,
    restCommitment: commit(restPre, restLo, restHi, 0n, 0n),
    buyerCommitment: hasBuyer
      ? commit(precommitment(order.buyerOwner, seizedBlinding), seizedLo, seizedHi, 0n, 0n)
      : 0n,
    ephemeral: hasBuyer ? sealedOpening.ephemeral : { x: 0n, y: 0n },
    sealed: hasBuyer ? sealedOpening.sealed : [0n, 0n, 0n],
  };
}
