import { digest, poseidon, stream } from "../../reference/crypto.ts";
import { createRandom, q } from "../../reference/field.ts";
import * as notes from "../../reference/notes.ts";
import { holds } from "../suite.ts";
import type { Statement, Suite } from "../suite.ts";

const random = createRandom(6402);
const element = (): bigint => random(253);
const elements = (count: number): bigint[] => Array.from({ length: count }, element);

/** Random elements, the same with each changed by itself, and the field's ends. */
function variants(count: number): bigint[][] {
  const base = elements(count);
  return [
    base,
    ...base.map((_, i) => base.with(i, element())),
    base.map(() => 0n),
    base.map(() => q - 1n),
    base.map((_, i) => BigInt(i + 1)),
  ];
}

/** A hash of named inputs. */
const hash = (name: string, file: string, inputs: readonly string[], of: (...values: bigint[]) => bigint): Suite => ({
  name,
  component: { file, call: `${name}()` },
  statements: () =>
    variants(inputs.length).map((values) =>
      holds(`of ${values.join(", ")}`, Object.fromEntries(inputs.map((input, i) => [input, values[i]!])), [
        of(...values),
      ]),
    ),
});

const digested = (x: readonly bigint[]): Statement => {
  const { c, y, r } = digest(1, x);
  return holds(`of ${x.join(", ")}`, { x, r }, [c, y]);
};

export const hashSuites: readonly Suite[] = [
  {
    name: "TaggedHash",
    component: { file: "poseidon.circom", call: "TaggedHash(2, 77)" },
    statements: () =>
      variants(2).map((given) => holds(`of ${given.join(", ")}`, { in: given }, [poseidon(77n, ...given)])),
  },
  {
    name: "TaggedStream",
    component: { file: "poseidon.circom", call: "TaggedStream(2, 3, 78)" },
    statements: () => variants(2).map((given) => holds(`of ${given.join(", ")}`, { in: given }, stream(78n, given, 3))),
  },
  hash("Owner", "note.circom", ["keyX", "keyY", "nullifyingKey"], (x, y, nk) => notes.owner({ x: x, y: y }, nk)),
  hash("Precommitment", "note.circom", ["owner", "blinding"], (o, b) => notes.precommitment(o, b)),
  hash("NoteCommitment", "note.circom", ["pre", "lo", "hi", "domain", "controller"], (a, b, c, d, e) =>
    notes.commit(a, b, c, d, e),
  ),
  hash("SpendNullifier", "note.circom", ["nullifyingKey", "commitment", "leafIndex"], (a, b, c) =>
    notes.spendNullifier(a, b, c),
  ),
  hash("LockNullifier", "note.circom", ["blinding", "leafIndex"], (a, b) => notes.lockNullifier(a, b)),
  {
    name: "InputDigest",
    component: { file: "digest.circom", call: "InputDigest(1, 17)" },
    statements: () => variants(17).map(digested),
  },
];
