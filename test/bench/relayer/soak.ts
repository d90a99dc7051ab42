import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { Progress } from "../measure.ts";
import { bytesBelow, parseMetrics, residentOf, sampleProcess, type Resident } from "./processSample.ts";
import { setUp, type BenchWorld } from "./world.ts";
import { startTraffic, type Traffic } from "./soakTraffic.ts";

/** One look at the relayer. Bytes, seconds; counts since the start. */
export type SoakSample = {
  /** Since the first. */
  seconds: number;
  rss: number;
  resident: Resident;
  heapUsed: number;
  external: number;
  cpuSeconds: number;
  handles: number;
  eventLoopP99: number;
  storeBytes: number;
  messages: number;
  rpc: Record<"vault" | "margin", { requests: number; methods: Record<string, number> }>;
  traffic: Traffic["counts"];
};

export type SoakOptions = { minutes: number; blockSeconds: number; directory: string; progress: Progress };

const EVERY_MS = 10_000;

/** Where the samples of a soak are while it runs, one JSON a line. */
export const samplesFile = (directory: string) => join(directory, "samples.jsonl");

/**
 * A relayer with all roles under steady light traffic, looked at every ten seconds.
 *
 * @throws Error when a relayer ended by itself
 */
export async function soak({ minutes, blockSeconds, directory, progress }: SoakOptions): Promise<void> {
  const world = await setUp({
    directory,
    roles: (key) => ({
      orderSender: { key: key("DELIVERY"), heartbeatAfterSeconds: 120 },
      attestor: { key: key("DELIVERY"), statusAfterSeconds: 300 },
    }),
  });
  try {
    await world.people.lender("lender", "500000");
    await world.localnet.mineEvery(blockSeconds);
    await Promise.all([world.subject.start(), world.second.start()]);
    const traffic = await startTraffic(world);
    const file = samplesFile(directory);
    writeFileSync(file, "");
    const startedAt = Date.now();
    const end = startedAt + minutes * 60_000;
    for (let at = startedAt; at <= end; at += EVERY_MS) {
      await sleep(Math.max(0, at - Date.now()));
      const failure = world.subject.unexpectedEnd() ?? world.second.unexpectedEnd();
      if (failure !== undefined) throw new Error(failure);
      const sample = await look(world, traffic, startedAt);
      appendFileSync(file, `${JSON.stringify(sample)}\n`);
      progress(
        `soak ${(sample.seconds / 60).toFixed(1)} of ${minutes} min, RSS ${(sample.rss / 2 ** 20).toFixed(0)} MiB, ${JSON.stringify(sample.traffic)}`,
      );
    }
    await traffic.stop();
    for (const failure of traffic.failures) progress(`failed: ${failure}\n`);
    await world.subject.stop();
  } finally {
    await world.close();
  }
}

async function look(world: BenchWorld, traffic: Traffic, startedAt: number): Promise<SoakSample> {
  const metrics = parseMetrics(await world.metrics());
  const sum = (prefix: string) =>
    [...metrics].reduce((total, [name, value]) => total + (name.startsWith(prefix) ? value : 0), 0);
  const { rss, cpuSeconds } = sampleProcess(world.subject.pid()!);
  const rpcOf = (side: "vault" | "margin") => {
    const { requests, methods } = world.proxies[side].counts();
    return { requests, methods };
  };
  return {
    seconds: (Date.now() - startedAt) / 1_000,
    rss,
    resident: residentOf(world.subject.pid()!),
    cpuSeconds,
    heapUsed: metrics.get("nodejs_heap_size_used_bytes") ?? NaN,
    external: metrics.get("nodejs_external_memory_bytes") ?? NaN,
    handles: metrics.get("nodejs_active_resources_total") ?? NaN,
    eventLoopP99: metrics.get("nodejs_eventloop_lag_p99_seconds") ?? NaN,
    storeBytes: bytesBelow(join(world.subjectDirectory, "data")),
    messages: sum("hypothec_message_outcomes_total"),
    rpc: { vault: rpcOf("vault"), margin: rpcOf("margin") },
    traffic: traffic.counts,
  };
}
