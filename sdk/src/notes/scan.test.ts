import { numberToHex, pad, zeroAddress, type Hex } from "viem";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { draftOf, emptyVaultState, orderKey, type VaultStateDraft } from "../client/vaultState.ts";
import { initCrypto, type Crypto } from "../crypto/crypto.ts";
import { sealTo } from "../crypto/seal.ts";
import { deriveKeys, type Keys } from "../keys/derive.ts";
import { depositMeta, leafOfEntry, NOTE_META, type Entry } from "../tree/leaf.ts";
import { packAmounts, toAmounts, type AmountsInput } from "./amounts.ts";
import { encryptMemo } from "./memo.ts";
import {
  commitmentOf,
  lockNullifierOf,
  precommitmentOf,
  restBlindingOf,
  seizedBlindingOf,
  seizedEphemeralOf,
  spendNullifierOf,
  type Note,
  type NoteOpening,
} from "./note.ts";
import { scanNotes } from "./scan.ts";

const DOMAIN = 77n;
const MY_CONTROLLER = 0xaan;
const X64 = 1n << 64n;

let crypto: Crypto;
let alice: Keys;
let bob: Keys;
let vault: VaultStateDraft;

beforeAll(async () => {
  crypto = await initCrypto();
  [alice, bob] = await Promise.all([deriveKeys(`0x${"0a".repeat(32)}`), deriveKeys(`0x${"0b".repeat(32)}`)]);
});
beforeEach(() => {
  vault = draftOf(emptyVaultState({ crypto, chainId: 1, vault: zeroAddress, startBlock: 0n }));
});

// A vault's public record, written as its events would: one chunk per call of append().

let open: Entry[] = [];
function queue(entry: Entry): number {
  open.push(entry);
  vault.chunks[vault.tree.chunks] = open;
  return 16 * vault.tree.chunks + open.length - 1;
}
function append(): void {
  vault.tree.appendChunk(open.map((entry) => leafOfEntry(crypto, entry)));
  vault.roots.push(vault.tree.root);
  open = [];
}
function deposit(slot: number, amount: bigint, pre: bigint, memo: Hex = "0x"): number {
  vault.deposits.push({ depositor: zeroAddress, pre, slot, amount, memo });
  return queue({ value: pre, meta: depositMeta(slot, amount) });
}

interface Output {
  to: Keys;
  amounts: AmountsInput;
  blinding: bigint;
  nkIndex?: number;
  domain?: bigint;
  controller?: bigint;
}
function transact(spent: [bigint, bigint], outputs: [Output, Output]): number {
  const made = outputs.map(({ to, nkIndex = 0, domain = 0n, controller = 0n, blinding, amounts }) => {
    const opening: NoteOpening = {
      amounts: toAmounts(amounts),
      owner: to.owner(nkIndex),
      blinding,
      domain,
      controller,
    };
    return { commitment: commitmentOf(opening), memo: encryptMemo(to.view.publicKey, { ...opening, nkIndex }) };
  });
  const [a, b] = made as [(typeof made)[0], (typeof made)[0]];
  vault.transacts.push({ nullifiers: spent, commitments: [a.commitment, b.commitment], memos: [a.memo, b.memo] });
  spent.forEach((nullifier) => vault.spent.add(nullifier));
  const leafIndex = queue({ value: a.commitment, meta: NOTE_META });
  queue({ value: b.commitment, meta: NOTE_META });
  return leafIndex;
}
function settle(
  lockNullifier: bigint,
  claim: bigint,
  rest: bigint,
  buyer?: { commitment: bigint; ephemeral: { x: bigint; y: bigint }; sealed: readonly bigint[] },
): void {
  const { commitment = 0n, ephemeral = { x: 0n, y: 0n }, sealed = [0n, 0n, 0n] } = buyer ?? {};
  vault.settled.push({
    domain: DOMAIN,
    lockNullifier,
    claim,
    buyerCommitment: commitment,
    restCommitment: rest,
    ephemeral,
    sealed,
  });
  queue({ value: rest, meta: NOTE_META });
  if (buyer !== undefined) queue({ value: commitment, meta: NOTE_META });
}
const brief = (notes: Note[]) => notes.map((n) => [n.origin, n.status, n.leafIndex, n.amounts.reduce((a, b) => a + b)]);
const nothing = (to: Keys, blinding: bigint): Output => ({ to, amounts: {}, blinding });

