import { hexToBytes, keccak256, parseEther, toHex, type Hex, type LocalAccount, type PublicClient } from "viem";
import { generatePrivateKey } from "viem/accounts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { createKeyRing } from "../../relayer/src/config/keys.ts";
import { defaultKms } from "../../relayer/src/config/schema.ts";
import type { SimulationError } from "../../relayer/src/delivery/reverts.ts";
import type { Transaction } from "../../relayer/src/delivery/transitions.ts";
import { kmsSecret, startKmsServer } from "../../relayer/src/signers/kmsServer.mock.ts";
import { createDeliveryWorld, gwei, poison, type DeliveryWorld } from "../support/deliveryWorld.ts";

let world: DeliveryWorld;
beforeAll(async () => {
  world = await createDeliveryWorld();
});
afterAll(() => world.close());
beforeEach(() => world.mine(gwei)); // each test begins at a base fee of 1 gwei

const last = (row: Transaction) => row.variants.at(-1)!;
const countOf = (account: LocalAccount) => world.client.getTransactionCount({ address: account.address });

/** The client, with what sending a transaction does replaced. */
const sendingBy = (send: PublicClient["sendRawTransaction"]): PublicClient =>
  Object.assign(Object.create(world.client) as PublicClient, { sendRawTransaction: send });

/** A transaction of somebody who has the key too, outside of the relayer. */
async function sendForeign(account: LocalAccount, nonce: number, maxFeePerGas: bigint): Promise<Hex> {
  const serializedTransaction = await account.signTransaction({
    type: "eip1559",
    chainId: 31_337,
    nonce,
    to: poison,
    gas: 50_000n,
    maxFeePerGas,
    maxPriorityFeePerGas: maxFeePerGas,
  });
  return world.client.sendRawTransaction({ serializedTransaction });
}

