import { setTimeout as sleep } from "node:timers/promises";

import { parseEther } from "viem";

import { rootInboxAbi } from "../../../sdk/src/abis/index.ts";
import { deposit, lock, syncVault } from "../../../sdk/src/actions/index.ts";
import { deriveKeys } from "../../../sdk/src/keys/derive.ts";
import { scanNotes } from "../../../sdk/src/notes/scan.ts";
import { CHUNK_LEAVES } from "../../../sdk/src/tree/noteTree.ts";
import { untilBlock } from "../../support/localnet/untilBlock.ts";
import type { Progress } from "../measure.ts";
import { watchBlocks } from "./blockClock.ts";
import { appendedChunks, attestationsSent, attestedChunks } from "./chainReads.ts";
import { sampleProcess } from "./processSample.ts";
import { stageTimes, type StageTimes } from "./stages.ts";
import { percentiles, type Percentiles } from "./statistics.ts";
import { CONFIRMATIONS, setUp, type BenchWorld } from "./world.ts";

export type LatencyOptions = { samples: number; directory: string; progress: Progress };

/** Seconds; blocks of one second on both chains. */
export type LatencyResult = {
  /** From the block that has the lock to the block on D after which an account may be opened on it. */
  lockToBorrowable: Percentiles;
  /** From the block that makes a root's message final on S to the block on D that delivers it: verification, commitment, delivery. */
  finalToDelivered: Percentiles;
  /** The same beyond what blocks take: later than a relayer that would lose no time at all, which needs three blocks. */
  overhead: Percentiles;
  stages: StageTimes;
  /** MiB, resident: with nothing to do since its first start, which made the store; since a later start; and after its first proofs. */
  memory: { firstStart: number; idle: number; afterProofs: number };
};

/** Verification, commitment and delivery are a transaction each, of which each needs the one before in a block. */
const BLOCKS_NEEDED = 3n;
const IDLE_MS = 20_000;

export async function measureLatency({ samples, directory, progress }: LatencyOptions): Promise<LatencyResult> {
  const world = await setUp({ directory });
  const { localnet, people, subject, second } = world;
  try {
    const client = await people.clientOf("locker");
    const keys = await deriveKeys(localnet.key("locker").privateKey);
    await localnet.mineEvery(1);
    await Promise.all([subject.start(), second.start()]);
    await sleep(IDLE_MS);
    const firstStart = sampleProcess(subject.pid()!).rss;
    await subject.stop();
    await subject.start();
    await sleep(IDLE_MS);
    const idle = sampleProcess(subject.pid()!).rss;

    for (let i = 0; i < samples; i++) {
      progress(`deposit ${i + 1} of ${samples}`);
      await deposit(client, { keys, asset: "ETH", amount: parseEther("1") });
    }
    let state = await syncVault(client);
    await untilBlock(client.vault.public, async () => {
      state = await syncVault(client, state);
      return state.chunks.length === state.tree.chunks;
    });
    const clocks = { vault: watchBlocks(localnet.vault.public), margin: watchBlocks(localnet.margin.public) };
    const locks: { block: bigint; leaf: number }[] = [];
    const notes = scanNotes(keys, state).filter(({ status }) => status === "available");
    for (const note of notes) {
      progress(`lock ${locks.length + 1} of ${samples}`);
      const controller = localnet.key("locker").address;
      const made = { keys, state, prover: world.prover, controller, inputs: [note], amounts: note.amounts };
      const { receipt, outputs } = await lock(client, made);
      const leaf = Math.max(...outputs.map(({ leafIndex }) => leafIndex));
      locks.push({ block: receipt.blockNumber, leaf });
      await untilBlock(client.margin.public, async () => {
        const end = subject.unexpectedEnd() ?? second.unexpectedEnd();
        if (end !== undefined) throw new Error(end);
        return (await attestedChunks(world)) * CHUNK_LEAVES > leaf;
      });
    }
    if ((await appendedChunks(world)) === 0) throw new Error("Nothing was appended.");
    const afterProofs = sampleProcess(subject.pid()!).rss;
    const measured = await evaluate(world, locks, clocks);
    Object.values(clocks).forEach((clock) => clock.stop());
    await subject.stop();
    const mib = (bytes: number) => bytes / 2 ** 20;
    const memory = { firstStart: mib(firstStart), idle: mib(idle), afterProofs: mib(afterProofs) };
    return { ...measured, stages: stageTimes(subject.log), memory };
  } finally {
    await world.close();
  }
}

type Clocks = Record<"vault" | "margin", ReturnType<typeof watchBlocks>>;

async function evaluate(world: BenchWorld, locks: readonly { block: bigint; leaf: number }[], clocks: Clocks) {
  const received = await world.localnet.margin.public.getContractEvents({
    address: world.local.deployment.marginChain.rootInbox,
    abi: rootInboxAbi,
    eventName: "RootReceived",
    fromBlock: 0n,
    strict: true,
  });
  const lockToBorrowable = locks.map(({ block, leaf }) => {
    const first = received.find(({ args }) => Number(args.chunks) * CHUNK_LEAVES > leaf);
    if (first === undefined) throw new Error(`No root has leaf ${leaf}.`);
    return (clocks.margin.at(first.blockNumber) - clocks.vault.at(block)) / 1_000;
  });
  const finalToDelivered: number[] = [];
  const overhead: number[] = [];
  const since = locks[0]!.block;
  for (const sent of (await attestationsSent(world)).filter(({ blockNumber }) => blockNumber >= since)) {
    const delivered = received.find(({ args }) => args.root === sent.args.root);
    if (delivered === undefined) continue; // the last ones may be under way
    const final = clocks.vault.at(sent.blockNumber + BigInt(CONFIRMATIONS) - 1n);
    const at = clocks.margin.at(delivered.blockNumber);
    const next = clocks.margin.firstAfter(final)!;
    finalToDelivered.push((at - final) / 1_000);
    overhead.push(Math.max(0, at - clocks.margin.at(next + BLOCKS_NEEDED - 1n)) / 1_000);
  }
  return {
    lockToBorrowable: percentiles(lockToBorrowable),
    finalToDelivered: percentiles(finalToDelivered),
    overhead: percentiles(overhead),
  };
}
