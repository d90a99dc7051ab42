import { addLock, borrow, getHealth, getLatestRoot, openAccount, type Note, type ProvenResult } from "@hypothec/sdk";

import { MARKET, PROFILES, type Cast } from "../cast.ts";
import { sync, until, usd, usdc, type Participant, type World } from "../world.ts";
import { batched, locksOf } from "./deposit.ts";

/** What the crash will do to ETH is known afterwards only; the story needs one borrower who goes a little too far. */
export type Plan = {
  /** Lowest ETH price of the day over the price now, in 10⁻⁴. */
  lowBps: bigint;
};

/** The relayers batch, attest and deliver; each user opens an account on D from a fresh address and borrows. */
export async function openAndBorrow(world: World, cast: Cast, plan: Plan): Promise<void> {
  const { story } = world;
  const { alice, bob, carol } = cast;
  story.stage("2. Batch, attest, deliver; open accounts on D and borrow");
  const lockedAt = Date.now();
  await batched(world, alice, "four locks");
  await world.checkpoint("attesting");
  await story.step(
    { who: "relayers", what: "attest the root, two DVNs verify, executor delivers", where: "vault → margin" },
    async () => {
      const { chunks } = (await sync(world, alice.client)).tree;
      await until(world, "the root on D", async () => (await getLatestRoot(alice.client)).chunks >= chunks);
      return {};
    },
  );
  story.note(`lock → borrowable on D: ${((Date.now() - lockedAt) / 1000).toFixed(1)} s after the last lock`);

  const [aliceLock] = await locksOf(world, alice);
  const [bobLock] = await locksOf(world, bob);
  const [carolFirst, carolSecond] = await locksOf(world, carol);
  await Promise.all([
    opens(world, alice, aliceLock!, {
      profile: PROFILES.etherDollars,
      coverage: 15_000_000_000n,
      borrow: 11_000_000_000n,
    }),
    opens(world, bob, bobLock!, { profile: PROFILES.bitcoinLink, coverage: "max", borrow: 6_000_000_000n }),
    opens(world, carol, carolFirst!, { profile: PROFILES.etherDollars, coverage: "max", borrow: 1_000_000_000n }),
  ]);
  await story.step({ who: carol.name, what: "adds her second lock", where: "margin" }, async () =>
    proven(
      world,
      carol,
      await addLock(carol.client, {
        market: MARKET,
        account: carol.account!,
        lock: carolSecond!,
        state: await sync(world, carol.client),
        prover: world.prover,
        profile: PROFILES.ether,
        floorBps: 10_000,
      }),
    ),
  );
  await borrowTooMuch(world, carol, plan);
  await world.checkpoint("opened");
}

async function opens(
  world: World,
  who: Participant,
  lock: Note,
  terms: { profile: number; coverage: bigint | "max"; borrow: bigint },
): Promise<void> {
  const state = await sync(world, who.client);
  await world.story.step(
    { who: who.name, what: `opens an account and borrows ${usdc(terms.borrow)}`, where: "margin" },
    async () => {
      const opened = await openAccount(who.client, {
        market: MARKET,
        lock,
        state,
        prover: world.prover,
        floorBps: 10_000,
        ...terms,
      });
      who.account = opened.account;
      return proven(world, who, opened);
    },
  );
}

function proven(
  world: World,
  who: Participant,
  { receipt, coverage, provingMs }: ProvenResult,
): { gas: bigint; provingMs: number } {
  world.story.note(`${who.name} proved that the lock covers ${usd(coverage.value)}`);
  return { gas: receipt.gasUsed, provingMs };
}

/** Carol borrows so much that at the day's low her locks guarantee 2 % less than maintenance asks. */
async function borrowTooMuch(world: World, carol: Participant, { lowBps }: Plan): Promise<void> {
  const { coverage, debt, maintenanceRequirement } = await getHealth(carol.client, {
    market: MARKET,
    account: carol.account!,
  });
  const guaranteedAtLow = (coverage * lowBps) / 10_000n;
  const target = (debt * guaranteedAtLow * 102n) / (maintenanceRequirement * 100n);
  const amount = ((target - debt) / 1_000_000n) * 1_000_000n;
  await world.story.step({ who: carol.name, what: `borrows ${usdc(amount)} more`, where: "margin" }, async () => {
    const { receipt } = await borrow(carol.client, { market: MARKET, account: carol.account!, amount });
    return { gas: receipt.gasUsed };
  });
}
