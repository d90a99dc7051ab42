import { concat, encodeAbiParameters, keccak256, type Address, type Hex } from "viem";

import { collateralVaultAbi, recoveryVaultAbi } from "../abis/index.ts";
import type { HypothecClient } from "../client/client.ts";
import { reading, write, type WriteResult } from "../client/write.ts";
import { HypothecError } from "../errors/base.ts";
import { packAmounts, SLOTS, unpackAmounts } from "../notes/amounts.ts";
import { precommitmentOf, type Note } from "../notes/note.ts";

/** A lock's share in the debts of a dead margin chain. */
export interface LockDebt {
  readonly lockNullifier: bigint;
  /** µUSD. */
  readonly debt: bigint;
}

/** A lender's share of what lenders recover. */
export interface LenderShare {
  readonly lender: Address;
  /** Of 10^18; all together at most that. */
  readonly share: bigint;
}

export interface DebtTree {
  readonly root: Hex;
  proofOfLock(lockNullifier: bigint): Hex[];
  proofOfLender(lender: Address): Hex[];
}

const lockLeaf = ({ lockNullifier, debt }: LockDebt): Hex =>
  leaf(encodeAbiParameters([{ type: "uint8" }, { type: "uint256" }, { type: "uint64" }], [1, lockNullifier, debt]));
const lenderLeaf = ({ lender, share }: LenderShare): Hex =>
  leaf(encodeAbiParameters([{ type: "uint8" }, { type: "address" }, { type: "uint64" }], [2, lender, share]));
const leaf = (encoded: Hex): Hex => keccak256(keccak256(encoded));
const pair = (a: Hex, b: Hex): Hex => keccak256(a < b ? concat([a, b]) : concat([b, a]));

/**
 * The Merkle tree of a dead margin chain's debts, as RecoveryVault checks it: sorted pairs, an odd node goes up as it is.
 *
 * @throws HypothecError `debts.empty`, `debts.twice`, `debts.shares`.
 */
export function createDebtTree(locks: readonly LockDebt[], lenders: readonly LenderShare[]): DebtTree {
  const leaves = [...locks.map(lockLeaf), ...lenders.map(lenderLeaf)];
  const whatToDo = "List every escaped lock and every lender once.";
  if (leaves.length === 0) throw new HypothecError("There are no debts", { code: "debts.empty", whatToDo });
  const names = [
    ...locks.map((each) => each.lockNullifier.toString()),
    ...lenders.map((each) => each.lender.toLowerCase()),
  ];
  if (new Set(names).size !== names.length)
    throw new HypothecError("A lock or a lender is listed twice", { code: "debts.twice", whatToDo });
  const whole = 10n ** 18n;
  const given = lenders.reduce((sum, { share }) => sum + share, 0n);
  if (given > whole)
    throw new HypothecError(`The lenders' shares are ${given} of ${whole}`, {
      code: "debts.shares",
      args: { given },
      whatToDo,
    });

  const levels = [leaves];
  while (levels.at(-1)!.length > 1) {
    const below = levels.at(-1)!;
    levels.push(
      Array.from({ length: Math.ceil(below.length / 2) }, (_, i) =>
        2 * i + 1 < below.length ? pair(below[2 * i]!, below[2 * i + 1]!) : below[2 * i]!,
      ),
    );
  }
  const proofOf = (index: number): Hex[] => {
    if (index < 0) throw new HypothecError("It is not in the list", { code: "debts.unlisted", whatToDo });
    const proof: Hex[] = [];
    for (const level of levels.slice(0, -1)) {
      const sibling = level[index ^ 1];
      if (sibling !== undefined) proof.push(sibling);
      index >>= 1;
    }
    return proof;
  };
  return {
    root: levels.at(-1)![0]!,
    proofOfLock: (lockNullifier) => proofOf(locks.findIndex((each) => each.lockNullifier === lockNullifier)),
    proofOfLender: (lender) => {
      const index = lenders.findIndex((each) => each.lender.toLowerCase() === lender.toLowerCase());
      return proofOf(index < 0 ? index : locks.length + index);
    },
  };
}

const vaultOf = (client: HypothecClient) =>
  ({ side: "vault", address: client.deployment.vaultChain.recoveryVault, abi: recoveryVaultAbi }) as const;
const lockOf = (client: HypothecClient, lockNullifier: bigint) => ({
  vault: client.deployment.vaultChain.vault,
  marginEid: client.deployment.marginChain.eid,
  engine: client.deployment.marginChain.engine,
  lockNullifier,
});

