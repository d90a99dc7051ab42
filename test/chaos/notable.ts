import type { StoreKind } from "../support/chaos/storePlaces.ts";

/** Seeds that once showed something, and are run ever since. What a seed is, is for `planOf` to say. */
export const NOTABLE: Readonly<Record<StoreKind, readonly { seed: number; why: string }[]>> = {
  embedded: [
    { seed: 14, why: "a clock set back by an hour stopped a relayer from looking at its chain" },
    { seed: 103, why: "the same, while the other relayer lost its RPCs" },
    { seed: 46, why: "a clock set back by 90 s, without a word in the log" },
    { seed: 111, why: "the same, while an RPC told of another history" },
    { seed: 51, why: "a transaction was sent seconds after its chain had been halted" },
    { seed: 19, why: "a reorg so deep that it takes the contracts back" },
    { seed: 7, why: "both killed, orders sent three times: nine messages late" },
    { seed: 86, why: "full disk, reorg and a lost transaction: twelve messages late" },
  ],
  server: [
    { seed: 166, why: "a store lost twice, a kill and a pause: eight messages late" },
    { seed: 169, why: "a deep reorg whose first blocks were the old ones" },
    { seed: 170, why: "lies, a kill and a reorg: twelve messages late" },
  ],
};
