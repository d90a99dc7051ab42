import { createPublicClient, createWalletClient, http, parseGwei, type Hex } from "viem";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { startBlocks, type Blocks } from "../support/chaos/blocks.ts";
import { BYSTANDER, strike, type Battlefield } from "../support/chaos/faults.ts";
import { startRpcs, type Rpcs } from "../support/chaos/rpcs.ts";
import type { World } from "../support/chaos/world.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";

// Faults of chains and RPCs, on two nodes, with a test's own transactions in place of a relayer's.
let localnet: Localnet;
let rpcs: Rpcs;
let blocks: Blocks;
let field: Battlefield;

beforeAll(async () => {
  localnet = await startLocalnet();
  const key = await localnet.account("relayer");
  await localnet.account(BYSTANDER);
  await localnet.mineEvery(0);
  rpcs = await startRpcs(localnet);
  blocks = startBlocks(localnet, 100);
  const operators = [{ name: "alpha", env: {}, keys: [key], trusteeEnv: "" }];
  const world = { localnet, operators, startBlocks: { vault: 0n, margin: 0n } } as unknown as World;
  field = { world, rpcs, blocks, hasOwnDisks: false, violation: () => {}, nodes: {} as never, stores: {} as never };
});
beforeEach(() => rpcs.reset());
afterAll(async () => {
  await blocks.stop();
  await rpcs.stop();
  await localnet.stop();
});

const reader = () =>
  createPublicClient({ transport: http(rpcs.urls("alpha").vault[0], { retryCount: 0 }), cacheTime: 0 });

async function send(): Promise<Hex> {
  const { account, address } = localnet.key("relayer");
  const wallet = createWalletClient({
    account,
    chain: localnet.vault.chain,
    transport: http(rpcs.urls("alpha").vault[0], { retryCount: 0 }),
  });
  const nonce = await localnet.vault.public.getTransactionCount({ address });
  return wallet.sendTransaction({
    to: address,
    gas: 21_000n,
    maxFeePerGas: parseGwei("5000"),
    maxPriorityFeePerGas: 1n,
    nonce,
  });
}
const receiptOf = (hash: Hex) => localnet.vault.public.getTransactionReceipt({ hash }).catch(() => undefined);
async function mined(hash: Hex) {
  for (;;) {
    const receipt = await receiptOf(hash);
    if (receipt !== undefined) return receipt;
    await blocks.after(1);
  }
}

describe("faults do what they say", () => {
  test("drop transaction: the node forgets it, and takes it again", async () => {
    const struck = strike({ type: "drop transaction", side: "vault", count: 1 }, field);
    const hash = await send();
    expect(await struck).toEqual({ done: true });
    await blocks.after(3);
    expect(await receiptOf(hash)).toBeUndefined();
    expect(await send()).toBe(hash);
    await mined(hash);
  });

  test("replace transaction: another one with its nonce is mined", async () => {
    const { address } = localnet.key("relayer");
    const before = await localnet.vault.public.getTransactionCount({ address });
    const struck = strike({ type: "replace transaction", side: "vault" }, field);
    const hash = await send();
    expect(await struck).toEqual({ done: true });
    await blocks.after(3);
    expect(await receiptOf(hash)).toBeUndefined();
    expect(await localnet.vault.public.getTransactionCount({ address })).toBe(before + 1);
  });

  test.for([true, false])("reorg: other blocks, with the same transactions: %s", async (keeps) => {
    const hash = await send();
    const { blockNumber, blockHash } = await mined(hash);
    await blocks.hold("vault", async () => {
      const depth = Number((await localnet.vault.public.getBlockNumber()) - blockNumber) + 1;
      expect(await strike({ type: "reorg", side: "vault", depth, keeps }, field)).toEqual({ done: true });
      const after = await receiptOf(hash);
      expect(after !== undefined).toBe(keeps);
      expect(after?.blockHash).not.toBe(blockHash);
    });
    if (!keeps) await mined(await send());
  });

  test("reorg: an empty block is another one, too", async () => {
    await blocks.after(3);
    await blocks.hold("vault", async () => {
      const depth = 2;
      const number = (await localnet.vault.public.getBlockNumber()) - BigInt(depth) + 1n;
      const before = await localnet.vault.public.getBlock({ blockNumber: number });
      expect(before.transactions).toEqual([]);
      expect(await strike({ type: "reorg", side: "vault", depth, keeps: true }, field)).toEqual({ done: true });
      const after = await localnet.vault.public.getBlock({ blockNumber: number });
      expect(after.parentHash).toBe(before.parentHash);
      expect(after.hash).not.toBe(before.hash);
    });
  });

  test("fee spike: the next block costs that", async () => {
    await strike({ type: "fee spike", side: "vault", gwei: 400 }, field);
    await blocks.after(2);
    expect((await localnet.vault.public.getBlock()).baseFeePerGas).toBeGreaterThan(parseGwei("200"));
  });

  test("chain time jump: the next block is later", async () => {
    const before = (await localnet.vault.public.getBlock()).timestamp;
    await strike({ type: "chain time jump", side: "vault", seconds: 600 }, field);
    await blocks.after(2);
    expect((await localnet.vault.public.getBlock()).timestamp).toBeGreaterThanOrEqual(before + 600n);
  });

  test("rpc: it fails for so many blocks, and no longer", async () => {
    const trouble = { type: "http", status: 503 } as const;
    const from = blocks.mined();
    const struck = strike({ type: "rpc", who: "alpha", side: "vault", endpoints: [1], trouble, blocks: 5 }, field);
    while (
      await reader()
        .getBlockNumber()
        .then(
          () => true,
          () => false,
        )
    );
    await struck;
    expect(blocks.mined() - from).toBeGreaterThanOrEqual(5);
    expect(await reader().getBlockNumber()).toBeGreaterThan(0n);
  });

  test("rpc lies: a count of transactions that was right before", async () => {
    const { address } = localnet.key("relayer");
    const truth = await localnet.vault.public.getTransactionCount({ address });
    const struck = strike(
      { type: "rpc lies", who: "alpha", side: "vault", endpoint: 1, lie: { type: "old nonces" }, blocks: 5 },
      field,
    );
    while ((await reader().getTransactionCount({ address })) === truth);
    expect(await reader().getTransactionCount({ address })).toBe(truth - 1);
    await struck;
    expect(await reader().getTransactionCount({ address })).toBe(truth);
  });
});
