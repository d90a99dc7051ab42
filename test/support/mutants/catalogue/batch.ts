import type { Mutant } from "../mutant.ts";

const file = "batch.circom";

export const batchMutants: readonly Mutant[] = [
  {
    id: "entry-kind-3",
    tracker: "underConstrained",
    ...{ file, find: "isDeposit * isNote === 0;", replace: "", suite: "EntryLeaf" },
    says: "an entry that is deposit and note: the sum of two leaves",
  },
  {
    id: "entry-only-deposits",
    tracker: "underConstrained",
    file,
    find: "(1 - isDeposit) * (amount + (slot0 + 2 * slot1 + 4 * slot2) * (1 << 63)) === 0;",
    replace: "",
    suite: "EntryLeaf",
    says: "a note with an amount",
  },
  {
    id: "entry-slot-unweighted",
    tracker: "underConstrained",
    ...{ file, find: "(slot0 + 2 * slot1 + 4 * slot2)", replace: "(slot0 + 2 * slot1)", suite: "EntryLeaf" },
    says: "a note with slot 4",
  },
  {
    id: "entry-empty",
    tracker: "underConstrained",
    ...{ file, find: "(1 - isDeposit - isNote) * value === 0;", replace: "", suite: "EntryLeaf" },
    says: "an empty entry with a value",
  },
  {
    id: "entry-meta-69",
    tracker: "bitLengths",
    ...{ file, find: "component bits = Num2Bits(68);", replace: "component bits = Num2Bits(69);", suite: "EntryLeaf" },
    says: "a meta of 69 bits",
  },
  {
    id: "entry-lane-free",
    tracker: "underConstrained",
    ...{ file, find: "signal lane3 <== slot0 * slot1;", replace: "signal lane3 <-- slot0 * slot1;" },
    suite: "EntryLeaf",
    says: "the slot is the prover's",
  },
  {
    id: "entry-placed-free",
    tracker: "underConstrained",
    ...{ file, find: "signal placed <== amount * place;", replace: "signal placed <-- amount * place;" },
    suite: "EntryLeaf",
    says: "the amount of a deposit is the prover's",
  },
  {
    id: "entry-lane-shift",
    tracker: "bitLengths",
    ...{ file, find: "(slot1 - lane3) * (1 << 126)", replace: "(slot1 - lane3) * (1 << 125)", suite: "EntryLeaf" },
    says: "lane 2 one bit too low",
  },
  {
    id: "entry-word",
    tracker: "underConstrained",
    ...{ file, find: "signal hi <== placed * slot2;", replace: "signal hi <== placed * slot1;", suite: "EntryLeaf" },
    says: "the wrong bit chooses the word",
  },
  {
    id: "entry-note-bit",
    tracker: "underConstrained",
    ...{
      file,
      find: "signal fromDeposit <== isDeposit * deposit;",
      replace: "signal fromDeposit <-- isDeposit * deposit;",
    },
    suite: "EntryLeaf",
    says: "any leaf from a deposit",
  },
  {
    id: "batch-old-root",
    tracker: "underConstrained",
    ...{ file, find: "before.root === oldRoot;", replace: "", suite: "Batch" },
    says: "the tree before is the prover's: all notes are gone, others are there",
  },
  {
    id: "batch-new-root",
    tracker: "underConstrained",
    ...{ file, find: "after.root === newRoot;", replace: "", suite: "Batch" },
    says: "any new root",
  },
  {
    id: "batch-index-wide",
    tracker: "bitLengths",
    ...{
      file,
      find: "index = Num2Bits(2 * levels - 4);",
      replace: "index = Num2Bits(2 * levels - 3);",
      suite: "Batch",
    },
    says: "a chunk beyond the tree, which is a chunk in it",
  },
  {
    id: "batch-index-unread",
    tracker: "unusedInput",
    ...{ file, find: "index.in <== chunkIndex;", replace: "index.in <== chunkIndex - chunkIndex;", suite: "Batch" },
    says: "the chunk's number is in no constraint but the digest: always the first chunk",
  },
  {
    id: "batch-digest-index",
    tracker: "unusedInput",
    ...{ file, find: "digest.x[2] <== chunkIndex;", replace: "digest.x[2] <== 0;", suite: "Batch" },
    says: "the contract does not know where the chunk went",
  },
];
