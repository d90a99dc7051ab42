import { batchId, batchPublic, batchSample, leafOf, replace } from "../../circuits/samples.ts";
import type { Entry, Sample } from "../../circuits/samples.ts";
import type { Inputs } from "../../circuits/harness.ts";
import { createRandom, q } from "../../reference/field.ts";
import { entryMeta } from "../../reference/notes.ts";
import { fails, holds, lies, proves } from "../suite.ts";
import type { Statement, Suite } from "../suite.ts";

const file = "batch.circom";
const random = createRandom(6409);
const largest = 2n ** 63n - 1n;
const value = random(253);

const entry = (says: string, meta: bigint, of = value): Statement =>
  holds(says, { value: of, meta }, [leafOf({ value: of, meta })]);
const noEntry = (says: string, meta: bigint, of = value): Statement => fails(says, { value: of, meta });

function entries(): Statement[] {
  return [
    entry("nothing", 0n, 0n),
    entry("a note", entryMeta(2, 0, 0n)),
    ...Array.from({ length: 8 }, (_, slot) => slot).flatMap((slot) => [
      ...[0n, 1n, largest, random(63)].map((amount) => entry(`${amount} in ${slot}`, entryMeta(1, slot, amount))),
      noEntry(`a note with slot ${slot} and an amount`, entryMeta(2, slot, 1n)),
      noEntry(`nothing with slot ${slot} and an amount`, entryMeta(0, slot, largest), 0n),
      noEntry(`kind 3 with slot ${slot}`, 3n * 2n ** 66n + BigInt(slot) * 2n ** 63n),
      ...(slot > 0 ? [noEntry(`a note with slot ${slot}`, entryMeta(2, slot, 0n))] : []),
      ...(slot > 0 ? [noEntry(`nothing with slot ${slot}`, entryMeta(0, slot, 0n), 0n)] : []),
    ]),
    noEntry("nothing with a value", 0n),
    noEntry("kind 3 without a value", 3n * 2n ** 66n, 0n),
    ...[0, 1, 2].map((kind) =>
      noEntry(`kind ${kind} and 69 bits`, entryMeta(kind as 0, 0, 0n) + 2n ** 68n, kind === 0 ? 0n : value),
    ),
    noEntry("a meta of q − 1", q - 1n),
    noEntry("a meta of q − 2^66", q - 2n ** 66n),
  ];
}

const deposit = (slot: number, amount: bigint): Entry => ({
  value: 1000n + BigInt(slot),
  meta: entryMeta(1, slot, amount),
});
const chunk = [deposit(2, 40n), { value: 77n, meta: entryMeta(2, 0, 0n) }];
const sample = (
  of: readonly Entry[] = chunk,
  index = 3,
  before: ReadonlyMap<number, bigint> = new Map([[1, 5n]]),
): Sample => batchSample(of, index, before, 1, 3);

function batchStatements(): Statement[] {
  const good = sample();
  const lie = (says: string, change: Inputs): Statement => lies(says, replace(batchId, good, batchPublic, change));
  const values = good.inputs.entryValue as bigint[];
  const metas = good.inputs.entryMeta as bigint[];
  const full = Array.from({ length: 16 }, (_, i) => deposit(i % 8, largest - BigInt(i)));
  return [
    proves("a deposit and a note", good),
    proves("a full chunk", sample(full, 0, new Map([[17, 5n]]))),
    proves("nothing", sample([], 2)),
    ...values.map((_, i) =>
      lie(`another entry ${i}`, { entryValue: values.with(i, 9n), entryMeta: metas.with(i, entryMeta(1, 1, 7n)) }),
    ),
    lie("another amount", { entryMeta: metas.with(0, deposit(2, 41n).meta) }),
    lie("an entry left out", { entryValue: values.with(1, 0n), entryMeta: metas.with(1, 0n) }),
    lie("entries swapped", {
      entryValue: values.toSpliced(0, 2, values[1]!, values[0]!),
      entryMeta: metas.toSpliced(0, 2, metas[1]!, metas[0]!),
    }),
    lie("another old root", { oldRoot: 1n }),
    lie("another new root", { newRoot: 1n }),
    lie("the old root again", { newRoot: good.inputs.oldRoot! }),
    ...[0n, 2n, 4n, 7n, q - 1n].map((chunkIndex) => lie(`chunk ${chunkIndex}`, { chunkIndex })),
    ...[0, 1, 9, 15].map((at) => lies(`a chunk with a leaf at ${at}`, sample(chunk, 3, new Map([[16 * 3 + at, 5n]])))),
    lie("a tree changed elsewhere", { oldRoot: sample([], 3, new Map([[1, 6n]])).inputs.oldRoot! }),
  ];
}

export const batchSuites: readonly Suite[] = [
  { name: "EntryLeaf", component: { file, call: "EntryLeaf()" }, statements: entries },
  {
    name: "Batch",
    component: { file, call: "Batch(3, 1, 1)" },
    statements: batchStatements,
    derived: ["oldRoot", "newRoot"],
    searched: 0,
  },
];
