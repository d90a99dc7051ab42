import { mkdirSync, writeFileSync } from "node:fs";

import { encodePacked, getAddress, zeroAddress, type Address, type Hex } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { revertName } from "../../support/errors.ts";
import {
  CHUNK,
  createVaultWorld,
  domainOf,
  ENTRY_FEE,
  LOCAL_EID,
  MARGIN_EID,
  NATIVE,
  prove,
  transactExt,
  USDC,
  WBTC,
  type Vault,
  type VaultWorld,
  type ZkProof,
} from "../../support/contracts/vaultWorld.ts";
import { hardhatArtifact } from "../../../scripts/deploy/artifacts.ts";
import {
  buyerSecret,
  orderOf,
  settleSample,
  transactSample,
  type TransactInput,
  type TransactOutput,
} from "../../support/circuits/samples.ts";
import { base8, multiply, poseidon, spendingKey, tag } from "../../support/reference/crypto.ts";
import { q } from "../../support/reference/field.ts";
import {
  commitment,
  lockNullifier,
  owner,
  packAmounts,
  precommitment,
  single,
  spendNullifier,
  type Note,
} from "../../support/reference/notes.ts";

// The path of a pledge on its vault chain with real proofs: deposits, a batch, transacts that pay and lock, settlements.

const key = spendingKey(7);
const engine: Address = getAddress("0x00000000000000000000000000000000000e1101");
const controller = 0xc0ffeen;
const memo: Hex = `0x${"5a".repeat(288)}`;
const farDeadline = 2 ** 40 - 1;
const noAmounts = single(0, 0n);

/** Free notes of the one user, each with a nullifying key of its own. */
const secrets = (i: number) => ({ nullifyingKey: BigInt(1000 + i), blinding: BigInt(2000 + i) });
const freeNote = (i: number, amount: readonly bigint[] = noAmounts): Note => {
  const { nullifyingKey, blinding } = secrets(i);
  return { owner: owner(key.point, nullifyingKey), blinding, amount, domain: 0n, controller: 0n };
};
/** An input that holds nothing. Each needs a blinding of its own, or its nullifier has been used. */
let dummies = 0n;
const dummy = (): TransactInput => ({ nullifyingKey: 77n, blinding: 88n + dummies++, amount: noAmounts });

type Transact = {
  inputs: readonly [TransactInput, TransactInput];
  outputs: readonly [TransactOutput, TransactOutput];
  withdraw?: readonly bigint[];
  recipient?: Address;
  relayer?: Address;
  feeSlot?: number;
  fee?: bigint;
};

let world: VaultWorld;
let vault: Vault;
const gas: Record<string, bigint> = {};

beforeAll(async () => {
  world = await createVaultWorld();
  vault = await world.createVault();
});

afterAll(async () => {
  const figures = Object.fromEntries(Object.entries(gas).map(([what, amount]) => [what, Number(amount)]));
  console.table(figures);
  // `npm run bench -- gas` reads it.
  mkdirSync(".cache/test-results", { recursive: true });
  writeFileSync(".cache/test-results/vault-gas.json", JSON.stringify(figures));
  await (globalThis as { curve_bn128?: { terminate(): Promise<void> } }).curve_bn128?.terminate();
});

/** The proven transact: its call's arguments. */
async function provenTransact(at: Vault, given: Transact) {
  const bound = {
    recipient: given.recipient ?? zeroAddress,
    relayer: given.relayer ?? zeroAddress,
    feeSlot: given.feeSlot ?? 0,
    fee: given.fee ?? 0n,
    deadline: farDeadline,
    memo0: memo,
    memo1: memo,
  };
  const ext = transactExt({ chainId: world.chainId, vault: at.address, ...bound });
  const { inputs, outputs, withdraw = noAmounts } = given;
  const sample = transactSample({ key, inputs, outputs, withdraw, ext, leaves: at.leaves });
  const [withdrawLo, withdrawHi] = packAmounts(withdraw);
  const { root, nullifier, outCommitment } = sample.inputs as {
    root: bigint;
    nullifier: bigint[];
    outCommitment: bigint[];
  };
  const params = { root, nullifiers: nullifier, outCommitments: outCommitment, withdrawLo, withdrawHi, ...bound };
  return { params, proof: await prove("transact", sample) };
}

