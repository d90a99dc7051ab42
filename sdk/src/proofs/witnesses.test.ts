import { beforeAll, describe, expect, test } from "vitest";

import { BASE8 } from "../crypto/babyjub.ts";
import { initCrypto } from "../crypto/crypto.ts";
import { deriveKeys, type Keys } from "../keys/derive.ts";
import { createTrusteeKey } from "../keys/trustee.ts";
import { toAmounts } from "../notes/amounts.ts";
import { commitmentOf, lockNullifierOf, precommitmentOf, seizedBlindingOf } from "../notes/note.ts";
import { depositMeta, NOTE_META } from "../tree/leaf.ts";
import { NoteTree } from "../tree/noteTree.ts";
import { batchWitness } from "./batch.ts";
import { digestChallenge } from "./digest.ts";
import { marginWitness } from "./margin.ts";
import { settleWitness, type SettleOrder } from "./settle.ts";
import { transactWitness, type TransactOutput } from "./transact.ts";

const DOMAIN = 55n;
const CONTROLLER = "0x0000000000000000000000000000000000000abc";
const trustee = createTrusteeKey(`0x${"22".repeat(32)}`);
const risk = { haircuts: new Array<bigint>(8).fill(9_000n), risk: new Array<bigint>(36).fill(0n) };
const floorsX64 = [0n, 2_000_000n << 64n, 0n, 0n, 0n, 0n, 0n, 0n];

let keys: Keys;
let tree: NoteTree;
const amounts = toAmounts({ 1: 1_000n });
const lock = () => ({ amounts, owner: keys.owner(9), blinding: 31n, domain: DOMAIN, controller: BigInt(CONTROLLER) });
const free = () => ({ amounts, owner: keys.owner(0), blinding: 30n, domain: 0n, controller: 0n });

beforeAll(async () => {
  const crypto = await initCrypto();
  keys = await deriveKeys(`0x${"11".repeat(32)}`);
  tree = NoteTree.create(crypto);
  tree.appendChunk([commitmentOf(free()), commitmentOf(lock())]);
});

