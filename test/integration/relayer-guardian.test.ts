import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseEther, parseUnits, type Hex } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";

import {
  appendBatch,
  approveOperator,
  borrow,
  deposit,
  flag,
  getHealth,
  getLock,
  lock as lockNote,
  openAccount,
  requestAttestation,
  seal,
  syncVault,
} from "../../sdk/src/actions/index.ts";
import type { HypothecClient } from "../../sdk/src/client/client.ts";
import type { VaultState } from "../../sdk/src/client/vaultState.ts";
import { deriveKeys } from "../../sdk/src/keys/derive.ts";
import { createSnarkjsProver } from "../../sdk/src/node/index.ts";
import { isLock, type Note } from "../../sdk/src/notes/note.ts";
import { scanNotes } from "../../sdk/src/notes/scan.ts";
import { exportOpening } from "../../sdk/src/notes/opening.ts";
import type { Prover } from "../../sdk/src/proofs/types.ts";
import { deployLocalHypothec, pricesAt, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { createHandWorker } from "../support/localnet/handWorker.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { untilBlock } from "../support/localnet/untilBlock.ts";
import { createPeople, type People } from "../support/people.ts";
import { prepareRelayer, type RelayerProcess } from "../support/relayer.ts";

const usdc = (amount: string) => parseUnits(amount, 6);

let localnet: Localnet;
let local: LocalHypothec;
let prover: Prover;
let people: People;
let directory: string;
let client: HypothecClient;
let lock: Note;
let account: Hex;
let guardian: RelayerProcess | undefined;

beforeAll(async () => {
  localnet = await startLocalnet();
  local = await deployLocalHypothec(localnet);
  prover = createSnarkjsProver();
  people = createPeople(localnet, local, prover);
  directory = mkdtempSync(join(tmpdir(), "hypothec-openings-"));
});
/** Erin, who shows less than she has, and borrows nearly all that this allows. */
beforeAll(async () => {
  const [market] = local.deployment.marginChain.markets;
  await people.lender("lender", "100000");
  client = await people.clientOf("erin");
  const keys = await deriveKeys(localnet.key("erin").privateKey);
  await deposit(client, { keys, asset: "ETH", amount: parseEther("10") });
  const deposited = await appendAndAttest(client);
  const controller = localnet.key("erin").address;
  await lockNote(client, { keys, state: deposited, prover, controller, amounts: { 0: parseUnits("10", 8) } });
  const state = await appendAndAttest(client);
  lock = scanNotes(keys, state).find(isLock)!;
  const terms = { market: market!.name, lock, state, prover, profile: 2, floorBps: 9_000 } as const;
  ({ account } = await openAccount(client, { ...terms, coverage: usdc("11000") }));
  await borrow(client, { market: market!.name, account, amount: usdc("9000") });
}, 1_800_000);
afterAll(async () => {
  await guardian?.dispose();
  rmSync(directory, { recursive: true, force: true });
  await prover.close();
  await localnet.stop();
});

/** Puts everything that is queued into the tree, and tells the margin chain: what relayers do, by hand. */
async function appendAndAttest(client: HypothecClient): Promise<VaultState> {
  await localnet.increaseTime(10); // the seal's delay and the cadence
  await seal(client);
  await appendBatch(client, { state: await syncVault(client), prover });
  const { receipt } = await requestAttestation(client);
  await createHandWorker(localnet).relay("vault", receipt);
  return syncVault(client);
}

test("behavior: a client's account that prices bring near its floor is proven anew by its guardian, and cannot be flagged", async () => {
  const [market] = local.deployment.marginChain.markets;
  const guardianKey = await localnet.account("guardian");
  await approveOperator(client, { account, operator: guardianKey.address });
  const opening = join(directory, "erin.json");
  writeFileSync(opening, exportOpening(lock), { mode: 0o600 });
  await localnet.mineEvery(1);
  guardian = prepareRelayer({
    name: "guardian",
    deployment: local.deployment,
    rpc: { [localnet.vault.name]: [localnet.vault.url], [localnet.margin.name]: [localnet.margin.url] },
    roles: {
      prover: {},
      guardian: {
        key: "env:GUARDIAN",
        accounts: [{ account, openings: [`file:${opening}`] }],
        refreshBelowBps: 10_500,
      },
    },
    env: { GUARDIAN: guardianKey.privateKey },
  });
  await guardian.start();

  const before = await getLock(client, { lockNullifier: lock.nullifier });
  const { maintenanceRequirement: requirement, coverage } = await getHealth(client, { market: market!.name, account });
  expect(coverage).toBeGreaterThan((requirement * 105n) / 100n);
  // A fall after which the old proof guarantees 97 % of what is required.
  const { ETH } = pricesAt("2021-05-18");
  const floor = (ETH * 9n) / 10n;
  await local.setPrices({ ETH: (((floor * requirement) / before.coverage) * 97n) / 100n });
  await untilBlock(client.margin.public, async () => {
    const { coverage: now } = await getLock(client, { lockNullifier: lock.nullifier });
    return now > before.coverage;
  });
  const health = await getHealth(client, { market: market!.name, account });
  expect(health.isCovered).toBe(true);
  expect(health.coverage).toBeGreaterThanOrEqual((requirement * 105n) / 100n);
  await expect(flag(await people.clientOf("a keeper"), { account })).rejects.toMatchObject({ code: "AccountCovered" });

  const text = JSON.stringify(guardian.log) + guardian.errors();
  for (const secret of [lock.blinding, lock.owner, lock.amounts[0]!]) expect(text).not.toContain(secret.toString());
});
