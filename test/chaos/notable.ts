/** Seeds that once showed something, and are run ever since. What a seed is must not change: `planOf` is its meaning. */
export const NOTABLE: readonly { seed: number; why: string }[] = [
  { seed: 14, why: "a clock set back by an hour stopped the relayer from looking at its chain" },
  { seed: 46, why: "the same by 90 s, without a word in the log" },
  { seed: 103, why: "a clock set back by an hour, while the other relayer lost its RPCs" },
  { seed: 111, why: "a clock set back by 90 s, while an RPC told of another history" },
  { seed: 19, why: "a reorg that takes the contracts back" },
  { seed: 7, why: "kill −9 and duplicated orders, nine messages late" },
  { seed: 86, why: "full disk, reorg and lost transactions, twelve messages late" },
];
