import type { Mutant } from "../mutant.ts";

const place = { tracker: "trustedSetup", file: "circuits/setup/keyGate.ts", suite: "keyGate.ts" } as const;

/** What a set-up leaves behind is no constraint: its mutants are of the gate that every verification key has to pass. */
export const keyMutants: readonly Mutant[] = [
  {
    ...{ ...place, id: "key-gamma-delta" },
    ...{ find: "problems.push(...equalPairs(first), ...equalPairs(second));" },
    replace: "problems.push(...equalPairs(first));",
    says: "gamma = delta: anything verifies (Veil Cash, FoomCash)",
  },
  {
    ...{ ...place, id: "key-inputs-equal" },
    ...{ find: "problems.push(...equalPairs(first), ...equalPairs(second));" },
    replace: "problems.push(...equalPairs(second));",
    says: "two equal points of public signals: c and y may be exchanged",
  },
  {
    ...{ ...place, id: "key-gamma-minus-delta" },
    ...{ find: "point.equals(second.negate()) ?", replace: "false ?" },
    says: "gamma = −delta: the same forgery with a sign",
  },
  {
    ...{ ...place, id: "key-delta-generator" },
    ...{ find: 'if (isGenerator(second.get("delta"), base2))', replace: "if (false)" },
    says: "a key that nobody contributed to",
  },
  {
    ...{ ...place, id: "key-alpha-generator" },
    ...{ find: 'if (isGenerator(first.get("alpha"), base1))', replace: "if (false)" },
    says: "powers of tau that nobody contributed to",
  },
  {
    ...{ ...place, id: "key-generator-sign" },
    ...{ find: "(point.equals(base) || point.equals(base.negate()))", replace: "point.equals(base)" },
    says: "delta = −generator: its logarithm is known as well",
  },
  {
    ...{ ...place, id: "key-points-invalid" },
    ...{ find: "point.assertValidity();", replace: "" },
    says: "points off the curve or outside the subgroup",
  },
  {
    ...{ ...place, id: "key-development" },
    ...{ find: "if (circuit !== undefined)", replace: "if (false)" },
    says: "a key with publicly known secrets under another name",
  },
  {
    ...{ ...place, id: "key-gamma-chosen" },
    ...{ find: "!gamma.equals(base2)", replace: "false" },
    says: "a gamma whose logarithm somebody may know",
  },
];
