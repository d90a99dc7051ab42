import { concat, encodeAbiParameters, getAddress, keccak256, parseAbiParameters, type Hex } from "viem";
import { describe, expect, test } from "vitest";

import { createDebtTree, type LenderShare, type LockDebt } from "./recovery.ts";

const WHOLE = 10n ** 18n;
const lockAt = (i: number): LockDebt => ({ lockNullifier: 1_000n + BigInt(i), debt: 7n * BigInt(i) });
const lenderAt = (i: number): LenderShare => ({ lender: `0x${(i + 1).toString(16).padStart(40, "a")}`, share: 5n });
const list = <T>(count: number, at: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => at(i));

/** What RecoveryVault does with a leaf and a proof: OpenZeppelin's MerkleProof. */
const rootFrom = (types: string, values: readonly unknown[], proof: readonly Hex[]): Hex =>
  proof.reduce<Hex>(
    (hash, sibling) => keccak256(concat(BigInt(hash) < BigInt(sibling) ? [hash, sibling] : [sibling, hash])),
    keccak256(keccak256(encodeAbiParameters(parseAbiParameters(types) as never, values as never))),
  );

describe("createDebtTree", () => {
  test("default: every lock and every lender has a proof, whatever their number", () => {
    for (let locks = 0; locks <= 6; locks++)
      for (let lenders = 0; lenders <= 6; lenders++) {
        if (locks + lenders === 0) continue;
        const [debts, shares] = [list(locks, lockAt), list(lenders, lenderAt)];
        const tree = createDebtTree(debts, shares);
        for (const { lockNullifier, debt } of debts)
          expect(rootFrom("uint8, uint256, uint64", [1, lockNullifier, debt], tree.proofOfLock(lockNullifier))).toBe(
            tree.root,
          );
        for (const { lender, share } of shares)
          expect(rootFrom("uint8, address, uint64", [2, lender, share], tree.proofOfLender(lender))).toBe(tree.root);
      }
  });

  test("behavior: a proof is of one debt, and of a lock, not of a lender", () => {
    const tree = createDebtTree(list(3, lockAt), list(2, lenderAt));
    const { lockNullifier, debt } = lockAt(1);
    const proof = tree.proofOfLock(lockNullifier);
    expect(rootFrom("uint8, uint256, uint64", [1, lockNullifier, debt + 1n], proof)).not.toBe(tree.root);
    expect(rootFrom("uint8, uint256, uint64", [2, lockNullifier, debt], proof)).not.toBe(tree.root);
  });

  test("error: nothing listed, something listed twice, shares above the whole, a proof of what is not listed", () => {
    expect(() => createDebtTree([], [])).toThrow(/no debts/);
    expect(() => createDebtTree([lockAt(1), lockAt(1)], [])).toThrow(/listed twice/);
    expect(() => createDebtTree([], [lenderAt(1), { ...lenderAt(1), lender: getAddress(lenderAt(1).lender) }])).toThrow(
      /listed twice/,
    );
    expect(() => createDebtTree([], [{ ...lenderAt(0), share: WHOLE }, lenderAt(1)])).toThrow(/shares are/);
    const tree = createDebtTree([lockAt(1)], [lenderAt(1)]);
    expect(() => tree.proofOfLock(9n)).toThrow(/not in the list/);
    expect(() => tree.proofOfLender(lenderAt(2).lender)).toThrow(/not in the list/);
  });
});