describe("scanNotes", () => {
  test("default: a deposit by memo, a deposit by index, nobody else's", () => {
    const pre = precommitmentOf(alice.owner(0), 5n);
    const told = { amounts: toAmounts({ 2: 9n }), blinding: 5n, domain: 0n, controller: 0n, nkIndex: 0 };
    deposit(2, 9n, pre, encryptMemo(alice.view.publicKey, told));
    deposit(3, 4n, precommitmentOf(alice.owner(0), alice.depositBlinding(2)));
    append();
    deposit(1, 1n, precommitmentOf(alice.owner(0), alice.depositBlinding(7)));
    expect(brief(scanNotes(alice, vault))).toEqual([
      ["deposit", "available", 0, 9n],
      ["deposit", "available", 1, 4n],
      ["deposit", "queued", 16, 1n],
    ]);
    expect(scanNotes(bob, vault)).toEqual([]);
  });

  test("behavior: amount and slot of a deposit come from the queue, not from the memo", () => {
    const pre = precommitmentOf(alice.owner(0), 5n);
    const lie = { amounts: toAmounts({ 2: 900n }), blinding: 5n, domain: 0n, controller: 0n, nkIndex: 0 };
    deposit(2, 9n, pre, encryptMemo(alice.view.publicKey, lie));
    append();
    expect(scanNotes(alice, vault)[0]!.amounts).toEqual(toAmounts({ 2: 9n }));
  });

  test("behavior: payments and change are found, spent notes are marked", () => {
    const leaf = deposit(0, 10n, precommitmentOf(alice.owner(0), alice.depositBlinding(0)));
    append();
    const [note] = scanNotes(alice, vault);
    expect(note!.nullifier).toBe(spendNullifierOf(alice.nk(0), vault.tree.leaf(leaf)!, leaf));
    transact(
      [note!.nullifier, 1n],
      [
        { to: bob, amounts: { 0: 3n }, blinding: 21n },
        { to: alice, amounts: { 0: 7n }, blinding: 22n },
      ],
    );
    append();
    expect(brief(scanNotes(alice, vault))).toEqual([
      ["deposit", "spent", 0, 10n],
      ["transact", "available", 17, 7n],
    ]);
    expect(brief(scanNotes(bob, vault))).toEqual([["transact", "available", 16, 3n]]);
  });

  test("behavior: a memo that does not say what the note is, is ignored", () => {
    transact([1n, 2n], [{ to: bob, amounts: { 0: 3n }, blinding: 21n }, nothing(bob, 22n)]);
    const told = { amounts: toAmounts({ 0: 3n }), blinding: 20n, domain: 0n, controller: 0n, nkIndex: 0 };
    vault.transacts[0] = { ...vault.transacts[0]!, memos: [encryptMemo(bob.view.publicKey, told), "0x"] };
    append();
    expect(scanNotes(bob, vault)).toEqual([]);
  });

  test("behavior: a lock of one's own making counts; under someone else's controller it never does", () => {
    deposit(0, 10n, precommitmentOf(alice.owner(0), alice.depositBlinding(0)));
    append();
    const mine: Output = {
      to: alice,
      amounts: { 0: 10n },
      blinding: 31n,
      nkIndex: 9,
      domain: DOMAIN,
      controller: MY_CONTROLLER,
    };
    transact([scanNotes(alice, vault)[0]!.nullifier, 1n], [mine, nothing(alice, 32n)]);
    transact([2n, 3n], [{ ...mine, nkIndex: 0, controller: 0xbadn, blinding: 41n }, nothing(bob, 42n)]);
    append();
    const locks = scanNotes(alice, vault).filter((n) => n.domain !== 0n);
    expect(brief(locks)).toEqual([["transact", "available", 16, 10n]]);
    expect(locks[0]!.nullifier).toBe(lockNullifierOf(31n, 16));
    // Unless the owner says that the controller is its own.
    const controllers = [pad(numberToHex(0xbadn), { size: 20 })];
    expect(scanNotes(alice, vault, { controllers }).filter((n) => n.domain !== 0n)).toHaveLength(2);
  });

  test("behavior: the rest of a settled lock comes home, by the order's claim and prices", () => {
    const leaf = transact(
      [1n, 2n],
      [
        { to: alice, amounts: { 0: 10n, 1: 4n }, blinding: 31n, nkIndex: 9, domain: DOMAIN, controller: MY_CONTROLLER },
        nothing(alice, 32n),
      ],
    );
    append();
    const lockNullifier = lockNullifierOf(31n, leaf);
    // At 5 µUSD a unit of slot 0, a claim of 20 takes ⌈10·20/50⌉ = 4 of it.
    const seizurePricesX64 = [5n * X64, 0n, 0n, 0n, 0n, 0n, 0n, 0n];
    const key = bob.encryption.key;
    vault.orders.set(orderKey(DOMAIN, lockNullifier), {
      vault: zeroAddress,
      engine: zeroAddress,
      lockNullifier,
      claim: 20n,
      seizurePricesX64,
      isPublic: false,
      buyerOwner: bob.owner(0),
      buyerKey: key,
    });
    const free = { domain: 0n, controller: 0n };
    const rest = commitmentOf({
      amounts: toAmounts({ 0: 6n, 1: 4n }),
      owner: alice.owner(9),
      blinding: restBlindingOf(31n),
      ...free,
    });
    const seized = toAmounts({ 0: 4n });
    const { lo, hi } = packAmounts(seized);
    const sealed = sealTo({
      key,
      ephemeralSecret: seizedEphemeralOf(31n),
      lockNullifier,
      message: [lo, hi, seizedBlindingOf(31n)],
    });
    const bought = commitmentOf({ amounts: seized, owner: bob.owner(0), blinding: seizedBlindingOf(31n), ...free });
    settle(lockNullifier, 20n, rest, { commitment: bought, ...sealed });
    append();

    const controllers = [pad(numberToHex(MY_CONTROLLER), { size: 20 })];
    expect(brief(scanNotes(alice, vault, { controllers }))).toEqual([
      ["transact", "settled", 0, 14n],
      ["rest", "available", 16, 10n],
    ]);
    expect(scanNotes(alice, vault).map((n) => [n.origin, n.nkIndex])).toEqual([["rest", 9]]);
    expect(brief(scanNotes(bob, vault))).toEqual([["bought", "available", 17, 4n]]);
  });

  test("behavior: a clean release gives everything back without an order's prices", () => {
    const output: Output = {
      to: alice,
      amounts: { 5: 8n },
      blinding: 31n,
      nkIndex: 3,
      domain: DOMAIN,
      controller: MY_CONTROLLER,
    };
    const leaf = transact([1n, 2n], [output, nothing(alice, 32n)]);
    append();
    const opening = {
      amounts: toAmounts({ 5: 8n }),
      owner: alice.owner(3),
      blinding: restBlindingOf(31n),
      domain: 0n,
      controller: 0n,
    };
    settle(lockNullifierOf(31n, leaf), 0n, commitmentOf(opening));
    append();
    expect(brief(scanNotes(alice, vault))).toEqual([["rest", "available", 16, 8n]]);
  });

  test("error: a settlement with a made-up rest or a sealed opening for nobody gives no note", () => {
    settle(123n, 5n, 999n, { commitment: 888n, ephemeral: bob.encryption.submitted, sealed: [1n, 2n, 3n] });
    append();
    expect([...scanNotes(alice, vault), ...scanNotes(bob, vault)]).toEqual([]);
  });
});
