import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { parseEther } from "viem";

import type { Deployment } from "@hypothec/sdk";
import { createSnarkjsProver } from "@hypothec/sdk/node";
import { deployLocalHypothec, type LocalHypothec } from "../../test/support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../../test/support/localnet/localnet.ts";
import { prepareOperator, prepareRelayer, type RelayerProcess } from "../../test/support/relayer.ts";
import { CLAIM_SEED_LABEL, MARKET, PROFILE_MASKS } from "./cast.ts";
import { formCouncil, MEMBERS, THRESHOLD, type DemoCouncil } from "./council.ts";
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

/** Two chains with LayerZero, everything of Hypothec deployed, three relayers running; blocks of one second. */
export async function setStage(options: StageOptions): Promise<World & { close(): Promise<void> }> {
  const { directory, story } = options;
  mkdirSync(directory, { recursive: true });
  story.stage("0. Two chains, LayerZero V2, Hypothec, three relayers");
  const localnet = await startLocalnet({ logDir: directory });
  const relayers: RelayerProcess[] = [];
  const prover = createSnarkjsProver();
  const close = async (): Promise<void> => {
    await Promise.all(relayers.map((relayer) => relayer.stop()));
    await prover.close();
    await localnet.stop();
  };

  try {
    const directories = MEMBERS.map((name) => join(directory, name));
    const council = await formCouncil(directories, join(directory, "council"));
    story.note(
      `${MEMBERS.join(", ")} made the key of a ${THRESHOLD}-of-${MEMBERS.length} council: the market's trustee, whose secret nobody has`,
    );
    const hypothec = await deployLocalHypothec(localnet, {
      confirmations: BigInt(CONFIRMATIONS),
      sealDelaySeconds: 1n,
      cadenceSeconds: 1n,
      market: { ...PACE, profiles: PROFILE_MASKS, trusteeKey: council.submitted },
    });
    await hypothec.setPrices(options.firstTick.prices);
    await hypothec.takeSnapshot();
    story.note(
      `${hypothec.ledger.length} transactions deployed and wired everything; every pathway names its libraries, executor and two DVNs`,
    );
    const place = { localnet, hypothec, council };
    for (const index of localnet.operators.keys())
      relayers.push(await operatorOf({ ...place, directory: directories[index]! }, index));
    relayers.push(await memberOf({ ...place, directory: directories[2]! }));
    // They come up while the story begins; one that cannot is reported by whoever waits for its work.
    for (const relayer of relayers.slice(0, 2)) relayer.start().catch(() => {});
    const world: World = {
      localnet,
      hypothec,
      deployment: hypothec.deployment,
      prover,
      relayers,
      council,
      story,
      vaultState: undefined,
      checkpoint: async (name) => options.onCheckpoint?.(name, world),
    };
    const operators = localnet.operators.map(({ name }) => name).join(" and ");
    story.note(
      `relayers of ${operators} run, each with a DVN on both chains; ${MEMBERS[2]}'s, a member of the council only, starts when a loan may fail`,
    );
    return Object.assign(world, { close });
  } catch (error) {
    await close();
    throw error;
  }
}

type Place = { localnet: Localnet; hypothec: LocalHypothec; council: DemoCouncil; directory: string };

/** Both operators run every role, a seat of the council among them; only the first has money to buy claims with. */
async function operatorOf(place: Place, index: number): Promise<RelayerProcess> {
  const { localnet, hypothec, council, directory } = place;
  const { name } = localnet.operators[index]!;
  const keeper = await localnet.account(`${name} keeper`);
  const variable = (role: string) => `${name.toUpperCase()}_${role}`;
  const key = (role: string) => `env:${variable(role)}`;
  const isFirst = index === 0;
  if (isFirst) await hypothec.giveDebtToken(keeper.address, KEEPER_FUNDS);
  const seat = council.members.of(index + 1, key("DELIVERY"));
  return prepareOperator(localnet, hypothec.deployment, index, {
    directory,
    logLevel: "info",
    confirmations: CONFIRMATIONS,
    http: seat.http,
    roles: {
      ...seat.roles,
      batcher: { key: key("DELIVERY"), seal: { maxAgeMs: 2_000, maxFee: parseEther("0.01").toString() } },
      keeper: isFirst
        ? {
            key: key("KEEPER"),
            claimSeed: key("CLAIM_SEED"),
            minProfitBps: 300,
            maxSpend: (BigInt(KEEPER_FUNDS) * 10n ** 6n).toString(),
          }
        : { key: key("KEEPER") },
    },
    env: {
      ...seat.env,
      [variable("KEEPER")]: keeper.privateKey,
      ...(isFirst ? { [variable("CLAIM_SEED")]: localnet.key(CLAIM_SEED_LABEL).privateKey } : {}),
    },
  });
}

/** The third member: no DVN, no keeper, only its seat and a prover for when it is its turn to settle. */
async function memberOf({ localnet, hypothec, council, directory }: Place): Promise<RelayerProcess> {
  const { vault, margin } = localnet;
  const name = MEMBERS[2];
  const seat = council.members.of(3, "env:DELIVERY");
  return prepareRelayer({
    name,
    deployment: hypothec.deployment,
    rpc: { [vault.name]: [vault.url], [margin.name]: [margin.url] },
    directory,
    logLevel: "info",
    confirmations: CONFIRMATIONS,
    http: seat.http,
    roles: { prover: {}, ...seat.roles },
    env: { ...seat.env, DELIVERY: (await localnet.account(`${name} delivery`)).privateKey },
  });
}

export function marketOf(deployment: Deployment) {
  const market = deployment.marginChain.markets.find(({ name }) => name === MARKET);
  if (market === undefined) throw new Error(`The deployment has no market ${MARKET}.`);
  return market;
}
