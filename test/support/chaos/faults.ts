import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

import { keccak256, parseGwei, type Hex } from "viem";

import type { Side } from "../localnet/chain.ts";
import type { Fault as RpcFault } from "../localnet/faultyRpc.ts";
import type { Localnet } from "../localnet/localnet.ts";
import type { Blocks } from "./blocks.ts";
import type { SupervisedNode } from "./node.ts";
import { OPERATORS, type Fault, type Operator, type RpcLie, type RpcTrouble } from "./plan.ts";
import type { Rpcs, Sighting } from "./rpcs.ts";
import type { StorePlace } from "./storePlaces.ts";
import { deliverAsStranger, sendOrdersAgain } from "./strangers.ts";
import type { World } from "./world.ts";

export type Battlefield = {
  world: World;
  nodes: Record<Operator, SupervisedNode>;
  rpcs: Rpcs;
  blocks: Blocks;
  stores: Record<Operator, StorePlace>;
  /** Whether each store has a file system of its own, which can be filled up. */
  hasOwnDisks: boolean;
  /** Something that must not be: it fails the run. */
  violation: (what: string) => void;
};

/** Whether it did what it was to do; if not, why. */
export type Struck = { done: true } | { done: false; why: string };
const done: Struck = { done: true };

const SIDES_OF = { vault: ["vault"], margin: ["margin"], both: ["vault", "margin"] } as const;

/** Does it, and ends it again when it lasts. */
export async function strike(fault: Fault, field: Battlefield): Promise<Struck> {
  const { nodes, blocks, world } = field;
  switch (fault.type) {
    case "kill": {
      const victims = fault.who === "both" ? [...OPERATORS] : [fault.who];
      await Promise.all(victims.map((who) => nodes[who].kill()));
      if (fault.downBlocks > 0) await blocks.after(fault.downBlocks);
      await Promise.all(victims.map((who) => nodes[who].start()));
      return done;
    }
    case "pause":
      nodes[fault.who].pause();
      await blocks.after(fault.blocks);
      nodes[fault.who].resume();
      return done;
    case "rpc": {
      const head = Number(await world.localnet[fault.side].public.getBlockNumber());
      const whose = fault.who === "both" ? [...OPERATORS] : [fault.who];
      const ends = whose.flatMap((who) =>
        fault.endpoints.map((endpoint) =>
          field.rpcs.add({ who, side: fault.side, endpoint }, troubleOf(fault.trouble, head)),
        ),
      );
      await blocks.after(fault.blocks);
      for (const end of ends) end();
      return done;
    }
    case "rpc lies": {
      const head = Number(await world.localnet[fault.side].public.getBlockNumber());
      const end = field.rpcs.add(fault, lieOf(fault.lie, head));
      await blocks.after(fault.blocks);
      end();
      return done;
    }
    case "reorg":
      return reorg(field, fault.side, fault.depth, fault.keeps);
    case "drop transaction":
      return interfere(field, fault.side, fault.count, drop);
    case "replace transaction":
      return interfere(field, fault.side, 1, replace);
    case "fee spike":
      await world.localnet[fault.side].test.setNextBlockBaseFeePerGas({
        baseFeePerGas: parseGwei(String(fault.gwei)),
      });
      return done;
    case "disk full":
      return fillDisk(field, fault.who, fault.blocks);
    case "clock jump":
      nodes[fault.who].setClock(fault.ms);
      return done;
    case "chain time jump":
      for (const side of SIDES_OF[fault.side]) await world.localnet[side].test.increaseTime({ seconds: fault.seconds });
      return done;
    case "duplicate orders":
      return sendOrdersAgain(field);
    case "stranger delivers":
      return deliverAsStranger(field, fault.side);
    case "store lost": {
      const { lose } = field.stores[fault.who];
      if (lose === undefined) return { done: false, why: "the stores of this run have no connections to lose" };
      const admit = await lose();
      await blocks.after(fault.blocks);
      await admit();
      return done;
    }
  }
}

/** Whose transaction makes the first block of a new history another one: an empty block at the same place and time is the same block. */
export const BYSTANDER = "bystander";

