import {
  formatShared,
  getDeposits,
  getTokenBalance,
  getWithdrawals,
  scanNotes,
  type Note,
  collateralVaultAbi,
  creditPoolAbi,
} from "@hypothec/sdk";
import { erc20Abi } from "viem";

import type { Cast } from "./cast.ts";
import { newTable } from "./report.ts";
import { marketOf } from "./stage.ts";
import { sync, usdc, type World } from "./world.ts";

/** What must add up, per asset and chain, and whether it does to the unit. */
export type Conservation = { table: string; faults: string[] };

/**
 * Everything queued must have been appended, so that the vault holds no entry fees.
 * S, per asset in shared units: deposited − withdrawn = what the vault says it owes = tokens it has = notes that somebody can spend or that are locked.
 * D, in token units: minted = what everybody and the pool hold; the pool's assets = its cash + what is owed to it.
 */
export async function checkConservation(world: World, cast: Cast): Promise<Conservation> {
  const faults: string[] = [];
  const table = newTable(
    ["asset on S", "deposited", "withdrawn", "vault owes", "vault has", "in notes"],
    ["left", "right", "right", "right", "right", "right"],
  );
  const state = await sync(world, cast.alice.client);
  const { client } = cast.alice;
  const { vaultChain } = world.deployment;
  const toBlock = await client.vault.public.getBlockNumber({ cacheTime: 0 });
  const range = { fromBlock: BigInt(vaultChain.startBlock), toBlock };
  const [deposits, withdrawals] = await Promise.all([getDeposits(client, range), getWithdrawals(client, range)]);
  const notes = Object.values(cast).flatMap((who) =>
    scanNotes(who.keys, state, { controllers: [who.onMargin.address] }),
  );

  for (const asset of vaultChain.assets) {
    const { slot } = asset;
    const sum = (logs: readonly { args: { slot: number; amount: bigint } }[]) =>
      logs.reduce((total, { args }) => total + (args.slot === slot ? args.amount : 0n), 0n);
    const deposited = sum(deposits);
    const withdrawn = sum(withdrawals);
    const owes = await client.vault.public.readContract({
      address: vaultChain.vault,
      abi: collateralVaultAbi,
      functionName: "held",
      args: [slot],
    });
    const balance = await getTokenBalance(client, { side: "vault", token: asset.token, owner: vaultChain.vault });
    const unit = 10n ** BigInt(asset.decimals - asset.sharedDecimals);
    const inNotes = unspent(notes).reduce((total, note) => total + note.amounts[slot]!, 0n);
    const has = balance / unit;
    table.push([
      asset.symbol,
      ...[deposited, withdrawn, owes, has, inNotes].map((amount) => formatShared(amount, asset)),
    ]);
    if (deposited - withdrawn !== owes)
      faults.push(`${asset.symbol}: deposited − withdrawn is ${deposited - withdrawn}, the vault owes ${owes}`);
    if (owes * unit !== balance)
      faults.push(`${asset.symbol}: the vault owes ${owes * unit} token units and has ${balance}`);
    if (inNotes !== owes) faults.push(`${asset.symbol}: notes hold ${inNotes}, the vault owes ${owes}`);
  }
  const margin = await checkMarginChain(world, cast, faults);
  return { table: `${table.toString()}\n${margin}`, faults };
}

/** Locks that wait and free notes; what was spent or settled lives on in other notes. */
function unspent(notes: readonly Note[]): Note[] {
  return notes.filter((note) => note.status === "available" || note.status === "queued");
}

async function checkMarginChain(world: World, cast: Cast, faults: string[]): Promise<string> {
  const { client } = cast.alice;
  const { debtToken } = world.hypothec;
  const { pool } = marketOf(world.deployment);
  const reader = client.margin.public;
  const holders = [
    ...Object.entries(cast).map(([role, who]) => [role, who.onMargin.address] as const),
    ...world.localnet.operators.flatMap(({ name }) => [
      [`${name}'s keeper`, world.localnet.key(`${name} keeper`).address] as const,
    ]),
    ["pool", pool] as const,
  ];
  const token = { address: debtToken, abi: erc20Abi } as const;
  const minted = await reader.readContract({ ...token, functionName: "totalSupply" });
  let held = 0n;
  let cash = 0n;
  for (const [, address] of holders) {
    const balance = await reader.readContract({ ...token, functionName: "balanceOf", args: [address] });
    held += balance;
    if (address === pool) cash = balance;
  }
  // One block, so that interest does not run between the two reads.
  const blockNumber = await reader.getBlockNumber({ cacheTime: 0 });
  const poolAt = { address: pool, abi: creditPoolAbi, blockNumber } as const;
  const [assets, debt] = await Promise.all([
    reader.readContract({ ...poolAt, functionName: "totalAssets" }),
    reader.readContract({ ...poolAt, functionName: "totalDebt" }),
  ]);
  if (minted !== held) faults.push(`USDC on D: ${minted} minted, ${held} held`);
  if (assets !== cash + debt) faults.push(`pool: assets ${assets}, cash ${cash} + debt ${debt} = ${cash + debt}`);
  const table = newTable(
    ["USDC on D", "minted", "held by all", "pool's cash", "owed to the pool", "pool's assets"],
    ["left", "right", "right", "right", "right", "right"],
  );
  table.push(["", ...[minted, held, cash, debt, assets].map(usdc)]);
  return table.toString();
}
