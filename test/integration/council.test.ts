import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseUnits } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";

import { marginEngineAbi } from "../../sdk/src/abis/index.ts";
import type { Council, CouncilShare } from "../../sdk/src/council/council.ts";
import { initCrypto } from "../../sdk/src/crypto/crypto.ts";
import { deriveKeys, type Keys } from "../../sdk/src/keys/derive.ts";
import { createSnarkjsProver } from "../../sdk/src/node/index.ts";
import type { Prover } from "../../sdk/src/proofs/types.ts";
import { deployLocalHypothec, pricesAt, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { createPeople, type People } from "../support/people.ts";
import { prepareOperator, prepareRelayer, type RelayerOptions, type RelayerProcess } from "../support/relayer.ts";
import { councilOf } from "../support/seats.ts";

const usdc = (amount: string) => parseUnits(amount, 6);
const members = [1, 2, 3];

let localnet: Localnet;
let local: LocalHypothec;
let prover: Prover;
let people: People;
let directory: string;
let council: Council;
let shares: CouncilShare[];
let relayers: RelayerProcess[] = [];
let keeperKeys: Keys;

/** Ports that nobody listens on. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once("listening", resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** The parts of a relayer's configuration that give it a seat. `gas` is the reference of the key that pays. */
function seatOf(member: number, gas: string, ports: number[]): Pick<RelayerOptions, "roles" | "env" | "http"> {
  const keyOf = (each: number) => `api-key-of-member-${each}`;
  const others = members.filter((each) => each !== member);
  return {
    http: { port: ports[member - 1]!, apiKeys: ["env:API_KEY"] },
    roles: {
      trustee: {
        key: gas,
        council: {
          council: join(directory, "council.json"),
          share: "env:SHARE",
          peers: others.map((index) => ({
            index,
            url: `http://127.0.0.1:${ports[index - 1]}`,
            apiKey: `env:PEER_${index}`,
          })),
        },
      },
    },
    env: {
      API_KEY: keyOf(member),
      SHARE: shares[member - 1]!.secret.toString(),
      ...Object.fromEntries(others.map((each) => [`PEER_${each}`, keyOf(each)])),
    },
  };
}

beforeAll(async () => {
  await initCrypto();
  ({ council, shares } = councilOf(2, 3));
  directory = mkdtempSync(join(tmpdir(), "hypothec-council-"));
  writeFileSync(join(directory, "council.json"), JSON.stringify(council.text));
  localnet = await startLocalnet();
  local = await deployLocalHypothec(localnet, {
    market: { graceSeconds: 2, auctionSeconds: 10, trusteeKey: council.submitted },
  });
  prover = createSnarkjsProver();
  people = createPeople(localnet, local, prover);
  const keeper = await localnet.account("alpha keeper");
  const claimSeed = localnet.key("alpha claims").privateKey;
  keeperKeys = await deriveKeys(claimSeed);
  await local.giveDebtToken(keeper.address, "100000");
  const third = await localnet.account("gamma delivery");
  await localnet.mineEvery(1);
  const ports = await freePorts(3);
  const [alpha, beta, gamma] = [
    seatOf(1, "env:ALPHA_DELIVERY", ports),
    seatOf(2, "env:BETA_DELIVERY", ports),
    seatOf(3, "env:GAMMA_DELIVERY", ports),
  ];
  const { vault, margin } = localnet;
  relayers = [
    await prepareOperator(localnet, local.deployment, 0, {
      ...alpha,
      roles: {
        ...alpha.roles,
        keeper: {
          key: "env:KEEPER",
          claimSeed: "env:CLAIM_SEED",
          minProfitBps: 50,
          maxSpend: usdc("50000").toString(),
        },
      },
      env: { ...alpha.env, KEEPER: keeper.privateKey, CLAIM_SEED: claimSeed },
    }),
    await prepareOperator(localnet, local.deployment, 1, beta),
    prepareRelayer({
      name: "gamma",
      deployment: local.deployment,
      rpc: { [vault.name]: [vault.url], [margin.name]: [margin.url] },
      ...gamma,
      roles: { prover: {}, ...gamma.roles },
      env: { GAMMA_DELIVERY: third.privateKey, ...gamma.env },
    }),
  ];
  await Promise.all(relayers.map((relayer) => relayer.start()));
});
afterAll(async () => {
  await Promise.all(relayers.map((relayer) => relayer.dispose()));
  await prover.close();
  await localnet.stop();
  rmSync(directory, { recursive: true, force: true });
});

test("behavior: two of three members settle what the keeper bought, while the third is down", async () => {
  await people.lender("lender", "100000");
  const { client, keys, account, lock } = await people.borrower("dave", usdc("15000"));
  await relayers[2]!.kill();
  const { ETH } = pricesAt("2021-05-18");
  await local.setPrices({ ETH: (ETH * 60n) / 100n });
  const sold = await people.eventually(client, "margin", async () => {
    const [log] = await client.margin.public.getContractEvents({
      address: local.deployment.marginChain.engine,
      abi: marginEngineAbi,
      eventName: "Sold",
      args: { account },
      fromBlock: 0n,
    });
    return log?.args;
  });
  expect(sold.buyer).toBe(localnet.key("alpha keeper").address);
  await people.settled(client, lock.nullifier);

  // Neither of the two has more than a share: that it is settled means that one gave its part to the other.
  const bought = await people.attestedNote(client, keeperKeys, (note) => note.origin === "bought");
  const rest = await people.attestedNote(client, keys, (note) => note.origin === "rest");
  expect(bought.note.amounts[0]! + rest.note.amounts[0]!).toBe(lock.amounts[0]);

  for (const relayer of relayers) {
    expect(relayer.log.filter(({ state }) => state === "dead")).toEqual([]);
    const text = JSON.stringify(relayer.log);
    for (const { secret } of shares) {
      expect(text).not.toContain(secret.toString());
      expect(text).not.toContain(secret.toString(16));
    }
  }
});
