import { tag } from "../reference/crypto.ts";
import { mod, q } from "../reference/field.ts";
import { add, base8, generator, isOnCurve, l, multiply } from "../model/jub.ts";
import type { Point } from "../model/jub.ts";
import { permute, plainPoseidon } from "../model/poseidon.ts";
import type { Vectors } from "./format.ts";

const point = ({ x, y }: Point) => ({ x, y });

export function curveVectors(): Vectors {
  const scalars = [0n, 1n, 2n, 8n, l - 1n, l, 2n ** 250n + 12_345n, 2n ** 251n - 1n];
  const orderEight = multiply(generator, l);
  return {
    about:
      "BabyJubJub (ERC-2494): multiples of Base8 by the affine addition law, the points of small order, points off the curve.",
    multiples: scalars.map((scalar) => ({ scalar, ...point(multiply(base8, scalar)) })),
    smallOrder: Array.from({ length: 8 }, (_, k) => point(multiply(orderEight, BigInt(k)))),
    offCurve: [
      { x: 0n, y: 0n },
      { x: base8.x, y: base8.x },
    ],
    keys: [3n, l - 2n].map((secret) => {
      const registered = add(multiply(base8, secret), orderEight);
      return { registered: point(registered), key: point(multiply(registered, 8n)) };
    }),
  };
}

export function sealVectors(): Vectors {
  const cases = [
    { keySecret: 1n, ephemeralSecret: 1n, separator: 0n, message: [0n, 0n, 0n] },
    { keySecret: 987_654_321n, ephemeralSecret: l - 1n, separator: q - 1n, message: [q - 1n, 1n, 2n ** 252n - 1n] },
    {
      keySecret: l - 5n,
      ephemeralSecret: plainPoseidon(0n, 5n) % 2n ** 250n,
      separator: plainPoseidon(0n, 6n),
      message: [1n, 2n, plainPoseidon(0n, 7n), plainPoseidon(0n, 8n), 2n ** 32n - 1n],
    },
  ].map((given) => {
    const key = multiply(base8, given.keySecret);
    const shared = multiply(key, given.ephemeralSecret);
    const stream = permute(tag.seal, [shared.x, shared.y, given.separator, 0n, 0n]);
    return {
      ...given,
      key: point(key),
      ephemeral: point(multiply(base8, given.ephemeralSecret)),
      sealed: given.message.map((word, j) => mod(word + stream[j]!)),
    };
  });
  return { about: "ECDH-Poseidon (docs/encodings.md, Sealed openings): the key is keySecret·Base8.", cases };
}

export function signatureVectors(): Vectors {
  const sign = (secret: bigint, nonce: bigint, message: bigint) => {
    const key = multiply(base8, secret);
    const r8 = multiply(base8, nonce);
    const h = plainPoseidon(0n, r8.x, r8.y, key.x, key.y, message);
    return { message, key: point(key), r8: point(r8), s: (nonce + 8n * h * secret) % l };
  };
  const good = [
    sign(12_345n, 67_890n, 0n),
    sign(l - 9n, 2n ** 250n, q - 1n),
    sign(plainPoseidon(0n, 1n) % l, plainPoseidon(0n, 2n) % l, 777n),
  ];
  const [first, second] = good as [(typeof good)[0], (typeof good)[0]];
  if (![first.key, first.r8].every(isOnCurve)) throw new Error("a multiple of Base8 left the curve");
  const refused = [
    { why: "another message", ...first, message: 1n },
    { why: "another key", ...first, key: second.key },
    { why: "another R8", ...first, r8: second.r8 },
    { why: "S off by one", ...first, s: first.s + 1n },
    { why: "S negated", ...first, s: l - first.s },
    {
      why: "a key of order 1: anybody signs",
      message: 5n,
      key: { x: 0n, y: 1n },
      r8: point(multiply(base8, 12n)),
      s: 12n,
    },
    {
      why: "a key of order 2: anybody signs",
      message: 5n,
      key: { x: 0n, y: q - 1n },
      r8: point(multiply(base8, 12n)),
      s: 12n,
    },
    { why: "R8 off the curve", ...first, r8: { x: first.r8.x, y: mod(first.r8.y + 1n) } },
  ];
  return {
    about:
      "EdDSA-Poseidon: S·Base8 = R8 + 8·h·A with h = Poseidon(0; R8, A, message). What is refused is refused by the transact circuit and by the SDK.",
    accepted: good,
    refused,
  };
}
