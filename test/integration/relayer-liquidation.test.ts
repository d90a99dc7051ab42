import { createPublicClient, custom, parseUnits } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { coverageOf } from "../../relayer/src/keeper/coverage.ts";
import { marginEngineAbi } from "../../sdk/src/abis/index.ts";
import { approveToken, release, repay } from "../../sdk/src/actions/index.ts";
import { deriveKeys, type Keys } from "../../sdk/src/keys/derive.ts";
import { createSnarkjsProver } from "../../sdk/src/node/index.ts";
import type { Prover } from "../../sdk/src/proofs/types.ts";
import { deployLocalHypothec, pricesAt, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { createPeople, type People } from "../support/people.ts";
import { prepareOperator, type RelayerProcess } from "../support/relayer.ts";

const usdc = (amount: string) => parseUnits(amount, 6);

let localnet: Localnet;
let local: LocalHypothec;
let prover: Prover;
let market: string;
let people: People;
let relayers: RelayerProcess[] = [];
let keeperKeys: Keys;

beforeAll(async () => {
  localnet = await startLocalnet();
  local = await deployLocalHypothec(localnet, { market: { graceSeconds: 2, auctionSeconds: 10 } });
  market = local.deployment.marginChain.markets[0]!.name;
  prover = createSnarkjsProver();
  people = createPeople(localnet, local, prover);
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

describe("the roles behind a loan", () => {
  test("behavior: a released lock is settled by the trustee and comes home whole", async () => {
    await people.lender("lender", "100000");
    const { client, keys, account, lock: locked } = await people.borrower("carol", usdc("1000"));
    await local.giveDebtToken(localnet.key("carol").address, "10");
    await approveToken(client, {
      side: "margin",
      token: local.debtToken,
      spender: local.deployment.marginChain.markets[0]!.pool,
    });
    await repay(client, { market, account, amount: "max" });
    await release(client, { account });
    await people.settled(client, locked.nullifier);
    const { note } = await people.attestedNote(client, keys, (found) => found.origin === "rest");
    expect(note.amounts).toEqual(locked.amounts);
  });

  test("behavior: an uncovered lock is flagged, auctioned, bought by the keeper and settled", async () => {
    const { client, keys, account, lock: locked } = await people.borrower("dave", usdc("15000"));
    const { ETH } = pricesAt("2021-05-18");
    // What the keeper asks when a price has moved: many accounts, few calls, an answer for each in its place.
    const { engine } = local.deployment.marginChain;
    const asked: string[] = [];
    const reader = createPublicClient({
      transport: custom({
        request: (request) => {
          asked.push((request as { method: string }).method);
          return client.margin.public.request(request as never);
        },
      }),
    });
    const nobody = `0x${"00".repeat(31)}01` as const;
    const many = await coverageOf(
      reader,
      engine,
      Array.from({ length: 250 }, () => account),
    );
    expect(many).toEqual(Array.from({ length: 250 }, () => ({ id: account, covered: true })));
    expect(asked).toEqual(["eth_call", "eth_call", "eth_call"]);
    await expect(coverageOf(reader, engine, [account, nobody])).rejects.toThrow(/UnknownAccount/);
    await local.setPrices({ ETH: (ETH * 60n) / 100n });
    expect(await coverageOf(reader, engine, [account])).toEqual([{ id: account, covered: false }]);
    const sold = await people.eventually(client, "margin", async () => {
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
    await people.settled(client, locked.nullifier);

    const bought = await people.attestedNote(client, keeperKeys, (note) => note.origin === "bought");
    const rest = await people.attestedNote(client, keys, (note) => note.origin === "rest");
    expect(bought.note.amounts[0]! + rest.note.amounts[0]!).toBe(locked.amounts[0]);
    expect(bought.note.amounts[0]).toBeGreaterThan(0n);
  });

  test("behavior: no message is stuck", async () => {
    for (const relayer of relayers) {
      const dead = relayer.log.filter(({ state }) => state === "dead");
      expect(dead).toEqual([]);
    }
  });
});
