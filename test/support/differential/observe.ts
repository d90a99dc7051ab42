import type { Abi, Address } from "viem";

import * as margin from "./marginModel.ts";
import type { MarginState } from "./marginModel.ts";
import * as pool from "./poolModel.ts";
import { SLOTS } from "./terms.ts";
import { held, type VaultState } from "./vaultModel.ts";
import type { Who, World } from "./world.ts";

/** Everything that somebody has or owes, by name, to the unit. */
export type Balances = Record<string, bigint>;

const WATCHED: readonly Who[] = ["user", "recipient", "keeper"];
const HOLDERS: readonly Who[] = ["user", "keeper", "lender"];

export function expected(v: VaultState, d: MarginState): Balances {
  const seen: Balances = {};
  for (const [slot, { symbol }] of SLOTS.entries()) {
    seen[`S ${symbol} held`] = held(v, slot);
    seen[`S ${symbol} owed`] = v.owed[slot]!;
    for (const who of [...WATCHED, "vault"]) seen[`S ${symbol} of ${who}`] = v.tokens[slot]![who] ?? 0n;
  }
  for (const [n, { settled }] of v.locks.entries()) seen[`S lock ${n} settled`] = settled === undefined ? 0n : 1n;
  for (const who of [...HOLDERS, "pool", "fund"]) seen[`D debt token of ${who}`] = d.pool.tokens[who] ?? 0n;
  for (const who of ["lender", "fund"]) seen[`D shares of ${who}`] = d.pool.shares[who] ?? 0n;
  seen["D shares"] = Object.values(d.pool.shares).reduce((a, b) => a + b, 0n);
  seen["D cash"] = d.pool.tokens.pool!;
  seen["D total debt"] = pool.totalDebt(d.pool);
  seen["D total assets"] = pool.totalAssets(d.pool);
  seen["D carried claims"] = pool.carriedClaims(d.pool);
  seen["D provisions"] = pool.provisions(d.pool);
  seen["D locked gain"] = pool.lockedGain(d.pool);
  seen["D attestation fees"] = d.attestationFees;
  seen["D coin of the engine"] = d.attestationFees;
  const open = Object.values(d.locks).filter(({ account }) => account !== undefined);
  seen["D exposure"] = open.reduce((total, { coverage }) => total + coverage, 0n);
  for (const [id, a] of Object.entries(d.accounts)) {
    seen[`D ${id} debt`] = pool.debtOf(d.pool, id);
    seen[`D ${id} provision`] = d.pool.provisions[id] ?? 0n;
    seen[`D ${id} flagged at`] = a.flaggedAt;
    seen[`D ${id} grace ends`] = a.flaggedAt === 0n ? 0n : a.graceEndsAt;
    seen[`D ${id} auctions`] = BigInt(a.locks.filter((n) => d.locks[n]!.auction !== undefined).length);
    seen[`D ${id} locks`] = BigInt(a.locks.length);
    for (const [i, n] of a.locks.entries()) {
      seen[`D ${id} lock ${i} is`] = BigInt(n + 1);
      seen[`D ${id} lock ${i} guarantees`] = margin.guarantee(d.locks[n]!, margin.live(d));
    }
  }
  for (const [n, lot] of Object.entries(d.lots)) {
    seen[`D lot ${n} owed`] = lot.owed;
    seen[`D lot ${n} price`] = lot.startedAt === 0n || lot.sold ? 0n : margin.lotPrice(d, lot);
  }
  return seen;
}

type AccountView = { locks: bigint[]; flaggedAt: number; graceEndsAt: number; auctions: number };

