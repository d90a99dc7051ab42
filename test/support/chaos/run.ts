import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { BaseError, InvalidParamsRpcError } from "viem";

import type { Message } from "../../../relayer/src/store/messages.ts";
import { collateralVaultAbi } from "../../../sdk/src/abis/index.ts";
import { startBlocks, type Blocks } from "./blocks.ts";
import { differences } from "./compare.ts";
import { delaysIn, paceOf, type Pace } from "./delays.ts";
import { canMount, mountDisk } from "./disks.ts";
import { assertHalted } from "./deepReorg.ts";
import { strike, type Battlefield, type Struck } from "./faults.ts";
import { superviseNode, type SupervisedNode } from "./node.ts";
import { OPERATORS, type Operator, type Plan, type PlannedFault } from "./plan.ts";
import type { Rpcs } from "./rpcs.ts";
import { endState, stageOf, type EndState } from "./state.ts";
import { compareMessages, countsOf, isIdle, messagesOf } from "./stores.ts";
import type { StorePlace } from "./storePlaces.ts";
import { createTriggers } from "./triggers.ts";
import { startUsers, type Users } from "./users.ts";
import { CONFIRMATIONS, nodeConfig, type World } from "./world.ts";

const BLOCK_MS = 250;
/** So long a run may take before it is given up: many times what the slowest needs. */
const PATIENCE_MS = 600_000;

/** What the run without faults left behind, which all others are held against. */
export type Calm = {
  state: EndState;
  appended: number;
  messages: Record<Operator, Message[]>;
  marginPackets: number;
  pace: Pace;
};

export type Outcome = {
  plan: Plan;
  /** Of each fault: what became of it; undefined when its moment never came. */
  struck: (Struck | undefined)[];
  /** Nothing here: the run is as the calm one. */
  problems: string[];
  late: number;
  blocks: number;
  durationMs: number;
  /** Where the logs are, when there are problems. */
  logs?: string;
  calm: Calm;
};

/** One run. Without `calm` it is the one that others are compared with. */
export async function run(world: World, rpcs: Rpcs, plan: Plan, calm?: Calm): Promise<Outcome> {
  const startedAt = performance.now();
  const directory = join(world.directory, `seed-${plan.seed}-${Date.now()}`);
  mkdirSync(directory);
  const unmounts: (() => void)[] = [];
  const problems: string[] = [];
  const struck: (Struck | undefined)[] = plan.faults.map(() => undefined);
  await world.reset();
  rpcs.reset();

  const hasOwnDisks = world.storeKind === "embedded" && canMount();
  const node = (index: number, store: StorePlace): SupervisedNode => {
    const { name, env, trusteeEnv } = world.operators[index]!;
    const isTrustee = index < plan.trustees;
    const known = { ...env, ...store.env };
    return superviseNode({
      name,
      directory: join(directory, name),
      deployment: world.local.deployment,
      config: nodeConfig(world, index, {
        store: store.config,
        rpc: rpcs.urls(name as Operator),
        isTrustee,
        race:
          plan.race === "turns" ? { index, of: 2, handoverMs: 3_000, proofHandoverMs: 60_000 } : { index: 0, of: 1 },
      }),
      env: isTrustee ? known : Object.fromEntries(Object.entries(known).filter(([key]) => key !== trusteeEnv)),
      operations: store.operations,
      codeCache: world.codeCache,
    });
  };
  const storeOf = (name: Operator): Promise<StorePlace> => {
    const dataDir = join(directory, name, "data");
    if (hasOwnDisks) unmounts.push(mountDisk(dataDir));
    return world.copyStore(name, dataDir);
  };
  const stores = { alpha: await storeOf("alpha"), beta: await storeOf("beta") };
  const nodes = { alpha: node(0, stores.alpha), beta: node(1, stores.beta) };
  const both = Object.values(nodes);
  const blocks = startBlocks(world.localnet, BLOCK_MS);
  const users = startUsers(world, blocks);
  const field: Battlefield = {
    world,
    nodes,
    rpcs,
    blocks,
    stores,
    hasOwnDisks,
    violation: (what) => problems.push(what),
  };
  let isOver = false;
  let waitsFor = "the relayers have started";
  const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    waitsFor = what;
    // In the middle of a reorg a node may refuse a read of its head: the next block is asked again.
    const isTrue = () =>
      holds().catch((error: unknown) => {
        if (isRefusedRead(error)) return false;
        throw error;
      });
    while (!isOver && !(await isTrue())) await blocks.after(1);
  };

  const live = async (): Promise<void> => {
    await Promise.all(both.map((each) => each.start()));
    const triggers = createTriggers(nodes, blocks);
    const striking = new Set<PlannedFault>();
    plan.faults.forEach((fault, index) => {
      void (async () => {
        await triggers.wait(fault.trigger);
        if (isOver) return;
        striking.add(fault);
        try {
          struck[index] = await strike(fault, field);
        } catch (error) {
          struck[index] = { done: false, why: (error as Error).message };
          problems.push(`fault ${index} (${fault.type}) could not be made: ${(error as Error).message}`);
        } finally {
          striking.delete(fault);
        }
      })();
    });
    await users.send(world.first);
    if (plan.deepReorg === undefined) {
      await liveThrough(world, users, blocks, until);
      const isQuiet = async () => {
        if (![...striking].every(liesInWait)) return false;
        const idle = await Promise.all(both.map(isIdle));
        const { isAttested } = await stageOf(world);
        return isAttested && idle.every(Boolean);
      };
      await until("no fault goes on and the relayers have nothing to do", async () => {
        if (!(await isQuiet())) return false;
        await blocks.after(2); // what was logged last may have set off another fault
        return isQuiet();
      });
    } else {
      waitsFor = "the moment of the deep reorg has come";
      await triggers.wait(plan.deepReorg.trigger);
      await assertHalted(field, plan.deepReorg.depth, until);
    }
  };
  const patience = new AbortController();
  const tooLong = sleep(PATIENCE_MS, undefined, { signal: patience.signal }).then(() => {
    throw new Error(`gave up waiting until ${waitsFor}`);
  });
  await Promise.race([live(), tooLong]).catch((error: unknown) => problems.push((error as Error).message));
  isOver = true;
  patience.abort();
  await tooLong.catch(() => undefined);

  const unread = { state: {}, appended: 0, packets: { vault: 0, margin: 0 } };
  const readEnd = () =>
    endState(world).catch((error: unknown) => {
      problems.push(`the end could not be read: ${(error as Error).message}`);
      return unread;
    });
  // A deep reorg may take back the contracts themselves: there is no end to compare.
  const end = plan.deepReorg === undefined ? await readEnd() : unread;
  const messages = await readAll(nodes);
  for (const each of both) {
    const code = await each.retire();
    if (plan.deepReorg !== undefined) continue;
    if (code !== 0) problems.push(`${each.name} stopped with code ${code}`);
    const expectsEnds = plan.faults.some(({ type }) => ["disk full", "rpc", "store lost"].includes(type));
    if (each.ends.length > 0 && !expectsEnds) problems.push(`${each.name} ended by itself: ${each.ends.join(", ")}`);
  }
  users.stop();
  await blocks.stop();
  for (const store of Object.values(stores)) await store.close();
  for (const unmount of unmounts) unmount();

  const own: Calm = {
    state: end.state,
    appended: end.appended,
    messages,
    marginPackets: end.packets.margin,
    pace: paceOf(both.map(({ log }) => log)),
  };
  const compared =
    calm === undefined || plan.deepReorg !== undefined ? { late: 0, problems: [] } : compareWith(calm, own, plan, both);
  problems.push(...compared.problems);
  const logs = problems.length === 0 ? undefined : keepLogs(plan, both, problems);
  rmSync(directory, { recursive: true, force: true });
  return {
    plan,
    struck,
    problems,
    late: compared.late,
    blocks: blocks.mined(),
    durationMs: performance.now() - startedAt,
    ...(logs === undefined ? {} : { logs }),
    calm: own,
  };
}

