import { readFileSync } from "node:fs";
import { join } from "node:path";

import { newTable } from "../../../scripts/demo/report.ts";
import { plot } from "./plot.ts";
import { samplesFile, type SoakSample } from "./soak.ts";
import { storeTables, type TableSize } from "./storeTables.ts";
import { fitLine, type Line, type Point } from "./statistics.ts";

/** What the first part of a soak is left out of every fit: caches, compiled code and the prover's threads come up in it. */
export const WARM_UP_SECONDS = 900;
const MIB = 2 ** 20;
const MINUTE = 60;

/** Bytes an hour. */
export type Growth = Pick<Line, "slope" | "halfWidth" | "isSignificant"> & { points: number };

export type SoakResult = {
  seconds: number;
  warmUpSeconds: number;
  traffic: SoakSample["traffic"];
  messages: number;
  rssMiB: { atStart: number; afterWarmUp: number; atEnd: number; most: number };
  cpuShare: number;
  /** `malloc` and `v8`: resident, free or not; `heap`, `external`: what JavaScript uses of it. */
  growthPerHour: Record<"rss" | "malloc" | "v8" | "heap" | "external", Growth>;
  storeBytes: { atStart: number; atEnd: number; perHour: number };
  rpcPerMinute: Record<"vault" | "margin", { requests: number; calls: number; methods: Record<string, number> }>;
  /** What calls are for, by least squares over half minutes: so many a block whatever happens, so many a message. */
  rpc: { vault: { perBlock: number }; margin: { perBlock: number }; perMessage: number };
  tables: TableSize[];
};

export function readSamples(directory: string): SoakSample[] {
  return readFileSync(samplesFile(directory), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as SoakSample);
}

const callsOf = (sample: SoakSample, side: "vault" | "margin") =>
  Object.values(sample.rpc[side].methods).reduce((sum, count) => sum + count, 0);

/** `eth_getLogs` is asked once a block: it tells how many there were. */
function rpcUnits(samples: readonly SoakSample[]): SoakResult["rpc"] {
  const STEP = 3;
  const fit = (side: "vault" | "margin") => {
    const rows: [blocks: number, messages: number, calls: number][] = [];
    for (let i = STEP; i < samples.length; i += STEP) {
      const [before, now] = [samples[i - STEP]!, samples[i]!];
      const blocks = (now.rpc[side].methods.eth_getLogs ?? 0) - (before.rpc[side].methods.eth_getLogs ?? 0);
      rows.push([blocks, now.messages - before.messages, callsOf(now, side) - callsOf(before, side)]);
    }
    return solve(rows);
  };
  const [vault, margin] = [fit("vault"), fit("margin")];
  return { vault: { perBlock: vault.a }, margin: { perBlock: margin.a }, perMessage: vault.b + margin.b };
}

/** y ≈ a·u + b·v. */
function solve(rows: readonly (readonly [u: number, v: number, y: number])[]): { a: number; b: number } {
  const sum = (of: (u: number, v: number, y: number) => number) =>
    rows.reduce((total, [u, v, y]) => total + of(u, v, y), 0);
  const [uu, uv, vv] = [sum((u) => u * u), sum((u, v) => u * v), sum((_, v) => v * v)];
  const [uy, vy] = [sum((u, _, y) => u * y), sum((_, v, y) => v * y)];
  const det = uu * vv - uv * uv;
  return { a: (uy * vv - vy * uv) / det, b: (vy * uu - uy * uv) / det };
}

/** The least of each minute: what is left after a collection, as near as a look from outside comes. */
function leastByMinute(samples: readonly SoakSample[], of: (sample: SoakSample) => number): Point[] {
  const minutes = new Map<number, number>();
  for (const sample of samples) {
    const minute = Math.floor(sample.seconds / MINUTE);
    minutes.set(minute, Math.min(minutes.get(minute) ?? Infinity, of(sample)));
  }
  return [...minutes].map(([minute, y]) => ({ x: minute / 60, y }));
}

function growth(samples: readonly SoakSample[], of: (sample: SoakSample) => number): Growth {
  const points = leastByMinute(samples, of);
  const { slope, halfWidth, isSignificant } = fitLine(points);
  return { slope, halfWidth, isSignificant, points: points.length };
}

/** From the samples and the store that a soak left in its directory. */
export async function reportSoak(directory: string): Promise<{ result: SoakResult; table: string; svg: string }> {
  const samples = readSamples(directory);
  const result = { ...summarise(samples), tables: await storeTables(join(directory, "subject", "data")) };
  return { result, table: soakTable(result), svg: soakPlot(samples) };
}

