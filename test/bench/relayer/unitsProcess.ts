// Fills an embedded store with so many events and messages and prints what one costs, as JSON: `unitsProcess.ts COUNT`.
import { encodeAbiParameters, encodeEventTopics, parseAbiParameters, type Hex } from "viem";

import { collateralVaultAbi } from "../../../sdk/src/abis/index.ts";
import { endProcess } from "../../../relayer/src/bin/endProcess.ts";
import { applyToQueue, emptyQueueView } from "../../../relayer/src/batcher/queueView.ts";
import { systemClock } from "../../../relayer/src/runtime/clock.ts";
import { openDatabase } from "../../../relayer/src/store/database.ts";
import { eventPages, insertEvents, type StoredEvent } from "../../../relayer/src/store/events.ts";
import { dueMessages, insertMessages } from "../../../relayer/src/store/messages.ts";
import { migrate } from "../../../relayer/src/store/migrate.ts";
import type { Units } from "./units.ts";

const count = Number(process.argv[2]);
const database = await openDatabase();
await migrate(database, systemClock());

const hash = (i: number): Hex => `0x${i.toString(16).padStart(64, "7")}`;

/** A note of the queue as the vault logs it. */
const queued = (i: number): StoredEvent => ({
  chain: "vault chain",
  blockNumber: Math.floor(i / 4),
  logIndex: i % 4,
  blockHash: hash(i),
  txHash: hash(i + 1),
  contract: "vault",
  address: `0x${"ab".repeat(20)}`,
  name: "Queued",
  topics: encodeEventTopics({
    abi: collateralVaultAbi,
    eventName: "Queued",
    args: { chunk: BigInt(Math.floor(i / 16)) },
  }) as [Hex, Hex],
  data: encodeAbiParameters(parseAbiParameters("uint8, uint256, uint256"), [
    i % 16,
    (BigInt(i) + 1n) << 230n,
    (1n << 66n) | BigInt(i),
  ]),
});

const heap = () => {
  globalThis.gc!();
  return process.memoryUsage().heapUsed;
};
const cpuMs = () => (process.cpuUsage().user + process.cpuUsage().system) / 1_000;
const bytesOf = async (...tables: string[]) => {
  let bytes = 0;
  for (const table of tables)
    for (const row of await database.query<{ bytes: number }>(`select pg_total_relation_size('${table}') as bytes`))
      bytes += row.bytes;
  return bytes;
};

const CHUNK = 1_000;
for (let from = 0; from < count; from += CHUNK)
  await database.transaction((sql) =>
    insertEvents(
      sql,
      Array.from({ length: Math.min(CHUNK, count - from) }, (_, i) => queued(from + i)),
    ),
  );
const storeBytesPerEvent = (await bytesOf("events")) / count;

const view = emptyQueueView();
const before = heap();
const cpuBefore = cpuMs();
for await (const page of eventPages(database, "vault chain", count))
  for (const event of page) applyToQueue(view, event);
const cpuMsPerEventRead = (cpuMs() - cpuBefore) / count;
const kept = heap();
const notes = view.chunks.reduce((sum, { entries }) => sum + entries.length, 0);
if (notes !== count) throw new Error(`${notes} notes in the view of ${count}.`);

const payload = {
  pathway: "roots",
  packet: { message: `0x${"cd".repeat(200)}`, nonce: 1n },
  source: { txHash: hash(1) },
};
const messages = Array.from({ length: count }, (_, i) => ({ kind: "commit", key: `commit:${hash(i)}`, payload }));
for (let from = 0; from < count; from += CHUNK)
  await database.transaction((sql) => insertMessages(sql, messages.slice(from, from + CHUNK), 1));
const storeBytesPerMessage = (await bytesOf("messages", "message_history")) / count;
await database.exec("analyze messages");
const QUERIES = 20;
const cpuDue = cpuMs();
for (let i = 0; i < QUERIES; i++) await dueMessages(database, ["commit"], 2, 16);
const units: Units = {
  events: count,
  storeBytesPerEvent,
  cpuMsPerEventRead,
  heapBytesPerNote: (kept - before) / count,
  storeBytesPerMessage,
  cpuMsPerDueQuery: (cpuMs() - cpuDue) / QUERIES,
  messages: count,
};
console.log(JSON.stringify(units));
await database.close();
endProcess(0);
