import { parseEther, parseUnits, type Hex } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { collateralVaultAbi, marginEngineAbi, rootInboxAbi } from "../../sdk/src/abis/index.ts";
import {
  approveToken,
  deposit,
  lock,
  openAccount,
  release,
  repay,
  supply,
  syncVault,
} from "../../sdk/src/actions/index.ts";
import { createHypothecClient, type HypothecClient } from "../../sdk/src/client/client.ts";
import { deriveKeys, type Keys } from "../../sdk/src/keys/derive.ts";
import { createSnarkjsProver } from "../../sdk/src/node/index.ts";
import { isLock, type Note } from "../../sdk/src/notes/note.ts";
import { scanNotes } from "../../sdk/src/notes/scan.ts";
import type { Prover } from "../../sdk/src/proofs/types.ts";
import { deployLocalHypothec, pricesAt, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { prepareOperator, type RelayerProcess } from "../support/relayer.ts";

const usdc = (amount: string) => parseUnits(amount, 6);

let localnet: Localnet;
let local: LocalHypothec;
let prover: Prover;
let market: string;
let relayers: RelayerProcess[] = [];
let keeperKeys: Keys;

beforeAll(async () => {
  localnet = await startLocalnet();
  local = await deployLocalHypothec(localnet, { market: { graceSeconds: 2, auctionSeconds: 10 } });
  market = local.deployment.marginChain.markets[0]!.name;
  prover = createSnarkjsProver();
  const keeper = await localnet.account("alpha keeper");
  const claimSeed = localnet.key("alpha claims").privateKey;
  keeperKeys = await deriveKeys(claimSeed);
  await local.giveDebtToken(keeper.address, "100000");
  await localnet.mineEvery(1);
  relayers = [
    await prepareOperator(localnet, local.deployment, 0, {
      roles: {
        keeper: {
          key: "env:KEEPER",
          claimSeed: "env:CLAIM_SEED",
          minProfitBps: 50,
          maxSpend: usdc("50000").toString(),
        },
        trustee: { key: "env:ALPHA_DELIVERY", secrets: ["env:TRUSTEE"] },
      },
      env: { KEEPER: keeper.privateKey, CLAIM_SEED: claimSeed, TRUSTEE: local.trustee.secret.toString() },
    }),
    await prepareOperator(localnet, local.deployment, 1),
  ];
  await Promise.all(relayers.map((relayer) => relayer.start()));
});
afterAll(async () => {
  await Promise.all(relayers.map((relayer) => relayer.dispose()));
  await prover.close();
  await localnet.stop();
});

/** A client of `label` on both chains, with money. */
async function clientOf(label: string): Promise<HypothecClient> {
  const account = await localnet.account(label);
  return createHypothecClient({
    deployment: local.deployment,
    vault: { public: localnet.vault.public, wallet: localnet.vault.wallet(account) },
    margin: { public: localnet.margin.public, wallet: localnet.margin.wallet(account) },
  });
}

/** Asks again at every new block of a chain until the answer is there. */
async function eventually<Answer>(
  client: HypothecClient,
  side: "vault" | "margin",
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise<void>((resolve) => {
      const stop = client[side].public.watchBlockNumber({
        onBlockNumber: () => {
          stop();
          resolve();
        },
        pollingInterval: 200,
      });
    });
  }
}

/** Waits until a note of the keys is in a root that the margin chain knows. */
async function attestedNote(client: HypothecClient, keys: Keys, matches: (note: Note) => boolean) {
  const { rootInbox } = local.deployment.marginChain;
  const { eid, vault } = local.deployment.vaultChain;
  let state = await syncVault(client);
  const note = await eventually(client, "margin", async () => {
    state = await syncVault(client, state);
    return scanNotes(keys, state).find((found) => found.status === "available" && matches(found));
  });
  await eventually(client, "margin", async () => {
    const [, chunks] = await client.margin.public.readContract({
      address: rootInbox,
      abi: rootInboxAbi,
      functionName: "latest",
      args: [eid, vault],
    });
    return Number(chunks) * 16 > note.leafIndex ? true : undefined;
  });
  return { note, state: await syncVault(client, state) };
}

