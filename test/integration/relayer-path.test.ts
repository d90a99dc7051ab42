import { parseEther, type Hex } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { collateralVaultAbi, rootInboxAbi, vaultMessengerAbi } from "../../sdk/src/abis/index.ts";
import { deposit } from "../../sdk/src/actions/deposit.ts";
import { createHypothecClient, type HypothecClient } from "../../sdk/src/client/client.ts";
import { deriveKeys } from "../../sdk/src/keys/derive.ts";
import { deployLocalHypothec, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { untilBlock } from "../support/localnet/untilBlock.ts";
import { prepareOperator, type RelayerProcess } from "../support/relayer.ts";

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
    margin: { public: localnet.margin.public, wallet: localnet.margin.wallet(alice) },
  });
  // Four chunks fill before any relayer looks: the node still mines each deposit at once.
  const keys = await deriveKeys(localnet.key("alice").privateKey);
  for (let i = 0; i < 64; i++) await deposit(client, { keys, asset: "ETH", amount: parseEther("0.01") });
  await localnet.mineEvery(1);
});
afterAll(async () => {
  await Promise.all(relayers.map((relayer) => relayer.dispose()));
  await localnet.stop();
});

const vaultRoot = () =>
  client.vault.public.readContract({
    address: local.deployment.vaultChain.vault,
    abi: collateralVaultAbi,
    functionName: "currentRoot",
  });

async function attestedRoot(): Promise<bigint> {
  const { rootInbox } = local.deployment.marginChain;
  const { eid, vault } = local.deployment.vaultChain;
  const [root] = await client.margin.public.readContract({
    address: rootInbox,
    abi: rootInboxAbi,
    functionName: "latest",
    args: [eid, vault],
  });
  return root;
}

/** Waits, block by block, for the margin chain to know a root of `chunks` chunks. */
async function attested(chunks: number): Promise<void> {
  const { vault } = local.deployment.vaultChain;
  await untilBlock(client.margin.public, async () => {
    const [, , , appended] = await client.vault.public.readContract({
      address: vault,
      abi: collateralVaultAbi,
      functionName: "queueState",
    });
    return appended >= chunks && (await attestedRoot()) === (await vaultRoot());
  });
}

/** How often each effect happened on chain. */
async function effects() {
  const { vault, messenger } = local.deployment.vaultChain;
  const all = { fromBlock: 0n, toBlock: "latest" } as const;
  const [appended, attestations] = await Promise.all([
    client.vault.public.getContractEvents({
      address: vault,
      abi: collateralVaultAbi,
      eventName: "RootAppended",
      ...all,
    }),
    client.vault.public.getContractEvents({
      address: messenger,
      abi: vaultMessengerAbi,
      eventName: "Attested",
      ...all,
    }),
  ]);
  return {
    /** First chunk and number of chunks of each batch. */
    batches: appended.map(({ args }) => [Number(args.chunk), Number(args.chunks)]),
    attested: attestations.map(({ args }) => Number(args.chunks)),
  };
}

describe("two relayers", () => {
  test("default: 64 deposits that wait are appended by one proof, attested and delivered", async () => {
    for (const index of [0, 1])
      relayers.push(await prepareOperator(localnet, local.deployment, index, { race: { handoverMs: 3_000 } }));
    await Promise.all(relayers.map((relayer) => relayer.start()));
    await attested(4);
    expect(await effects()).toEqual({ batches: [[0, 4]], attested: [4] });
  });

  test("default: a deposit is batched, attested and delivered", async () => {
    const keys = await deriveKeys(localnet.key("alice").privateKey);
    const startedAt = Date.now();
    await deposit(client, { keys, asset: "ETH", amount: parseEther("1.5") });
    await attested(5);
    console.log(`deposit → attested root on the margin chain: ${Date.now() - startedAt} ms`);
    expect(await effects()).toEqual({
      batches: [
        [0, 4],
        [4, 1],
      ],
      attested: [4, 5],
    });
  });

  test("behavior: kill -9 of one relayer at every stage, and of both, loses and repeats nothing", async () => {
    const keys = await deriveKeys(localnet.key("alice").privateKey);
    const [alpha, beta] = relayers as [RelayerProcess, RelayerProcess];
    // Whoever reports the stage first is killed on the spot and comes back.
    const stages = ["seal", "batch", "attest", "dvn", "commit", "deliver"];
    let chunks = 5;
    for (const stage of stages) {
      const from = { alpha: alpha.log.length, beta: beta.log.length };
      await deposit(client, { keys, asset: "ETH", amount: parseEther("0.25") });
      const moved = async (relayer: RelayerProcess, since: number) => {
        await relayer.line(
          `a ${stage} message`,
          (entry) =>
            relayer.log.indexOf(entry) >= since &&
            String(entry.message).startsWith(stage) &&
            (entry.state === "sending" || entry.state === "proving"),
        );
        return relayer;
      };
      const victim = await Promise.race([moved(alpha, from.alpha), moved(beta, from.beta)]);
      await victim.kill();
      await victim.start();
      await attested(++chunks);
    }
    await deposit(client, { keys, asset: "ETH", amount: parseEther("0.25") });
    await Promise.all([alpha.kill(), beta.kill()]);
    await Promise.all([alpha.start(), beta.start()]);
    await attested(++chunks);

    const seen = await effects();
    const single = Array.from({ length: chunks - 4 }, (_, i) => [4 + i, 1]);
    expect(seen.batches).toEqual([[0, 4], ...single]);
    expect(new Set(seen.attested).size).toBe(seen.attested.length);
    expect(seen.attested.at(-1)).toBe(chunks);
  });

  test("behavior: SIGTERM stops cleanly", async () => {
    for (const relayer of relayers) expect(await relayer.stop()).toBe(0);
  });

  test("behavior: no log holds a key", () => {
    const { operators } = localnet;
    const secrets: Hex[] = operators.flatMap(({ name, dvnSigner, dvnAdmin, executor }) =>
      [dvnSigner, dvnAdmin, executor, localnet.key(`${name} delivery`)].map((key) => key.privateKey),
    );
    const everything = relayers.map((relayer) => JSON.stringify(relayer.log) + relayer.errors()).join();
    for (const secret of secrets) expect(everything.toLowerCase()).not.toContain(secret.slice(2).toLowerCase());
  });
});
