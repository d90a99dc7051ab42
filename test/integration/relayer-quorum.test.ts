import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { parseEther, type Hex } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { collateralVaultAbi } from "../../sdk/src/abis/index.ts";
import { deposit } from "../../sdk/src/actions/deposit.ts";
import { createHypothecClient, type HypothecClient } from "../../sdk/src/client/client.ts";
import { deriveKeys } from "../../sdk/src/keys/derive.ts";
import { startFaultyRpc, type FaultyRpc, type RpcObject } from "../support/localnet/faultyRpc.ts";
import { deployLocalHypothec, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { untilBlock } from "../support/localnet/untilBlock.ts";
import { prepareRelayer, type LogLine, type RelayerProcess } from "../support/relayer.ts";

const program = fileURLToPath(new URL("../../relayer/src/bin/relayer.ts", import.meta.url));

let localnet: Localnet;
let local: LocalHypothec;
let client: HypothecClient;
let relayer: RelayerProcess;
/** Three RPCs of the vault chain; the relayer knows the chain through them only. */
const rpcs: FaultyRpc[] = [];

beforeAll(async () => {
  localnet = await startLocalnet();
  local = await deployLocalHypothec(localnet);
  const alice = await localnet.account("alice");
  client = createHypothecClient({
    deployment: local.deployment,
    vault: { public: localnet.vault.public, wallet: localnet.vault.wallet(alice) },
    margin: { public: localnet.margin.public, wallet: localnet.margin.wallet(alice) },
  });
  for (let i = 0; i < 3; i++) rpcs.push(await startFaultyRpc(localnet.vault.url));
  const { vault, margin } = localnet;
  const key = await localnet.account("attestor");
  relayer = prepareRelayer({
    name: "quorum",
    deployment: local.deployment,
    rpc: {
      [vault.name]: rpcs.map(({ url }) => url),
      // A subscription to heads in place of polling.
      [margin.name]: [margin.url.replace("http", "ws")],
    },
    confirmations: 3,
    http: { port: 0 },
    roles: {
      attestor: { key: "env:KEY" },
      batcher: { key: "env:KEY", seal: { maxAgeMs: 500, maxFee: "10000000000000000000" } },
      prover: {},
    },
    env: { KEY: key.privateKey },
  });
  await localnet.mineEvery(1);
  await relayer.start();
});
afterAll(async () => {
  await relayer.dispose();
  await Promise.all(rpcs.map((rpc) => rpc.stop()));
  await localnet.stop();
});

async function pay(): Promise<void> {
  const keys = await deriveKeys(localnet.key("alice").privateKey);
  await deposit(client, { keys, asset: "ETH", amount: parseEther("0.1") });
}

const appended = async (): Promise<number> => {
  const [, , , chunks] = await client.vault.public.readContract({
    address: local.deployment.vaultChain.vault,
    abi: collateralVaultAbi,
    functionName: "queueState",
  });
  return Number(chunks);
};

const lineFrom = (what: string, matches: (line: LogLine) => boolean, from: number) =>
  relayer.line(what, (line) => relayer.log.indexOf(line) >= from && matches(line));

/** Blocks of the vault chain that the store does not have yet. */
async function behind(): Promise<number | null> {
  const { stdout } = await command("status", "--json");
  const { chains } = JSON.parse(stdout) as { chains: { name: string; lag: number | null }[] };
  return chains.find(({ name }) => name === localnet.vault.name)?.lag ?? null;
}

/** Waits until what it sent since is done: seen in a block that a quorum calls final. */
const sealed = (from: number) =>
  lineFrom("a final seal", ({ message, state }) => String(message).startsWith("seal") && state === "done", from);

/** Waits until it has nothing under way: what it sends makes a block by itself where blocks are made one by one. */
async function idle(): Promise<void> {
  const open = async () => {
    const { messages } = JSON.parse((await command("status", "--json")).stdout) as { messages: { state: string }[] };
    return messages.filter(({ state }) => !["done", "void", "skipped"].includes(state)).length;
  };
  // What follows from a message is planned when that is final, which may be a block after it is done.
  let quietBlocks = 0;
  await untilBlock(client.vault.public, async () => {
    quietBlocks = (await open()) === 0 ? quietBlocks + 1 : 0;
    return quietBlocks > 4;
  });
}

/** What it signed and sent since. */
const sent = (from: number) => relayer.log.slice(from).filter(({ msg }) => /^(sends|replaces): /.test(msg));

const command = (...args: string[]) =>
  promisify(execFile)(process.execPath, [program, ...args, "--config", relayer.configPath], {
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" },
  });

/** Another first byte in the data of every log. */
const forge = (log: RpcObject): RpcObject => ({ ...log, data: `0xff${String(log.data).slice(4)}` as Hex });

async function ready(): Promise<{ status: number; text: string }> {
  const open = relayer.log.filter(({ msg }) => msg === "the operator's interface is open").at(-1);
  const response = await fetch(`http://${String(open?.address)}:${String(open?.port)}/ready`);
  return { status: response.status, text: await response.text() };
}

describe("three RPCs of a chain", () => {
  test("default: one that lies about logs is outvoted and named, and work goes on", async () => {
    const from = relayer.log.length;
    rpcs[0]!.set({ type: "forge logs", forge });
    const before = await appended();
    await pay();
    await lineFrom("RPC 1 is outvoted", ({ msg, endpoint }) => msg.includes("outvoted") && endpoint === 1, from);
    await untilBlock(client.vault.public, async () => (await appended()) > before);
    await lineFrom(
      "an attestation",
      ({ message, state }) => String(message).startsWith("attest") && state === "sending",
      from,
    );
    const { stdout } = await command("status", "--json");
    const seen = (JSON.parse(stdout) as { rpcs: { endpoint: number; lies: number; preferred: boolean }[] }).rpcs;
    expect(seen[0]!.lies).toBeGreaterThan(0);
    expect(seen[0]!.preferred).toBe(false);
    rpcs[0]!.set();
  });

  test("error: two that lie differently leave no quorum: nothing is planned, and /ready says so", async () => {
    const from = relayer.log.length;
    rpcs[0]!.set({ type: "forge logs", forge });
    rpcs[1]!.set({ type: "omit logs" });
    await pay();
    await lineFrom("no quorum", ({ msg, level }) => level === "error" && /nothing more of .* planned/.test(msg), from);
    await untilBlock(client.vault.public, async () => (await ready()).text.includes("is planned"));
    const quiet = relayer.log.length;
    const until = (await client.vault.public.getBlockNumber()) + 5n;
    await untilBlock(client.vault.public, async () => (await client.vault.public.getBlockNumber()) >= until);
    expect(sent(quiet)).toEqual([]);
    expect((await ready()).status).toBe(503);
    for (const rpc of rpcs) rpc.set();
    await lineFrom("agreement", ({ msg }) => msg === "a quorum agrees again", quiet);
    await untilBlock(client.vault.public, async () => (await ready()).status === 200);
  });

  test("behavior: one that hangs, or stands still, holds up nothing", async () => {
    for (const fault of [
      { type: "hang" },
      { type: "freeze", at: Number(await client.vault.public.getBlockNumber()) },
    ] as const) {
      const from = relayer.log.length;
      rpcs[2]!.set(fault);
      await pay();
      await sealed(from);
    }
    rpcs[2]!.set();
  });

  test("behavior: a reorg above finality is followed, and what it brings is planned when it is final", async () => {
    await idle();
    const from = relayer.log.length;
    await localnet.mineInstantly();
    await localnet.mine(4, "vault");
    const id = await localnet.vault.test.snapshot();
    await localnet.mine(2, "vault"); // one less than is final
    await expect.poll(behind, { timeout: 120_000 }).toBe(0);
    await localnet.vault.test.revert({ id });
    await localnet.vault.test.increaseTime({ seconds: 7 }); // or the same blocks would come again
    await localnet.mine(3, "vault");
    await lineFrom("the reorg", ({ msg }) => msg === "reorg", from);
    await localnet.mineEvery(1);
    await pay();
    await sealed(from);
  });

  test("error: a reorg below finality halts the chain, not the process; an operator's word resumes it", async () => {
    const from = relayer.log.length;
    await localnet.mineInstantly();
    const id = await localnet.vault.test.snapshot();
    await pay();
    await localnet.mine(8, "vault");
    await lineFrom("a seal", ({ message, state }) => String(message).startsWith("seal") && state === "sending", from);
    await localnet.mine(8, "vault");
    await sealed(from);
    await localnet.vault.test.revert({ id });
    await localnet.vault.test.increaseTime({ seconds: 7 });
    await localnet.mine(40, "vault");
    await lineFrom("the halt", ({ msg, level }) => level === "error" && msg.includes("is halted"), from);
    expect(relayer.unexpectedEnd()).toBeUndefined();
    const answer = await ready();
    expect(answer.status).toBe(503);
    expect(answer.text).toContain("is halted");

    // Over a restart too.
    await relayer.stop();
    const restarted = relayer.log.length;
    await relayer.start();
    await lineFrom("the halt again", ({ msg, level }) => level === "error" && msg.includes("is halted"), restarted);
    await localnet.mineEvery(1);
    await pay();
    await expect(command("chain", "resume", localnet.vault.name)).rejects.toThrow(/accept-new-history/);
    expect(sent(restarted)).toEqual([]);

    const { stdout } = await command("chain", "resume", localnet.vault.name, "--accept-new-history", "--yes");
    expect(stdout).toMatch(/read again from block \d+/);
    await lineFrom("the new history", ({ msg }) => msg.includes("goes on with a new history"), restarted);
    await sealed(restarted);
    await untilBlock(client.vault.public, async () => (await ready()).status === 200);
  });

  test("behavior: SIGTERM stops it cleanly, its socket too", async () => {
    expect(await relayer.stop()).toBe(0);
  });
});
