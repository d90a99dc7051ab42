import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Hex } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";

import { pythAbi } from "../../relayer/src/watchman/pyth.ts";
import { marginEngineAbi, orderInboxAbi } from "../../sdk/src/abis/index.ts";
import { domainOf } from "../../sdk/src/index.ts";
import { deployLocalHypothec, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { mockPythArtifact, pythUpdate, startHermes, type PythPrice } from "../support/localnet/pyth.ts";
import { untilBlock } from "../support/localnet/untilBlock.ts";
import { prepareOperator, prepareRelayer, type RelayerProcess } from "../support/relayer.ts";

// What a relayer asks of others: a veto, prices.

let localnet: Localnet;
let local: LocalHypothec;
let directory: string;
const relayers: RelayerProcess[] = [];

beforeAll(async () => {
  localnet = await startLocalnet();
  local = await deployLocalHypothec(localnet);
  directory = mkdtempSync(join(tmpdir(), "hypothec-veto-"));
  await localnet.mineEvery(1);
});
afterAll(async () => {
  await Promise.all(relayers.map((relayer) => relayer.dispose()));
  rmSync(directory, { recursive: true, force: true });
  await localnet.stop();
});

/** Nothing is proved here. */
const unneeded = { batcher: undefined, attestor: undefined, prover: undefined };

test("behavior: a packet that the operator's hook vetoes is not signed, says why, and goes when the veto is lifted", async () => {
  const { vaultChain, marginChain } = local.deployment;
  const file = join(directory, "veto");
  writeFileSync(file, "orders # under review\n");
  const alpha = localnet.operators[0]!;
  const dvn = {
    signerKey: "env:ALPHA_DVN_SIGNER",
    adminKey: "env:ALPHA_DVN_ADMIN",
    addresses: {
      [localnet.vault.name]: localnet.vault.lz.operatorDvns[0]!,
      [localnet.margin.name]: localnet.margin.lz.operatorDvns[0]!,
    },
    veto: { file, againMs: 1_000 },
  };
  expect(alpha.name).toBe("alpha");
  relayers.push(
    await prepareOperator(localnet, local.deployment, 0, { roles: { ...unneeded, dvn } }),
    await prepareOperator(localnet, local.deployment, 1, { roles: unneeded }),
  );
  await Promise.all(relayers.map((relayer) => relayer.start()));
  const [market] = marginChain.markets;
  await localnet.margin.sender(localnet.key("faucet")).call({
    address: marginChain.engine,
    abi: marginEngineAbi,
    functionName: "heartbeat",
    args: [market!.id, market!.sourceId],
  });
  const domain = domainOf({
    srcEid: vaultChain.eid,
    vault: vaultChain.vault,
    marginEid: marginChain.eid,
    engine: marginChain.engine,
  });
  const lastSeen = () =>
    localnet.vault.public.readContract({
      address: vaultChain.orderInbox,
      abi: orderInboxAbi,
      functionName: "lastSeen",
      args: [domain],
    });

  const [first] = relayers as [RelayerProcess, RelayerProcess];
  const vetoed = await first.line("its veto", ({ msg }) => msg.startsWith("packet vetoed"));
  expect(vetoed).toMatchObject({ pathway: "orders", reason: "under review", level: "warn" });
  await first.line("the message that waits", ({ waitingFor }) =>
    String(waitingFor).includes("veto to be lifted: under review"),
  );
  // The other operator's DVN has signed; one of two is not enough.
  await relayers[1]!.line("beta's signature", ({ msg }) => msg.includes("verify packet"));
  const before = await lastSeen();

  rmSync(file);
  await first.line("that its hook is gone", ({ waitingFor }) =>
    String(waitingFor).includes("roles.dvn.veto.file did not answer"),
  );
  expect(await lastSeen()).toBe(before);

  writeFileSync(file, "");
  await untilBlock(localnet.vault.public, async () => (await lastSeen()) > before);
});

test("behavior: prices of Pyth are pushed when they are old and when they move", async () => {
  const pusher = await localnet.account("pusher");
  const sender = localnet.margin.sender(await localnet.account("pyth"));
  const { abi } = mockPythArtifact();
  const contract = await sender.deploy(mockPythArtifact(), [60n, 7n]);
  const id: Hex = `0x${"e1".repeat(32)}`;
  const start = await localnet.margin.time();
  const prices = new Map<Hex, PythPrice>();
  const quote = (price: bigint, publishTime: bigint) =>
    prices.set(id, { id, price, conf: 1n, expo: -8, publishTime }).get(id)!;
  const updates = [pythUpdate(quote(1_000_000n, start))];
  await sender.call({ address: contract, abi, functionName: "updatePriceFeeds", args: [updates], value: 7n });
  const hermes = await startHermes(prices);
  try {
    const relayer = prepareRelayer({
      name: "pusher",
      deployment: local.deployment,
      rpc: { [localnet.vault.name]: [localnet.vault.url], [localnet.margin.name]: [localnet.margin.url] },
      roles: {
        watchman: {
          key: "env:PUSHER",
          breaker: false,
          claimDelayed: false,
          pyth: { contract, hermes: hermes.url, ids: [id], maxAgeSeconds: 1_000_000, deviationBps: 100, pollMs: 200 },
        },
      },
      env: { PUSHER: pusher.privateKey },
    });
    relayers.push(relayer);
    await relayer.start();
    const stored = () =>
      localnet.margin.public.readContract({
        address: contract,
        abi: pythAbi,
        functionName: "getPriceUnsafe",
        args: [id],
      });

    // Too small a move is not pushed: the next one brings its own.
    quote(1_009_999n, start + 1n);
    quote(1_010_000n, start + 2n);
    await untilBlock(localnet.margin.public, async () => (await stored()).publishTime > start);
    expect(await stored()).toMatchObject({ price: 1_010_000n, publishTime: start + 2n });

    quote(1_010_001n, start + 3n);
    await localnet.increaseTime(1_000_000);
    await untilBlock(localnet.margin.public, async () => (await stored()).publishTime === start + 3n);
  } finally {
    await hermes.close();
  }
});