export function summarise(samples: readonly SoakSample[]): Omit<SoakResult, "tables"> {
  const [first, last] = [samples[0]!, samples.at(-1)!];
  const warmUpSeconds = Math.min(WARM_UP_SECONDS, last.seconds / 4);
  const warm = samples.filter(({ seconds }) => seconds >= warmUpSeconds);
  const begin = warm[0]!;
  const minutes = (last.seconds - begin.seconds) / MINUTE;
  const rpcOf = (side: "vault" | "margin") => {
    const perMinute = (now: number, before = 0) => (now - before) / minutes;
    const methods = Object.fromEntries(
      Object.entries(last.rpc[side].methods).map(([method, count]) => [
        method,
        perMinute(count, begin.rpc[side].methods[method]),
      ]),
    );
    return {
      requests: perMinute(last.rpc[side].requests, begin.rpc[side].requests),
      calls: Object.values(methods).reduce((sum, each) => sum + each, 0),
      methods,
    };
  };
  return {
    seconds: last.seconds,
    warmUpSeconds,
    traffic: last.traffic,
    messages: last.messages,
    rssMiB: {
      atStart: first.rss / MIB,
      afterWarmUp: begin.rss / MIB,
      atEnd: last.rss / MIB,
      most: Math.max(...samples.map(({ rss }) => rss)) / MIB,
    },
    cpuShare: (last.cpuSeconds - begin.cpuSeconds) / (last.seconds - begin.seconds),
    growthPerHour: {
      rss: growth(warm, ({ rss }) => rss),
      malloc: growth(warm, ({ resident }) => resident.malloc),
      v8: growth(warm, ({ resident }) => resident.v8),
      heap: growth(warm, ({ heapUsed }) => heapUsed),
      external: growth(warm, ({ external }) => external),
    },
    storeBytes: {
      atStart: first.storeBytes,
      atEnd: last.storeBytes,
      perHour: ((last.storeBytes - begin.storeBytes) / minutes) * 60,
    },
    rpcPerMinute: { vault: rpcOf("vault"), margin: rpcOf("margin") },
    rpc: rpcUnits(samples),
  };
}

const mib = (bytes: number) => `${(bytes / MIB).toFixed(2)} MiB`;

function soakTable(result: SoakResult): string {
  const memory = newTable(
    ["after warm-up", "growth an hour", "± (95 %)", "told from 0"],
    ["left", "right", "right", "left"],
  );
  for (const [what, { slope, halfWidth, isSignificant }] of Object.entries(result.growthPerHour))
    memory.push([what, mib(slope), mib(halfWidth), isSignificant ? "yes" : "no"]);
  const rpc = newTable(["calls a minute", "vault chain", "margin chain"], ["left", "right", "right"]);
  const { vault, margin } = result.rpcPerMinute;
  for (const method of [...new Set([...Object.keys(vault.methods), ...Object.keys(margin.methods)])].sort())
    rpc.push([method, (vault.methods[method] ?? 0).toFixed(1), (margin.methods[method] ?? 0).toFixed(1)]);
  rpc.push(["all", vault.calls.toFixed(1), margin.calls.toFixed(1)]);
  rpc.push(["HTTP requests", vault.requests.toFixed(1), margin.requests.toFixed(1)]);
  const stored = newTable(["store", "rows", "bytes a row", "with indexes"], ["left", "right", "right", "right"]);
  for (const { table, rows, rowBytes, relationBytes } of result.tables)
    stored.push([table, String(rows), rowBytes.toFixed(0), `${(relationBytes / 1_024).toFixed(0)} KiB`]);
  const { rssMiB, storeBytes, cpuShare, traffic, messages } = result;
  return [
    `${(result.seconds / 60).toFixed(0)} minutes, ${traffic.deposits} deposits, ${traffic.prices} prices, ${traffic.loans} whole loans (${traffic.failures} acts failed), ${messages} messages; RSS ${rssMiB.atStart.toFixed(0)} → ${rssMiB.afterWarmUp.toFixed(0)} → ${rssMiB.atEnd.toFixed(0)} MiB (most ${rssMiB.most.toFixed(0)}), ${(cpuShare * 100).toFixed(1)} % of one core; store ${mib(storeBytes.atStart)} → ${mib(storeBytes.atEnd)}, ${mib(storeBytes.perHour)} an hour.`,
    memory.toString(),
    rpc.toString(),
    stored.toString(),
  ].join("\n");
}

function soakPlot(samples: readonly SoakSample[]): string {
  const series = (of: (sample: SoakSample) => number) =>
    samples.map((sample): [number, number] => [sample.seconds / MINUTE, of(sample)]);
  const WINDOW = 6;
  const rate = (side: "vault" | "margin") =>
    samples.slice(WINDOW).map((sample, i): [number, number] => {
      const before = samples[i]!;
      const calls = callsOf(sample, side) - callsOf(before, side);
      return [sample.seconds / MINUTE, (calls / (sample.seconds - before.seconds)) * MINUTE];
    });
  const inMib = (y: number) => `${(y / MIB).toFixed(0)} MiB`;
  return plot(
    "One relayer, all roles, embedded store, under steady light traffic",
    [
      {
        title: "memory of the process",
        format: inMib,
        lines: [
          { label: "resident", colour: "#d1495b", points: series(({ rss }) => rss) },
          { label: "… malloc's", colour: "#8d96a3", points: series(({ resident }) => resident.malloc) },
          { label: "… V8's", colour: "#66a182", points: series(({ resident }) => resident.v8) },
          { label: "JavaScript heap in use", colour: "#00798c", points: series(({ heapUsed }) => heapUsed) },
          { label: "outside of the heap", colour: "#edae49", points: series(({ external }) => external) },
        ],
      },
      {
        title: "JSON-RPC calls a minute",
        format: (y) => y.toFixed(0),
        lines: [
          { label: "vault chain", colour: "#00798c", points: rate("vault") },
          { label: "margin chain", colour: "#d1495b", points: rate("margin") },
        ],
      },
      {
        title: "store on disk",
        format: inMib,
        lines: [{ label: "all files", colour: "#333333", points: series(({ storeBytes }) => storeBytes) }],
      },
    ],
    { label: (x) => `${x.toFixed(0)} min` },
  );
}
