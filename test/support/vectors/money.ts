import { encodeAbiParameters, keccak256 } from "viem";

import { tag } from "../reference/crypto.ts";
import { packLanes } from "../reference/field.ts";
import { exposure } from "../model/margin.ts";
import { largestCoverage } from "../model/marginCases.ts";
import { plainPoseidon } from "../model/poseidon.ts";
import { split } from "../model/settle.ts";
import type { Vectors } from "./format.ts";

const eight = <T>(value: (i: number) => T): T[] => Array.from({ length: 8 }, (_, i) => value(i));
const dollars = (usd: bigint): bigint => (usd * 1_000_000n * 2n ** 64n) / 100_000_000n;
const market = [2_700n, 40_000n, 310n, 1n, 25n, 17n, 1n, 0n].map(dollars);
const basket = [5_000_000_000n, 3_141_592_653n, 0n, 1n, 250_000_000n, 0n, 77_777_777n, 123_456_789n];
const largest = eight(() => 2n ** 63n - 1n);

export function marginVectors(): Vectors {
  const none = Array.from({ length: 36 }, () => 0n);
  const isDiagonal = Array.from({ length: 36 }, (_, k) => [0, 8, 15, 21, 26, 30, 33, 35].includes(k));
  const diagonal = isDiagonal.map((own) => (own ? 1_000_000n : 0n));
  const full = isDiagonal.map((own) => (own ? 1_000_000n : 500_000n));
  const widest = none.map(() => 10n ** 8n);
  const haircuts = [8_500n, 9_000n, 7_000n, 9_900n, 6_000n, 5_000n, 9_900n, 0n];
  const cases = [
    { why: "static ratio", amounts: basket, floorsX64: market, haircuts, risk: none },
    { why: "dynamic VaR", amounts: basket, floorsX64: market, haircuts, risk: diagonal },
    { why: "portfolio margin", amounts: basket, floorsX64: market, haircuts, risk: full },
    { why: "nothing in it", amounts: eight(() => 0n), floorsX64: market, haircuts, risk: full },
    { why: "no floors", amounts: basket, floorsX64: eight(() => 0n), haircuts, risk: full },
    {
      why: "the largest values",
      amounts: largest,
      floorsX64: eight(() => 2n ** 65n + 4n),
      haircuts: eight(() => 10_000n),
      risk: none,
    },
    {
      why: "all that can be held moves at once",
      amounts: largest,
      floorsX64: eight(() => 2n ** 64n),
      haircuts: eight(() => 10_000n),
      risk: widest,
    },
    {
      why: "values round down",
      amounts: eight(() => 1n),
      floorsX64: eight((i) => 2n ** 64n - 1n + BigInt(i % 2)),
      haircuts: eight(() => 10_000n),
      risk: none,
    },
    // V − 10^4·M = 500·v exactly at M = 950,000: the square is the variance.
    {
      why: "a tie between the square and the variance",
      amounts: eight((i) => (i === 3 ? 1_000_000n : 0n)),
      floorsX64: eight(() => 2n ** 64n),
      haircuts: eight(() => 10_000n),
      risk: none.map((_, k) => (k === 21 ? 250_000n : 0n)),
    },
  ].map((given) => {
    const values = given.amounts.map((a, i) => (a * given.floorsX64[i]!) >> 64n);
    const haircutsPacked = packLanes(given.haircuts, 16);
    const riskPacked = [0, 9, 18, 27].map((first) => packLanes(given.risk.slice(first, first + 9), 28));
    const { haircutValue, variance } = exposure(values, haircutsPacked, riskPacked);
    return {
      ...given,
      haircutsPacked,
      riskPacked,
      values,
      haircutValue,
      variance,
      coverage: largestCoverage(haircutValue, variance),
    };
  });
  return {
    about:
      "Design §4. values: ⌊a·f / 2^64⌋; haircutValue: V; variance: vᵀQv over the full symmetric matrix; coverage: the largest M with V ≥ 10^4·M and " +
      "(V − 10^4·M)² ≥ vᵀQv, or 0. risk is the upper triangle, row by row.",
    cases,
  };
}

