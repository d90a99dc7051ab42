import { keccak256, stringToHex, type Hex } from "viem";
import { describe, expect, test } from "vitest";

import { MarginAction, marginExt, transactExt } from "./ext.ts";

const word = (value: bigint) => value.toString(16).padStart(64, "0");
/** abi.encode of a string and static words, written out; without the last byte of its hash. */
function expected(name: string, words: bigint[]): bigint {
  const text = stringToHex(name).slice(2);
  const head = word(BigInt(32 * (words.length + 1)));
  return (
    BigInt(keccak256(`0x${head}${words.map(word).join("")}${word(BigInt(name.length))}${text.padEnd(64, "0")}`)) >> 8n
  );
}
const address = (n: number): Hex => `0x${n.toString(16).padStart(40, "0")}`;

describe("ext", () => {
  test("default: of a transact", () => {
    const bound = {
      chainId: 1,
      vault: address(2),
      recipient: address(3),
      relayer: address(4),
      feeSlot: 5,
      fee: 6n,
      deadline: 7,
    };
    const memos = { memo0: "0x08", memo1: "0x09" } as const;
    expect(transactExt({ ...bound, ...memos })).toBe(
      expected("hypothec.transact", [1n, 2n, 3n, 4n, 5n, 6n, 7n, BigInt(keccak256("0x08")), BigInt(keccak256("0x09"))]),
    );
  });

  test("default: of a margin proof", () => {
    const ext = marginExt({
      chainId: 1,
      engine: address(2),
      market: `0x${word(3n)}`,
      action: MarginAction.refresh,
      account: `0x${word(4n)}`,
      accountNonce: 5n,
      caller: address(6),
      fee: 7n,
      snapshot: 8,
      riskVersion: 9,
      expiry: 10,
      deadline: 11,
    });
    expect(ext).toBe(expected("hypothec.margin", [1n, 2n, 3n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n, 11n]));
  });
});