const submit = (at: Vault, params: object, proof: ZkProof) =>
  world.send(world.relayer, at.address, at.abi, "transact", [params, proof], 2n * ENTRY_FEE);

const fails = (attempt: Promise<unknown>): Promise<string | undefined> =>
  revertName(attempt, hardhatArtifact("vault/CollateralVault").abi);

describe("appendBatch", () => {
  test("default: sixteen deposits of four assets become leaves", async () => {
    for (let i = 0; i < CHUNK; i++) {
      await vault.deposit(freeNote(i), i % 4, BigInt(1_000_000 + i));
    }
    const { sent, args } = await vault.append();
    gas["appendBatch, the first of a vault"] = sent.gas;
    expect(await vault.read("currentRoot")).toBe(vault.root());
    expect(await fails(world.send(world.batcher, vault.address, vault.abi, "appendBatch", args))).toBe(
      "ChunkNotSealed",
    );
  });

  test("behavior: a full second chunk, and what it costs", async () => {
    let total = 0n;
    for (let i = 0; i < CHUNK; i++) {
      total += (await vault.deposit(freeNote(CHUNK + i), USDC, BigInt(2_000_000 + i))).gas;
    }
    const before = await world.balanceOf(zeroAddress, world.batcher.account.address);
    const { sent } = await vault.append();
    const after = await world.balanceOf(zeroAddress, world.batcher.account.address);
    expect(after).toBeGreaterThan(before + 15n * ENTRY_FEE); // sixteen fees less the gas
    gas["deposit (ERC-20), mean of a chunk"] = total / BigInt(CHUNK);
    gas.appendBatch = sent.gas;
    gas["appendBatch, per leaf"] = sent.gas / BigInt(CHUNK);
    gas["private deposit with its share of the batch"] = (total + sent.gas) / BigInt(CHUNK);
  });

  test("behavior: four chunks at once, three of them padded, then one", async () => {
    const at = await world.createVault();
    for (const entries of [1, CHUNK, 2, 1]) {
      for (let i = 0; i < entries; i++) await at.deposit(freeNote(10 * entries + i), i % 4, BigInt(500 + i));
      if (entries < CHUNK) await at.seal();
    }
    await at.deposit(freeNote(200), WBTC, 9n);
    const nextChunk = at.nextLeaf();
    expect(nextChunk).toBe(4 * CHUNK + 1);

    const [before, paid] = [await world.balanceOf(zeroAddress, at.address), 20n * ENTRY_FEE];
    await at.append(4);
    expect(await at.read("currentRoot")).toBe(at.root());
    expect(await world.balanceOf(zeroAddress, at.address)).toBe(before - paid);
    await at.append();
    expect(await at.read("currentRoot")).toBe(at.root());
    expect(at.leaves.size).toBe(21);
  });

  test("behavior: what four full chunks cost, and that nobody can change them", async () => {
    const at = await world.createVault();
    let total = 0n;
    for (let i = 0; i < 4 * CHUNK; i++) total += (await at.deposit(freeNote(i), USDC, BigInt(3_000_000 + i))).gas;
    const args = await at.prepareAppend(4);
    const [entries, newRoot, proof, batcher] = args;
    const append = (...changed: unknown[]) => world.send(world.batcher, at.address, at.abi, "appendBatch", changed);
    expect(await fails(append(entries, newRoot + 1n, proof, batcher))).toBe("InvalidProof");
    const otherOrder = [...entries.slice(16, 32), ...entries.slice(0, 16), ...entries.slice(32)];
    expect(await fails(append(otherOrder, newRoot, proof, batcher))).toBe("WrongChunkHash");
    // A proof of four is none of one.
    expect(await fails(append(entries.slice(0, 16), newRoot, proof, batcher))).toBe("InvalidProof");

    const sent = await at.sendAppend(args);
    expect(await at.read("currentRoot")).toBe(at.root());
    expect(await fails(append(...args))).toBe("ChunkNotSealed");
    gas["appendBatch of 64, per leaf"] = sent.gas / 64n;
    gas["private deposit with its share of a batch of 64"] = (total + sent.gas) / 64n;
  });

  test("error: another root, another order of entries, a proof of another circuit", async () => {
    const other = await world.createVault();
    await other.deposit(freeNote(0), USDC, 5n);
    await other.deposit(freeNote(1), USDC, 6n);
    const { args } = await other.append();
    const third = await world.createVault();
    await third.deposit(freeNote(0), USDC, 5n);
    await third.deposit(freeNote(1), USDC, 6n);
    await world.test.increaseTime({ seconds: 60 });
    await world.test.mine({ blocks: 1 });
    await world.send(world.alice, third.address, third.abi, "seal", []);
    const [entries, newRoot, proof, batcher] = args;
    const append = (...changed: unknown[]) =>
      world.send(world.batcher, third.address, third.abi, "appendBatch", changed);
    expect(await fails(append(entries, newRoot + 1n, proof, batcher))).toBe("InvalidProof");
    expect(await fails(append(entries, newRoot + q, proof, batcher))).toBe("PublicValueNotCanonical");
    expect(await fails(append([entries[1], entries[0], ...entries.slice(2)], newRoot, proof, batcher))).toBe(
      "WrongChunkHash",
    );
    expect(await fails(append(entries, newRoot, { ...proof, commitment: proof.commitment + 1n }, batcher))).toBe(
      "InvalidProof",
    );
    expect(await fails(append(entries, newRoot, { ...proof, commitment: proof.commitment + q }, batcher))).toBe(
      "PublicValueNotCanonical",
    );
    // Whoever copies the transaction cannot have the fees: the proof is for one batcher.
    expect(await fails(append(entries, newRoot, proof, world.relayer.account.address))).toBe("InvalidProof");
    // The same chunk on the same tree: anyone may send anyone's proof of it.
    await append(entries, newRoot, proof, batcher);
    expect(await third.read("currentRoot")).toBe(newRoot);
  });
});

