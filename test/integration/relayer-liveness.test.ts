import { parseEther } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";

import { orderInboxAbi } from "../../sdk/src/abis/index.ts";
import { deposit } from "../../sdk/src/actions/deposit.ts";
import { getDomainState } from "../../sdk/src/actions/messaging.ts";
import { createHypothecClient, type HypothecClient } from "../../sdk/src/client/client.ts";
import { deriveKeys } from "../../sdk/src/keys/derive.ts";
import { deployLocalHypothec, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { untilBlock } from "../support/localnet/untilBlock.ts";
import { prepareOperator, type RelayerProcess } from "../support/relayer.ts";

/** As short as days are long elsewhere. */
const SECONDS = 10;

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
  const keys = await deriveKeys(localnet.key("alice").privateKey);
  await deposit(client, { keys, asset: "ETH", amount: parseEther("1") });
  await localnet.mineEvery(1);
});
afterAll(async () => {
  await Promise.all(relayers.map((relayer) => relayer.dispose()));
  await localnet.stop();
});

/** The engine's last heartbeat, as the vault chain knows it. */
const lastSeen = () =>
  client.vault.public.readContract({
    address: local.deployment.vaultChain.orderInbox,
    abi: orderInboxAbi,
    functionName: "lastSeen",
    args: [client.domain],
  });

const until = (holds: () => Promise<boolean>) => untilBlock(client.margin.public, holds);

test("behavior: two relayers keep a quiet pair of chains alive: heartbeats, and a STATUS where no root is due", async () => {
  for (const index of [0, 1]) {
    const key = `env:${localnet.operators[index]!.name.toUpperCase()}_DELIVERY`;
    const roles = {
      attestor: { key, statusAfterSeconds: SECONDS },
      orderSender: { key, heartbeatAfterSeconds: SECONDS },
    };
    relayers.push(await prepareOperator(localnet, local.deployment, index, { roles, race: { handoverMs: 3_000 } }));
  }
  await Promise.all(relayers.map((relayer) => relayer.start()));
  await until(async () => (await getDomainState(client)).reportedAt > 0n);
  const first = await getDomainState(client);
  expect(first).toMatchObject({ retired: false });

  await until(async () => (await lastSeen()) > 0n);
  const seen = await lastSeen();
  await until(async () => (await getDomainState(client)).reportedAt > first.reportedAt);
  // And on, without end.
  await until(async () => (await lastSeen()) > seen);
  expect((await lastSeen()) - seen).toBeGreaterThanOrEqual(BigInt(SECONDS));
});
