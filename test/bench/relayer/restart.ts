import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { openDatabase } from "../../../relayer/src/store/database.ts";
import { countMessages, type MessageCount } from "../../../relayer/src/store/history.ts";
import { untilBlock } from "../../support/localnet/untilBlock.ts";
import type { LogLine } from "../../support/relayer.ts";
import type { Progress } from "../measure.ts";
import { packetEffects, sendPackets, type PacketEffects } from "./packets.ts";
import { bytesBelow, parseMetrics, sampleProcess } from "./processSample.ts";
import { setUp, type BenchWorld } from "./world.ts";

/** Messages that follow from a packet: its verification, its commitment and its delivery. */
const PER_PACKET = 3;

export type RestartOptions = {
  messages: number;
  /** How long the messages may take to be done afterwards. What is open then is counted. */
  drainMinutes: number;
  directory: string;
  progress: Progress;
};

export type RestartResult = {
  packets: number;
  messagesInStore: number;
  /** Transactions of the killed process that were signed and in no block. */
  pendingTransactions: number;
  storeBytesPerMessage: number;
  /** From the start of the process, seconds. */
  seconds: { toStarted: number; toFirstMove: number; toFirstTransaction: number };
  rssMiB: number;
  drain: { minutes: number; isComplete: boolean; perMinute: number; effects: PacketEffects };
  /** Transactions that the relayer's keys had mined on the margin chain, and as many as its effects need. */
  transactions: { mined: number; needed: number };
  afterwards: MessageCount[];
  faults: string[];
};

/**
 * Kills a relayer that has this many messages in flight, with transactions pending, and starts it again: how soon it works
 * again, and whether anything is lost or done twice.
 */