describe("transact and settle", () => {
  const usdcOf = (i: number): TransactInput => ({
    ...secrets(i),
    amount: single(USDC, BigInt(2_000_000 + (i - CHUNK))),
    leafIndex: i,
  });
  const freeOutput = (i: number, amount: readonly bigint[]): TransactOutput => {
    const note = freeNote(i);
    return { pre: precommitment(note.owner, note.blinding), amount, domain: 0n, controller: 0n };
  };
  let domain: bigint;
  /** Locks by their place in the tree. */
  const locks: (Note & { leafIndex: number })[] = [];

  test("default: a private transfer, and its gas", async () => {
    const [a, b] = [usdcOf(16), usdcOf(17)];
    const total = a.amount[USDC]! + b.amount[USDC]!;
    const outputs = [freeOutput(100, single(USDC, 7n)), freeOutput(101, single(USDC, total - 7n))] as const;
    const { params, proof } = await provenTransact(vault, { inputs: [a, b], outputs });

    // Nothing of what a proof is bound to can be changed by who carries it.
    const recipient = world.bob.account.address;
    const changes: [string, object][] = [
      ["InvalidProof", { ...params, recipient }],
      ["InvalidProof", { ...params, relayer: recipient }],
      ["InvalidProof", { ...params, feeSlot: 1 }],
      ["InvalidProof", { ...params, deadline: farDeadline - 1 }],
      ["InvalidProof", { ...params, memo0: `0x00${memo.slice(4)}` }],
      ["InvalidProof", { ...params, memo1: `0x00${memo.slice(4)}` }],
      ["InvalidProof", { ...params, withdrawLo: 1n, recipient }],
      ["InvalidProof", { ...params, nullifiers: [params.nullifiers[0]! + 1n, params.nullifiers[1]] }],
      ["InvalidProof", { ...params, outCommitments: [...params.outCommitments].reverse() }],
      ["PublicValueNotCanonical", { ...params, nullifiers: [params.nullifiers[0]! + q, params.nullifiers[1]] }],
    ];
    for (const [error, changed] of changes) expect(await fails(submit(vault, changed, proof))).toBe(error);

    await vault.deposit(freeNote(CHUNK * 2), USDC, 5n); // measured where fifteen of sixteen are: not first in its chunk
    gas["transact 2→2, no withdrawal"] = (await submit(vault, params, proof)).gas;
    vault.noteQueued(...params.outCommitments);
    expect(await fails(submit(vault, params, proof))).toBe("AlreadySpent");
    // The same two notes in other words: a dummy beside one of them.
    const again = await provenTransact(vault, {
      inputs: [dummy(), b],
      outputs: [freeOutput(102, noAmounts), freeOutput(103, b.amount)],
    });
    expect(await fails(submit(vault, again.params, again.proof))).toBe("AlreadySpent");
  });

  test("behavior: a withdrawal pays recipient and relayer, and a proof is of one vault", async () => {
    const input: TransactInput = { ...secrets(3), amount: single(NATIVE, 1_000_003n), leafIndex: 3 };
    const recipient = getAddress("0x00000000000000000000000000000000000f4e54");
    const relayer = getAddress("0x0000000000000000000000000000000000de1a4e");
    const given: Transact = {
      inputs: [input, usdcOf(18)],
      outputs: [freeOutput(104, single(NATIVE, 3n)), freeOutput(105, single(USDC, usdcOf(18).amount[USDC]! - 500n))],
      withdraw: [500n, 0n, 0n, 1_000_000n, 0n, 0n, 0n, 0n],
      recipient,
      relayer,
      feeSlot: NATIVE,
      fee: 1_000n,
    };
    const { params, proof } = await provenTransact(vault, given);

    // A second vault with the same tree: nullifiers, root and proof would fit, `ext` does not.
    const twin = await world.createVault();
    for (let i = 0; i < CHUNK; i++) await twin.deposit(freeNote(i), i % 4, BigInt(1_000_000 + i));
    await twin.append();
    for (let i = 0; i < CHUNK; i++) await twin.deposit(freeNote(CHUNK + i), USDC, BigInt(2_000_000 + i));
    await twin.append();
    expect(twin.root()).toBe(params.root);
    expect(await fails(submit(twin, params, proof))).toBe("InvalidProof");

    gas["transact 2→2, withdrawal of two assets with a fee"] = (await submit(vault, params, proof)).gas;
    vault.noteQueued(...params.outCommitments);
    expect(await world.balanceOf(world.tokens[USDC], recipient)).toBe(500n);
    expect(await world.balanceOf(zeroAddress, recipient)).toBe(999_000n * world.units[NATIVE]!);
    expect(await world.balanceOf(zeroAddress, relayer)).toBe(1_000n * world.units[NATIVE]!);
  });

  test("behavior: three locks for an engine", async () => {
    domain = domainOf(LOCAL_EID, vault.address, MARGIN_EID, engine);
    const first = vault.nextLeaf();
    const amounts = [
      [1_999_999n, 1_000_001n, 0n, 0n, 0n, 0n, 0n, 0n],
      [2_000_000n + 2_000_003n - 1_999_999n - 1_000n, 0n, 0n, 0n, 0n, 0n, 0n, 0n],
    ];
    // USDC of leaf 19 and WBTC of leaf 1 into the first; USDC of 19 alone cannot be split here, so two transacts.
    const lockNotes = amounts.map((amount, i) => ({ ...freeNote(200 + i, amount), domain, controller }));
    const lockOutput = (note: Note): TransactOutput => ({
      pre: precommitment(note.owner, note.blinding),
      amount: note.amount,
      domain,
      controller,
    });
    const usdc19 = usdcOf(19);
    const wbtc1: TransactInput = { ...secrets(1), amount: single(WBTC, 1_000_001n), leafIndex: 1 };
    const one = await provenTransact(vault, {
      inputs: [usdc19, wbtc1],
      outputs: [lockOutput(lockNotes[0]!), freeOutput(106, single(USDC, usdc19.amount[USDC]! - 1_999_999n))],
    });
    await submit(vault, one.params, one.proof);
    const [usdc20, usdc21] = [usdcOf(20), usdcOf(21)];
    const second = { ...lockNotes[1]!, amount: usdc20.amount };
    const third = { ...freeNote(202, usdc21.amount), domain, controller };
    const two = await provenTransact(vault, {
      inputs: [usdc20, usdc21],
      outputs: [lockOutput(second), lockOutput(third)],
    });
    await submit(vault, two.params, two.proof);
    vault.noteQueued(...one.params.outCommitments, ...two.params.outCommitments);
    locks.push(
      { ...lockNotes[0]!, leafIndex: first },
      { ...second, leafIndex: first + 2 },
      { ...third, leafIndex: first + 3 },
    );
    await vault.append();
    expect(await vault.read("currentRoot")).toBe(vault.root());
    expect(vault.leaves.get(locks[1]!.leafIndex)).toBe(commitment(locks[1]!));
  });

  test("error: a lock cannot be spent by transact, its owner's keys notwithstanding", async () => {
    const lock = locks[1]!;
    const input: TransactInput = {
      nullifyingKey: secrets(201).nullifyingKey,
      blinding: lock.blinding,
      amount: lock.amount,
      leafIndex: lock.leafIndex,
    };
    const wrong = await provenTransact(
      { ...vault, leaves: new Map() },
      {
        inputs: [input, dummy()],
        outputs: [freeOutput(108, lock.amount), freeOutput(109, noAmounts)],
      },
    );
    expect(await fails(submit(vault, { ...wrong.params, root: vault.root() }, wrong.proof))).toBe("InvalidProof");
    expect(await fails(submit(vault, wrong.params, wrong.proof))).toBe("UnknownRoot");
  });

  const settleArguments = async (lock: Note & { leafIndex: number }, order: ReturnType<typeof orderOf>) => {
    const sample = settleSample(order, lock, vault.leaves);
    const values = sample.inputs as Record<string, bigint> & { sealed: bigint[] };
    const params = {
      root: values.root!,
      payoutLo: values.payoutLo!,
      payoutHi: values.payoutHi!,
      buyerCommitment: values.buyerCommitment!,
      restCommitment: values.restCommitment!,
      ephemeralX: values.ephemeralX!,
      ephemeralY: values.ephemeralY!,
      sealedOpening: values.sealed,
    };
    const onChain = {
      vault: vault.address,
      engine,
      lockNullifier: lockNullifier(lock.blinding, BigInt(lock.leafIndex)),
      claim: order.claim,
      seizurePricesX64: order.seizurePriceX64,
      isPublic: order.isPublic,
      buyerOwner: order.buyerOwner,
      buyerKey: order.buyerKey,
    };
    return { params, order: onChain, proof: await prove("settle", sample) };
  };
  const settle = (order: object, params: object, proof: ZkProof, notes: bigint) =>
    world.send(
      world.relayer,
      vault.address,
      vault.abi,
      "settle",
      [order, MARGIN_EID, params, proof],
      notes * ENTRY_FEE,
    );

  test("default: a claim becomes the buyer's note and the rest the owner's, and the buyer spends it", async () => {
    const lock = locks[0]!;
    const buyer = spendingKey(9);
    const buyerNk = 4242n;
    // 1 µUSD a unit of USDC, 0.0004 USD a unit of WBTC.
    const seizurePriceX64 = [2n ** 64n, 400n * 2n ** 64n, 0n, 0n, 0n, 0n, 0n, 0n];
    const order = orderOf({
      claim: 1_000_000n,
      seizurePriceX64,
      buyerOwner: owner(buyer.point, buyerNk),
      buyerKey: multiply(base8, buyerSecret),
    });
    const call = await settleArguments(lock, order);
    expect(await fails(settle(call.order, call.params, call.proof, 2n))).toBe("OrderNotExecutable");
    await world.deliverOrders(packedSettle(call.order));
    expect(await fails(settle(call.order, call.params, call.proof, 2n))).toBe("OrderNotExecutable");
    await world.deliverOrders(packedOpened(call.order.lockNullifier, order.claim));

    expect(await fails(settle({ ...call.order, claim: 2n }, call.params, call.proof, 2n))).toBe("OrderNotExecutable");
    for (const changed of ["restCommitment", "buyerCommitment", "ephemeralX", "ephemeralY"] as const) {
      expect(
        await fails(settle(call.order, { ...call.params, [changed]: call.params[changed] + 1n }, call.proof, 2n)),
      ).toBe("InvalidProof");
    }
    await vault.deposit(freeNote(CHUNK * 2 + 1), USDC, 5n);
    const first = vault.nextLeaf();
    gas["settle with a buyer"] = (await settle(call.order, call.params, call.proof, 2n)).gas;
    expect(await fails(settle(call.order, call.params, call.proof, 2n))).toBe("AlreadySettled");
    vault.noteQueued(call.params.restCommitment, call.params.buyerCommitment);
    await vault.append();

    // By hand: V = 1,999,999 + 400·1,000,001 µUSD; each slot gives ⌈a·X/V⌉.
    const total = 1_999_999n + 400n * 1_000_001n;
    const share = (a: bigint): bigint => (a * order.claim + total - 1n) / total;
    const seized = [share(1_999_999n), share(1_000_001n), 0n, 0n, 0n, 0n, 0n, 0n];
    const bought: Note = {
      owner: order.buyerOwner,
      blinding: poseidon(tag.seized, lock.blinding),
      amount: seized,
      domain: 0n,
      controller: 0n,
    };
    expect(vault.leaves.get(first + 1)).toBe(commitment(bought));
    const rest: Note = {
      owner: lock.owner,
      blinding: poseidon(tag.rest, lock.blinding),
      amount: lock.amount.map((a, i) => a - seized[i]!),
      domain: 0n,
      controller: 0n,
    };
    expect(vault.leaves.get(first)).toBe(commitment(rest));
    // The remainder is its owner's to spend: the nullifier of a free note.
    const input: TransactInput = {
      nullifyingKey: secrets(200).nullifyingKey,
      blinding: rest.blinding,
      amount: rest.amount,
      leafIndex: first,
    };
    const spend = await provenTransact(vault, {
      inputs: [input, dummy()],
      outputs: [freeOutput(110, rest.amount), freeOutput(111, noAmounts)],
    });
    await submit(vault, spend.params, spend.proof);
    vault.noteQueued(...spend.params.outCommitments);
    expect(await vault.read("isSpent", [spendNullifier(input.nullifyingKey, commitment(rest), BigInt(first))])).toBe(
      true,
    );
  });

  test("behavior: a release gives everything back, without an OPENED", async () => {
    const lock = locks[1]!;
    const order = orderOf({ claim: 0n, seizurePriceX64: noAmounts, buyerOwner: 0n, buyerKey: { x: 0n, y: 0n } });
    const call = await settleArguments(lock, order);
    await world.deliverOrders(packedSettle(call.order));
    expect(await fails(settle(call.order, call.params, call.proof, 2n))).toBe("WrongEntryFee");
    gas["settle, a release"] = (await settle(call.order, call.params, call.proof, 1n)).gas;
    expect(await vault.read("isLockSpent", [call.order.lockNullifier])).toBe(true);
  });

  test("behavior: a public claim waits as tokens for whom the margin chain names", async () => {
    const lock = locks[2]!;
    const order = orderOf({
      claim: 1_000_000n,
      seizurePriceX64: [2n ** 64n, 0n, 0n, 0n, 0n, 0n, 0n, 0n],
      isPublic: true,
      buyerOwner: 0n,
      buyerKey: { x: 0n, y: 0n },
    });
    const call = await settleArguments(lock, order);
    const { lockNullifier: nullifier } = call.order;
    await world.deliverOrders(packedOpened(nullifier, order.claim), packedSettle(call.order));
    const less = { ...call.params, payoutLo: 999_999n };
    expect(await fails(settle(call.order, less, call.proof, 1n))).toBe("InvalidProof");
    gas["settle, public"] = (await settle(call.order, call.params, call.proof, 1n)).gas;
    expect(await vault.read("payoutOf", [domain, nullifier])).toEqual([true, 1_000_000n, 0n]);
    expect(await vault.read("owed", [USDC])).toBe(1_000_000n);

    const recipient = getAddress("0x00000000000000000000000000000000000b0b00");
    const release = encodePacked(
      ["uint8", "address", "address", "uint256", "address"],
      [4, vault.address, engine, nullifier, recipient],
    );
    const { abi } = hardhatArtifact("vault/RecoveryVault");
    const which = { vault: vault.address, marginEid: MARGIN_EID, engine, lockNullifier: nullifier };
    const collect = () => world.send(world.relayer, world.recoveryVault, abi, "collect", [which, USDC]);
    expect(await fails(collect())).toBe("NotReleased");
    await world.deliverOrders(release);
    await collect();
    expect(await world.balanceOf(world.tokens[USDC], recipient)).toBe(1_000_000n);
    expect(await vault.read("owed", [USDC])).toBe(0n);
  });

  test("behavior: the vault has what it owes, in every asset, to the unit", async () => {
    const pendingFees = BigInt((vault.nextLeaf() % CHUNK) + 2) * ENTRY_FEE; // entries of the open chunk, and two settlements'
    for (const [slot, token] of world.tokens.entries()) {
      const owed = ((await vault.read("held", [slot])) as bigint) * world.units[slot]!;
      const fees = token === zeroAddress ? pendingFees : 0n;
      expect(await world.balanceOf(token, vault.address)).toBe(owed + fees);
    }
  });

  test("behavior: gas stays where it was measured", () => {
    // 203,900 verifier, 44,200 two nullifiers, 18,200 calldata (half of it memos), 11,400 events, 21,000 the transaction.
    expect(gas["transact 2→2, no withdrawal"]).toBeLessThan(316_500n);
    expect(gas["settle with a buyer"]).toBeLessThan(300_000n);
    expect(gas["appendBatch, per leaf"]).toBeLessThan(18_700n);
    expect(gas["appendBatch of 64, per leaf"]).toBeLessThan(5_700n);
    expect(gas["private deposit with its share of a batch of 64"]).toBeLessThan(85_000n);
    expect(gas["private deposit with its share of the batch"]).toBeLessThan(85_000n);
  });

  function packedOpened(nullifier: bigint, cap: bigint): Hex {
    return encodePacked(
      ["uint8", "address", "address", "uint256", "uint64", "bytes32"],
      [1, vault.address, engine, nullifier, cap, `0x${"11".repeat(32)}`],
    );
  }

  function packedSettle(order: Awaited<ReturnType<typeof settleArguments>>["order"]): Hex {
    return encodePacked(
      [
        "uint8",
        "address",
        "address",
        "uint256",
        "uint64",
        ...Array<"uint96">(8).fill("uint96"),
        "uint8",
        "uint256",
        "uint256",
        "uint256",
      ],
      [
        2,
        order.vault,
        order.engine,
        order.lockNullifier,
        order.claim,
        ...order.seizurePricesX64,
        order.isPublic ? 1 : 0,
        order.buyerOwner,
        order.buyerKey.x,
        order.buyerKey.y,
      ] as never,
    );
  }
});
