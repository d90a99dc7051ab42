import { base8, multiply, sign, spendingKey, subgroupOrder } from "../../reference/crypto.ts";
import { q } from "../../reference/field.ts";
import type { Inputs } from "../../circuits/harness.ts";
import { cases } from "../subject.ts";
import type { FreeSignal, Subject } from "../subject.ts";

const bits = (value: bigint, count: number): bigint[] =>
  Array.from({ length: count }, (_, k) => (value >> BigInt(k)) & 1n);

function signature(seed: number, message: bigint): Inputs {
  const key = spendingKey(seed);
  const { r8, s } = sign(key, message);
  return { keyX: key.point.x, keyY: key.point.y, message, r8x: r8.x, r8y: r8.y, s };
}
const good = signature(3, 5n) as Record<string, bigint>;

export const zeroPoint: FreeSignal = {
  pattern: /\.zeropoint\.inv$/,
  reason: "the inverse of 0 in EscalarMulAny's IsZero of the key's x: out = 1 − in·inv is 1 whatever it is",
};

const point = multiply(base8, 987_654_321n);
const sealOf = (nBits: number, secret: bigint, key = point): Inputs => ({
  bit: bits(secret, nBits),
  keyX: key.x,
  keyY: key.y,
  separator: 77n,
  message: [1n, q - 1n, 0n],
});

export const curve: Subject[] = [
  {
    name: "DoubleAndAdd()",
    file: "scalar.circom",
    derived: [],
    free: [],
    // Two points of the Montgomery form: u = (1 + y) / (1 − y), v = u / x are irrelevant to uniqueness; any distinct u will do.
    accepted: cases({ "two points": { accumulator: [9n, 21n], digit: [4n, 5n] } }),
    refused: cases({ opposite: { accumulator: [9n, 21n], digit: [9n, q - 21n] } }),
  },
  {
    name: "MulByHash()",
    file: "scalar.circom",
    derived: [],
    free: [],
    accepted: cases({
      "a hash": { bit: bits(q / 3n, 254), p: [point.x, point.y] },
      one: { bit: bits(1n, 254), p: [point.x, point.y] },
    }),
    refused: cases({ "0, whose product has no Montgomery form": { bit: bits(0n, 254), p: [point.x, point.y] } }),
  },
  {
    name: "VerifySignature()",
    file: "signature.circom",
    derived: [],
    free: [],
    accepted: cases({ "a signature": good, another: signature(8, q - 1n), "S + l": plusOrder() }),
    refused: cases({
      "another message": { ...good, message: 6n },
      "another S": { ...good, s: (good.s! + 1n) % subgroupOrder },
      "−S": { ...good, s: subgroupOrder - good.s! },
      "S + 2l": { ...good, s: good.s! + 2n * subgroupOrder },
      "−R8": { ...good, r8x: q - good.r8x! },
      "another key": { ...good, keyX: spendingKey(4).point.x, keyY: spendingKey(4).point.y },
      "the identity as key": {
        ...good,
        keyX: 0n,
        keyY: 1n,
        r8x: multiply(base8, 12n).x,
        r8y: multiply(base8, 12n).y,
        s: 12n,
      },
      "(0, 0) as key": { ...good, keyX: 0n, keyY: 0n },
      "(0, 0) as R8": { ...good, r8x: 0n, r8y: 0n },
    }),
  },
  {
    name: "Seal(251, 3)",
    file: "seal.circom",
    derived: [],
    free: [],
    accepted: cases({
      "a secret": sealOf(251, q >> 5n),
      "1": sealOf(251, 1n),
      "the largest": sealOf(251, 2n ** 251n - 1n),
    }),
    refused: [],
  },
];

/** A signature whose S + l is below 2^251. */
function plusOrder(): Inputs {
  for (let message = 1n; ; message++) {
    const inputs = signature(3, message) as Record<string, bigint>;
    const s = inputs.s! + subgroupOrder;
    if (s < 2n ** 251n) return { ...inputs, s };
  }
}