export async function restart(options: RestartOptions): Promise<RestartResult> {
  const { messages, progress, directory } = options;
  const world = await setUp({ directory, deployment: { cadenceSeconds: 0n } });
  const packets = Math.ceil(messages / PER_PACKET);
  try {
    const { localnet, local, subject } = world;
    progress(`sends ${packets} packets`);
    await sendPackets(localnet, local, packets);
    await localnet.mine(4);
    // Nothing that the relayer sends is mined until it was killed.
    await localnet.margin.test.setAutomine(false);
    await subject.start();
    const before = bytesBelow(join(world.subjectDirectory, "data"));
    await until(async () => {
      const { open } = await openMessages(world);
      progress(`${open} messages, ${pendingIn(subject.log)} transactions`);
      return open >= packets * PER_PACKET && pendingIn(subject.log) >= Math.min(packets, 100);
    });
    const pendingTransactions = pendingIn(subject.log);
    await subject.kill();
    const store = join(world.subjectDirectory, "data");
    const storeBytesPerMessage = (bytesBelow(store) - before) / (packets * PER_PACKET);
    const inStore = total(await countsIn(store));

    progress("restarts");
    const from = subject.log.length;
    const startedAt = Date.now();
    const after = (matches: (line: LogLine) => boolean) => (line: LogLine) =>
      subject.log.indexOf(line) >= from && matches(line);
    await localnet.margin.test.setIntervalMining({ interval: 1 });
    await localnet.vault.test.setIntervalMining({ interval: 1 });
    await Promise.all([subject.start(), world.second.start()]);
    const moved = await subject.line(
      "a message moved",
      after(({ msg }) => msg === "moved"),
    );
    const sent = await subject.line(
      "it sends",
      after(({ msg }) => msg.startsWith("sends: ")),
    );
    const started = await subject.line(
      "it started",
      after(({ msg }) => msg === "started"),
    );
    const secondsTo = ({ time }: LogLine) => (Date.parse(time) - startedAt) / 1_000;
    const { rss } = sampleProcess(subject.pid()!);
    const drained = await drainFor(world, packets, options.drainMinutes, progress);
    await Promise.all([subject.stop(), world.second.stop()]);
    // From here on nothing is mined: effects and transactions are those of one moment.
    await localnet.margin.test.setIntervalMining({ interval: 0 });
    const drain = { ...drained, effects: await packetEffects(localnet, localnet.margin.lz.operatorDvns[0]!) };

    const afterwards = await countsIn(store);
    const transactions = await minedBySubject(world, drain.effects);
    const faults = faultsOf({ packets, inStore, afterwards, drain, transactions });
    return {
      packets,
      messagesInStore: inStore,
      pendingTransactions,
      storeBytesPerMessage,
      seconds: {
        toStarted: secondsTo(started),
        toFirstMove: secondsTo(moved),
        toFirstTransaction: secondsTo(sent),
      },
      rssMiB: rss / 2 ** 20,
      drain,
      transactions,
      afterwards,
      faults,
    };
  } finally {
    await world.close();
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(250);
}

const pendingIn = (log: readonly LogLine[]) => log.filter(({ msg }) => msg.startsWith("sends: ")).length;

async function openMessages(world: BenchWorld): Promise<{ open: number }> {
  const metrics = parseMetrics(await world.metrics());
  const rows = [...metrics].filter(([name]) => name.startsWith("hypothec_messages{"));
  return { open: rows.reduce((sum, [, count]) => sum + count, 0) };
}

/** The messages of a store whose relayer does not run. */
async function countsIn(store: string): Promise<MessageCount[]> {
  const database = await openDatabase(store);
  try {
    return await countMessages(database);
  } finally {
    await database.close();
  }
}

const total = (counts: readonly MessageCount[]) => counts.reduce((sum, { count }) => sum + count, 0);

async function drainFor(world: BenchWorld, packets: number, minutes: number, progress: Progress) {
  const { localnet, subject } = world;
  const dvn = localnet.margin.lz.operatorDvns[0]!;
  const startedAt = Date.now();
  const deadline = startedAt + minutes * 60_000;
  let effects = await packetEffects(localnet, dvn);
  const done = async () => {
    effects = await packetEffects(localnet, dvn);
    progress(`${effects.delivered.packets} of ${packets} delivered`);
    const end = subject.unexpectedEnd();
    if (end !== undefined) throw new Error(end);
    return effects.delivered.packets >= packets;
  };
  await untilBlock(localnet.margin.public, async () => (await done()) || Date.now() > deadline);
  const isComplete = effects.delivered.packets >= packets;
  const took = (Date.now() - startedAt) / 60_000;
  // What was delivered last must become final before the messages are done.
  if (isComplete) await until(async () => (await openMessages(world)).open === 0);
  return { minutes: took, isComplete, perMinute: effects.delivered.packets / took, effects };
}

async function minedBySubject(world: BenchWorld, effects: PacketEffects) {
  const { localnet } = world;
  const { dvnAdmin, executor } = localnet.operators[0]!;
  const reader = localnet.margin.public;
  // The DVN's admin has deployed it, from nonce 1,000 on: what it mined since is told apart by its target.
  const of = async (address: `0x${string}`) => reader.getTransactionCount({ address });
  const [admin, executed] = [await of(dvnAdmin.address), await of(executor.address)];
  const needed = effects.verifiedBySubject.packets + effects.committed.packets + effects.delivered.packets;
  return { mined: admin - world.noncesAtStart.dvnAdmin + executed - world.noncesAtStart.executor, needed };
}

function faultsOf(found: {
  packets: number;
  inStore: number;
  afterwards: readonly MessageCount[];
  drain: RestartResult["drain"];
  transactions: RestartResult["transactions"];
}): string[] {
  const { packets, inStore, afterwards, drain, transactions } = found;
  const faults: string[] = [];
  if (inStore !== packets * PER_PACKET) faults.push(`${inStore} messages in the store of ${packets} packets`);
  if (total(afterwards) !== inStore) faults.push(`${total(afterwards)} messages afterwards, ${inStore} before`);
  for (const { state, count, kind } of afterwards)
    if (state === "dead" || state === "void") faults.push(`${count} ${kind} messages are ${state}`);
  for (const [what, { events, packets: different }] of Object.entries(drain.effects))
    if (events !== different) faults.push(`${what}: ${events} times for ${different} packets`);
  if (transactions.mined !== transactions.needed)
    faults.push(`${transactions.mined} transactions were mined, ${transactions.needed} were needed`);
  return faults;
}
