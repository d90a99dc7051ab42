import fc from "fast-check";
import type { Arbitrary } from "fast-check";

import { q } from "../reference/field.ts";
import {
  badBasket,
  badLeafIndex,
  basket,
  change,
  changes,
  controller,
  domain,
  element,
  leafIndex,
  price,
  seldom,
  siblings,
} from "./arbitraries.ts";
import type { Change } from "./arbitraries.ts";
import { base8, l, multiply } from "./jub.ts";
import { climb, lockNullifier, note, precommitment } from "./lock.ts";
import { outputs, split } from "./settle.ts";
import type { SettleSecrets, SettleValues } from "./settle.ts";

export interface SettleClaim {
  readonly values: SettleValues;
  readonly secrets: SettleSecrets;
}

const buyers = [1n, 3n, 555_555_555n, l - 1n].map((secret) => multiply(base8, secret));
/** Where there is no buyer's note any pair of numbers will do. */
const anybody = [...buyers, { x: 0n, y: 0n }, { x: 0n, y: 1n }, { x: q - 1n, y: 5n }];

/** X relative to V: at its ends, next to it, a fraction of it, or at the ends of 64 bits. */
type Aim = { readonly of: "V" | "share" | "number"; readonly value: bigint };
const aim: Arbitrary<Aim> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(-1n, 0n, 1n).map((value): Aim => ({ of: "V", value })) },
  { weight: 6, arbitrary: fc.bigInt({ min: 0n, max: 999n }).map((value): Aim => ({ of: "share", value })) },
  {
    weight: 6,
    arbitrary: fc.constantFrom(0n, 0n, 1n, 2n, 2n ** 64n - 1n).map((value): Aim => ({ of: "number", value })),
  },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 64n, q - 1n).map((value): Aim => ({ of: "number", value })) },
);

function claimOf({ of, value }: Aim, total: bigint): bigint {
  const wanted = of === "V" ? total + value : of === "share" ? (total * value) / 1000n : value;
  if (of === "number") return wanted;
  return wanted < 0n ? 0n : wanted < 2n ** 64n ? wanted : 2n ** 64n - 1n;
}

const names = [
  ...["root", "lockNullifier", "claim", "isPublic", "buyerOwner", "payoutLo", "payoutHi", "buyerCommitment"],
  ...["restCommitment", "ephemeralX", "ephemeralY", "sealed"],
  ...["amount", "owner", "blinding", "controller", "leafIndex", "sibling"],
];

/** A claimed statement: about half are true, the others mostly fail in one clause. */
export function settleClaims(levels: number): Arbitrary<SettleClaim> {
  const chosen = fc.record({
    amount: seldom(basket, badBasket, 20),
    seizurePriceX64: fc.array(price, { minLength: 8, maxLength: 8 }),
    aimed: aim,
    isPublic: fc.oneof(
      { weight: 10, arbitrary: fc.constantFrom(0n, 0n, 0n, 1n) },
      { weight: 1, arbitrary: fc.constantFrom(2n, q - 1n) },
    ),
    buyer: fc.constantFrom(...buyers),
    other: fc.constantFrom(...anybody),
    buyerOwner: element,
    owner: element,
    blinding: element,
    domain: seldom(domain, fc.constant(0n), 25),
    controller,
    leafIndex: seldom(leafIndex(levels), badLeafIndex(levels), 25),
    sibling: siblings(levels),
  });
  return fc
    .tuple(
      chosen,
      seldom<readonly Change[]>(fc.constant([]), fc.array(changes(names), { minLength: 1, maxLength: 2 }), 3),
    )
    .map(([given, changed]) => changed.reduce(changedClaim, executed(given)));
}

type Chosen = SettleSecrets & {
  readonly seizurePriceX64: readonly bigint[];
  readonly aimed: Aim;
  readonly isPublic: bigint;
  readonly buyer: { readonly x: bigint; readonly y: bigint };
  readonly other: { readonly x: bigint; readonly y: bigint };
  readonly buyerOwner: bigint;
  readonly domain: bigint;
};

function executed(chosen: Chosen): SettleClaim {
  const { amount, owner, blinding, leafIndex: index, sibling, seizurePriceX64, isPublic } = chosen;
  const claim = claimOf(chosen.aimed, split(amount, seizurePriceX64, 0n).total);
  const key = claim === 0n ? chosen.other : chosen.buyer;
  const N = lockNullifier(blinding, index);
  const order = { claim, seizurePriceX64, isPublic, buyerOwner: chosen.buyerOwner, buyerKeyX: key.x, buyerKeyY: key.y };
  const secrets = { amount, owner, blinding, controller: chosen.controller, leafIndex: index, sibling };
  const commitment = note(precommitment(owner, blinding), amount, chosen.domain, chosen.controller);
  const fixed = outputs(order, N, secrets);
  const { payoutLo, payoutHi, buyerCommitment, restCommitment, ephemeralX, ephemeralY, sealed } = fixed;
  return {
    values: {
      ...{ root: climb(commitment, index, sibling), lockNullifier: N, domain: chosen.domain },
      ...order,
      ...{ payoutLo, payoutHi, buyerCommitment, restCommitment, ephemeralX, ephemeralY, sealed },
    },
    secrets,
  };
}

/** A claim that becomes one above 0 by a change would need a buyer's key that the caller accepts. */
function changedClaim(claim: SettleClaim, changed: Change): SettleClaim {
  if (!(changed.name in claim.values)) return { ...claim, secrets: change(claim.secrets, changed) };
  const values = change(claim.values, changed);
  const needsBuyer = changed.name === "claim" || changed.name === "isPublic";
  return { ...claim, values: needsBuyer ? { ...values, buyerKeyX: buyers[1]!.x, buyerKeyY: buyers[1]!.y } : values };
}