/** The same, read from the chains. @param v @param d say which accounts, locks and lots there are */
export async function observed(world: World, v: VaultState, d: MarginState): Promise<Balances> {
  const { addresses, abi, people, accounts, domain } = world;
  const seen: Record<string, Promise<bigint>> = {};
  const now = (value: number | bigint) => Promise.resolve(BigInt(value));
  const onS = (to: Address, of: Abi, name: string, args: readonly unknown[] = []) =>
    world.s.read(to, of, name, args) as Promise<bigint>;
  const onD = (to: Address, of: Abi, name: string, args: readonly unknown[] = []) =>
    world.d.read(to, of, name, args) as Promise<bigint>;
  const { vault, engine } = addresses;

  for (const [slot, { symbol }] of SLOTS.entries()) {
    seen[`S ${symbol} held`] = onS(vault, abi.vault, "held", [slot]);
    seen[`S ${symbol} owed`] = onS(vault, abi.vault, "owed", [slot]);
    for (const who of [...WATCHED, "vault"] as const) {
      const address = who === "vault" ? vault : people[who];
      seen[`S ${symbol} of ${who}`] =
        symbol === "ETH"
          ? world.s.reader.getBalance({ address })
          : onS(addresses.tokens[slot]!, abi.token, "balanceOf", [address]);
    }
  }
  for (const n of v.locks.keys()) {
    const spent = world.s.read(vault, abi.vault, "isLockSpent", [BigInt(n + 1)]);
    seen[`S lock ${n} settled`] = spent.then((is) => (is === true ? 1n : 0n));
  }
  const holders = { ...people, pool: addresses.pool, fund: addresses.fund };
  for (const who of [...HOLDERS, "pool", "fund"] as const)
    seen[`D debt token of ${who}`] = onD(addresses.debtToken, abi.token, "balanceOf", [holders[who]]);
  for (const who of ["lender", "fund"] as const)
    seen[`D shares of ${who}`] = onD(addresses.pool, abi.pool, "balanceOf", [holders[who]]);
  const totals = { shares: "totalSupply", cash: "cash", "total debt": "totalDebt", "total assets": "totalAssets" };
  const books = { "carried claims": "carriedClaims", provisions: "provisions", "locked gain": "lockedGain" };
  for (const [label, name] of Object.entries({ ...totals, ...books }))
    seen[`D ${label}`] = onD(addresses.pool, abi.pool, name);
  seen["D attestation fees"] = onD(engine, abi.engine, "attestationFeesOf", [people.attestor]);
  seen["D coin of the engine"] = world.d.reader.getBalance({ address: engine });
  const source = world.d.read(engine, abi.engine, "source", [addresses.market, 0]) as Promise<{ exposure: bigint }>;
  seen["D exposure"] = source.then(({ exposure }) => exposure);

  for (const id of Object.keys(d.accounts)) {
    const key = accounts.get(id)!;
    seen[`D ${id} debt`] = onD(addresses.pool, abi.pool, "debtOf", [key]);
    seen[`D ${id} provision`] = onD(addresses.pool, abi.pool, "provisionOf", [key]);
    const a = (await world.d.read(engine, abi.engine, "account", [key])) as AccountView;
    seen[`D ${id} flagged at`] = now(a.flaggedAt);
    seen[`D ${id} grace ends`] = now(a.graceEndsAt);
    seen[`D ${id} auctions`] = now(a.auctions);
    seen[`D ${id} locks`] = now(a.locks.length);
    for (const [i, n] of a.locks.entries()) {
      seen[`D ${id} lock ${i} is`] = now(n);
      seen[`D ${id} lock ${i} guarantees`] = onD(engine, abi.engine, "guarantee", [key, n]);
    }
  }
  for (const n of Object.keys(d.lots)) {
    const lot = (await world.d.read(engine, abi.engine, "lot", [domain, BigInt(n) + 1n])) as {
      owed: bigint;
      price: bigint;
    };
    seen[`D lot ${n} owed`] = now(lot.owed);
    seen[`D lot ${n} price`] = now(lot.price);
  }
  const values = await Promise.all(Object.values(seen));
  return Object.fromEntries(Object.keys(seen).map((name, i) => [name, values[i]!]));
}
