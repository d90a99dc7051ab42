import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseUnits, type Address, type Hex } from "viem";

import { marginEngineAbi } from "../../sdk/src/abis/index.ts";
import type { HypothecClient } from "../../sdk/src/client/client.ts";
import { deriveKeys, type Keys } from "../../sdk/src/keys/derive.ts";
import { createSnarkjsProver } from "../../sdk/src/node/index.ts";
import { runCouncil } from "./councilRun.ts";
import { prepareSeats, type Seats, type Way } from "./councilSeats.ts";
import { deployLocalHypothec, pricesAt, type LocalHypothec } from "./localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "./localnet/localnet.ts";
import { createPeople, type People } from "./people.ts";
import { prepareOperator, prepareRelayer, type RelayerOptions, type RelayerProcess } from "./relayer.ts";

const names = ["alpha", "beta", "gamma"] as const;

/** Two chains, and three relayers whose operators are a 2-of-3 council: the market's trustee. None of them runs yet. */
export type CouncilWorld = {
  localnet: Localnet;
  local: LocalHypothec;
  people: People;
  seats: Seats;
  /** alpha and beta run every role with a DVN each, alpha's keeper buys; gamma has its seat, a prover, and what was asked for. */
  relayers: readonly [RelayerProcess, RelayerProcess, RelayerProcess];
  /** Who owns what alpha's keeper buys. */
  keeperKeys: Keys;
  /** Ether falls by 40 %; the sale of the account's lock, when somebody has bought it. */
  crash(client: HypothecClient, account: Hex): Promise<{ buyer: Address; lockNullifier: bigint }>;
  stop(): Promise<void>;
};

export async function prepareCouncilWorld(
  options: {
    /** How a member finds another one. @default directly */
    way?: Way;
    /** How a member (from 1) finds a chain. @default directly */
    rpc?: (member: number, url: string) => Promise<string>;
    /** What gamma does besides; its key is `env:GAMMA_DELIVERY`. */
    gamma?: Pick<RelayerOptions, "roles" | "race">;
    race?: RelayerOptions["race"];
  } = {},
): Promise<CouncilWorld> {
  const directory = mkdtempSync(join(tmpdir(), "hypothec-council-"));
  const { council, seats: made } = await runCouncil({
    threshold: 2,
    directories: names.map((name) => join(directory, name)),
    shared: join(directory, "shared"),
  });
  const localnet = await startLocalnet();
  const local = await deployLocalHypothec(localnet, {
    market: { graceSeconds: 2, auctionSeconds: 10, trusteeKey: council.submitted },
  });
  const prover = createSnarkjsProver();
  const people = createPeople(localnet, local, prover);
  const keeper = await localnet.account("alpha keeper");
  const claimSeed = localnet.key("alpha claims").privateKey;
  await local.giveDebtToken(keeper.address, "100000");
  const third = await localnet.account("gamma delivery");
  await localnet.mineEvery(1);

  const seats = await prepareSeats(made, options.way);
  const rpcOf = async (member: number): Promise<Record<string, string[]>> => {
    const way = options.rpc ?? (async (_, url) => url);
    return {
      [localnet.vault.name]: [await way(member, localnet.vault.url)],
      [localnet.margin.name]: [await way(member, localnet.margin.url)],
    };
  };
  const [alpha, beta, gamma] = names.map((name, at) => seats.of(at + 1, `env:${name.toUpperCase()}_DELIVERY`));
  const race = options.race === undefined ? {} : { race: options.race };
  const relayers = [
    await prepareOperator(localnet, local.deployment, 0, {
      ...alpha!,
      ...race,
      rpc: await rpcOf(1),
      roles: {
        ...alpha!.roles,
        keeper: {
          key: "env:KEEPER",
          claimSeed: "env:CLAIM_SEED",
          minProfitBps: 50,
          maxSpend: parseUnits("50000", 6).toString(),
        },
      },
      env: { ...alpha!.env, KEEPER: keeper.privateKey, CLAIM_SEED: claimSeed },
    }),
    await prepareOperator(localnet, local.deployment, 1, { ...beta!, ...race, rpc: await rpcOf(2) }),
    prepareRelayer({
      name: "gamma",
      deployment: local.deployment,
      rpc: await rpcOf(3),
      ...gamma!,
      race: { ...options.race, ...options.gamma?.race },
      roles: { prover: {}, ...options.gamma?.roles, ...gamma!.roles },
      env: { GAMMA_DELIVERY: third.privateKey, ...gamma!.env },
    }),
  ] as const;

  return {
    localnet,
    local,
    people,
    seats,
    relayers,
    keeperKeys: await deriveKeys(claimSeed),
    async crash(client, account) {
      const { ETH } = pricesAt("2021-05-18");
      await local.setPrices({ ETH: (ETH * 60n) / 100n });
      return people.eventually(client, "margin", async () => {
        const [log] = await client.margin.public.getContractEvents({
          address: local.deployment.marginChain.engine,
          abi: marginEngineAbi,
          eventName: "Sold",
          args: { account },
          fromBlock: 0n,
        });
        return log?.args as { buyer: Address; lockNullifier: bigint } | undefined;
      });
    },
    async stop() {
      try {
        await Promise.all(relayers.map((relayer) => relayer.dispose()));
      } finally {
        await prover.close();
        await localnet.stop();
        rmSync(directory, { recursive: true, force: true });
      }
    },
  };
}
