import type { Mutant } from "../mutant.ts";

const digest = "contracts/libraries/InputDigest.sol";
const values = "contracts/verifiers/PublicValues.sol";

/** What the circuits leave to their caller: the other half of the input digest, and the widths. */
export const contractMutants: readonly Mutant[] = [
  {
    id: "verifier-r-without-c",
    tracker: "frozenHeart",
    ...{
      file: digest,
      find: "keccak256(first, sub(add(end, 0x20), first))",
      replace: "keccak256(first, sub(end, first))",
    },
    suite: "InputDigest.sol",
    says: "r does not cover c: the prover knows r when it chooses c",
  },
  {
    id: "verifier-r-without-x",
    tracker: "frozenHeart",
    ...{ file: digest, find: "keccak256(first, sub(add(end, 0x20), first))", replace: "keccak256(end, 0x20)" },
    suite: "InputDigest.sol",
    says: "r covers c alone: the statement may be chosen after r",
  },
  {
    id: "verifier-r-without-first",
    tracker: "frozenHeart",
    file: digest,
    find: "keccak256(first, sub(add(end, 0x20), first))",
    replace: "keccak256(add(first, 0x20), sub(end, first))",
    suite: "InputDigest.sol",
    says: "r does not cover the first value (the root)",
  },
  {
    id: "verifier-values-alias",
    tracker: "overflow",
    ...{ file: digest, find: "canonical := and(canonical, lt(value, Q))", replace: "", suite: "InputDigest.sol" },
    says: "x + q is x: a spent nullifier is new again (Semaphore, Zk-Kit)",
  },
  {
    id: "verifier-c-alias",
    tracker: "overflow",
    ...{ file: digest, find: "canonical := lt(c, Q)", replace: "canonical := 1", suite: "InputDigest.sol" },
    says: "c + q is c: several r for one commitment",
  },
  {
    id: "verifier-alias-reported",
    tracker: "overflow",
    ...{ file: digest, find: "if (!canonical) _revertNotCanonical(x, c);", replace: "", suite: "InputDigest.sol" },
    says: "what is not canonical is noticed and let through",
  },
  {
    id: "verifier-sum-wraps",
    tracker: "overflow",
    ...{ file: digest, find: "addmod(mulmod(y, r, Q), value, Q)", replace: "add(mulmod(y, r, Q), value)" },
    suite: "InputDigest.sol",
    says: "y above q",
  },
  {
    id: "verifier-y-without-first",
    tracker: "unusedInput",
    ...{ file: digest, find: "let at := first", replace: "let at := add(first, 0x20)", suite: "InputDigest.sol" },
    says: "the first value (the root) is in no public signal but r",
  },
  {
    id: "verifier-coverage-65",
    tracker: "bitLengths",
    ...{ file: values, find: "shr(64, mload(add(x, 0xa0)))", replace: "shr(65, mload(add(x, 0xa0)))" },
    suite: "InputDigest.sol",
    says: "margin's coverage of 65 bits is let through",
  },
  {
    id: "verifier-floor-width",
    tracker: "bitLengths",
    ...{ file: values, find: "excess := or(excess, shr(96, mload(add(x, 0x1a0))))", replace: "" },
    suite: "InputDigest.sol",
    says: "margin's last floor has no width: a·floor wraps in the circuit, and any amount is worth anything",
  },
];