describe("batchWitness", () => {
  const batcher = `0x${"ba".repeat(20)}` as const;

  test("default: 35 values, padded with empty entries; the tree is not changed", () => {
    const witness = batchWitness({ tree, chunkIndex: 1, chunks: [[{ value: 7n, meta: NOTE_META }]], batcher });
    expect(witness.values).toHaveLength(35);
    expect(witness.challenge).toBe(digestChallenge(witness.values, witness.commitment, batcher));
    expect(witness.values.slice(0, 4)).toEqual([tree.root, witness.newRoot, 1n, 7n]);
    expect(witness.values.slice(19, 21)).toEqual([NOTE_META, 0n]);
    expect(tree.chunks).toBe(1);
    const after = tree.clone();
    after.appendChunk(witness.leaves[0]!);
    expect(after.root).toBe(witness.newRoot);
  });

  test("default: 131 values for four chunks, each padded by itself", () => {
    const four = tree.clone();
    for (let chunk = 1; chunk < 4; chunk++) four.appendChunk([BigInt(chunk)]);
    const chunks = [7n, 8n, 9n, 10n].map((value) => [{ value, meta: NOTE_META }]);
    const witness = batchWitness({ tree: four, chunkIndex: 4, chunks, batcher });
    expect(witness.circuit).toBe("batch64");
    expect(witness.values).toHaveLength(131);
    expect(witness.values.slice(0, 5)).toEqual([four.root, witness.newRoot, 4n, 7n, 0n]);
    expect([3, 19, 35, 51].map((i) => witness.values[i])).toEqual([7n, 8n, 9n, 10n]);
    expect([67, 68, 83, 99, 115, 130].map((i) => witness.values[i])).toEqual([
      NOTE_META,
      0n,
      NOTE_META,
      NOTE_META,
      NOTE_META,
      0n,
    ]);
    expect(witness.entries.map((entry) => entry.value)).toEqual(witness.values.slice(3, 67));
    for (const entries of chunks) four.appendChunk(entries.map((entry) => entry.value));
    expect(four.root).toBe(witness.newRoot);
  });

  test("error: another chunk than the next, none or too many entries, neither one chunk nor four aligned ones", () => {
    const entries = [{ value: 7n, meta: depositMeta(0, 1n) }];
    const make = (chunkIndex: number, ...chunks: (typeof entries)[]) =>
      batchWitness({ tree, chunkIndex, chunks, batcher });
    expect(() => make(0, entries)).toThrow(/Chunk 0 was given, the tree's next chunk is 1/);
    expect(() => make(1, [])).toThrow(/1 to 16 entries, got 0/);
    expect(() => make(1, new Array<(typeof entries)[0]>(17).fill(entries[0]!))).toThrow(/got 17/);
    expect(() => make(1)).toThrow(/1 chunk or 4, got 0/);
    expect(() => make(1, entries, entries)).toThrow(/1 chunk or 4, got 2/);
    expect(() => make(1, entries, entries, entries, entries)).toThrow(/start at a multiple of four, got 1/);
  });
});

describe("transactWitness", () => {
  const input = () => ({ amounts, blinding: 30n, nk: keys.nk(0), path: tree.path(0) });
  const output = (n: bigint): TransactOutput => ({
    pre: precommitmentOf(5n, n),
    amounts: toAmounts({ 1: n }),
    domain: 0n,
    controller: 0n,
  });
  const make = (more: Partial<Parameters<typeof transactWitness>[0]> = {}) =>
    transactWitness({
      root: tree.root,
      inputs: [input()],
      outputs: [output(600n), output(300n)],
      withdraw: toAmounts({ 1: 100n }),
      ext: 4n,
      spendingKey: keys.spending,
      ...more,
    });

  test("default: the digest's values in order, a dummy as second input", async () => {
    const witness = await make();
    expect(witness.values).toEqual([tree.root, ...witness.nullifiers, ...witness.outCommitments, 100n << 63n, 0n, 4n]);
    expect(witness.nullifiers[0]).not.toBe(witness.nullifiers[1]);
    expect((await make()).nullifiers[1]).not.toBe(witness.nullifiers[1]);
  });

  test("error: what goes in must come out, in every slot", async () => {
    await expect(make({ withdraw: toAmounts({ 1: 99n }) })).rejects.toThrow(
      /Slot 1: 1000 shared units go in, 999 come out/,
    );
    await expect(make({ withdraw: toAmounts({ 1: 100n, 2: 1n }) })).rejects.toThrow(/Slot 2: 0 .* 1 come out/);
  });

  test("error: a note that is not in the tree, under another root, twice, or a third one", async () => {
    await expect(make({ inputs: [{ ...input(), blinding: 29n }] })).rejects.toThrow(/not leaf 0 of the tree/);
    await expect(make({ inputs: [{ ...input(), nk: keys.nk(1) }] })).rejects.toThrow(/not leaf 0 of the tree/);
    await expect(make({ root: 1n })).rejects.toThrow(/different roots/);
    await expect(make({ inputs: [input(), input()] })).rejects.toThrow(/given twice/);
    await expect(make({ inputs: [input(), input(), input()] })).rejects.toThrow(/at most 2 notes, got 3/);
  });

  test("error: a lock without controller, a controller without lock", async () => {
    const half = { ...output(300n), domain: DOMAIN };
    await expect(make({ outputs: [output(600n), half] })).rejects.toThrow(
      /neither domain nor controller \(free\) or both/,
    );
    await expect(make({ outputs: [output(600n), { ...half, domain: 0n, controller: 1n }] })).rejects.toThrow(/or both/);
    await expect(make({ outputs: [output(600n), { ...half, controller: 1n << 160n }] })).rejects.toThrow(/or both/);
  });

  test("error: a signer that signs something else", async () => {
    const wrong = { ...keys.spending, sign: () => keys.spending.sign(1n) };
    await expect(make({ spendingKey: wrong })).rejects.toThrow(/does not verify/);
  });
});

describe("marginWitness", () => {
  const make = (more: Partial<Parameters<typeof marginWitness>[0]> = {}) =>
    marginWitness({
      ...risk,
      lock: lock(),
      path: tree.path(1),
      domain: DOMAIN,
      controller: CONTROLLER,
      coverage: 1_800_000_000n,
      floorsX64,
      trusteeKey: trustee.key,
      ext: 9n,
      ...more,
    });

  test("default: 28 values; the nullifier and an opening for the trustee come out", () => {
    const witness = make();
    expect(witness.values).toHaveLength(28);
    expect(witness.lockNullifier).toBe(lockNullifierOf(31n, 1));
    expect(witness.values[4]).toBe(1_800_000_000n);
  });

  test("error: too much coverage: says the most there is", () => {
    // 1,000 units at 2 USD and 90 % are exactly 1,800 USD.
    expect(() => make({ coverage: 1_800_000_001n })).toThrow(/the most it can prove is 1800000000 µUSD/);
  });

  test("error: a free note, another domain, another controller, another place in the tree", () => {
    expect(() => make({ lock: free() })).toThrow(/free, not a lock/);
    expect(() => make({ domain: 56n })).toThrow(/another domain/);
    expect(() => make({ controller: "0x0000000000000000000000000000000000000abd" })).toThrow(/another controller/);
    expect(() => make({ path: tree.path(2) })).toThrow(/not leaf 2 of the tree/);
  });

  test("error: a floor wider than the circuit takes", () => {
    expect(() => make({ floorsX64: [1n << 96n, ...floorsX64.slice(1)] })).toThrow(/floorX64\[0\]/);
  });
});

describe("settleWitness", () => {
  const order = (more: Partial<SettleOrder> = {}): SettleOrder => ({
    vault: CONTROLLER,
    engine: CONTROLLER,
    lockNullifier: lockNullifierOf(31n, 1),
    claim: 500_000_000n,
    seizurePricesX64: floorsX64,
    isPublic: false,
    buyerOwner: 6n,
    buyerKey: keys.encryption.key,
    ...more,
  });
  const opening = () => ({ amounts, blinding: 31n, pk: keys.owner(9), leafIndex: 1 });
  const make = (more: Partial<SettleOrder> = {}, rest: Partial<Parameters<typeof settleWitness>[0]> = {}) =>
    settleWitness({
      order: order(more),
      domain: DOMAIN,
      opening: opening(),
      controller: CONTROLLER,
      path: tree.path(1),
      ...rest,
    });

  test("default: the claim's share for the buyer, the rest for the owner", () => {
    // 500 of 2,000 USD: a quarter of 1,000.
    const { params, settlement, values } = make();
    expect(values).toHaveLength(25);
    expect([settlement.seized[1], settlement.rest[1]]).toEqual([250n, 750n]);
    const bought = {
      amounts: toAmounts({ 1: 250n }),
      owner: 6n,
      blinding: seizedBlindingOf(31n),
      domain: 0n,
      controller: 0n,
    };
    expect(params.buyerCommitment).toBe(commitmentOf(bought));
    const ephemeral = { x: params.ephemeralX, y: params.ephemeralY };
    const opened = keys.encryption.open({
      ephemeral,
      sealed: params.sealedOpening,
      lockNullifier: order().lockNullifier,
    });
    expect(opened).toEqual([250n << 63n, 0n, seizedBlindingOf(31n)]);
  });

  test("behavior: a release has no buyer, whatever the order says of one", () => {
    const { params, settlement } = make({ claim: 0n, buyerKey: { x: 0n, y: 0n }, buyerOwner: 0n });
    expect([params.buyerCommitment, params.ephemeralX, params.sealedOpening]).toEqual([0n, 0n, [0n, 0n, 0n]]);
    expect(settlement.rest).toEqual(amounts);
  });

  test("behavior: a public order pays amounts instead", () => {
    const { params } = make({ isPublic: true });
    expect([params.payoutLo, params.payoutHi, params.buyerCommitment]).toEqual([250n << 63n, 0n, 0n]);
  });

  test("behavior: takes the opening packed, as a trustee gets it", () => {
    const packed = { lo: 1_000n << 63n, hi: 0n, blinding: 31n, pk: keys.owner(9), leafIndex: 1n };
    expect(make({}, { opening: packed }).values).toEqual(make().values);
  });

  test("error: an opening of another lock, a wrong owner, domain or controller, a bad buyer key", () => {
    expect(() => make({ lockNullifier: 5n })).toThrow(/another lock than the order/);
    expect(() => make({}, { opening: { ...opening(), pk: 1n } })).toThrow(/not leaf 1 of the tree/);
    expect(() => make({}, { domain: 56n })).toThrow(/not leaf 1 of the tree/);
    expect(() => make({}, { controller: 5n })).toThrow(/not leaf 1 of the tree/);
    expect(() => make({}, { domain: 0n })).toThrow(/free, not a lock/);
    expect(() => make({}, { path: tree.path(0) })).toThrow(/another leaf or root/);
    expect(() => make({ buyerKey: { x: BASE8.y, y: BASE8.x } })).toThrow(/not of prime order/);
  });
});
