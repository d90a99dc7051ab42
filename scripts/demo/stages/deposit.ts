import {
  approveToken,
  deposit,
  isLock,
  lock,
  merge,
  parseShared,
  pay,
  split,
  supply,
  addressOf,
  type Note,
} from "@hypothec/sdk";

import type { LocalSymbol } from "../../../test/support/localnet/parameters.ts";
import { MARKET, type Cast } from "../cast.ts";
import { assetOf, describeBasket, notesOf, sync, until, usdc, type Participant, type World } from "../world.ts";

const SUPPLY = "250000";
const DEPOSITORS = ["alice", "bob", "carol"] as const;
const SLOT = { ETH: 0, WBTC: 1, LINK: 2, USDC: 3 } as const;
const DEPOSITS: Record<(typeof DEPOSITORS)[number], readonly (readonly [LocalSymbol, string])[]> = {
  alice: [
    ["ETH", "6"],
    ["ETH", "4"],
    ["USDC", "20000"],
  ],
  bob: [
    ["WBTC", "0.5"],
    ["LINK", "300"],
  ],
  carol: [
    ["ETH", "12"],
    ["USDC", "3000"],
  ],
};

/** Before the story: tokens for everybody, and the vault and the pool allowed to take them. */
export async function equip(world: World, cast: Cast): Promise<void> {
  const { hypothec, deployment } = world;
  for (const name of DEPOSITORS) {
    const { client, onVault } = cast[name];
    for (const [symbol, amount] of DEPOSITS[name]) {
      if (symbol === "ETH") continue;
      await hypothec.give(onVault.address, symbol, amount);
      const token = hypothec.vaultTokens[symbol];
      await approveToken(client, { side: "vault", token, spender: deployment.vaultChain.vault });
    }
  }
  // Bob will owe interest: a little more than he borrows.
  for (const [who, amount] of [
    [cast.lender, SUPPLY],
    [cast.bob, "100"],
  ] as const) {
    await hypothec.giveDebtToken(who.onMargin.address, amount);
    await approveToken(who.client, {
      side: "margin",
      token: hypothec.debtToken,
      spender: deployment.marginChain.markets[0]!.pool,
    });
  }
}

/** Lenders fund the pool; users deposit, merge, split, pay each other, and lock. */
export async function depositAndLock(world: World, cast: Cast): Promise<void> {
  const { story } = world;
  const { alice, bob, carol } = cast;
  story.stage("1. Lenders fund the pool on D; deposits, payments and locks on S");

  await Promise.all([
    fundPool(world, cast.lender),
    ...DEPOSITORS.map((name) => depositAll(world, cast[name], DEPOSITS[name])),
  ]);
  await world.checkpoint("batching");
  await batched(world, alice, "seven deposits");

  const state = await sync(world, alice.client);
  const shared = (symbol: LocalSymbol, amount: string) => parseShared(amount, assetOf(world, SLOT[symbol]));
  const one = async (who: Participant, symbol: LocalSymbol): Promise<Note> => (await holding(world, who, symbol))[0]!;
  const { prover } = world;

  const [first, second] = await holding(world, alice, "ETH");
  const links = await one(bob, "LINK");
  const ether = await one(carol, "ETH");
  await Promise.all([
    transacts(world, alice, "merges two notes of ETH", () =>
      merge(alice.client, { keys: alice.keys, state, prover, notes: [first!, second!] }),
    ),
    transacts(world, bob, "pays Carol 50 LINK", () =>
      pay(bob.client, {
        keys: bob.keys,
        state,
        prover,
        to: addressOf(carol.keys),
        amounts: { [SLOT.LINK]: shared("LINK", "50") },
        inputs: [links],
      }),
    ),
    transacts(world, carol, "splits 12 ETH into 7 and 5", () =>
      split(carol.client, {
        keys: carol.keys,
        state,
        prover,
        note: ether,
        amounts: { [SLOT.ETH]: shared("ETH", "7") },
      }),
    ),
  ]);
  await batched(world, alice, "merge, payment and split");

  await Promise.all([
    lockAll(world, alice, { [SLOT.ETH]: shared("ETH", "10"), [SLOT.USDC]: shared("USDC", "20000") }),
    lockAll(world, bob, { [SLOT.WBTC]: shared("WBTC", "0.5"), [SLOT.LINK]: shared("LINK", "200") }),
    lockAll(world, carol, { [SLOT.ETH]: shared("ETH", "7"), [SLOT.USDC]: shared("USDC", "3000") }).then(() =>
      lockAll(world, carol, { [SLOT.ETH]: shared("ETH", "5") }),
    ),
  ]);
}

/** The participant's locks, the larger first. */
export async function locksOf(world: World, who: Participant): Promise<Note[]> {
  return (await notesOf(world, who)).filter(isLock).sort((a, b) => Number(b.amounts[SLOT.ETH]! - a.amounts[SLOT.ETH]!));
}

async function fundPool(world: World, lender: Participant): Promise<void> {
  const { story } = world;
  const amount = BigInt(SUPPLY) * 10n ** 6n;
  await story.step({ who: "lender", what: `supplies ${usdc(amount)}`, where: "margin" }, async () => {
    const { receipt } = await supply(lender.client, { market: MARKET, amount });
    return { gas: receipt.gasUsed };
  });
}

async function depositAll(
  world: World,
  who: Participant,
  amounts: readonly (readonly [LocalSymbol, string])[],
): Promise<void> {
  const { story } = world;
  for (const [symbol, amount] of amounts) {
    await story.step({ who: who.name, what: `deposits ${amount} ${symbol}`, where: "vault" }, async () => {
      const { receipt } = await deposit(who.client, { keys: who.keys, asset: symbol, amount });
      return { gas: receipt.gasUsed };
    });
  }
}

/** Waits until a relayer has appended everything that is queued. */
export async function batched(world: World, who: Participant, what: string): Promise<void> {
  const queued = (await sync(world, who.client)).chunks.length;
  await world.story.step({ who: "relayers", what: `batch ${what}`, where: "vault" }, async () => {
    await until(world, `the batch of ${what}`, async () => (await sync(world, who.client)).tree.chunks >= queued);
    return {};
  });
}

async function holding(world: World, who: Participant, symbol: LocalSymbol): Promise<Note[]> {
  const notes = (await notesOf(world, who)).filter(
    (note) => !isLock(note) && note.status === "available" && note.amounts[SLOT[symbol]]! > 0n,
  );
  if (notes.length === 0) throw new Error(`${who.name} should hold a note of ${symbol}, and holds none.`);
  return notes;
}

async function lockAll(world: World, who: Participant, amounts: Record<number, bigint>): Promise<void> {
  const basket = Array.from({ length: 8 }, (_, slot) => amounts[slot] ?? 0n);
  const state = await sync(world, who.client);
  await transacts(world, who, `locks ${describeBasket(world, basket)}`, () =>
    lock(who.client, { keys: who.keys, state, prover: world.prover, controller: who.onMargin.address, amounts }),
  );
}

export async function transacts(
  world: World,
  who: Participant,
  what: string,
  action: () => Promise<{ receipt: { gasUsed: bigint }; provingMs: number }>,
): Promise<void> {
  await world.story.step({ who: who.name, what, where: "vault" }, async () => {
    const { receipt, provingMs } = await action();
    return { gas: receipt.gasUsed, provingMs };
  });
}
