import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { parseEther, toHex } from "viem";

import type { Deployment } from "@hypothec/sdk";
import { createSnarkjsProver } from "@hypothec/sdk/node";
import { deployLocalHypothec, type LocalHypothec } from "../../test/support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../../test/support/localnet/localnet.ts";
import { prepareOperator, type RelayerProcess } from "../../test/support/relayer.ts";
import { CLAIM_SEED_LABEL, MARKET, PROFILE_MASKS } from "./cast.ts";
import type { Tick } from "./stages/crash.ts";
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
    for (const index of [0, 1]) relayers.push(await operatorOf(localnet, hypothec, directory, index));
    // They come up while the story begins; one that cannot is reported by whoever waits for its work.
    for (const relayer of relayers) relayer.start().catch(() => {});
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
async function operatorOf(
  localnet: Localnet,
  hypothec: LocalHypothec,
  directory: string,
  index: number,
): Promise<RelayerProcess> {
  const { name } = localnet.operators[index]!;
  const keeper = await localnet.account(`${name} keeper`);
  const variable = (role: string) => `${name.toUpperCase()}_${role}`;
  const key = (role: string) => `env:${variable(role)}`;
  const isFirst = index === 0;
  if (isFirst) await hypothec.giveDebtToken(keeper.address, KEEPER_FUNDS);
  return prepareOperator(localnet, hypothec.deployment, index, {
    directory: join(directory, name),
    logLevel: "info",
    confirmations: CONFIRMATIONS,
    roles: {
      batcher: { key: key("DELIVERY"), seal: { maxAgeMs: 2_000, maxFee: parseEther("0.01").toString() } },
      keeper: isFirst
        ? {
            key: key("KEEPER"),
            claimSeed: key("CLAIM_SEED"),
            minProfitBps: 300,
            maxSpend: (BigInt(KEEPER_FUNDS) * 10n ** 6n).toString(),
          }
        : { key: key("KEEPER") },
      ...(isFirst ? { trustee: { key: key("DELIVERY"), secrets: [key("TRUSTEE")] } } : {}),
    },
    env: {
      [variable("KEEPER")]: keeper.privateKey,
      ...(isFirst
        ? {
            [variable("CLAIM_SEED")]: localnet.key(CLAIM_SEED_LABEL).privateKey,
            [variable("TRUSTEE")]: toHex(hypothec.trustee.secret, { size: 32 }),
          }
        : {}),
    },
  });
}

export function marketOf(deployment: Deployment) {
  const market = deployment.marginChain.markets.find(({ name }) => name === MARKET);
  if (market === undefined) throw new Error(`The deployment has no market ${MARKET}.`);
  return market;
}
