import fc from "fast-check";
import { hexToBytes, size } from "viem";
import { beforeAll, describe, expect, test } from "vitest";

import { FIELD_ORDER } from "../crypto/field.ts";
import { deriveKeys, type Keys } from "../keys/derive.ts";
import { AMOUNT_LIMIT } from "./amounts.ts";
import { decryptMemo, encryptMemo, MEMO_BYTES, type MemoContent } from "./memo.ts";

let alice: Keys;
let bob: Keys;
const content: MemoContent = {
  amounts: [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n],
  blinding: 9n,
  domain: 10n,
  controller: 11n,
  nkIndex: 12,
};

beforeAll(async () => {
  [alice, bob] = await Promise.all([deriveKeys(`0x${"0a".repeat(32)}`), deriveKeys(`0x${"0b".repeat(32)}`)]);
});

describe("memo", () => {
  test("default: 288 bytes that the recipient alone can read", () => {
    const memo = encryptMemo(alice.view.publicKey, content);
    expect(size(memo)).toBe(MEMO_BYTES);
    expect(decryptMemo(alice.view, memo)).toEqual(content);
    expect(decryptMemo(bob.view, memo)).toBeUndefined();
  });

  test("behavior: round trip for any content", () => {
    const field = fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n });
    const any = fc.record({
      amounts: fc.array(fc.bigInt({ min: 0n, max: AMOUNT_LIMIT - 1n }), { minLength: 8, maxLength: 8 }),
      blinding: field,
      domain: field,
      controller: field,
      nkIndex: fc.nat({ max: 0xffff_ffff }),
    });
    fc.assert(
      fc.property(any, (told) => {
        expect(decryptMemo(alice.view, encryptMemo(alice.view.publicKey, told))).toEqual(told);
      }),
      { numRuns: 15, seed: 8 },
    );
  });

  test("behavior: two memos of the same note have nothing in common", () => {
    const [a, b] = [0, 1].map(() => hexToBytes(encryptMemo(alice.view.publicKey, content)));
    expect(a!.filter((byte, i) => byte === b![i]).length).toBeLessThan(20);
  });

  test("error: a changed byte anywhere, another size: no memo", () => {
    const memo = encryptMemo(alice.view.publicKey, content);
    for (const at of [2, 70, 574]) {
      const digit = memo[at] === "0" ? "1" : "0";
      expect(
        decryptMemo(alice.view, `${memo.slice(0, at)}${digit}${memo.slice(at + 1)}` as `0x${string}`),
      ).toBeUndefined();
    }
    expect(decryptMemo(alice.view, "0x")).toBeUndefined();
    expect(decryptMemo(alice.view, `${memo}00`)).toBeUndefined();
    expect(decryptMemo(alice.view, `0x${"00".repeat(MEMO_BYTES)}`)).toBeUndefined();
  });

  test("error: a view key of small order", () => {
    expect(() => encryptMemo(new Uint8Array(32), content)).toThrow(/cannot be encrypted to/);
  });
});