/** Deposits 10 ETH, locks it for the same person on the margin chain and borrows. */
async function borrower(label: string, borrow: bigint) {
  const client = await clientOf(label);
  const keys = await deriveKeys(localnet.key(label).privateKey);
  await deposit(client, { keys, asset: "ETH", amount: parseEther("10") });
  const deposited = await attestedNote(client, keys, (note) => !isLock(note));
  const controller = localnet.key(label).address;
  await lock(client, { keys, state: deposited.state, prover, controller, amounts: deposited.note.amounts });
  const locked = await attestedNote(client, keys, isLock);
  const opened = await openAccount(client, {
    market,
    lock: locked.note,
    state: locked.state,
    prover,
    profile: 2,
    floorBps: 9_000,
    borrow,
  });
  return { client, keys, account: opened.account, lock: locked.note };
}

const isSettled = (client: HypothecClient, lockNullifier: bigint) =>
  eventually(client, "vault", async () => {
    const { vault } = local.deployment.vaultChain;
    const spent = await client.vault.public.readContract({
      address: vault,
      abi: collateralVaultAbi,
      functionName: "isLockSpent",
      args: [lockNullifier],
    });
    return spent ? true : undefined;
  });

describe("the roles behind a loan", () => {
  test("behavior: a released lock is settled by the trustee and comes home whole", async () => {
    const lender = await clientOf("lender");
    await local.giveDebtToken(localnet.key("lender").address, "100000");
    await approveToken(lender, {
      side: "margin",
      token: local.debtToken,
      spender: local.deployment.marginChain.markets[0]!.pool,
    });
    await supply(lender, { market, amount: usdc("100000") });

    const { client, keys, account, lock: locked } = await borrower("carol", usdc("1000"));
    await local.giveDebtToken(localnet.key("carol").address, "10");
    await approveToken(client, {
      side: "margin",
      token: local.debtToken,
      spender: local.deployment.marginChain.markets[0]!.pool,
    });
    await repay(client, { market, account, amount: "max" });
    await release(client, { account });
    await isSettled(client, locked.nullifier);
    const { note } = await attestedNote(client, keys, (found) => found.origin === "rest");
    expect(note.amounts).toEqual(locked.amounts);
  });

  test("behavior: an uncovered lock is flagged, auctioned, bought by the keeper and settled", async () => {
    const { client, keys, account, lock: locked } = await borrower("dave", usdc("15000"));
    const { ETH } = pricesAt("2021-05-18");
    await local.setPrices({ ETH: (ETH * 60n) / 100n });
    const sold = await eventually(client, "margin", async () => {
      const { engine } = local.deployment.marginChain;
      const [log] = await client.margin.public.getContractEvents({
        address: engine,
        abi: marginEngineAbi,
        eventName: "Sold",
        args: { account },
        fromBlock: 0n,
      });
      return log?.args;
    });
    expect(sold.buyer).toBe(localnet.key("alpha keeper").address);
    await isSettled(client, locked.nullifier);

    const bought = await attestedNote(client, keeperKeys, (note) => note.origin === "bought");
    const rest = await attestedNote(client, keys, (note) => note.origin === "rest");
    expect(bought.note.amounts[0]! + rest.note.amounts[0]!).toBe(locked.amounts[0]);
    expect(bought.note.amounts[0]).toBeGreaterThan(0n);
  });

  test("behavior: no message is stuck", async () => {
    const trusteeSecret: Hex = `0x${local.trustee.secret.toString(16)}`;
    for (const relayer of relayers) {
      const dead = relayer.log.filter(({ state }) => state === "dead");
      expect(dead).toEqual([]);
      const text = JSON.stringify(relayer.log);
      expect(text).not.toContain(trusteeSecret.slice(2));
      expect(text).not.toContain(local.trustee.secret.toString());
    }
  });
});