/** Replaces the newest blocks by as many others, with the same transactions in one block, or with none of them. */
export async function reorg(
  { world, blocks }: Pick<Battlefield, "world" | "blocks">,
  side: Side,
  depth: number,
  keeps: boolean,
  /** Runs just before, while no block comes. */
  before: () => Promise<void> = () => Promise.resolve(),
): Promise<Struck> {
  const { public: reader, test } = world.localnet[side];
  return blocks.hold(side, async () => {
    const head = await reader.getBlockNumber();
    if (head - BigInt(depth) < world.startBlocks[side]) return { done: false, why: "there are not so many blocks yet" };
    const raws: Hex[] = [await bystandersAt(world.localnet, side, head - BigInt(depth))];
    for (let number = head - BigInt(depth) + 1n; keeps && number <= head; number++) {
      const { transactions } = await reader.getBlock({ blockNumber: number });
      for (const hash of transactions)
        raws.push(await reader.request({ method: "eth_getRawTransactionByHash" as never, params: [hash] as never }));
    }
    await before();
    await test.request({ method: "anvil_reorg", params: [depth, raws.map((raw) => [raw, 0])] } as never);
    return done;
  });
}

async function bystandersAt(localnet: Localnet, side: Side, block: bigint): Promise<Hex> {
  const { account, address } = localnet.key(BYSTANDER);
  const { chainId, public: reader } = localnet[side];
  return account.signTransaction({
    type: "eip1559",
    chainId,
    nonce: await reader.getTransactionCount({ address, blockNumber: block }),
    to: address,
    gas: 21_000n,
    maxFeePerGas: parseGwei("5000"),
    maxPriorityFeePerGas: 1n,
  });
}

function troubleOf(trouble: RpcTrouble, head: number): RpcFault {
  switch (trouble.type) {
    case "error":
      return { type: "error", code: -32603, message: "internal error" };
    case "freeze":
      return { type: "freeze", at: head };
    case "flaky":
      return { type: "http", status: 503, chance: trouble.chance };
    default:
      return trouble;
  }
}

function lieOf(lie: RpcLie, head: number): RpcFault {
  switch (lie.type) {
    case "fork":
      return { type: "fork", from: Math.max(1, head - 1), salt: "a lie" };
    case "forge logs":
      return { type: "forge logs", forge: (log) => ({ ...log, data: keccak256(log.data as Hex) }) };
    case "old nonces":
      return {
        type: "rewrite",
        methods: ["eth_getTransactionCount"],
        rewrite: (_, result) => `0x${Math.max(0, Number(result) - 1).toString(16)}`,
      };
    default:
      return lie;
  }
}

type Interference = (field: Battlefield, sighting: Sighting) => Promise<boolean>;

/** Does something to the next transactions that a node takes from a relayer, before they are mined. */
async function interfere(field: Battlefield, side: Side, count: number, act: Interference): Promise<Struck> {
  let left = count;
  await new Promise<void>((resolve) => {
    field.rpcs.onTransaction((sighting) => {
      if (sighting.side !== side || left === 0) return;
      left--;
      void field.blocks
        .hold(side, () => act(field, sighting).catch(() => false))
        .then((isDone) => {
          if (isDone && left === 0) resolve();
          if (!isDone) left++; // it had been mined
        });
    });
  });
  return done;
}

async function drop({ world }: Battlefield, { side, hash }: Sighting): Promise<boolean> {
  const { test } = world.localnet[side];
  const dropped: unknown = await test.request({ method: "anvil_dropTransaction", params: [hash] } as never);
  return dropped !== null;
}

/** Somebody else who has the key uses its nonce. */
async function replace(field: Battlefield, sighting: Sighting): Promise<boolean> {
  const { world } = field;
  const { side, hash } = sighting;
  const chain = world.localnet[side];
  const { from, nonce } = await chain.public.getTransaction({ hash });
  if (!(await drop(field, sighting))) return false;
  const key = world.operators
    .flatMap(({ keys }) => keys)
    .find(({ address }) => address.toLowerCase() === from.toLowerCase());
  if (key === undefined) throw new Error(`Transaction ${hash} is from ${from}, which is no relayer's.`);
  const raw = await key.account.signTransaction({
    type: "eip1559",
    chainId: chain.chainId,
    nonce,
    to: key.address,
    value: 0n,
    gas: 21_000n,
    maxFeePerGas: parseGwei("2000"),
    maxPriorityFeePerGas: parseGwei("50"),
  });
  await chain.public.sendRawTransaction({ serializedTransaction: raw });
  return true;
}

const MEGABYTE = Buffer.alloc(1 << 20);

async function fillDisk({ nodes, blocks, hasOwnDisks }: Battlefield, who: Operator, count: number): Promise<Struck> {
  if (!hasOwnDisks) return { done: false, why: "the stores have no small file systems: mounting one needs root" };
  const node = nodes[who];
  const filler = join(node.dataDir, "filler");
  const file = openSync(filler, "w");
  try {
    for (;;) writeSync(file, MEGABYTE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    closeSync(file);
  }
  await blocks.after(count);
  rmSync(filler);
  // Somebody has looked, made room, and starts it again.
  if (node.isDown()) {
    await node.stop();
    await node.start();
  }
  return done;
}
