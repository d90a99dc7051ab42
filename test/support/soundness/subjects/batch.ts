import { batch64Id, batchId, batchPublic, batchSample, complete, leafOf, replace } from "../../circuits/samples.ts";
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

/** The circuit of one chunk or of four. */
function circuit(name: string, chunks: 1 | 4): Subject {
  const id = chunks === 1 ? batchId : batch64Id;
  const first = 4 * chunks;
  const deposits = Array.from({ length: 8 }, (_, slot) => deposit(slot, BigInt(slot) * 10n ** 15n + 1n));
  const inTree = new Map([
    [0, 5n],
    [16 * first - 1, 6n],
    [16 * (first + chunks), 7n],
  ]);
  const full = Array.from({ length: 16 * chunks }, (_, i) =>
    i % 2 === 0 ? deposit(i % 8, largest, q - 1n) : note(q - 1n),
  );
  const good = batchSample([deposit(2, 40n), note(77n)], first, new Map([[1, 5n]]), chunks);
  const lie = (change: Case["inputs"]): Case["inputs"] => replace(id, good, batchPublic, change).inputs;
  return {
    name,
    derived: ["oldRoot", "newRoot"],
    free: [],
    accepted: cases({
      "every slot, notes, padding": batchSample([...deposits, note(77n), note(78n)], first, inTree, chunks).inputs,
      // Six seconds of processor time each for four chunks: the long search has the others.
      ...(chunks === 1 && {
        nothing: batchSample([], 2 * first, new Map(), chunks).inputs,
        "all full": batchSample(full, 2 ** 28 - chunks, new Map(), chunks).inputs,
      }),
    }),
    refused: cases({
      "another old root": lie({ oldRoot: 1n }),
      "another new root": lie({ newRoot: 1n }),
      "another place": lie({ chunkIndex: BigInt(2 * first) }),
      "an index of 2^28": lie({ chunkIndex: 2n ** 28n }),
      ...(chunks > 1 && { "an index that is not aligned": lie({ chunkIndex: BigInt(first + 1) }) }),
    }),
  };
}

export const batch16 = circuit("batch16", 1);
export const batch64 = circuit("batch64", 4);

export const batch: Subject[] = [entryLeaf, smallBatch];
