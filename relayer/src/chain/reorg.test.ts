import type { Hex } from "viem";
import { describe, expect, test } from "vitest";
import { findAncestor, firstBroken, relate } from "./reorg.ts";

const hash = (text: string): Hex => `0x${text}`;
const link = (number: number, own: string, parent: string) => ({ number, hash: hash(own), parentHash: hash(parent) });

describe("relate", () => {
  const tip = { number: 10, hash: hash("a10") };
  test("default", () => {
    expect(relate(tip, link(10, "a10", "a9"))).toBe("same");
    expect(relate(tip, link(11, "a11", "a10"))).toBe("extends");
    expect(relate(tip, link(14, "a14", "a13"))).toBe("gap");
  });
  test("behavior: another parent, the same height or a lower head are conflicts", () => {
    expect(relate(tip, link(11, "b11", "b10"))).toBe("conflict");
    expect(relate(tip, link(10, "b10", "a9"))).toBe("conflict");
    expect(relate(tip, link(9, "a9", "a8"))).toBe("conflict");
  });
  test("behavior: a fresh store has a number but no hash", () => {
    expect(relate({ number: 4, hash: null }, link(5, "a5", "a4"))).toBe("gap");
    expect(relate({ number: 4, hash: null }, link(4, "a4", "a3"))).toBe("same");
  });
});

describe("findAncestor", () => {
  const known = new Map([
    [8, hash("a8")],
    [9, hash("a9")],
    [10, hash("a10")],
  ]);
  test("default: the highest common block", async () => {
    const actual = new Map([
      [8, hash("a8")],
      [9, hash("b9")],
      [10, hash("b10")],
    ]);
    expect(await findAncestor(10, known, async (n) => actual.get(n))).toBe(8);
  });
  test("behavior: skips what was not kept", async () => {
    const sparse = new Map([[2, hash("a2")], ...known]);
    expect(await findAncestor(10, sparse, async (n) => (n === 2 ? hash("a2") : hash("b")))).toBe(2);
  });
  test("behavior: undefined when the record ends first", async () => {
    expect(await findAncestor(10, known, async () => hash("b"))).toBeUndefined();
  });
});

describe("firstBroken", () => {
  test("default", () => {
    const tip = { number: 1, hash: hash("a1") };
    expect(firstBroken(tip, [link(2, "a2", "a1"), link(3, "a3", "a2")])).toBeUndefined();
    expect(firstBroken(tip, [link(2, "a2", "a1"), link(3, "b3", "b2")])?.number).toBe(3);
    expect(firstBroken(tip, [link(3, "a3", "a2")])?.number).toBe(3);
  });
});
