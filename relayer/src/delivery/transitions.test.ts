import { describe, expect, test } from "vitest";
import { observe, type Transaction } from "./transitions.ts";

const signed: Transaction = {
  id: 1,
  chain: "S",
  sender: "0xaa",
  nonce: 5,
  target: "0xbb",
  data: "0x",
  value: 0n,
  gasLimit: 1n,
  description: "d",
  state: "signed",
  variants: [],
  block: null,
  txHash: null,
  reason: null,
  createdAt: 0,
  updatedAt: 0,
};
const block = { number: 10, hash: "0x0a" } as const;
const receipt = { type: "receipt", txHash: "0x01", block, success: true } as const;

describe("observe", () => {
  test("default: signed → sent → mined → final", () => {
    const sent = observe(signed, { type: "accepted" }, 1);
    expect(sent.state).toBe("sent");
    const mined = observe(sent, receipt, 2);
    expect(mined).toMatchObject({ state: "mined", block, txHash: "0x01", reason: null });
    expect(observe(mined, { type: "finalised", number: 9 }, 3)).toBe(mined);
    expect(observe(mined, { type: "finalised", number: 10 }, 3).state).toBe("final");
  });
  test("behavior: a failed receipt becomes reverted once it is final", () => {
    const mined = observe(signed, { ...receipt, success: false, reason: "reverted with X()" }, 1);
    expect(mined).toMatchObject({ state: "mined", reason: "reverted with X()" });
    expect(observe(mined, { type: "finalised", number: 11 }, 2)).toMatchObject({
      state: "reverted",
      reason: "reverted with X()",
    });
  });
  test("behavior: a reorg takes it back to sent, and another block is taken as it is", () => {
    const mined = observe(signed, receipt, 1);
    expect(observe(mined, { type: "no receipt", nonce: 5 }, 2)).toMatchObject({ state: "sent", block: null });
    expect(observe(mined, { ...receipt, block: { number: 11, hash: "0x0b" } }, 2).block).toEqual({
      number: 11,
      hash: "0x0b",
    });
  });
  test("behavior: lost only when the nonce is used and none of ours was mined", () => {
    expect(observe(signed, { type: "no receipt", nonce: 5 }, 1)).toBe(signed);
    expect(observe(signed, { type: "no receipt", nonce: 6 }, 1)).toMatchObject({ state: "lost" });
  });
  test("behavior: why it is held up is kept while it is, and is nothing of its end", () => {
    const heldUp = { type: "held up", reason: "replacement transaction underpriced" } as const;
    const held = observe(signed, heldUp, 1);
    expect(held).toMatchObject({ state: "signed", reason: heldUp.reason, updatedAt: 1 });
    expect(observe(held, heldUp, 2)).toBe(held);
    expect(observe(held, { type: "accepted" }, 2)).toMatchObject({ state: "sent", reason: null });
    expect(observe({ ...held, state: "sent" }, { type: "accepted" }, 2).reason).toBeNull();
    expect(observe(held, receipt, 2)).toMatchObject({ state: "mined", reason: null });
    const mined = observe(signed, receipt, 1);
    expect(observe(mined, heldUp, 2)).toBe(mined);
    expect(observe(mined, { type: "accepted" }, 2)).toBe(mined);
  });
  test("behavior: terminal rows never change", () => {
    for (const state of ["final", "reverted", "lost"] as const) {
      const over = { ...signed, state };
      expect(observe(over, receipt, 9)).toBe(over);
    }
  });
});
