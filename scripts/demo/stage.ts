import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parseEther, type Hex } from "viem";

import type { Deployment } from "@hypothec/sdk";
import { createSnarkjsProver } from "@hypothec/sdk/node";
import type { ConfigInput } from "../../relayer/src/config/schema.ts";
import { deployLocalHypothec, type LocalHypothec } from "../../test/support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../../test/support/localnet/localnet.ts";
import { CLAIM_SEED_LABEL, MARKET, PROFILE_MASKS } from "./cast.ts";
import type { Tick } from "./stages/crash.ts";
import { startRelayer, type RelayerProcess } from "./relayers.ts";
import type { Story } from "./report.ts";
import type { Checkpoint, World } from "./world.ts";

/** How fast the demo's market lives: seconds where a real one has hours. */
const PACE = { graceSeconds: 3, auctionSeconds: 10, reflagWindowSeconds: 600 };
const CONFIRMATIONS = 2;
/** The keeper's debt tokens. */
const KEEPER_FUNDS = "100000";

export type StageOptions = {
  /** Where logs, configurations and the relayers' stores go. */
  directory: string;
  story: Story;
  onCheckpoint?: ((name: Checkpoint, world: World) => Promise<void>) | undefined;
  firstTick: Tick;
};

/** Two chains with LayerZero, everything of Hypothec deployed, two relayers running; blocks of one second. */
export async function setStage(options: StageOptions): Promise<World & { close(): Promise<void> }> {
  const { directory, story } = options;
  mkdirSync(directory, { recursive: true });
  story.stage("0. Two chains, LayerZero V2, Hypothec, two relayers");
  const localnet = await startLocalnet({ logDir: directory });
  const relayers: RelayerProcess[] = [];
  const prover = createSnarkjsProver();
  const close = async (): Promise<void> => {
    await Promise.all(relayers.map((relayer) => relayer.stop()));
    await prover.close();
    await localnet.stop();
  };

  try {
    const hypothec = await deployLocalHypothec(localnet, {
      confirmations: BigInt(CONFIRMATIONS),
      sealDelaySeconds: 1n,
      cadenceSeconds: 1n,
      market: { ...PACE, profiles: PROFILE_MASKS },
    });
    await hypothec.setPrices(options.firstTick.prices);
    await hypothec.takeSnapshot();
    story.note(
      `${hypothec.ledger.length} transactions deployed and wired everything; every pathway names its libraries, executor and two DVNs`,
    );
    await localnet.mineEvery(1);

    writeFileSync(join(directory, "deployment.json"), JSON.stringify(hypothec.deployment, null, 2));
    for (const index of [0, 1]) relayers.push(await relayerOf(localnet, hypothec, directory, index));
    const world: World = {
      localnet,
      hypothec,
      deployment: hypothec.deployment,
      prover,
      relayers,
      story,
      vaultState: undefined,
      checkpoint: async (name) => options.onCheckpoint?.(name, world),
    };
    story.note(`relayers ${relayers.map(({ name }) => name).join(" and ")} run, each with a DVN on both chains`);
    return Object.assign(world, { close });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Both operators run every role; only the first holds the trustee's key, and money to buy claims with. */
async function relayerOf(
  localnet: Localnet,
  hypothec: LocalHypothec,
  directory: string,
  index: number,
): Promise<RelayerProcess> {
  const operator = localnet.operators[index]!;
  const { name } = operator;
  const delivery = await localnet.account(`${name} delivery`);
  const keeper = await localnet.account(`${name} keeper`);
  const isFirst = index === 0;
  if (isFirst) await fundKeeper(localnet, hypothec, keeper.label);

  const keys: Record<string, Hex> = {
    DELIVERY_KEY: delivery.privateKey,
    DVN_SIGNER_KEY: operator.dvnSigner.privateKey,
    DVN_ADMIN_KEY: operator.dvnAdmin.privateKey,
    EXECUTOR_KEY: operator.executor.privateKey,
    KEEPER_KEY: keeper.privateKey,
    CLAIM_SEED: localnet.key(CLAIM_SEED_LABEL).privateKey,
    TRUSTEE_SECRET: `0x${hypothec.trustee.secret.toString(16).padStart(64, "0")}`,
  };
  const chain = (side: "vault" | "margin") => ({
    name: hypothec.deployment[`${side}Chain`].name,
    rpc: [localnet[side].url],
    confirmations: CONFIRMATIONS,
    pollIntervalMs: 250,
  });
  const dvns = {
    [chain("vault").name]: localnet.vault.lz.operatorDvns[index]!,
    [chain("margin").name]: localnet.margin.lz.operatorDvns[index]!,
  };
  const config: ConfigInput = {
    name,
    deployment: "deployment.json",
    dataDir: `${name}-data`,
    chains: [chain("vault"), chain("margin")],
    race: { index, of: 2, handoverMs: 5_000 },
    roles: {
      prover: {},
      batcher: { key: "env:DELIVERY_KEY", seal: { maxAgeMs: 3_000, maxFee: parseEther("0.01").toString() } },
      attestor: { key: "env:DELIVERY_KEY" },
      orderSender: { key: "env:DELIVERY_KEY" },
      dvn: { signerKey: "env:DVN_SIGNER_KEY", adminKey: "env:DVN_ADMIN_KEY", addresses: dvns },
      executor: { key: "env:EXECUTOR_KEY" },
      keeper: isFirst
        ? {
            key: "env:KEEPER_KEY",
            claimSeed: "env:CLAIM_SEED",
            minProfitBps: 300,
            maxSpend: (BigInt(KEEPER_FUNDS) * 10n ** 6n).toString(),
          }
        : { key: "env:KEEPER_KEY" },
      ...(isFirst ? { trustee: { key: "env:DELIVERY_KEY", secrets: ["env:TRUSTEE_SECRET"] } } : {}),
    },
  };
  return startRelayer({ directory, config, keys });
}

async function fundKeeper(localnet: Localnet, hypothec: LocalHypothec, label: string): Promise<void> {
  await hypothec.giveDebtToken(localnet.key(label).address, KEEPER_FUNDS);
}

export function marketOf(deployment: Deployment) {
  const market = deployment.marginChain.markets.find(({ name }) => name === MARKET);
  if (market === undefined) throw new Error(`The deployment has no market ${MARKET}.`);
  return market;
}
