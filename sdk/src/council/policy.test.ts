import { describe, expect, test } from "vitest";

import { base8, multiply } from "../../../test/support/model/jub.ts";
import { settleOrderHash } from "../proofs/orders.ts";
import { readCouncil } from "./council.ts";
import { decideDecryption, purposeHash, type SealedLock, type SettleGrounds, type ValuationGrounds } from "./policy.ts";
import { pointText, wordText } from "./wire.ts";

const council = readCouncil({
  session: wordText(1n),
  epoch: 0,
  threshold: 2,
  members: [1, 2, 3],
  commitments: [21n, 22n].map((scalar) => pointText(multiply(base8, scalar))),
});
const lock: SealedLock = {
  domain: 7n,
  lockNullifier: 8n,
  ephemeral: multiply(base8, 9n),
  sealed: [1n, 2n, 3n, 4n, 5n],
  trustee: multiply(base8, 8n * 21n),
};
const vault = `0x${"ab".repeat(20)}` as const;
const order = {
  vault,
  engine: `0x${"bb".repeat(20)}` as const,
  lockNullifier: 8n,
  claim: 10n,
  seizurePricesX64: [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n],
  isPublic: false,
  buyerOwner: 3n,
  buyerKey: multiply(base8, 8n),
};
const settle: SettleGrounds = {
  kind: "settle",
  order,
  domain: 7n,
  vault: `0x${"AB".repeat(20)}`,
  executable: { orderHash: settleOrderHash(order), isEscape: false },
  isSpent: false,
};
const valuation: ValuationGrounds = {
  kind: "valuation",
  engine: order.engine,
  account: wordText(4n),
  domain: 7n,
  lockNullifier: 8n,
  startedAt: 1_000n,
  startBlock: 50,
  endBlock: null,
  finalised: 50,
  claim: 11n,
  guarantee: 10n,
  posted: 0n,
};
const reasonOf = (grounds: SettleGrounds | ValuationGrounds, at = lock) => {
  const decision = decideDecryption(council, at, grounds);
  return decision.allowed ? "allowed" : decision.reason;
};

describe("decideDecryption", () => {
  test("default: an executable SETTLE of the lock", () => {
    const decision = decideDecryption(council, lock, settle);
    expect(decision).toEqual({
      allowed: true,
      purpose: {
        kind: "settle",
        domain: 7n,
        lockNullifier: 8n,
        ephemeral: lock.ephemeral,
        subject: settleOrderHash(order),
      },
    });
  });

  test("default: a running auction whose claim exceeds its guarantee", () => {
    expect(reasonOf(valuation)).toBe("allowed");
    expect(reasonOf({ ...valuation, finalised: 51 })).toBe("allowed");
  });

  test("error: another trustee, lock, domain or vault", () => {
    expect(reasonOf(settle, { ...lock, trustee: multiply(base8, 21n) })).toMatch(/another trustee/); // R is not 8·R
    for (const grounds of [settle, valuation]) {
      expect(reasonOf(grounds, { ...lock, trustee: base8 })).toMatch(/another trustee/);
      expect(reasonOf(grounds, { ...lock, lockNullifier: 9n })).toMatch(/another lock/);
      expect(reasonOf(grounds, { ...lock, domain: 9n })).toMatch(/another lock/);
    }
    expect(reasonOf({ ...settle, vault: order.engine })).toMatch(/another vault/);
  });

  test("error: an order that is not executable, another one, an escape, one carried out", () => {
    expect(reasonOf({ ...settle, executable: undefined })).toMatch(/not executable/);
    expect(reasonOf({ ...settle, executable: { orderHash: wordText(0n), isEscape: false } })).toMatch(/not executable/);
    expect(reasonOf({ ...settle, order: { ...order, claim: 11n } })).toMatch(/not executable/);
    expect(reasonOf({ ...settle, executable: { ...settle.executable!, isEscape: true } })).toMatch(/owner's/);
    expect(reasonOf({ ...settle, isSpent: true })).toMatch(/settled/);
  });

  test("error: an auction that is over, not final, covered by its guarantee, valued", () => {
    expect(reasonOf({ ...valuation, endBlock: 60 })).toMatch(/over/);
    expect(reasonOf({ ...valuation, finalised: 49 })).toMatch(/not final/);
    expect(reasonOf({ ...valuation, finalised: -1 })).toMatch(/not final/);
    expect(reasonOf({ ...valuation, claim: 10n })).toMatch(/guarantee/);
    expect(reasonOf({ ...valuation, posted: 1n })).toMatch(/valued/);
  });
});

describe("purposeHash", () => {
  test("behavior: every part counts, the letter case of an address does not", () => {
    const hash = (grounds: SettleGrounds | ValuationGrounds, at = lock, by = council) => {
      const decision = decideDecryption(by, at, grounds);
      if (!decision.allowed) throw new Error(decision.reason);
      return purposeHash(by, decision.purpose);
    };
    const otherOrder = { ...order, claim: 12n };
    const hashes = [
      hash(settle),
      hash(valuation),
      hash({ ...settle, order: otherOrder, executable: { orderHash: settleOrderHash(otherOrder), isEscape: false } }),
      hash({ ...valuation, startedAt: 1_001n }),
      hash({ ...valuation, account: wordText(5n) }),
      hash({ ...valuation, engine: vault }),
      hash(valuation, { ...lock, ephemeral: base8 }),
      hash({ ...valuation, lockNullifier: 9n }, { ...lock, lockNullifier: 9n }),
      hash({ ...valuation, domain: 8n }, { ...lock, domain: 8n }),
      hash(valuation, lock, readCouncil({ ...council.text, epoch: 1 })),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hash({ ...valuation, engine: order.engine.toUpperCase().replace("X", "x") as typeof vault })).toBe(
      hashes[1],
    );
  });
});
