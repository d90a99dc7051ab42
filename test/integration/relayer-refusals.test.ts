import { parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { collateralVaultAbi } from "../../sdk/src/abis/index.ts";
import { deposit } from "../../sdk/src/actions/deposit.ts";
import { createHypothecClient, type HypothecClient } from "../../sdk/src/client/client.ts";
import { deriveKeys } from "../../sdk/src/keys/derive.ts";
import { deployLocalHypothec, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { prepareRelayer, type RelayerOptions, type RelayerProcess } from "../support/relayer.ts";

let localnet: Localnet;
let local: LocalHypothec;
let client: HypothecClient;
const relayers: RelayerProcess[] = [];

beforeAll(async () => {
  localnet = await startLocalnet();
  local = await deployLocalHypothec(localnet);
  const alice = await localnet.account("alice");
  client = createHypothecClient({
    deployment: local.deployment,
    vault: { public: localnet.vault.public, wallet: localnet.vault.wallet(alice) },
    margin: { public: localnet.margin.public },
  });
  await localnet.mineEvery(1);
});
afterAll(async () => {
  await Promise.all(relayers.map((relayer) => relayer.dispose()));
  await localnet.stop();
});

/** A relayer that only batches, with a key that has no money. */
function batcher(overrides: Partial<RelayerOptions> = {}): RelayerProcess {
  const relayer = prepareRelayer({
    name: "poor",
    deployment: local.deployment,
    rpc: { [localnet.vault.name]: [localnet.vault.url], [localnet.margin.name]: [localnet.margin.url] },
    roles: { prover: {}, batcher: { key: "env:KEY", seal: { maxAgeMs: 0, maxFee: "10000000000000000000" } } },
    env: { KEY: localnet.key("poor batcher").privateKey },
    ...overrides,
  });
  relayers.push(relayer);
  return relayer;
}

const appendedChunks = async () => {
  const { vault } = local.deployment.vaultChain;
  const state = await client.vault.public.readContract({
    address: vault,
    abi: collateralVaultAbi,
    functionName: "queueState",
  });
  return Number(state[3]);
};

describe("a relayer without gas money", () => {
  test("error: names address, balance and need, changes nothing, and goes on once it is funded", async () => {
    const relayer = batcher();
    await relayer.start();
    const { address } = localnet.key("poor batcher");
    const warned = await relayer.line("it warns", ({ msg }) => msg.includes("has no money for gas"));
    expect(warned).toMatchObject({ level: "error", address, chain: localnet.vault.name, balance: "0" });

    const keys = await deriveKeys(localnet.key("alice").privateKey);
    await deposit(client, { keys, asset: "ETH", amount: parseEther("1") });
    const failed = await relayer.line("it fails", ({ error }) => error?.code === "insufficient_funds");
    expect(failed.message).toBe("seal:0");
    expect((failed.error as { message: string }).message).toMatch(
      new RegExp(
        `^${address} has 0 of the native coin on chain ${localnet.vault.name}, and needs [0-9.]+ for seal chunk 0 .* the relayer tries again by itself\\.$`,
        "i",
      ),
    );
    expect(await client.vault.public.getTransactionCount({ address })).toBe(0);

    await localnet.vault.fund(address, parseEther("1"));
    await relayer.line(
      "the batch is done",
      ({ message, state }) => message?.startsWith("batch:0") === true && state === "done",
    );
    expect(await appendedChunks()).toBe(1);
    expect(await relayer.stop()).toBe(0);
  });
});

describe("a relayer that must not start", () => {
  test("error: RPCs of the wrong chain", async () => {
    const swapped = { [localnet.vault.name]: [localnet.margin.url], [localnet.margin.name]: [localnet.vault.url] };
    const relayer = batcher({ rpc: swapped });
    expect(await relayer.startAndFail()).toBe(3);
    expect(relayer.errors()).toContain("RPC 1 of chain vault chain is on chain id 31338, the deployment says 31337");
  });

  test("error: a key that is not there, or is no key", async () => {
    const missing = batcher({ env: {} });
    expect(await missing.startAndFail()).toBe(2);
    expect(missing.errors()).toContain("The key env:KEY is not there: set the environment variable KEY.");
    const short = batcher({ env: { KEY: "0x1234" } });
    expect(await short.startAndFail()).toBe(2);
    expect(short.errors()).toContain("The key env:KEY is not 32 bytes of hex");
  });

  test("error: contracts that are not wired as the deployment says", async () => {
    const { deployment } = local;
    const dvns = [...deployment.vaultChain.lz.dvns].slice(0, 1);
    const wrong = {
      ...deployment,
      vaultChain: { ...deployment.vaultChain, lz: { ...deployment.vaultChain.lz, dvns } },
    };
    const relayer = batcher({ deployment: wrong });
    expect(await relayer.startAndFail()).toBe(3);
    expect(relayer.errors()).toContain("The chains are not wired as the deployment says");
  });

  test("error: a configuration that does not parse lists every problem", async () => {
    const relayer = batcher({ roles: { batcher: { key: localnet.key("x").privateKey, seal: { maxAgeMs: -1 } } } });
    expect(await relayer.startAndFail()).toBe(2);
    expect(relayer.errors()).toContain("roles.batcher.key: a key is a reference");
    expect(relayer.errors()).toContain("roles.batcher.seal.maxAgeMs");
    expect(relayer.errors()).not.toContain(localnet.key("x").privateKey);
  });
});
