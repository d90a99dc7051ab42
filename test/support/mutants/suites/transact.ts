import { controller, domain, none, transactCase, transactSample } from "../../circuits/samples.ts";
import type { Sample, TransactCase, TransactOutput } from "../../circuits/samples.ts";
import type { Inputs } from "../../circuits/harness.ts";
import { spendingKey } from "../../reference/crypto.ts";
import { createRandom, q } from "../../reference/field.ts";
import * as notes from "../../reference/notes.ts";
import { single } from "../../reference/notes.ts";
import { createTree } from "../../reference/tree.ts";
import { fails, holds, lies, proves } from "../suite.ts";
import type { Statement, Suite } from "../suite.ts";

const file = "transact.circom";
const random = createRandom(6408);
const largest = 2n ** 63n - 1n;
const key = spendingKey(7);

interface Spent {
  readonly amount: readonly bigint[];
  readonly leafIndex?: bigint;
  /** The root to claim instead of the tree's. */
  readonly root?: bigint;
  readonly domain?: bigint;
}

function spending({ amount, leafIndex = 2n, root, domain: of = 0n }: Spent): { inputs: Inputs; nullifier: bigint } {
  const [nullifyingKey, blinding] = [111n, 222n];
  const owner = notes.owner(key.point, nullifyingKey);
  const commit = (of: bigint): bigint => notes.commitment({ owner, blinding, amount, domain: of, controller: of });
  const tree = createTree(new Map([[Number(leafIndex % 4n), commit(of)]]), 1);
  const inputs = {
    keyX: key.point.x,
    keyY: key.point.y,
    root: root ?? tree.root,
    nullifyingKey,
    blinding,
    amount,
    leafIndex,
    sibling: tree.path(Number(leafIndex % 4n)),
  };
  return { inputs, nullifier: notes.spendNullifier(nullifyingKey, commit(0n), leafIndex) };
}

function spendStatements(): Statement[] {
  const some = [100n, 0n, 5n, 0n, 0n, 7n, 0n, 9n];
  const spends = (says: string, given: Spent): Statement => {
    const { inputs, nullifier } = spending(given);
    return holds(says, inputs, [nullifier]);
  };
  const refused = (says: string, given: Spent, change: Inputs = {}): Statement =>
    fails(says, { ...spending(given).inputs, ...change });
  return [
    ...[0n, 1n, 2n, 3n].map((leafIndex) => spends(`a note at ${leafIndex}`, { amount: some, leafIndex })),
    spends("a dummy under no root", { amount: none, root: 1n }),
    ...some.flatMap((_, i) => [
      spends(`one unit in slot ${i}`, { amount: single(i, 1n) }),
      refused(`one unit in slot ${i} under no root`, { amount: single(i, 1n), root: 1n }),
      refused(`all there can be in slot ${i} under no root`, { amount: single(i, largest), root: 1n }),
      refused(`2^63 in slot ${i}`, { amount: some.with(i, 2n ** 63n) }),
      refused(`q − 1 in slot ${i}`, { amount: some.with(i, q - 1n) }),
    ]),
    // lo + hi = 0 modulo q, with amounts that no note has.
    refused("amounts that cancel, under no root", { amount: single(0, 1n).with(4, q - 1n), root: 1n }),
    ...[4n, 6n, 2n ** 32n, q - 2n].map((leafIndex) => refused(`at ${leafIndex}`, { amount: some, leafIndex })),
    refused("a locked note", { amount: some, domain: 5n }),
    ...["nullifyingKey", "blinding", "keyX", "keyY", "root", "leafIndex"].map((name) =>
      refused(`another ${name}`, { amount: some }, { [name]: 1n }),
    ),
  ];
}

const output = (amount: readonly bigint[], of: bigint, by: bigint): Inputs => ({
  pre: 555n,
  amount,
  domain: of,
  controller: by,
});
const created = (amount: readonly bigint[], of: bigint, by: bigint): Statement =>
  holds(`${amount.join(", ")} for ${of}, ${by}`, output(amount, of, by), [
    notes.commit(555n, ...notes.packAmounts(amount), of, by),
  ]);

function newNotes(): Statement[] {
  const some = Array.from({ length: 8 }, () => random(63));
  return [
    created(some, 0n, 0n),
    created(some, domain, controller),
    created(some, 1n, 1n),
    created(some, 2n ** 248n - 1n, 2n ** 160n - 1n),
    created(
      some.map(() => largest),
      0n,
      0n,
    ),
    ...[2n ** 248n, 2n ** 248n + 1n, 2n ** 249n, q - 1n].map((of) =>
      fails(`the domain ${of}`, output(some, of, controller)),
    ),
    ...[2n ** 160n, 2n ** 160n + 1n, 2n ** 161n, q - 1n].map((by) =>
      fails(`the controller ${by}`, output(some, domain, by)),
    ),
    fails("a domain without a controller", output(some, domain, 0n)),
    fails("a controller without a domain", output(some, 0n, controller)),
    ...some.flatMap((_, i) =>
      [2n ** 63n, q - 1n].map((value) => fails(`${value} in slot ${i}`, output(some.with(i, value), 0n, 0n))),
    ),
  ];
}