describe("one key", () => {
  test("default: sent, mined, final; the same effect is sent once", async () => {
    const account = await world.fund();
    const delivery = world.start([account]);
    const request = world.request(account);
    const [one, two] = await Promise.all([delivery.submit(request), delivery.submit(request)]);
    expect(two.transaction.id).toBe(one.transaction.id);
    await world.mine();
    await delivery.tick("S");
    expect((await world.row(delivery, one.transaction)).state).toBe("mined");
    await world.finalise();
    await delivery.tick("S");
    expect((await world.row(delivery, one.transaction)).state).toBe("final");
    expect(await countOf(account)).toBe(1);
  });

  test("behavior: a base fee beyond the cap holds new transactions back, and those in flight wait at the cap until it falls", async () => {
    const account = await world.fund();
    const delivery = world.start([account]);
    const { transaction } = await delivery.submit(world.request(account));
    await world.mine(100n * gwei);
    await expect(delivery.submit(world.request(account))).rejects.toMatchObject({ code: "gas_above_cap" });
    for (let i = 0; i < 30; i++) {
      world.state.now += world.fees.escalateAfterMs;
      await delivery.tick("S");
    }
    const held = await world.row(delivery, transaction);
    expect(held.variants.length).toBeGreaterThan(1);
    for (const { maxFeePerGas } of held.variants) expect(maxFeePerGas).toBeLessThanOrEqual(20n * gwei);
    expect(held.reason).toMatch(/^the base fee of S is above \d/);
    expect(await countOf(account)).toBe(0);
    await world.mine(gwei);
    await delivery.tick("S");
    await world.mine(gwei);
    await delivery.tick("S");
    expect(await world.row(delivery, transaction)).toMatchObject({ state: "mined", reason: null });
    await expect(delivery.submit(world.request(account))).resolves.toMatchObject({ transaction: { nonce: 1 } });
  });

  test("behavior: a transaction that the node dropped is sent again", async () => {
    const account = await world.fund();
    const delivery = world.start([account]);
    const { transaction } = await delivery.submit(world.request(account));
    await world.test.dropTransaction({ hash: last(transaction).hash });
    await world.mine();
    await delivery.tick("S");
    expect(await countOf(account)).toBe(0);
    world.state.now += 5_000;
    await delivery.tick("S");
    await world.mine();
    await delivery.tick("S");
    expect((await world.row(delivery, transaction)).state).toBe("mined");
  });

  test("behavior: one that a foreign transaction replaced is lost when that is final, and its effect may be sent again", async () => {
    const account = await world.fund();
    const delivery = world.start([account]);
    const request = world.request(account);
    const { transaction } = await delivery.submit(request);
    await sendForeign(account, 0, 2n * last(transaction).maxFeePerGas);
    await world.mine();
    world.state.now += 5_000;
    await delivery.tick("S");
    // A reorg may bring ours back: until then nobody sends it twice.
    expect(await world.row(delivery, transaction)).toMatchObject({
      state: "sent",
      reason: "nonce 0 is used at the head of the chain",
    });
    expect((await delivery.submit(request)).transaction.id).toBe(transaction.id);
    await world.finalise();
    await delivery.tick("S");
    const lost = await world.row(delivery, transaction);
    expect(lost.state).toBe("lost");
    expect(lost.reason).toContain("nonce 0 was used by another transaction");
    const again = await delivery.submit(request);
    expect(again.transaction.nonce).toBe(1);
    await world.mine();
    await delivery.tick("S");
    expect((await world.row(delivery, again.transaction)).state).toBe("mined");
  });

  test("behavior: an underpriced replacement says so, and is raised until the node takes it", async () => {
    const account = await world.fund();
    const delivery = world.start([account]);
    const { transaction } = await delivery.submit(world.request(account));
    const hash = await sendForeign(account, 0, (last(transaction).maxFeePerGas * 3n) / 2n);
    const reasons = new Set<string | null>();
    for (let i = 0; i < 12; i++) {
      world.state.now += world.fees.escalateAfterMs;
      await delivery.tick("S");
      reasons.add((await world.row(delivery, transaction)).reason);
    }
    expect([...reasons].join()).toMatch(/underpriced/);
    await world.mine();
    await delivery.tick("S");
    expect((await world.row(delivery, transaction)).state).toBe("mined");
    await expect(world.client.getTransactionReceipt({ hash })).rejects.toThrow();
  });

  test("behavior: a restart between signing and sending sends what was signed", async () => {
    const account = await world.fund();
    const dying = world.start(
      [account],
      sendingBy(() => Promise.reject(new Error("the process ended here"))),
    );
    const { transaction } = await dying.submit(world.request(account));
    expect(transaction.state).toBe("signed");
    const delivery = world.start([account]);
    await delivery.tick("S");
    await world.mine();
    await delivery.tick("S");
    expect(await world.row(delivery, transaction)).toMatchObject({ state: "mined", txHash: last(transaction).hash });
  });

  test("behavior: a restart between sending and writing that down sends nothing twice", async () => {
    const account = await world.fund();
    const dying = world.start(
      [account],
      sendingBy(async (parameters) => {
        await world.client.sendRawTransaction(parameters);
        throw new Error("the process ended here");
      }),
    );
    const { transaction } = await dying.submit(world.request(account));
    expect(transaction.state).toBe("signed");
    const delivery = world.start([account]);
    await delivery.tick("S");
    expect((await world.row(delivery, transaction)).state).toBe("sent");
    await world.mine();
    await delivery.tick("S");
    expect((await world.row(delivery, transaction)).state).toBe("mined");
    expect(await countOf(account)).toBe(1);
  });

  test.each([
    ["forward", 86_400_000],
    ["back", -86_400_000],
  ])(
    "behavior: a clock that jumps a day %s raises the fees once, and what was dropped is still sent again",
    async (_, jump) => {
      const account = await world.fund();
      const delivery = world.start([account]);
      const { transaction } = await delivery.submit(world.request(account));
      world.state.now += jump;
      await delivery.tick("S");
      await delivery.tick("S");
      expect((await world.row(delivery, transaction)).variants).toHaveLength(2);
      await world.test.dropTransaction({ hash: last(await world.row(delivery, transaction)).hash });
      world.state.now -= jump;
      await delivery.tick("S");
      await world.mine();
      await delivery.tick("S");
      expect((await world.row(delivery, transaction)).state).toBe("mined");
    },
  );

  test("behavior: a nonce gap closes: all that a node forgot comes back in its order", async () => {
    const account = await world.fund();
    const delivery = world.start([account]);
    const sent: Transaction[] = [];
    for (let i = 0; i < 3; i++) sent.push((await delivery.submit(world.request(account))).transaction);
    expect(sent.map(({ nonce }) => nonce)).toEqual([0, 1, 2]);
    await world.test.dropTransaction({ hash: last(sent[0]!).hash }); // the others cannot be mined now
    await world.mine();
    expect(await countOf(account)).toBe(0);
    world.state.now += 5_000;
    await delivery.tick("S");
    await world.mine();
    await delivery.tick("S");
    for (const row of sent) expect((await world.row(delivery, row)).state).toBe("mined");
  });

  test("behavior: a call that reverts is told by its error and arguments, and holds up nothing", async () => {
    const account = await world.fund();
    const delivery = world.start([account]);
    const slot = (value: bigint) =>
      world.test.setStorageAt({ address: poison, index: 0, value: toHex(value, { size: 32 }) });
    await slot(1n);
    const [bad, good] = await Promise.allSettled([
      delivery.submit(world.request(account, { to: poison, description: "the poisoned one" })),
      delivery.submit(world.request(account)),
    ]);
    expect(bad).toMatchObject({ status: "rejected", reason: { code: "simulation_reverted" } });
    const { reason } = bad as PromiseRejectedResult;
    expect((reason as SimulationError).message).toBe("the poisoned one: the call would revert with Poisoned(7)");
    expect((reason as SimulationError).details).toEqual({ error: "Poisoned", args: "7" });
    expect(good).toMatchObject({ status: "fulfilled", value: { transaction: { nonce: 0, state: "sent" } } });

    // It passes the simulation and reverts when it is mined: its neighbours do not notice, and it may be tried again.
    await slot(0n);
    const request = world.request(account, { to: poison });
    const poisoned = await delivery.submit(request);
    const after = await delivery.submit(world.request(account));
    await slot(1n);
    await world.mine();
    await delivery.tick("S");
    expect(await world.row(delivery, poisoned.transaction)).toMatchObject({
      state: "mined",
      reason: "reverted with Poisoned(7)",
    });
    expect(await world.row(delivery, after.transaction)).toMatchObject({ state: "mined", reason: null });
    await slot(0n);
    expect((await delivery.submit(request)).transaction.id).not.toBe(poisoned.transaction.id);
  });
});