export function settlementVectors(): Vectors {
  const total = split(basket, market, 0n).total;
  const dust = eight(() => 1n);
  const dear = eight(() => 2n ** 64n);
  const cases = [
    ...[0n, 1n, total / 3n, total - 1n, total, total + 1n, 2n ** 64n - 1n].map((claim) => ({
      amounts: basket,
      prices: market,
      claim,
    })),
    ...[0n, 1n, 4n, 7n, 8n, 9n].map((claim) => ({ amounts: dust, prices: dear, claim })),
    ...[0n, 1n, 2n ** 64n - 1n].map((claim) => ({ amounts: largest, prices: eight(() => 2n ** 96n - 1n), claim })),
    ...[0n, 1n].map((claim) => ({ amounts: basket, prices: eight(() => 0n), claim })),
    { amounts: largest, prices: eight(() => 1n), claim: 2n ** 62n },
    { amounts: eight(() => 0n), prices: market, claim: 1n },
  ].map((given) => ({ ...given, ...split(given.amounts, given.prices, given.claim) }));
  return { about: "SET-1: what a claim takes of a basket at seizure prices (X64). total: V; seized rounds up.", cases };
}

export function queueVectors(): Vectors {
  const leafOf = (pre: bigint, slot: number, amount: bigint): bigint => {
    const word = amount << BigInt(63 * (slot % 4));
    return plainPoseidon(tag.note, pre, slot < 4 ? word : 0n, slot < 4 ? 0n : word, 0n, 0n);
  };
  const deposits = eight((slot) => {
    const amount = [1n, 2n ** 63n - 1n, 10n ** 8n][slot % 3]!;
    const value = plainPoseidon(0n, BigInt(500 + slot));
    return {
      kind: 1n,
      slot: BigInt(slot),
      amount,
      value,
      meta: 2n ** 66n + BigInt(slot) * 2n ** 63n + amount,
      leaf: leafOf(value, slot, amount),
    };
  });
  const cm = plainPoseidon(0n, 600n);
  const entries = [...deposits, { kind: 2n, slot: 0n, amount: 0n, value: cm, meta: 2n ** 67n, leaf: cm }];
  let hash = 0n;
  const chunk = entries.map(({ value, meta }) => {
    const word = keccak256(
      encodeAbiParameters([{ type: "uint256" }, { type: "uint256" }, { type: "uint256" }], [hash, value, meta]),
    );
    hash = (BigInt(word) >> 48n) << 48n;
    return hash;
  });
  return {
    about:
      "Queue entries (docs/encodings.md, Queue): meta word, leaf, and the chunk hash after each entry (keccak256, low 48 bits cleared).",
    entries: entries.map((entry, i) => ({ ...entry, chunkHash: chunk[i]! })),
    malformedMeta: [
      1n, // empty with an amount
      2n ** 63n, // empty with a slot
      2n ** 67n + 1n, // a note with an amount
      2n ** 67n + 2n ** 63n, // a note with a slot
      3n * 2n ** 66n, // kind 3
      2n ** 68n, // 69 bits
    ],
  };
}

export function snapshotVectors(): Vectors {
  const lane = (price: bigint): bigint => {
    const exponent = Math.max(0, price.toString(2).length - 48);
    return (price >> BigInt(exponent)) + (BigInt(exponent) << 48n);
  };
  const cases = [
    { prices: market, time: 1_621_382_400n },
    { prices: eight(() => 0n), time: 0n },
    { prices: eight(() => 2n ** 96n - 1n), time: 2n ** 64n - 1n },
    { prices: eight((i) => 2n ** 48n - 4n + BigInt(i)), time: 2n ** 32n + 7n },
  ].map(({ prices, time }) => {
    const half = (first: number) => packLanes(prices.slice(first, first + 4).map(lane), 56);
    return {
      prices,
      time,
      word0: half(0) + ((time % 2n ** 32n) << 224n),
      word1: half(4) + ((time >> 32n) << 224n),
      stored: prices.map((price) => {
        const dropped = BigInt(Math.max(0, price.toString(2).length - 48));
        return (price >> dropped) << dropped;
      }),
    };
  });
  return {
    about: "A price snapshot in two words (docs/encodings.md, Packed words), and the prices that come out again.",
    cases,
  };
}
