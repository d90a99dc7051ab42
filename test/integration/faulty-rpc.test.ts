import { createPublicClient, http } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startFaultyRpc, type FaultyRpc } from "../support/localnet/faultyRpc.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";

let localnet: Localnet;
let rpc: FaultyRpc;

beforeAll(async () => {
  localnet = await startLocalnet();
  rpc = await startFaultyRpc(localnet.vault.url);
});
afterAll(async () => {
  await rpc.stop();
  await localnet.stop();
});

const client = (batch = true) => createPublicClient({ transport: http(rpc.url, { retryCount: 0, batch }) });
const all = { fromBlock: 0n, toBlock: "latest" } as const;

describe("a faulty RPC", () => {
  test("default: without faults it is the node behind, batched or not", async () => {
    rpc.set();
    const [head, logs] = await Promise.all([client().getBlock(), client().getLogs(all)]);
    expect(head.hash).toBe((await localnet.vault.public.getBlock()).hash);
    expect(logs).toEqual(await localnet.vault.public.getLogs(all));
    expect(logs.length).toBeGreaterThan(0);
  });

  test("behavior: it lags in blocks, logs, receipts and finality", async () => {
    const [newest] = (await localnet.vault.public.getLogs(all)).slice(-1);
    const head = await localnet.vault.public.getBlockNumber();
    await localnet.mine(2, "vault");
    rpc.set({ type: "lag", blocks: Number(head + 2n - newest!.blockNumber + 1n) });
    expect(await client().getBlockNumber()).toBe(newest!.blockNumber - 1n);
    expect((await client().getBlock()).number).toBe(newest!.blockNumber - 1n);
    await expect(client().getBlock({ blockNumber: newest!.blockNumber })).rejects.toThrow();
    await expect(client().getTransactionReceipt({ hash: newest!.transactionHash })).rejects.toThrow();
    expect((await client().getLogs(all)).some(({ blockNumber }) => blockNumber >= newest!.blockNumber)).toBe(false);
  });

  test("behavior: it leaves logs out, and tells of another history that links", async () => {
    rpc.set({ type: "omit logs" });
    expect(await client().getLogs(all)).toEqual([]);
    const head = Number(await localnet.vault.public.getBlockNumber());
    rpc.set({ type: "fork", from: head - 1, salt: "other" });
    const [below, first, second] = await Promise.all(
      [head - 2, head - 1, head].map((number) => client().getBlock({ blockNumber: BigInt(number) })),
    );
    expect(below!.hash).toBe((await localnet.vault.public.getBlock({ blockNumber: BigInt(head - 2) })).hash);
    expect(first!.parentHash).toBe(below!.hash);
    expect(second!.parentHash).toBe(first!.hash);
    const honest = await localnet.vault.public.getBlock({ blockNumber: BigInt(head) });
    expect(second!.hash).not.toBe(honest.hash);
    expect((await client().getBlock({ blockHash: second!.hash })).number).toBe(BigInt(head));
    await expect(client().getBlock({ blockHash: honest.hash })).rejects.toThrow();
  });

  test("behavior: it hangs until told otherwise, refuses and cuts", async () => {
    rpc.set({ type: "hang", methods: ["eth_chainId"] });
    const asked = client(false).getChainId();
    expect(await client(false).getBlockNumber()).toBeGreaterThan(0n);
    rpc.set();
    expect(await asked).toBe(localnet.vault.chain.id);
    for (const fault of [
      { type: "drop" },
      { type: "http", status: 503 },
      { type: "error", code: -32000, message: "no" },
    ] as const) {
      rpc.set(fault);
      await expect(client().getChainId()).rejects.toThrow();
    }
    rpc.set({ type: "log range", blocks: 2 });
    await expect(client().getLogs({ fromBlock: 0n, toBlock: 5n })).rejects.toThrow(/range/);
    expect(rpc.calls.get("eth_chainId")).toBeGreaterThan(3);
  });
});
