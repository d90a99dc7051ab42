import type { Mutant } from "../mutant.ts";

const file = "digest.circom";
const suite = "InputDigest";

export const digestMutants: readonly Mutant[] = [
  {
    id: "digest-chain-cut",
    tracker: "frozenHeart",
    ...{ file, find: "step[k].in[0] <== step[k - 1].out;", replace: "step[k].in[0] <== 0;", suite },
    says: "c covers the last block only: the first fifteen values may be chosen after r",
  },
  {
    id: "digest-chain-free",
    tracker: "frozenHeart",
    ...{ file, find: "step[k].in[0] <== step[k - 1].out;", replace: "step[k].in[0] <-- step[k - 1].out;", suite },
    says: "the state between blocks is the prover's: as before",
  },
  {
    id: "digest-block-repeated",
    tracker: "frozenHeart",
    ...{ file, find: "step[k].in[1 + i] <== x[15 * k + i];", replace: "step[k].in[1 + i] <== x[i];", suite },
    says: "c covers the first block again and again",
  },
  {
    id: "digest-value-free",
    tracker: "frozenHeart",
    ...{ file, find: "step[k].in[1 + i] <== x[15 * k + i];", replace: "step[k].in[1 + i] <-- x[15 * k + i];", suite },
    says: "c is the hash of other values than those in y",
  },
  {
    id: "digest-last-value",
    tracker: "frozenHeart",
    ...{ file, find: "if (15 * k + i < m) {", replace: "if (15 * k + i < m - 1) {", suite },
    says: "c does not cover the last value (ext in two circuits): it can make up for any other in y",
  },
  {
    id: "digest-padding-free",
    tracker: "nondeterministic",
    ...{ file, find: "step[k].in[1 + i] <== 0;", replace: "step[k].in[1 + i] <-- 0;", suite },
    says: "the padding is the prover's: many c for the same values",
  },
  {
    id: "digest-circuit-id",
    tracker: "underConstrained",
    ...{ file, find: "<== circuitId * (1 << 32) + m;", replace: "<== m;", suite },
    says: "c does not name the circuit: a signature for one is a signature for another",
  },
  {
    id: "digest-c-free",
    tracker: "frozenHeart",
    ...{ file, find: "c <== step[steps - 1].out;", replace: "c <-- step[steps - 1].out;", suite },
    says: "c is the prover's, after which r says nothing",
  },
  {
    id: "digest-y-free",
    tracker: "underConstrained",
    ...{ file, find: "sum[i] <== sum[i - 1] * r + x[i];", replace: "sum[i] <-- sum[i - 1] * r + x[i];", suite },
    says: "y is not that of the values",
  },
  {
    id: "digest-r-unused",
    tracker: "unusedInput",
    ...{ file, find: "sum[i - 1] * r + x[i]", replace: "sum[i - 1] + x[i]", suite },
    says: "r is in no constraint: y is a plain sum, which any permutation keeps",
  },
  {
    id: "digest-y-first",
    tracker: "unusedInput",
    ...{ file, find: "sum[0] <== x[0];", replace: "sum[0] <== 0;", suite },
    says: "y does not cover the first value",
  },
  {
    id: "digest-y-last",
    tracker: "unusedInput",
    ...{ file, find: "y <== sum[m - 1];", replace: "y <== sum[m - 2];", suite },
    says: "y does not cover the last value",
  },
];
