import { getSettled, withdraw, type Note } from "@hypothec/sdk";

import type { Cast } from "../cast.ts";
import { describeBasket, notesOf, sync, until, usd, type Participant, type World } from "../world.ts";
import { batched, transacts } from "./deposit.ts";
import type { Sale } from "./crash.ts";

/** Who withdrew what to where, for the final checks. */
export type Withdrawals = { operator: `0x${string}`; bob: `0x${string}` };

/** Orders arrive on S and are settled; the buyer and Bob withdraw to fresh addresses, Carol finds her remainder. */
export async function settleAndWithdraw(world: World, cast: Cast, sale: Sale): Promise<Withdrawals> {
  const { story } = world;
  const { operator, bob, carol } = cast;
  story.stage("4. Settlements on S");
  await world.checkpoint("settling");
  const bobGets = async () => {
    await settled(world, bob, undefined, "send Bob's lock home");
    await batched(world, bob, "what came home");
    return withdrawsAll(world, bob, await noteOf(world, bob, "rest"));
  };
  const operatorGets = async () => {
    await settled(world, carol, sale.lockNullifier, `settle the claim of ${usd(sale.claim)}`);
    await batched(world, carol, "the settlement's notes");
    const rest = await noteOf(world, carol, "rest");
    story.note(`Carol finds her remainder: ${describeBasket(world, rest.amounts)}, a free note only she can spend`);
    return withdrawsAll(world, operator, await noteOf(world, operator, "bought"));
  };
  const [bobGot, operatorGot] = await Promise.all([bobGets(), operatorGets()]);
  return { operator: operatorGot, bob: bobGot };
}

async function settled(world: World, who: Participant, lockNullifier: bigint | undefined, what: string): Promise<void> {
  await world.story.step({ who: "relayers", what, where: "margin → vault" }, async () => {
    const log = await until(world, what, async () => {
      const range = {
        fromBlock: BigInt(world.deployment.vaultChain.startBlock),
        toBlock: await who.client.vault.public.getBlockNumber({ cacheTime: 0 }),
      };
      return (await getSettled(who.client, range)).find(({ args }) =>
        lockNullifier === undefined ? args.claim === 0n : args.lockNullifier === lockNullifier,
      );
    });
    const { gasUsed } = await who.client.vault.public.getTransactionReceipt({ hash: log.transactionHash });
    return { gas: gasUsed };
  });
}

async function noteOf(world: World, who: Participant, origin: Note["origin"]): Promise<Note> {
  const note = (await notesOf(world, who)).find((each) => each.origin === origin && each.status === "available");
  if (note === undefined) throw new Error(`${who.name} should have a free ${origin} note, and has none.`);
  return note;
}

/** Withdraws a whole note to an address that was never used before. */
async function withdrawsAll(world: World, who: Participant, note: Note): Promise<`0x${string}`> {
  const recipient = world.localnet.key(`${who.name}'s fresh address`).address;
  const state = await sync(world, who.client);
  await transacts(world, who, `withdraws ${describeBasket(world, note.amounts)} to a fresh address`, () =>
    withdraw(who.client, {
      keys: who.keys,
      state,
      prover: world.prover,
      recipient,
      amounts: note.amounts,
      inputs: [note],
    }),
  );
  return recipient;
}
