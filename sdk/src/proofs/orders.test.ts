import { keccak256, type Hex } from "viem";
import { describe, expect, test } from "vitest";

import { decodeOrder, decodeSettleOrder, encodeSettleOrder, settleOrderHash } from "./orders.ts";
import type { SettleOrder } from "./settle.ts";

const word = (value: bigint, bytes = 32) => value.toString(16).padStart(2 * bytes, "0");
const order: SettleOrder = {
  vault: `0x${"aa".repeat(20)}`,
  engine: `0x${"bb".repeat(20)}`,
  lockNullifier: 1n,
  claim: 2n,
  seizurePricesX64: [3n, 0n, 0n, 0n, 0n, 0n, 0n, 2n ** 96n - 1n],
  isPublic: false,
  buyerOwner: 5n,
  buyerKey: { x: 6n, y: 7n },
};
/** 2 ‖ vault ‖ engine ‖ N ‖ X u64 ‖ s 8×u96 ‖ isPublic ‖ pk ‖ key, written out. */
const packed =
  `0x02${"aa".repeat(20)}${"bb".repeat(20)}${word(1n)}${word(2n, 8)}${word(3n, 12)}${"00".repeat(72)}${"ff".repeat(12)}00${word(5n)}${word(6n)}${word(7n)}` as Hex;

describe("orders", () => {
  test("default: a SETTLE is read and written as docs/encodings.md says", () => {
    expect(packed.length).toBe(2 + 2 * 274);
    expect(encodeSettleOrder(order)).toBe(packed);
    expect(decodeSettleOrder(packed)).toEqual(order);
  });

  test("default: an OPENED", () => {
    const opened = `0x01${"aa".repeat(20)}${"bb".repeat(20)}${word(9n)}${word(8n, 8)}${"cc".repeat(32)}` as Hex;
    expect(decodeOrder(opened)).toEqual({
      kind: "opened",
      vault: order.vault,
      engine: order.engine,
      lockNullifier: 9n,
      coverage: 8n,
      seizurePricesHash: `0x${"cc".repeat(32)}`,
    });
    expect(() => decodeSettleOrder(opened)).toThrow(/kind opened, expected a SETTLE/);
  });

  test("default: a HEARTBEAT and a RELEASE", () => {
    const [vault, engine] = [order.vault, order.engine];
    expect(decodeOrder(`0x03${"aa".repeat(20)}${"bb".repeat(20)}${word(8n, 8)}`)).toEqual({
      kind: "heartbeat",
      vault,
      engine,
      time: 8n,
    });
    expect(decodeOrder(`0x04${"aa".repeat(20)}${"bb".repeat(20)}${word(9n)}${"dd".repeat(20)}`)).toEqual({
      kind: "release",
      vault,
      engine,
      lockNullifier: 9n,
      recipient: `0x${"dd".repeat(20)}`,
    });
  });

  test("default: the hash is that of the ABI words", () => {
    const prices = order.seizurePricesX64.map((price) => word(price)).join("");
    const words = `${word(BigInt(order.vault))}${word(BigInt(order.engine))}${word(1n)}${word(2n)}${prices}${word(0n)}${word(5n)}${word(6n)}${word(7n)}`;
    expect(settleOrderHash(order)).toBe(keccak256(`0x${words}`));
  });

  test("error: other kinds and lengths", () => {
    for (const bytes of ["0x", "0x03", `${packed}00`, packed.slice(0, -2), `0x01${packed.slice(4)}`]) {
      expect(() => decodeOrder(bytes as Hex)).toThrow(/are no order/);
    }
  });
});