describe("keys in rotation", () => {
  test("behavior: submissions at the same time are spread, one of the keys in AWS KMS, each with its own nonces", async () => {
    const key = generatePrivateKey();
    const kms = await startKmsServer({ key: hexToBytes(key), region: "eu-central-1" });
    const ring = createKeyRing({
      env: { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: kmsSecret },
      baseDir: "/",
      kms: { ...defaultKms, endpoint: kms.url },
    });
    const signers = [await world.fund(), await ring.account("kms:eu-central-1/alias/test")];
    await world.test.setBalance({ address: signers[1]!.address, value: parseEther("1") });
    const delivery = world.start(signers);
    const sent = await Promise.all(
      Array.from({ length: 6 }, () => delivery.submit(world.request(signers[0]!, { signers }))),
    );
    await world.mine();
    await delivery.tick("S");
    for (const { transaction } of sent) expect((await world.row(delivery, transaction)).state).toBe("mined");
    expect(await Promise.all(signers.map(countOf))).toEqual([3, 3]);

    // The service fails: the other key goes on, and nothing waits for it.
    kms.answers.push(...Array.from({ length: 4 }, () => ({ status: 500, body: {} })));
    for (let i = 0; i < 2; i++) await delivery.submit(world.request(signers[0]!, { signers }));
    await world.mine();
    expect(await Promise.all(signers.map(countOf))).toEqual([5, 3]);
    await kms.close();
  });

  test("behavior: two keys never send the same effect", async () => {
    const signers = [await world.fund(), await world.fund()];
    const delivery = world.start(signers);
    const request = world.request(signers[0]!, { signers });
    const sent = await Promise.all([1, 2, 3, 4].map(() => delivery.submit(request)));
    expect(new Set(sent.map(({ transaction }) => transaction.id)).size).toBe(1);
    await world.mine();
    const counts = await Promise.all(signers.map(countOf));
    expect(counts[0]! + counts[1]!).toBe(1);
  });

  test("behavior: an empty key is passed over, a stuck one too; alone, the empty one says what it needs", async () => {
    const [stuck, other, empty] = [await world.fund(), await world.fund("0.5"), await world.fund("0")];
    const signers = [empty, stuck, other];
    const delivery = world.start(signers);
    const first = await delivery.submit(world.request(stuck, { signers }));
    expect(first.transaction.sender).toBe(stuck.address.toLowerCase()); // the richest of those that are idle
    await world.test.dropTransaction({ hash: last(first.transaction).hash });
    world.state.now += world.fees.stuckAfterMs;
    const next = [
      await delivery.submit(world.request(stuck, { signers })),
      await delivery.submit(world.request(stuck, { signers })),
    ];
    for (const { transaction } of next) expect(transaction.sender).toBe(other.address.toLowerCase());
    await world.mine();
    await delivery.tick("S");
    for (const { transaction } of next) expect((await world.row(delivery, transaction)).state).toBe("mined");
    await expect(delivery.submit(world.request(empty, { signers: [empty] }))).rejects.toMatchObject({
      code: "insufficient_funds",
    });
  });
});

describe("profit", () => {
  const atLeastNothing = { least: { wei: 0n }, countPercent: 100n, maxWaitMs: 600_000 } as const;

  test("behavior: what does not pay waits with a reason until gas falls; a duty and the longest wait go anyway", async () => {
    const account = await world.fund();
    const delivery = world.start([account]);
    // 21,000 gas: pays up to a price of 3 gwei.
    const request = (change = {}) =>
      world.request(account, { earns: 63_000n * gwei, profit: atLeastNothing, ...change });
    await world.mine(8n * gwei);
    const held = request();
    await expect(delivery.submit(held)).rejects.toMatchObject({ code: "unprofitable" });
    await expect(delivery.submit(held)).rejects.toThrow(/it earns 0\.000063 and costs 0\.000/);
    const since = world.state.now;
    await expect(delivery.submit({ ...held, heldSince: since - 599_999 })).rejects.toThrow("gas to be cheaper");
    await expect(delivery.submit(request({ heldSince: since - 600_000 }))).resolves.toBeDefined();
    await expect(delivery.submit(request({ duty: "a heartbeat" }))).resolves.toBeDefined();
    await world.mine(gwei);
    await world.mine(gwei);
    await expect(delivery.submit(held)).resolves.toMatchObject({ transaction: { state: "sent" } });
    expect(keccak256(last((await delivery.submit(held)).transaction).raw)).toBe(
      last((await delivery.submit(held)).transaction).hash,
    );
  });
});
