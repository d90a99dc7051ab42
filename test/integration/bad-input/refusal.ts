import { encodeFunctionData, erc20Abi, keccak256, stringToHex, type Abi, type Address, type Hex } from "viem";
import { expect } from "vitest";

import {
  collateralVaultAbi,
  creditPoolAbi,
  HypothecError,
  isLock,
  marginEngineAbi,
  orderInboxAbi,
  orderQueueAbi,
  priceBoardAbi,
  rootInboxAbi,
  scanNotes,
  vaultMessengerAbi,
  type Note,
  type VaultState,
} from "@hypothec/sdk";

// What an action of the SDK sends with, for calls that no action would make.
import { write } from "../../../sdk/src/client/write.ts";
import type { LocalChain, Side } from "../../support/localnet/chain.ts";
import type { User, World } from "./world.ts";

/** Values of a read by name; bigints as they are. */
export type Digest = Record<string, unknown>;

/** Debts and buckets grow with time: they are read as of one moment, in seconds after the block they are read at is long past. */
const LATER = 400n * 86_400n;

/**
 * Everything on both chains that an action could change: queue, roots, nullifiers, orders, accounts, locks, pool, prices, money, and
 * every log of every contract.
 */
export async function digest(world: World): Promise<Digest> {
  const [vault, margin] = await Promise.all([vaultDigest(world), marginDigest(world)]);
  return { ...vault, ...margin };
}

async function vaultDigest(world: World): Promise<Digest> {
  const { localnet, deployment } = world;
  const { vaultChain: s, marginChain: d } = deployment;
  const node = localnet.vault.public;
  const vault = { address: s.vault, abi: collateralVaultAbi } as const;
  const [openChunk] = await node.readContract({ ...vault, functionName: "queueState" });
  const notes = notesOf(world);
  const tokens = s.assets.map(({ token }) => token);
  const domain = world.operator.client.domain;
  return gather({
    "vault.queue": node.readContract({ ...vault, functionName: "queueState" }),
    "vault.chunk": node.readContract({ ...vault, functionName: "chunkHash", args: [openChunk] }),
    "vault.root": node.readContract({ ...vault, functionName: "currentRoot" }),
    "vault.held": Promise.all(
      Array.from({ length: 8 }, (_, slot) => node.readContract({ ...vault, functionName: "held", args: [slot] })),
    ),
    "vault.spent": Promise.all(
      notes.map(({ nullifier, ...note }) =>
        node.readContract({ ...vault, functionName: isLock(note) ? "isLockSpent" : "isSpent", args: [nullifier] }),
      ),
    ),
    "vault.orders": Promise.all(
      notes.filter(isLock).map(({ nullifier }) =>
        node.readContract({
          address: s.orderInbox,
          abi: orderInboxAbi,
          functionName: "orders",
          args: [domain, nullifier],
        }),
      ),
    ),
    "vault.attested": node.readContract({
      address: s.messenger,
      abi: vaultMessengerAbi,
      functionName: "lastAttested",
      args: [s.vault, d.eid],
    }),
    ...money(world, localnet.vault, [s.vault], tokens),
    "vault.logs": logsOf(localnet.vault, [s.vault, s.messenger, s.orderInbox, s.lz.endpoint, ...tokens]),
    "vault.head": node.getBlockNumber(),
  });
}

async function marginDigest(world: World): Promise<Digest> {
  const { localnet, deployment } = world;
  const { vaultChain: s, marginChain: d } = deployment;
  const node = localnet.margin.public;
  const engine = { address: d.engine, abi: marginEngineAbi } as const;
  const locks = notesOf(world).filter(isLock);
  const { id, pool: address, debtToken, sourceId } = d.markets[0]!;
  const later = { blockOverrides: { time: await momentOf(world) } } as const;
  const pool = { address, abi: creditPoolAbi, ...later } as const;
  const accounts = [...world.accounts];
  return gather({
    "margin.root": node.readContract({
      address: d.rootInbox,
      abi: rootInboxAbi,
      functionName: "latest",
      args: [s.eid, s.vault],
    }),
    "margin.snapshot": node.readContract({
      address: d.priceBoard,
      abi: priceBoardAbi,
      functionName: "latestSnapshot",
      args: [d.setId],
    }),
    "margin.orders": node.readContract({
      address: d.orderQueue,
      abi: orderQueueAbi,
      functionName: "nextId",
      args: [s.eid],
    }),
    // Its bucket fills with time.
    "margin.source": node.readContract({ ...engine, ...later, functionName: "source", args: [id, sourceId] }),
    "margin.accounts": Promise.all(
      accounts.map((account) =>
        node.readContract({ ...engine, functionName: "account", args: [account] }).catch(() => "none"),
      ),
    ),
    "margin.locks": Promise.all(
      locks.map(({ domain, nullifier }) =>
        node.readContract({ ...engine, functionName: "lock", args: [domain, nullifier] }),
      ),
    ),
    "pool.cash": node.readContract({ ...pool, functionName: "cash" }),
    "pool.shares": node.readContract({ ...pool, functionName: "totalSupply" }),
    "pool.debt": node.readContract({ ...pool, functionName: "totalDebt" }),
    "pool.debts": Promise.all(
      accounts.map((account) => node.readContract({ ...pool, functionName: "debtOf", args: [account] })),
    ),
    ...money(world, localnet.margin, [address, d.engine], [debtToken]),
    "margin.logs": logsOf(localnet.margin, [
      d.engine,
      address,
      d.orderQueue,
      d.rootInbox,
      d.priceBoard,
      debtToken,
      d.lz.endpoint,
    ]),
    "margin.head": node.getBlockNumber(),
  });
}

