import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseUnits } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";

import { collateralVaultAbi, marginEngineAbi } from "../../sdk/src/abis/index.ts";
import { deriveKeys, type Keys } from "../../sdk/src/keys/derive.ts";
import { createSnarkjsProver } from "../../sdk/src/node/index.ts";
import type { Prover } from "../../sdk/src/proofs/types.ts";
import { runCouncil } from "../support/councilRun.ts";
import { prepareSeats } from "../support/councilSeats.ts";
import { openLink, type Link } from "../support/link.ts";
import { deployLocalHypothec, pricesAt, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { createPeople, type People } from "../support/people.ts";
import { prepareOperator, prepareRelayer, type LogLine, type RelayerProcess } from "../support/relayer.ts";

const usdc = (amount: string) => parseUnits(amount, 6);

let localnet: Localnet;
let local: LocalHypothec;
let prover: Prover;
let people: People;
let directory: string;
let relayers: RelayerProcess[] = [];
/** Each member's way to each other one. */
const links: Link[] = [];
let keeperKeys: Keys;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "hypothec-council-"));
  const { council, seats } = await runCouncil({
    threshold: 2,
    directories: ["alpha", "beta", "gamma"].map((name) => join(directory, name)),
    shared: join(directory, "shared"),
  });
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
  const members = await prepareSeats(seats, async (_, __, port) => {
    links.push(await openLink({ target: { port } }));
    return links.at(-1)!.port;
  });
  const alpha = members.of(1, "env:ALPHA_DELIVERY");
  const beta = members.of(2, "env:BETA_DELIVERY");
  const gamma = members.of(3, "env:GAMMA_DELIVERY");
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
  await Promise.all(links.map((link) => link.close()));
  rmSync(directory, { recursive: true, force: true });
});

test("behavior: one member alone opens nothing; two of three settle what the keeper bought", async () => {
  await people.lender("lender", "100000");
  const { client, keys, account, lock } = await people.borrower("dave", usdc("15000"));
  await relayers[2]!.kill();
  for (const link of links) link.cut("refused");
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
  // Whoever's turn it is has the order and its own share, and nobody to ask.
  const alone = ({ proof, error }: LogLine) => String(proof).startsWith("settle:") && error?.code === "council_too_few";
  await Promise.race(relayers.slice(0, 2).map((each) => each.line("it found nobody to ask", alone)));
  const spent = {
    address: local.deployment.vaultChain.vault,
    abi: collateralVaultAbi,
    functionName: "isLockSpent",
  } as const;
  expect(await client.vault.public.readContract({ ...spent, args: [lock.nullifier] })).toBe(false);
  for (const link of links) link.heal();
  await people.settled(client, lock.nullifier);

  const bought = await people.attestedNote(client, keeperKeys, (note) => note.origin === "bought");
  const rest = await people.attestedNote(client, keys, (note) => note.origin === "rest");
  expect(bought.note.amounts[0]! + rest.note.amounts[0]!).toBe(lock.amounts[0]);

  const openings = relayers.flatMap(({ log }) => log.filter(({ msg }) => msg === "council opened a lock"));
  expect(openings.length).toBeGreaterThan(0);
  for (const { members } of openings) expect(members).toEqual([1, 2]);
  for (const relayer of relayers) expect(relayer.log.filter(({ state }) => state === "dead")).toEqual([]);
});
