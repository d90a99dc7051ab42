import { getAccount, getHealth, getSales, refresh, release, repay, takeSnapshot } from "@hypothec/sdk";

import type { LocalSymbol } from "../../../test/support/localnet/parameters.ts";
import { MARKET, PROFILES, type Cast } from "../cast.ts";
import { sync, until, usd, usdc, type Participant, type World } from "../world.ts";
import { locksOf } from "./deposit.ts";

export type Tick = { time: number; prices: Record<LocalSymbol, bigint> };

/** What stage 4 needs to know of the liquidation. */
export type Sale = { lockNullifier: bigint; claim: bigint; debtAssets: bigint };

/** The market plays: Bob closes, Alice refreshes from hidden headroom, Carol loses a lock and is covered with the other. */
export async function playCrash(world: World, cast: Cast, ticks: readonly Tick[]): Promise<Sale> {
  const { story, hypothec } = world;
  const { alice, bob, carol } = cast;
  story.stage("3. The market of 2021-05-18 → 19, three hours a second");
  let bobLeaves: Promise<void> | undefined;
  let refreshes = 0;
  let ethAtStart: bigint | undefined;

  for (const { time, prices } of ticks) {
    await hypothec.setPrices(prices);
    ethAtStart ??= prices.ETH;
    const fallBps = 10_000n - (prices.ETH * 10_000n) / ethAtStart;
    story.note(
      `${new Date(time * 1000).toISOString().slice(0, 16).replace("T", " ")}  ETH $${(Number(prices.ETH) / 1e8).toFixed(0)}  WBTC $${(Number(prices.WBTC) / 1e8).toFixed(0)}  LINK $${(Number(prices.LINK) / 1e8).toFixed(2)}`,
    );
    if (fallBps > 500n && bobLeaves === undefined) {
      bobLeaves = repayAndClose(world, bob);
      bobLeaves.catch(() => {}); // reported when it is awaited
    }
    const health = await getHealth(alice.client, { market: MARKET, account: alice.account! });
    if (health.coverage * 100n < health.maintenanceRequirement * 105n) {
      await refreshFromHeadroom(world, alice);
      refreshes++;
    }
  }
  if (bobLeaves === undefined || refreshes === 0)
    throw new Error(
      `The story needs Bob to close (${bobLeaves !== undefined}) and Alice to refresh (${refreshes} times).`,
    );
  await bobLeaves;

  await world.checkpoint("auctioning");
  return liquidated(world, carol);
}

async function repayAndClose(world: World, bob: Participant): Promise<void> {
  const { story } = world;
  await story.step({ who: bob.name, what: "repays everything", where: "margin" }, async () => {
    const { receipt } = await repay(bob.client, { market: MARKET, account: bob.account!, amount: "max" });
    return { gas: receipt.gasUsed };
  });
  await story.step({ who: bob.name, what: "closes: his lock goes home", where: "margin" }, async () => {
    const { receipt } = await release(bob.client, { account: bob.account! });
    return { gas: receipt.gasUsed };
  });
}

async function refreshFromHeadroom(world: World, alice: Participant): Promise<void> {
  const { story } = world;
  const [lock] = await locksOf(world, alice);
  const before = await getHealth(alice.client, { market: MARKET, account: alice.account! });
  const { snapshot } = await takeSnapshot(alice.client);
  await story.step({ who: alice.name, what: "refreshes from hidden headroom", where: "margin" }, async () => {
    const { receipt, provingMs } = await refresh(alice.client, {
      market: MARKET,
      account: alice.account!,
      lock: lock!,
      state: await sync(world, alice.client),
      prover: world.prover,
      profile: PROFILES.etherDollars,
      coverage: 15_000_000_000n,
      floorBps: 10_000,
      snapshot,
    });
    return { gas: receipt.gasUsed, provingMs };
  });
  const after = await getHealth(alice.client, { market: MARKET, account: alice.account! });
  story.note(
    `live coverage ${usd(before.coverage)} → ${usd(after.coverage)}, required ${usd(after.maintenanceRequirement)}`,
  );
  if (!after.isCovered) throw new Error("Alice's refresh should have covered her account again.");
}

async function liquidated(world: World, carol: Participant): Promise<Sale> {
  const { story, deployment } = world;
  const account = carol.account!;
  const health = await getHealth(carol.client, { market: MARKET, account });
  story.note(
    `Carol: live coverage ${usd(health.coverage)}, required ${usd(health.maintenanceRequirement)}; she does nothing from here on`,
  );

  const sale = await story.step(
    { who: "keeper", what: "flags Carol, waits out grace, buys one lock's claim", where: "margin" },
    async () => {
      const sold = await until(world, "the sale of Carol's lock", async () => {
        const range = {
          fromBlock: BigInt(deployment.marginChain.startBlock),
          toBlock: await carol.client.margin.public.getBlockNumber({ cacheTime: 0 }),
        };
        return (await getSales(carol.client, range)).find((log) => log.args.account === account);
      });
      const { gasUsed } = await carol.client.margin.public.getTransactionReceipt({ hash: sold.transactionHash });
      const { lockNullifier, claim, debtAssets } = sold.args;
      return { gas: gasUsed, lockNullifier, claim, debtAssets };
    },
  );
  story.note(`the keeper repaid ${usdc(sale.debtAssets)} of her debt for a claim of ${usd(sale.claim)} on S`);

  const after = await getHealth(carol.client, { market: MARKET, account });
  const { locks, flaggedAt } = await getAccount(carol.client, account);
  if (!after.isCovered || locks.length !== 1 || flaggedAt !== 0) {
    throw new Error(
      `Carol should be covered with one lock left and no flag: covered ${after.isCovered}, ${locks.length} locks, flagged at ${flaggedAt}, ` +
        `coverage ${usd(after.coverage)}, required ${usd(after.maintenanceRequirement)}.`,
    );
  }
  story.note(
    `Carol is covered again by her other lock: ${usd(after.coverage)}, required ${usd(after.maintenanceRequirement)}`,
  );
  return sale;
}
