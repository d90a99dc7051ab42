import { q } from "../../reference/field.ts";
import { single } from "../../reference/notes.ts";
import { cases } from "../subject.ts";
import type { Subject } from "../subject.ts";

const file = "ranges.circom";
const nothing = { file, derived: [], free: [], refused: [] } as const;
const largest = 2n ** 63n - 1n;
const full = single(0, 0n).map(() => largest);

export const range: Subject[] = [1, 28, 63, 64, 83, 98, 126, 160, 166, 248, 253].map((n) => ({
  ...nothing,
  name: `Range(${n})`,
  accepted: cases({
    "0": { in: 0n },
    "the largest": { in: 2n ** BigInt(n) - 1n },
    alternating: { in: (2n ** BigInt(n) - 1n) / 3n },
  }),
  refused: cases({
    "2^n": { in: 2n ** BigInt(n) },
    "q − 1": { in: q - 1n },
    ...(n < 253 && { "q − 2^n": { in: q - 2n ** BigInt(n) } }),
  }),
}));

export const ranges: Subject[] = [
  ...range,
  {
    ...nothing,
    name: "NonZero()",
    accepted: cases({ "1": { in: 1n }, "q − 1": { in: q - 1n }, "2^128": { in: 2n ** 128n } }),
    refused: cases({ "0": { in: 0n } }),
  },
  {
    ...nothing,
    name: "CanonicalBits()",
    accepted: cases({
      "0": { in: 0n },
      "1": { in: 1n },
      "2^253": { in: 2n ** 253n },
      "2^254 − q − 1": { in: 2n ** 254n - q - 1n },
      "2^254 − q": { in: 2n ** 254n - q },
    }),
    refused: cases({ "q − 1, whose top bits are q's": { in: q - 1n } }),
  },
  {
    // The direction that matters: the words determine the amounts, so a commitment has one opening.
    ...nothing,
    name: "PackedAmounts()",
    derived: ["amount"],
    given: ["lo", "hi"],
    accepted: cases({
      nothing: { amount: single(0, 0n) },
      one: { amount: single(3, 1n) },
      all: { amount: full },
      mixed: { amount: [1n, largest, 0n, 5n, 2n ** 62n, 0n, 7n, largest] },
    }),
    refused: cases({
      "2^63 in slot 0": { amount: single(0, 2n ** 63n) },
      "2^63 in slot 7": { amount: single(7, 2n ** 63n) },
      "q − 1 in slot 3": { amount: single(3, q - 1n) },
    }),
  },
  {
    ...nothing,
    name: "PackCheckedAmounts()",
    accepted: cases({ nothing: { amount: single(0, 0n) }, all: { amount: full } }),
  },
  ...[
    [8, 16],
    [9, 28],
    [1, 1],
  ].map(([n, width]): Subject => ({
    ...nothing,
    name: `Lanes(${n}, ${width})`,
    accepted: cases({
      "0": { word: 0n },
      "the largest": { word: 2n ** BigInt(n! * width!) - 1n },
      alternating: { word: (2n ** BigInt(n! * width!) - 1n) / 3n },
    }),
    refused: cases({ "one bit more": { word: 2n ** BigInt(n! * width!) }, "q − 1": { word: q - 1n } }),
  })),
  ...[64, 95].map((quotientBits): Subject => ({
    ...nothing,
    name: `MulShift64(${quotientBits})`,
    accepted: cases({
      "0": { a: 0n, b: 2n ** 96n - 1n },
      "no quotient": { a: 1n, b: 2n ** 64n - 1n },
      "no remainder": { a: 5n, b: 2n ** 64n },
      "a remainder": { a: largest, b: 2n ** 64n + 12_345n },
      "the largest": { a: largest, b: quotientBits === 64 ? 2n ** 65n + 4n : 2n ** 96n - 1n },
    }),
    refused: cases(
      quotientBits === 64
        ? { "a quotient of 2^64": { a: largest, b: 2n ** 65n + 5n }, "the widest": { a: largest, b: 2n ** 96n - 1n } }
        : { "a quotient of 2^95": { a: 2n ** 63n, b: 2n ** 96n } },
    ),
  })),
];