/** How a run ended differently from the calm one, and what its logs do not explain. */
function compareWith(calm: Calm, own: Calm, plan: Plan, nodes: readonly SupervisedNode[]) {
  const problems = differences(calm.state, own.state);
  for (const [index, who] of OPERATORS.entries()) {
    const differing = compareMessages(countsOf(calm.messages[who]), own.messages[who], {
      morePackets: own.marginPackets - calm.marginPackets,
      isTrustee: index < plan.trustees,
      appended: own.appended,
    });
    problems.push(...differing.map((problem) => `${who}: ${problem}`));
  }
  let late = 0;
  for (const { name, log } of nodes) {
    const delays = delaysIn(log, calm.pace);
    late += delays.late;
    problems.push(...delays.unexplained.map((text) => `${name}'s log does not say why ${text}`));
  }
  return { late, problems };
}

/** Where the logs of runs that failed stay. */
const FAILURES = fileURLToPath(new URL("../../../.cache/chaos/", import.meta.url));

function keepLogs(plan: Plan, nodes: readonly SupervisedNode[], problems: readonly string[]): string {
  const directory = join(FAILURES, `seed-${plan.seed}`);
  mkdirSync(directory, { recursive: true });
  for (const { name, logFile } of nodes) if (existsSync(logFile)) copyFileSync(logFile, join(directory, `${name}.log`));
  writeFileSync(join(directory, "run.json"), JSON.stringify({ plan, problems }, null, 2));
  return directory;
}

/** Everything that users want of a run: a chunk, a settlement, another chunk. */
async function liveThrough(
  world: World,
  users: Users,
  blocks: Blocks,
  until: (what: string, holds: () => Promise<boolean>) => Promise<void>,
): Promise<void> {
  const { vault } = world.local.deployment.vaultChain;
  const reader = world.client.vault.public;
  await until("the first chunk is attested and the lock is settled, finally", async () => {
    const { isSettled, appended, isAttested } = await stageOf(world);
    if (!isSettled || !isAttested || appended <= world.chunksBefore) return false;
    const head = await reader.getBlockNumber();
    return reader.readContract({
      address: vault,
      abi: collateralVaultAbi,
      functionName: "isLockSpent",
      args: [world.lock.nullifier],
      blockNumber: head - BigInt(CONFIRMATIONS),
    });
  });
  await users.send(world.later);
  await until("the second chunk is attested", async () => {
    const { appended, isAttested } = await stageOf(world);
    return isAttested && appended === world.chunksBefore + 2 && (await users.areServed());
  });
  await blocks.after(CONFIRMATIONS);
}

/** What a node says of a block that it has just lost. */
const isRefusedRead = (error: unknown): boolean =>
  error instanceof BaseError && error.walk((cause) => cause instanceof InvalidParamsRpcError) !== null;

/** A fault that lies in wait for a transaction does not keep the run from ending: one may never come. */
const liesInWait = ({ type }: PlannedFault): boolean => type === "drop transaction" || type === "replace transaction";

async function readAll(nodes: Record<Operator, SupervisedNode>): Promise<Record<Operator, Message[]>> {
  const [alpha, beta] = await Promise.all(OPERATORS.map(async (who) => (await messagesOf(nodes[who])) ?? []));
  return { alpha: alpha!, beta: beta! };
}