/** Everybody's notes, spent ones too. */
const scanned = new WeakMap<VaultState, Note[]>();
function notesOf({ users, state }: World): Note[] {
  const notes = scanned.get(state) ?? users.flatMap(({ keys }) => scanNotes(keys, state));
  scanned.set(state, notes);
  return notes;
}

/** Far ahead, and the same for all digests of a world. */
const moments = new WeakMap<World, bigint>();
async function momentOf(world: World): Promise<bigint> {
  const moment = moments.get(world) ?? (await world.localnet.margin.time()) + LATER;
  moments.set(world, moment);
  return moment;
}

/** Balances of the users and of some contracts. */
function money(world: World, chain: LocalChain, contracts: readonly Address[], tokens: readonly Address[]): Digest {
  const owners = [...contracts, ...world.users.map(({ key }) => key.address)];
  const node = chain.public;
  const erc20s = tokens.filter((token) => BigInt(token) !== 0n);
  const reads = owners.flatMap((owner) => [
    [`${chain.side}.native ${owner}`, node.getBalance({ address: owner })],
    ...erc20s.map((token) => [
      `${chain.side}.token ${token} ${owner}`,
      node.readContract({ address: token, abi: erc20Abi, functionName: "balanceOf", args: [owner] }),
    ]),
  ]);
  return Object.fromEntries(reads) as Digest;
}

/** Whatever matters emits an event. */
async function logsOf(chain: LocalChain, address: Address[]): Promise<{ count: number; hash: Hex }> {
  const logs = await chain.public.getLogs({ address, fromBlock: 0n });
  return {
    count: logs.length,
    hash: keccak256(stringToHex(logs.map(({ data, topics }) => data + topics.join()).join())),
  };
}

async function gather(reads: Record<string, unknown>): Promise<Digest> {
  const entries = Object.entries(reads).map(async ([name, read]) => [name, await read] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** How an error must look: its code, what its message says, and what it carries. */
export type Refusal = { readonly code: string; readonly says: RegExp; readonly args?: Record<string, unknown> };

/** Runs an action of the SDK: it must refuse in one way and have sent nothing. */
export async function refuses(world: World, refusal: Refusal, action: () => unknown): Promise<void> {
  const before = await digest(world);
  const error = await failureOf(action);
  expect(await digest(world)).toEqual(before);
  expectRefusal(error, refusal);
}

/** A call of a contract that no action of the SDK would make. */
export type Call = {
  readonly side: Side;
  readonly address: Address;
  readonly abi: Abi;
  readonly functionName: string;
  readonly args: readonly unknown[];
  readonly value?: bigint;
};

const GAS = 3_000_000n;

/**
 * Sends a call that a contract must refuse: first as the SDK does, which has to explain the contract's error; then past every check,
 * so that it is mined. It must revert and change nothing but what its sender paid for gas.
 */
export async function reverts(world: World, sender: User, call: Call, refusal: Refusal): Promise<void> {
  await refuses(world, refusal, () => write(sender.client, call as never));
  const { side, address, value = 0n } = call;
  const chain = world.localnet[side];
  const before = await digest(world);
  const hash = await chain.wallet(sender.key).sendTransaction({
    to: address,
    data: encodeFunctionData({ abi: call.abi, functionName: call.functionName, args: call.args }),
    value,
    gas: GAS,
  });
  const receipt = await chain.public.waitForTransactionReceipt({ hash });
  expect(receipt.status).toBe("reverted");
  const after = await digest(world);
  const purse = `${side}.native ${sender.key.address}`;
  const paid = receipt.gasUsed * receipt.effectiveGasPrice;
  expect(after).toEqual({
    ...before,
    [purse]: (before[purse] as bigint) - paid,
    [`${side}.head`]: receipt.blockNumber,
  });
}

async function failureOf(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error("It was accepted, expected a refusal.");
}

/** One HypothecError with this code, which tells a person what is wrong and what to do. */
export function expectRefusal(error: unknown, { code, says, args }: Refusal): HypothecError {
  if (!(error instanceof HypothecError)) throw new Error("Expected a HypothecError.", { cause: error });
  expect(error.code, error.message).toBe(code);
  expect(error.shortMessage).toMatch(says);
  expect(error.whatToDo, `${code} says what to do`).toBeTruthy();
  if (args !== undefined) expect(error.args).toMatchObject(args);
  // A contract's own error: decoded by name, with its arguments, and explained.
  if (/^[A-Z]/.test(code)) {
    expect(error.details).toMatch(new RegExp(`^${code}\\(`));
    expect(error.shortMessage).not.toContain(`${code}(`);
  }
  return error;
}
