import { addPoints, base8, multiply, seal, subgroupOrder as l } from "../../reference/crypto.ts";
import type { JubPoint } from "../../reference/crypto.ts";
import { createRandom, divide, mod, q } from "../../reference/field.ts";
import { fails, holds } from "../suite.ts";
import type { Suite } from "../suite.ts";

const random = createRandom(6404);

/** u = (1 + y)/(1 − y), v = u/x. */
const montgomery = ({ x, y }: JubPoint): [u: bigint, v: bigint] => {
  const u = divide(1n + y, mod(1n - y));
  return [u, divide(u, x)];
};
const point = (): JubPoint => multiply(base8, random(250));
const bits = (value: bigint, count: number): bigint[] =>
  Array.from({ length: count }, (_, k) => (value >> BigInt(k)) & 1n);

export const scalarSuites: readonly Suite[] = [
  {
    name: "DoubleAndAdd",
    component: { file: "scalar.circom", call: "DoubleAndAdd()" },
    statements: () =>
      Array.from({ length: 4 }, () => {
        const [accumulator, digit] = [point(), point()];
        const out = addPoints(addPoints(accumulator, accumulator), digit);
        return holds(
          "2·accumulator + digit",
          { accumulator: montgomery(accumulator), digit: montgomery(digit) },
          montgomery(out),
        );
      }),
  },
  {
    name: "MulByHash",
    component: { file: "scalar.circom", call: "MulByHash()" },
    statements: () => {
      const p = point();
      const given = (hash: bigint, { x, y } = p): { bit: bigint[]; p: bigint[] } => ({
        bit: bits(hash, 254),
        p: [x, y],
      });
      return [
        ...[1n, 2n, l - 1n, l + 1n, q - 1n, 2n ** 254n - 1n, random(253), random(253)].map((hash) => {
          const { x, y } = multiply(p, hash);
          return holds(`${hash}·P`, given(hash), [x, y]);
        }),
        fails("the identity", given(l)),
        fails("P = −Base8", given(random(253), multiply(base8, l - 1n))),
      ];
    },
  },
  {
    name: "Seal",
    component: { file: "seal.circom", call: "Seal(8, 2)" },
    statements: () =>
      [1n, 2n, 3n, 200n, 255n].map((e) => {
        const key = point();
        const [separator, ...message] = [random(253), random(253), random(253)] as const;
        const { ephemeral, sealed } = seal(e, key, separator, message);
        return holds(`e = ${e}`, { bit: bits(e, 8), keyX: key.x, keyY: key.y, separator, message }, [
          ephemeral.x,
          ephemeral.y,
          ...sealed,
        ]);
      }),
  },
];