const base = transactCase();
const given = (change: Partial<TransactCase> = {}): TransactCase => {
  const { inputs, ...rest } = { ...base, ...change };
  return {
    ...rest,
    inputs: change.inputs ?? [
      { ...inputs[0], leafIndex: 1 },
      { ...inputs[1], leafIndex: 3 },
    ],
  };
};
const sample = (change: Partial<TransactCase> = {}, replaced: { values?: Inputs; secrets?: Inputs } = {}): Sample =>
  transactSample(given(change), replaced, 1);
const free = (amount: readonly bigint[], pre = 99n): TransactOutput => ({ pre, amount, domain: 0n, controller: 0n });
const dummy = { nullifyingKey: 1n, blinding: 2n, amount: none };
const move = (amount: readonly bigint[], out: readonly bigint[], rest: readonly bigint[] = none): TransactCase => ({
  ...base,
  inputs: [{ ...base.inputs[0], amount, leafIndex: 0 }, dummy],
  outputs: [free(out), free(none, 98n)],
  withdraw: rest,
});

/** The words of a withdrawal in the field, where a negative amount has some. */
const withdrawn = (amount: readonly bigint[]): Inputs => {
  const [withdrawLo, withdrawHi] = notes.packAmounts(amount).map((word) => word % q) as [bigint, bigint];
  return { withdrawLo, withdrawHi };
};

function transactStatements(): Statement[] {
  const good = sample();
  const [first, second] = base.outputs;
  const signature = (from: Sample): Inputs => ({
    signatureR8x: from.inputs.signatureR8x!,
    signatureR8y: from.inputs.signatureR8y!,
    signatureS: from.inputs.signatureS!,
  });
  const values = (name: string): readonly bigint[] => good.inputs[name] as readonly bigint[];
  return [
    proves("two notes become a free one and a lock, something is withdrawn", good),
    proves("one dummy", sample(move(single(3, 5n), single(3, 5n)))),
    proves("two dummies", sample({ ...move(none, none), inputs: [dummy, { ...dummy, blinding: 3n }] })),
    ...none.flatMap((_, i) => [
      lies(`a unit more out in slot ${i}`, sample(move(single(7, 5n), single(7, 5n).with(i, i === 7 ? 6n : 1n)))),
      lies(`a unit more withdrawn in slot ${i}`, sample(move(single(7, 5n), single(7, 5n), single(i, 1n)))),
      lies(`a unit lost in slot ${i}`, sample(move(single(i, 5n), single(i, 4n)))),
      lies(
        `a negative output in slot ${i}`,
        sample({
          ...move(single(i, 5n), single(i, 6n)),
          outputs: [free(single(i, 6n)), free(single(i, q - 1n), 1n)],
        }),
      ),
      lies(
        `a negative withdrawal in slot ${i}`,
        sample(move(single(i, 5n), single(i, 6n), single(i, q - 1n)), { values: withdrawn(single(i, q - 1n)) }),
      ),
    ]),
    ...[0, 1].flatMap((k) => [
      lies(`another nullifier ${k}`, sample({}, { values: { nullifier: values("nullifier").with(k, 1n) } })),
      lies(`another output ${k}`, sample({}, { values: { outCommitment: values("outCommitment").with(k, 1n) } })),
    ]),
    lies("another root", sample({}, { values: { root: 1n } })),
    lies("another low word withdrawn", sample({}, { values: { withdrawLo: 11n } })),
    lies("another high word withdrawn", sample({}, { values: { withdrawHi: 1n } })),
    lies("a signature by another key", sample({ signer: spendingKey(8) })),
    lies("a signature of something else", sample({ message: 1n })),
    ...["root", "ext", "withdrawLo"].map((name) =>
      lies(`a signature of ${name} alone`, sample({ message: good.inputs[name] as bigint })),
    ),
    lies("a signature reused with another ext", sample({ ext: base.ext + 1n }, { secrets: signature(good) })),
    lies(
      "a signature reused with other outputs",
      sample({ outputs: [{ ...first, pre: 1n }, second] }, { secrets: signature(good) }),
    ),
    lies("another nullifying key", sample({}, { secrets: { inNullifyingKey: [112n, 333n] } })),
    lies("a domain without a controller", sample({ outputs: [{ ...first, domain: 5n }, second] })),
  ];
}

export const transactSuites: readonly Suite[] = [
  { name: "SpendInput", component: { file, call: "SpendInput(1)" }, statements: spendStatements },
  { name: "NewNote", component: { file, call: "NewNote()" }, statements: newNotes },
  {
    name: "Transact",
    component: { file, call: "Transact(1, 3)" },
    statements: transactStatements,
    derived: ["nullifier", "outCommitment", "withdrawLo", "withdrawHi"],
    searched: 0,
  },
];
