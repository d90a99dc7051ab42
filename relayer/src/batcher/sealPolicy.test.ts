import { describe, expect, test } from "vitest";
import { decideSeal } from "./sealPolicy.ts";

const policy = { maxAgeMs: 5_000, minEntries: 2, maxFee: 140n };
const terms = { entryFee: 10n, sealDelaySeconds: 60, chunkSize: 16 };
const open = { chunk: 3, appended: 3, count: 2, since: 1_000 };

describe("decideSeal", () => {
  test("default: at its age, paying what is missing", () => {
    expect(decideSeal(open, policy, terms, 1_004)).toEqual({ type: "later", at: 1_005 });
    expect(decideSeal(open, policy, terms, 1_005)).toEqual({ type: "seal", value: 140n });
  });
  test("behavior: for nothing once the vault's delay is over", () => {
    expect(decideSeal(open, policy, terms, 1_060)).toEqual({ type: "seal", value: 0n });
  });
  test("behavior: waits for that when the missing fees are too dear", () => {
    expect(decideSeal(open, { ...policy, maxFee: 139n }, terms, 1_005)).toEqual({ type: "later", at: 1_060 });
  });
  test("behavior: not while an earlier chunk waits for its batch", () => {
    expect(decideSeal({ ...open, appended: 2 }, policy, terms, 1_060).type).toBe("no");
  });
  test("behavior: not when empty, too few, or switched off", () => {
    expect(decideSeal({ ...open, count: 0 }, policy, terms, 2_000).type).toBe("no");
    expect(decideSeal({ ...open, count: 1 }, policy, terms, 2_000).type).toBe("no");
    expect(decideSeal(open, { ...policy, maxAgeMs: null }, terms, 2_000).type).toBe("no");
  });
});
