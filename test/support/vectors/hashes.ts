import { tag } from "../reference/crypto.ts";
import { packLanes, q } from "../reference/field.ts";
import { permute, plainPoseidon as poseidon } from "../model/poseidon.ts";
import type { Vectors } from "./format.ts";

const amounts: readonly (readonly bigint[])[] = [
  Array.from({ length: 8 }, () => 0n),
  Array.from({ length: 8 }, (_, i) => BigInt(i + 1)),
  Array.from({ length: 8 }, () => 2n ** 63n - 1n),
  [2n ** 63n - 1n, 0n, 0n, 1n, 0n, 5n * 10n ** 9n, 0n, 2n ** 62n],
];

const packed = (amount: readonly bigint[]) => ({
  lo: packLanes(amount.slice(0, 4), 63),
  hi: packLanes(amount.slice(4), 63),
});

/** Arbitrary, but nobody's choice: they have no structure that a mistake could hide behind. */
const sample = (n: number): bigint => poseidon(0n, BigInt(n));

export function poseidonVectors(): Vectors {
  const sizes = Array.from({ length: 16 }, (_, k) => Array.from({ length: k + 1 }, (_, i) => sample(16 * k + i)));
  return {
    about:
      "PoseidonEx over BN254's scalar field: the permutation of (initialState, …inputs), outputs are the first words of its state. " +
      "Made by test/support/model/poseidon.ts, which draws constants and matrix from the Grain LFSR as the paper says; " +
      "the first two are published: circomlibjs's and circomlib's tests, and the Hades authors' x5_254_3.",
    tags: Object.fromEntries(Object.entries(tag)),
    published: [
      {
        initialState: 0n,
        inputs: [1n, 2n],
        outputs: [7853200120776062878684798364095072458815029376092732009249414926327459813530n],
      },
      {
        initialState: 0n,
        inputs: [1n, 2n, 3n, 4n],
        outputs: [18821383157269793795438455681495246036402687001665670618754263018637548127333n],
      },
    ],
    hashes: [
      ...sizes.map((inputs, k) => ({ initialState: k % 2 === 0 ? 0n : tag.digest, inputs })),
      ...Object.values(tag).map((initialState) => ({ initialState, inputs: [0n] })),
      { initialState: q - 1n, inputs: [q - 1n, q - 1n, 0n] },
    ].map((given) => ({ ...given, outputs: permute(given.initialState, given.inputs) })),
  };
}

export function noteVectors(): Vectors {
  const notes = amounts.map((amount, k) => {
    const [keyX, keyY, nullifyingKey, blinding] = [1, 2, 3, 4].map((n) => sample(100 * k + n)) as [
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    const [domain, controller] = k % 2 === 0 ? [0n, 0n] : [2n ** 248n - BigInt(k), 2n ** 160n - BigInt(k)];
    const leafIndex = [0n, 1n, 2n ** 32n - 1n, 123_456_789n][k]!;
    const owner = poseidon(tag.owner, keyX, keyY, nullifyingKey);
    const pre = poseidon(tag.pre, owner, blinding);
    const { lo, hi } = packed(amount);
    const commitment = poseidon(tag.note, pre, lo, hi, domain, controller);
    return {
      ...{ keyX, keyY, nullifyingKey, blinding, amount, domain, controller, leafIndex, owner, pre, lo, hi, commitment },
      spendNullifier: poseidon(tag.spend, nullifyingKey, commitment, leafIndex),
      lockNullifier: poseidon(tag.lock, blinding, leafIndex),
      restBlinding: poseidon(tag.rest, blinding),
      seizedBlinding: poseidon(tag.seized, blinding),
      seizedEphemeral: poseidon(tag.seizedEphemeral, blinding) % 2n ** 250n,
    };
  });
  return { about: "Openings, commitments and nullifiers (docs/encodings.md, Notes).", notes };
}

export function treeVectors(): Vectors {
  const empty = [0n];
  for (let level = 0; level < 16; level++)
    empty.push(poseidon(tag.tree, ...Array.from({ length: 4 }, () => empty[level]!)));
  const paths = [0n, 1n, 2n ** 32n - 1n, 0xe4e4e4e4n].map((leafIndex, k) => {
    const leaf = sample(900 + k);
    const siblings = Array.from({ length: 16 }, (_, level) =>
      [0, 1, 2].map((i) => (k === 0 ? empty[level]! : sample(1000 + 48 * k + 3 * level + i))),
    );
    const root = siblings.reduce((child, three, level) => {
      const digit = Number((leafIndex >> BigInt(2 * level)) & 3n);
      return poseidon(tag.tree, ...three.slice(0, digit), child, ...three.slice(digit));
    }, leaf);
    return { leaf, leafIndex, siblings, root };
  });
  return {
    about:
      "Quaternary note tree of 16 levels: roots of empty subtrees by level, and paths with their roots. Digit k of leafIndex in base 4 is the position at level k.",
    emptyRoots: empty,
    paths,
  };
}
