import { erc20Abi, parseUnits, zeroAddress } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";

import { creditPoolAbi, marginEngineAbi } from "../../sdk/src/abis/index.ts";
import { buyLot, collect, getAuction, getLot, getScreen, postValuation } from "../../sdk/src/actions/index.ts";
import type { HypothecClient } from "../../sdk/src/client/client.ts";
import { HypothecError } from "../../sdk/src/errors/base.ts";
import { createSnarkjsProver } from "../../sdk/src/node/index.ts";
import type { Prover } from "../../sdk/src/proofs/types.ts";
import { deployLocalHypothec, pricesAt, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { untilBlock } from "../support/localnet/untilBlock.ts";
import { createPeople, type People } from "../support/people.ts";
import { prepareOperator, type RelayerProcess } from "../support/relayer.ts";

const usdc = (amount: string) => parseUnits(amount, 6);

let localnet: Localnet;
let local: LocalHypothec;
let prover: Prover;
let people: People;
let relayers: RelayerProcess[] = [];

beforeAll(async () => {
  localnet = await startLocalnet();
  local = await deployLocalHypothec(localnet, { market: { graceSeconds: 2, auctionSeconds: 60 } });
  prover = createSnarkjsProver();
  people = createPeople(localnet, local, prover);
  const keeper = await localnet.account("alpha keeper");
  await local.giveDebtToken(keeper.address, "50000");
  await localnet.mineEvery(1);
  relayers = [
    await prepareOperator(localnet, local.deployment, 0, {
      roles: {
        // Buys no claim, and a lot only when it is cheap.
        keeper: {
          key: "env:KEEPER",
          takeoverDelaySeconds: 2,
          lots: { recipient: localnet.key("recipient of the keeper").address, maxSpend: usdc("20000").toString() },
        },
        trustee: { key: "env:ALPHA_DELIVERY", secrets: ["env:TRUSTEE"] },
      },
      env: { KEEPER: keeper.privateKey, TRUSTEE: local.trustee.secret.toString() },
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

const engineEvent = <Name extends "AuctionStarted" | "Valued" | "TakenOver" | "LotSaleStarted">(
  client: HypothecClient,
  eventName: Name,
) =>
  people.eventually(client, "margin", async () => {
    const address = local.deployment.marginChain.engine;
    const logs = await client.margin.public.getContractEvents({
      address,
      abi: marginEngineAbi,
      eventName,
      fromBlock: 0n,
    });
    return logs[0];
  });

test("behavior: what nobody buys is valued, taken over, settled in public, sold, and collected on S", async () => {
  await people.lender("lender", "100000");
  const { client, account, lock, state } = await people.borrower("dave", usdc("15000"));
  const market = local.deployment.marginChain.markets[0]!;
  const { nullifier: lockNullifier } = lock;
  const pool = { address: market.pool, abi: creditPoolAbi } as const;
  const { ETH } = pricesAt("2021-05-18");
  await local.setPrices({ ETH: (ETH * 45n) / 100n });

  const screen = await getScreen(client, { account });
  expect(screen).toMatchObject({ covered: false, fallToUncoveredBps: 0n, debtPriceKnown: true });
  expect(screen.locks[0]).toMatchObject({ lockNullifier, counts: true });

  // The trustee opens the lock, now that its claim is more than it guarantees, and shows what it is worth.
  await engineEvent(client, "AuctionStarted");
  const { frozenDebtPriceX64, guarantee } = await getAuction(client, { account, lockNullifier });
  const { args: valued } = await engineEvent(client, "Valued");
  const value = valued.value!;
  expect(value).toBeGreaterThan(guarantee);
  // Its owner knows no better.
  const again = postValuation(client, { market: market.name, account, lock, state, prover });
  await expect(again).rejects.toMatchObject({ code: "ValuationNotBetter" });

  const { args: taken } = await engineEvent(client, "TakenOver");
  expect(taken.guaranteed).toBe(value);
  expect(taken.guaranteed!).toBeLessThan(taken.claim!);
  const carried = await client.margin.public.readContract({ ...pool, functionName: "carriedClaims" });
  // In debt tokens, at the price that the auction froze.
  expect(carried).toBe((value << 64n) / frozenDebtPriceX64);

  await people.settled(client, lockNullifier);
  await engineEvent(client, "LotSaleStarted");
  const lot = await getLot(client, { lockNullifier });
  expect(lot).toMatchObject({ owed: taken.debtAssets, sold: false, amounts: lock.amounts }); // all of it, worth less than the claim

  const buyer = await people.clientWithDebtTokens("buyer", "1000000");
  const recipient = localnet.key("recipient of the lot").address;
  const { price } = await buyLot(buyer, { lockNullifier, maxPrice: lot.price, recipient });
  expect(price).toBeGreaterThan(taken.debtAssets! * 15n);
  expect(await client.margin.public.readContract({ ...pool, functionName: "carriedClaims" })).toBe(0n);
  // The fund had nothing to put in, so lenders get back what they lost, and the fund the rest.
  const lockedGain = await client.margin.public.readContract({ ...pool, functionName: "lockedGain" });
  expect(lockedGain).toBeLessThanOrEqual(taken.debtAssets! - carried);
  expect(lockedGain).toBeGreaterThan(((taken.debtAssets! - carried) * 99n) / 100n);
  const inFund = await client.margin.public.readContract({
    address: local.debtToken,
    abi: erc20Abi,
    functionName: "balanceOf",
    args: [market.insuranceFund],
  });
  expect(inFund).toBe(price - taken.debtAssets!);

  // The RELEASE arrives, and anyone pays the tokens out to whom it names.
  const slot = local.deployment.vaultChain.assets.find(({ token }) => token === zeroAddress)!.slot;
  await untilBlock(client.vault.public, () =>
    collect(client, { lockNullifier, slot }).then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof HypothecError) || error.code !== "NotReleased") throw error;
        return false;
      },
    ),
  );
  expect(await client.vault.public.getBalance({ address: recipient })).toBe(lock.amounts[slot]! * 10n ** 10n);
});

test("behavior: a lot that nobody wants is bought by the keeper once its price has fallen far enough", async () => {
  const { ETH } = pricesAt("2021-05-18");
  await local.setPrices({ ETH });
  await people.lender("second lender", "100000");
  const { client, lock } = await people.borrower("frank", usdc("15000"));
  const { nullifier: lockNullifier } = lock;
  await local.setPrices({ ETH: (ETH * 45n) / 100n });
  await people.settled(client, lockNullifier);
  const started = await people.eventually(client, "margin", async () => {
    const lot = await getLot(client, { lockNullifier });
    return lot.startedAt > 0 ? lot : undefined;
  });
  // 16 times what is owed: nobody pays that. It halves every hour.
  expect(started.price).toBeGreaterThan(usdc("100000"));
  await localnet.increaseTime(5 * 3_600);
  await local.setPrices({ ETH: (ETH * 45n) / 100n, USDC: pricesAt("2021-05-18").USDC });
  await people.eventually(client, "margin", async () =>
    (await getLot(client, { lockNullifier })).sold ? true : undefined,
  );
  const [sold] = await client.margin.public.getContractEvents({
    address: local.deployment.marginChain.engine,
    abi: marginEngineAbi,
    eventName: "LotSold",
    args: { lockNullifier },
    fromBlock: 0n,
  });
  expect(sold!.args).toMatchObject({
    buyer: localnet.key("alpha keeper").address,
    recipient: localnet.key("recipient of the keeper").address,
  });
  // At most what leaves 3 %: ten ether at 45 % of that day's price.
  const value = (10n * ((ETH * 45n) / 100n)) / 100n;
  expect(sold!.args.price!).toBeLessThanOrEqual((value * 100n) / 103n);
});
