import { describe, expect, test } from "vitest";
import { chooseProof, guaranteeOf, isNoWorse, needOf, type Candidate } from "./plan.ts";

const X64 = 1n << 64n;
const at = (...prices: bigint[]) => [
  ...prices.map((price) => price * X64),
  ...Array<bigint>(8 - prices.length).fill(0n),
];
const proof = (coverage: bigint, ...floors: bigint[]): Candidate => ({
  coverage,
  floorsX64: at(...floors),
  profile: 0,
  floorBps: 9_000,
});

describe("guaranteeOf", () => {
  test("default: λ·M less 8, at most M less 8, never below 0", () => {
    expect(guaranteeOf(proof(1_000n, 10n), at(10n))).toBe(992n);
    expect(guaranteeOf(proof(1_000n, 10n), at(20n))).toBe(992n);
    expect(guaranteeOf(proof(1_000n, 10n), at(5n))).toBe(492n);
    expect(guaranteeOf(proof(1_000n, 10n, 4n), at(9n, 1n))).toBe(242n);
    expect(guaranteeOf(proof(5n, 10n), at(10n))).toBe(0n);
  });

  test("behavior: unknown without a price that is relied on", () => {
    expect(guaranteeOf(proof(1_000n, 10n), at(0n))).toBeUndefined();
    expect(guaranteeOf(proof(1_000n, 10n, 0n), at(10n, 0n))).toBe(992n);
  });
});

describe("isNoWorse", () => {
  const prices = { conservative: at(8n), live: at(8n) };

  test("default: more at these prices, and at every one below", () => {
    expect(isNoWorse(proof(1_200n, 8n), proof(1_000n, 10n), prices)).toBe(true);
    expect(isNoWorse(proof(1_000n, 10n), proof(1_000n, 10n), prices)).toBe(true);
  });

  test("behavior: not when it guarantees less now, or once prices fall", () => {
    expect(isNoWorse(proof(799n, 8n), proof(1_000n, 10n), prices)).toBe(false);
    // The same at 8, but 1,000 a floor of 10 is worth more at 7 than 800 a floor of 8.1.
    expect(isNoWorse(proof(810n, 9n), proof(1_000n, 10n), prices)).toBe(false);
    expect(isNoWorse(proof(2_000n, 8n, 1n), proof(1_000n, 10n), { conservative: at(8n, 2n), live: at(8n, 2n) })).toBe(
      false,
    );
    expect(isNoWorse(proof(2_000n, 0n, 1n), proof(1_000n, 10n), { conservative: at(8n), live: at(8n) })).toBe(false);
  });
});

describe("chooseProof", () => {
  const prices = { conservative: at(8n), live: at(8n) };
  const old = proof(1_000n, 10n);

  test("default: the first that suffices, in the order of preference", () => {
    const [first, second] = [
      { ...proof(1_500n, 6n), floorBps: 7_500 },
      { ...proof(1_900n, 8n), floorBps: 10_000 },
    ];
    expect(chooseProof([first, second], old, prices, { wanted: 1_400n, lapses: false })).toMatchObject(first);
    expect(chooseProof([first, second], old, prices, { wanted: 1_800n, lapses: false })).toMatchObject(second);
    expect(chooseProof([first, second], old, prices, { wanted: 9_999n, lapses: false })).toMatchObject(second);
  });

  test("behavior: none that the engine refuses, none that gains nothing unless the old one lapses", () => {
    expect(chooseProof([proof(700n, 8n)], old, prices, { wanted: 1n, lapses: true })).toBeUndefined();
    expect(chooseProof([old], old, prices, { wanted: 9_999n, lapses: false })).toBeUndefined();
    // 792 now: 2 % more is 808.
    expect(chooseProof([proof(815n, 8n)], old, prices, { wanted: 9_999n, lapses: false })).toBeUndefined();
    expect(chooseProof([proof(816n, 8n)], old, prices, { wanted: 9_999n, lapses: false })).toBeDefined();
    expect(chooseProof([proof(815n, 8n)], old, prices, { wanted: 800n, lapses: false })).toBeDefined();
    expect(chooseProof([old], old, prices, { wanted: 1n, lapses: true })).toMatchObject(old);
  });
});

describe("needOf", () => {
  const rules = { refreshBelowBps: 11_000, renewBeforeSeconds: 100 };
  const well = { coverage: 1_100n, requirement: 1_000n, expiry: 1_000, revoked: false, now: 899 };

  test("default: low, expiring, revoked, or nothing", () => {
    expect(needOf(well, rules)).toBeUndefined();
    expect(needOf({ ...well, coverage: 1_099n }, rules)).toBe("low");
    expect(needOf({ ...well, now: 900 }, rules)).toBe("expiring");
    expect(needOf({ ...well, revoked: true, now: 900 }, rules)).toBe("revoked");
    expect(needOf({ ...well, coverage: 0n, requirement: 0n }, rules)).toBeUndefined();
  });
});
