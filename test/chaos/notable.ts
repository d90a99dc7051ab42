import type { StoreKind } from "../support/chaos/storePlaces.ts";

/** Seeds that once showed something, and are run ever since. What a seed means is `planOf`'s word. */
export const NOTABLE: Readonly<Record<StoreKind, readonly { seed: number; why: string }[]>> = {
  embedded: [
    { seed: 14, why: "a clock set back by an hour stopped a relayer from looking at its chain" },
    { seed: 103, why: "the same, while the other relayer lost its RPCs" },
    { seed: 46, why: "a clock set back by 90 s, without a word in the log" },
    { seed: 111, why: "the same, while an RPC told of another history" },
    { seed: 19, why: "a reorg so deep that it takes the contracts back" },
    { seed: 7, why: "both killed, orders sent three times: nine messages late" },
    { seed: 86, why: "full disk, reorg and a lost transaction: twelve messages late" },
  ],
  server: [],
};
