import { batchId, batchPublic, batchSample, complete, leafOf, replace } from "../../circuits/samples.ts";
import type { Entry } from "../../circuits/samples.ts";
import { poseidon, tag } from "../../reference/crypto.ts";
import { q } from "../../reference/field.ts";
import { entryMeta } from "../../reference/notes.ts";
import { cases } from "../subject.ts";
import type { Case, Subject } from "../subject.ts";
import { rootOf, siblings } from "./paths.ts";

const largest = 2n ** 63n - 1n;
const deposit = (slot: number, amount: bigint, value = 1000n + BigInt(slot)): Entry => ({
  value,
  meta: entryMeta(1, slot, amount),
});
const note = (value: bigint): Entry => ({ value, meta: entryMeta(2, 0, 0n) });
const empty: Entry = { value: 0n, meta: 0n };
const inputs = ({ value, meta }: Entry): Case["inputs"] => ({ value, meta });

const entryLeaf: Subject = {
  name: "EntryLeaf()",
  file: "batch.circom",
  derived: [],
  free: [],
  accepted: cases({
    empty: inputs(empty),
    "a note": inputs(note(77n)),
    "the note q − 1": inputs(note(q - 1n)),
    ...Object.fromEntries(
      Array.from({ length: 8 }, (_, slot) => [`slot ${slot}`, inputs(deposit(slot, largest - BigInt(slot)))]),
    ),
    "a deposit of nothing": inputs(deposit(0, 0n)),
  }),
  refused: cases({
    "kind 3": { value: 1n, meta: 3n << 66n },
    "kind 4": { value: 1n, meta: 4n << 66n },
    "an empty entry with a value": { value: 1n, meta: 0n },
    "an empty entry with an amount": { value: 0n, meta: 1n },
    "an empty entry with a slot": { value: 0n, meta: 1n << 63n },
    "a note with an amount": { value: 5n, meta: entryMeta(2, 0, 1n) },
    "a note with a slot": { value: 5n, meta: entryMeta(2, 3, 0n) },
    "a meta of q − 1": { value: 5n, meta: q - 1n },
  }),
};

/** One chunk in a tree of three levels above nothing. */
const smallId = 9;
function small(entries: readonly Entry[], chunkIndex: bigint): Case["inputs"] {
  const padded = Array.from({ length: 16 }, (_, i) => entries[i] ?? empty);
  const fold = (leaves: readonly bigint[]): bigint =>
    leaves.length === 1
      ? leaves[0]!
      : fold(
          Array.from({ length: leaves.length / 4 }, (_, i) => poseidon(tag.tree, ...leaves.slice(4 * i, 4 * i + 4))),
        );
  const sibling = siblings(1);
  return complete(
    smallId,
    {
      oldRoot: rootOf(fold(padded.map(() => 0n)), chunkIndex, sibling),
      newRoot: rootOf(fold(padded.map(leafOf)), chunkIndex, sibling),
      chunkIndex,
      entryValue: padded.map(({ value }) => value),
      entryMeta: padded.map(({ meta }) => meta),
    },
    { sibling },
  ).inputs;
}
const smallLie = (change: Case["inputs"]): Case["inputs"] =>
  replace(smallId, { inputs: small([deposit(2, 40n), note(77n)], 1n), publicSignals: [] }, batchPublic, change).inputs;

const smallBatch: Subject = {
  name: `Batch(3, 1, ${smallId})`,
  file: "batch.circom",
  derived: ["oldRoot", "newRoot"],
  free: [],
  accepted: cases({ "a deposit and a note": small([deposit(2, 40n), note(77n)], 1n), nothing: small([], 3n) }),
  refused: cases({
    "another old root": smallLie({ oldRoot: 1n }),
    "another new root": smallLie({ newRoot: 1n }),
    "an index beyond the tree": smallLie({ chunkIndex: 5n }),
    "another place": smallLie({ chunkIndex: 2n }),
  }),
};

const deposits = Array.from({ length: 8 }, (_, slot) => deposit(slot, BigInt(slot) * 10n ** 15n + 1n));
const good = batchSample([deposit(2, 40n), note(77n)], 3, new Map([[1, 5n]]));
const lie = (change: Case["inputs"]): Case["inputs"] => replace(batchId, good, batchPublic, change).inputs;

export const batch16: Subject = {
  name: "batch16",
  derived: ["oldRoot", "newRoot"],
  free: [],
  accepted: cases({
    "every slot, notes, padding": batchSample(
      [...deposits, note(77n), note(78n)],
      3,
      new Map([
        [0, 5n],
        [47, 6n],
        [64, 7n],
      ]),
    ).inputs,
    nothing: batchSample([], 5).inputs,
    "all full": batchSample(
      Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? deposit(i % 8, largest, q - 1n) : note(q - 1n))),
      2 ** 28 - 1,
    ).inputs,
  }),
  refused: cases({
    "another old root": lie({ oldRoot: 1n }),
    "another new root": lie({ newRoot: 1n }),
    "another place": lie({ chunkIndex: 2n }),
    "an index of 2^28": lie({ chunkIndex: 2n ** 28n }),
  }),
};

export const batch: Subject[] = [entryLeaf, smallBatch];