export interface SlotOfLock {
  readonly lockNullifier: bigint;
  readonly slot: number;
}

/**
 * Pay what a PUBLIC settlement seized of a slot to whom the margin chain's RELEASE names (ORD-5). Anyone; with `to`, that recipient only.
 *
 * @throws HypothecError with the contract's `NotReleased`, `NothingLeft`, `NotRecipient`.
 */
export function collect(
  client: HypothecClient,
  { lockNullifier, slot, to }: SlotOfLock & { readonly to?: Address | undefined },
): Promise<WriteResult> {
  const lock = lockOf(client, lockNullifier);
  return to === undefined
    ? write(client, { ...vaultOf(client), functionName: "collect", args: [lock, slot] })
    : write(client, { ...vaultOf(client), functionName: "collectTo", args: [lock, slot, to] });
}

/** Fix what of an escaped lock belongs to the lenders, by the posted list. Anyone. */
export function shareLock(
  client: HypothecClient,
  { lockNullifier, debt, proof }: LockDebt & { readonly proof: readonly Hex[] },
): Promise<WriteResult> {
  const args = [lockOf(client, lockNullifier), debt, [...proof]] as const;
  return write(client, { ...vaultOf(client), functionName: "shareLock", args });
}

/** Say that an escaped lock is in no list: it counts as without debt after thirty days, unless somebody shows its leaf. Anyone. */
export function claimUnlisted(
  client: HypothecClient,
  { lockNullifier }: { readonly lockNullifier: bigint },
): Promise<WriteResult> {
  return write(client, { ...vaultOf(client), functionName: "claimUnlisted", args: [lockOf(client, lockNullifier)] });
}

/** Admit a lender of the posted list. Anyone. */
export function admitLender(
  client: HypothecClient,
  { lender, share, proof }: LenderShare & { readonly proof: readonly Hex[] },
): Promise<WriteResult> {
  return write(client, { ...vaultOf(client), functionName: "admit", args: [client.domain, lender, share, [...proof]] });
}

/** Take the caller's share of a slot of a shared lock, as an admitted lender. */
export function takeShare(
  client: HypothecClient,
  { lockNullifier, slot, to }: SlotOfLock & { readonly to: Address },
): Promise<WriteResult> {
  const args = [lockOf(client, lockNullifier), slot, to] as const;
  return write(client, { ...vaultOf(client), functionName: "takeShare", args });
}

/**
 * Give back what of an escaped lock exceeds its debt, as free notes of the owner of `rest`, the note that the rest became. It opens that
 * note in public. Anyone who knows it.
 *
 * @throws HypothecError with the contract's `NotShared`, `NotTheRest`, `NothingLeft`.
 */
export async function returnExcess(
  client: HypothecClient,
  {
    lockNullifier,
    rest,
  }: { readonly lockNullifier: bigint; readonly rest: Pick<Note, "owner" | "blinding" | "amounts"> },
): Promise<WriteResult> {
  const { vaultChain } = client.deployment;
  const { lo, hi } = packAmounts(rest.amounts);
  const pre = precommitmentOf(rest.owner, rest.blinding);
  const slots = await excessSlots(client, lockNullifier);
  return write(client, {
    ...vaultOf(client),
    functionName: "returnExcess",
    args: [lockOf(client, lockNullifier), pre, lo, hi],
    value: BigInt(slots) * BigInt(vaultChain.entryFee),
  });
}

/** Of how many slots something goes back. */
async function excessSlots(client: HypothecClient, lockNullifier: bigint): Promise<number> {
  const { vault } = client.deployment.vaultChain;
  const args = [client.domain, lockNullifier] as const;
  const [[, debt], [, lo, hi], [, , worth]] = await reading(client, "vault", "reading what was seized", () =>
    Promise.all([
      client.vault.public.readContract({ ...vaultOf(client), functionName: "debtOf", args }),
      client.vault.public.readContract({ address: vault, abi: collateralVaultAbi, functionName: "payoutOf", args }),
      client.vault.public.readContract({ address: vault, abi: collateralVaultAbi, functionName: "payoutTerms", args }),
    ]),
  );
  const seized = unpackAmounts({ lo, hi });
  // RecoveryVault: ⌈seized · debt / worth⌉ is the lenders', all of it once the debt reaches its worth.
  const lendersPart = (amount: bigint) =>
    debt === 0n ? 0n : debt < worth ? (amount * debt + worth - 1n) / worth : amount;
  return Array.from({ length: SLOTS }, (_, i) => seized[i]!).filter((amount) => amount > lendersPart(amount)).length;
}
