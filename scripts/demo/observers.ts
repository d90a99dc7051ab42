import { getDeposits, getProofsAccepted, getWithdrawals, isLock, scanNotes } from "@hypothec/sdk";
import type { Address } from "viem";

import type { Cast } from "./cast.ts";
import { publicWords, sharedWords } from "./linkability.ts";
import { newTable } from "./report.ts";
import { describeBasket, sync, usd, type Participant, type World } from "./world.ts";
import type { Withdrawals } from "./stages/settle.ts";

/** What each chain shows of each user, read back from the chains, and whether anything ties the two together. */
export type Observation = { table: string; faults: string[] };

export async function observe(world: World, cast: Cast, withdrawals: Withdrawals): Promise<Observation> {
  const { vaultChain, marginChain } = world.deployment;
  const table = newTable([
    "user",
    "an observer of S sees",
    "an observer of D sees",
    "hidden from both",
    "words in common",
  ]);
  const faults: string[] = [];
  const state = await sync(world, cast.alice.client);
  const known = [
    ...state.roots.filter((root) => root !== undefined),
    ...[vaultChain.vault, marginChain.engine, marginChain.orderQueue, marginChain.markets[0]!.pool].map(BigInt),
    cast.alice.client.domain,
  ];
  for (const who of [cast.alice, cast.bob, cast.carol]) {
    const fresh: Address[] = who === cast.bob ? [withdrawals.bob] : [];
    const seenOnVault = await publicWords(
      who.client.vault.public,
      [who.onVault.address, ...fresh],
      BigInt(vaultChain.startBlock),
    );
    const seenOnMargin = await publicWords(
      who.client.margin.public,
      [who.onMargin.address],
      BigInt(marginChain.startBlock),
    );
    const common = sharedWords(seenOnVault, seenOnMargin, known);
    if (common.length > 0) faults.push(`${who.name}: both chains show ${common.join(", ")}`);
    const locks = scanNotes(who.keys, state, { controllers: [who.onMargin.address] }).filter(isLock);
    table.push([
      who.name,
      await onVault(world, who, fresh),
      await onMargin(world, who),
      locks.map((lock) => `lock of ${describeBasket(world, lock.amounts)}`).join("\n"),
      common.length === 0 ? "none" : String(common.length),
    ]);
  }
  return { table: table.toString(), faults };
}

async function onVault(world: World, who: Participant, fresh: readonly Address[]): Promise<string> {
  const range = {
    fromBlock: BigInt(world.deployment.vaultChain.startBlock),
    toBlock: await who.client.vault.public.getBlockNumber({ cacheTime: 0 }),
  };
  const [deposits, withdrawals] = await Promise.all([
    getDeposits(who.client, range),
    getWithdrawals(who.client, range),
  ]);
  const lines = deposits
    .filter(({ args }) => args.depositor === who.onVault.address)
    .map(({ args }) => `${short(args.depositor)} deposits ${basket(world, args.slot, args.amount)}`);
  for (const { args } of withdrawals) {
    if (fresh.includes(args.recipient))
      lines.push(`${short(args.recipient)} receives ${basket(world, args.slot, args.amount)}`);
  }
  return lines.join("\n");
}

async function onMargin(world: World, who: Participant): Promise<string> {
  const range = {
    fromBlock: BigInt(world.deployment.marginChain.startBlock),
    toBlock: await who.client.margin.public.getBlockNumber({ cacheTime: 0 }),
  };
  const proofs = (await getProofsAccepted(who.client, range)).filter(({ args }) => args.account === who.account);
  return proofs.map(({ args }) => `${short(who.onMargin.address)}: a lock covers ${usd(args.coverage)}`).join("\n");
}

const basket = (world: World, slot: number, amount: bigint): string =>
  describeBasket(
    world,
    Array.from({ length: 8 }, (_, i) => (i === slot ? amount : 0n)),
  );

const short = (address: Address): string => `${address.slice(0, 8)}…`;
