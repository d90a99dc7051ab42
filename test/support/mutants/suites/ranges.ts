import { createRandom, q } from "../../reference/field.ts";
import { packAmounts, single } from "../../reference/notes.ts";
import { fails, holds } from "../suite.ts";
import type { Statement, Suite } from "../suite.ts";

const file = "ranges.circom";
const wide = 2n ** 64n;
const largest = 2n ** 63n - 1n;

const product = (a: bigint, b: bigint): Statement => {
  const quotient = (a * b) >> 64n;
  const says = `⌊${a}·${b} / 2^64⌋`;
  return quotient < wide ? holds(says, { a, b }, [quotient]) : fails(says, { a, b });
};

const random = createRandom(6401);

/** An amount at every boundary of its 63 bits in every slot; the rest is random. */
function amountBoundaries(): Statement[] {
  const some = Array.from({ length: 8 }, () => random(63));
  const all = Array.from({ length: 8 }, () => largest);
  return [
    ...[some, all, single(0, 0n)].map((amount) => holds("eight amounts", { amount }, packAmounts(amount))),
    ...some.flatMap((_, slot) => [
      ...[1n, largest].map((value) => {
        const amount = single(slot, value);
        return holds(`${value} in slot ${slot}`, { amount }, packAmounts(amount));
      }),
      ...[2n ** 63n, 2n ** 63n + 1n, wide, q - 1n].map((value) =>
        fails(`${value} in slot ${slot}`, { amount: some.with(slot, value) }),
      ),
    ]),
  ];
}

const lanes = (word: bigint): bigint[] => Array.from({ length: 9 }, (_, k) => (word >> BigInt(28 * k)) % 2n ** 28n);

const bits = (value: bigint): bigint[] => Array.from({ length: 254 }, (_, k) => (value >> BigInt(k)) & 1n);

export const rangeSuites: readonly Suite[] = [
  {
    name: "MulShift64",
    component: { file, call: "MulShift64(64)" },
    statements: () => [
      product(0n, 0n),
      product(1n, 1n),
      product(1n, wide - 1n),
      product(1n, wide),
      product(3n, wide - 1n),
      product(largest, wide),
      product(largest, 2n ** 65n + 4n),
      product(largest, 2n ** 65n + 5n),
      product(2n ** 62n, 2n ** 66n),
      product(largest, 2n ** 96n - 1n),
      product(random(63), random(64)),
    ],
  },
  {
    name: "NonZero",
    component: { file, call: "NonZero()" },
    statements: () => [
      ...[1n, 2n, q - 1n, 2n ** 128n].map((value) => holds(`${value}`, { in: value })),
      fails("0", { in: 0n }),
    ],
  },
  { name: "PackedAmounts", component: { file, call: "PackedAmounts()" }, statements: amountBoundaries },
  {
    name: "Lanes",
    component: { file, call: "Lanes(9, 28)" },
    statements: () => [
      ...[0n, 1n, 2n ** 252n - 1n, random(252), ...lanes(0n).map((_, k) => 2n ** BigInt(28 * k) * random(28))].map(
        (word) => holds(`${word}`, { word }, lanes(word)),
      ),
      ...[2n ** 252n, 2n ** 252n + 1n, 2n ** 253n, q - 1n].map((word) => fails(`${word}`, { word })),
    ],
  },
  {
    name: "CanonicalBits",
    component: { file, call: "CanonicalBits()" },
    statements: () => [
      ...[0n, 1n, 2n ** 128n - 1n, 2n ** 250n - 1n, 2n ** 250n, 2n ** 253n, q - 1n - 2n ** 128n, random(253)].map(
        (value) => holds(`of ${value}`, { in: value }, bits(value)),
      ),
      fails("of q − 1, whose upper bits are q's", { in: q - 1n }),
    ],
  },
];
