import type { Lie } from "./lenient.ts";

const bit = "out[i] <-- (in >> i) & 1;";
const inNum2Bits = (lines: string): string =>
  `signal output out[n];\n    var lc1=0;\n\n    var e2=1;\n    for (var i = 0; i<n; i++) {\n        ${lines}`;

/** The 254 bits of a field element plus q instead of its own; both have 254 bits when it is below 2^254 − q. −1 is q − 1. */
export const aliasOfBits: Lie = [
  inNum2Bits(bit),
  inNum2Bits(`var low = (in & ((1 << 128) - 1)) + (-1 & ((1 << 128) - 1)) + 1;
        var high = (in >> 128) + (-1 >> 128) + (low >> 128);
        var alias = i < 128 ? (low >> i) & 1 : (high >> (i - 128)) & 1;
        out[i] <-- n == 254 ? alias : (in >> i) & 1;`),
];

/** Everything is zero. */
export const allIsZero: Lie = ["inv <-- in!=0 ? 1/in : 0;", "inv <-- 0;"];

/** MulShift64's quotient one too large, with the remainder that makes the equation hold. */
export const quotientOneMore: readonly Lie[] = [
  ["quotient <-- product >> 64;", "quotient <-- (product >> 64) + 1;"],
  ["signal remainder <-- product & ((1 << 64) - 1);", "signal remainder <-- (product & ((1 << 64) - 1)) - (1 << 64);"],
];

/** Seize takes one unit too many. */
export const seizedOneMore: Lie = [
  "seized <-- (product + den - 1) \\ den;",
  "seized <-- (product + den - 1) \\ den + 1;",
];

/** Under a claim that is no 64-bit number `den` may be 0, where circom's division traps: any other witness will do there. */
export const noTrap: readonly Lie[] = [
  ["seized <-- (product + den - 1) \\ den;", "seized <-- den == 0 ? 0 : (product + den - 1) \\ den;"],
];
