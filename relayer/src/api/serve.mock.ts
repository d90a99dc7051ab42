import { Writable } from "node:stream";
import type { Hex } from "viem";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { parseConfig } from "../config/load.ts";
import type { HttpConfig } from "../config/schema.ts";
import type { Transaction } from "../delivery/transitions.ts";
import { createPrometheus } from "../metrics/prometheus.ts";
import { systemClock, type Clock } from "../runtime/clock.ts";
import { createLogger } from "../runtime/logger.ts";
import { openDatabase, type Database } from "../store/database.ts";
import { findMessage, insertMessages, saveMessage, type Message } from "../store/messages.ts";
import { migrate } from "../store/migrate.ts";
import { insertTransaction } from "../store/transactions.ts";
import type { ApiKey } from "./apiKeys.ts";
import { createOperator } from "./createOperator.ts";
import type { Operator } from "./operator.ts";
import { startHttpServer, type HttpServer } from "./server.ts";
import { standing } from "./standing.mock.ts";

export const apiKey = "operator-key-0123456789";
export const rpcKey = "RPC-KEY-IN-A-URL";
const payloadSecret = "NOTE-OPENED-BY-A-TRUSTEE";
export const startedAt = Date.UTC(2026, 0, 1);
export const hash = (digit: string): Hex => `0x${digit.repeat(64)}`;
/** What must never be in an answer: keys, payloads, proof requests and results, signed transactions. */
const secrets = [apiKey, rpcKey, payloadSecret, "0xSIGNED", "WITNESS", "0xCALLDATA"];

/** What the tests of a file share: the store, and the time, which they set. */
export const shared = { now: startedAt } as { now: number; database: Database };
const clock: Clock = { ...systemClock(), now: () => shared.now };
const servers: HttpServer[] = [];
export const logged: string[] = [];
const logger = createLogger({
  level: "trace",
  destination: new Writable({
    write(chunk: Buffer, _, done) {
      logged.push(chunk.toString());
      done();
    },
  }),
});

/** A store for the tests of a file, empty before each of them; servers are closed after each. */
export function useStore(): void {
  beforeAll(async () => {
    shared.database = await openDatabase();
    await migrate(shared.database, clock);
  });
  beforeEach(() => {
    shared.now = startedAt;
    logged.length = 0;
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
    await shared.database.exec(
      "delete from effects; delete from transactions; delete from messages; delete from proofs",
    );
  });
  afterAll(() => shared.database.close());
}

const configOf = (http: object): HttpConfig =>
  parseConfig({
    deployment: "d.json",
    dataDir: "data",
    chains: ["vault", "margin"].map((name) => ({ name, rpc: [`http://rpc.example/${rpcKey}`] })),
    http: { port: 0, ...http },
    roles: {},
  }).http!;

export const chainAt = (name: "vault" | "margin", blocksBehind = 0) => ({
  name,
  side: name,
  chainId: name === "vault" ? 1 : 10,
  head: { number: 100, timestamp: Math.floor(startedAt / 1_000) - 12 },
  finalised: 90,
  nodeHead: 100 + blocksBehind,
  polledAt: startedAt as number | null,
});

export async function serve(
  http: object = {},
  options: {
    store?: Database;
    chains?: ReturnType<typeof chainAt>[];
    keys?: ApiKey[];
    more?: Partial<Operator>;
  } = {},
) {
  const prometheus = createPrometheus();
  const config = configOf(http);
  const stopping = { value: false };
  const server = await startHttpServer({
    config,
    apiKeys: options.keys ?? (config.apiKeys.length === 0 ? [] : [{ key: apiKey, roles: ["read"] }]),
    logger,
    observe: prometheus.observe,
    operator: createOperator({
      ...options.more,
      name: "alpha",
      ready: config.ready,
      database: options.store ?? shared.database,
      clock,
      prometheus,
      chains: () => options.chains ?? [chainAt("vault"), chainAt("margin")],
      balances: () => [{ role: "batcher", chain: "vault", address: "0xab", balance: "1.5" }],
      stopping: () => stopping.value,
      accounts: async (limit) => ({ block: 100, total: 2, accounts: [standing, standing].slice(0, limit) }),
    }),
  });
  servers.push(server);
  const get = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(server.url + path, init);
    const text = await response.text();
    for (const secret of secrets) expect(text).not.toContain(secret);
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each test knows what it asked for
    return { status: response.status, headers: response.headers, text, json: (): any => JSON.parse(text) };
  };
  return { server, get, stopping, prometheus };
}

export const add = (key: string, kind = "batch") =>
  insertMessages(shared.database, [{ kind, key, payload: { opened: payloadSecret } }], shared.now);

export async function change(key: string, changes: Partial<Message>): Promise<void> {
  const message = (await findMessage(shared.database, key))!;
  await saveMessage(shared.database, { ...message, ...changes });
}

export const addTransaction = (changes: Partial<Transaction> = {}) =>
  insertTransaction(
    shared.database,
    {
      chain: "vault",
      sender: "0x00000000000000000000000000000000000000aa",
      nonce: 7,
      target: "0x00000000000000000000000000000000000000bb",
      data: "0xCALLDATA",
      value: 0n,
      gasLimit: 1n,
      description: `batch 7 through https://rpc.example/${rpcKey}`,
      state: "sent",
      variants: ["1", "2"].map((digit) => ({
        hash: hash(digit),
        raw: "0xSIGNED",
        at: shared.now,
        maxFeePerGas: 1n,
        maxPriorityFeePerGas: 1n,
      })),
      block: null,
      txHash: null,
      reason: null,
      createdAt: shared.now,
      updatedAt: shared.now,
      ...changes,
    },
    [],
  );

export const addProof = (key: string, state = "queued") =>
  shared.database.query(
    `insert into proofs (key, circuit, priority, state, request, result, attempts, last_error, created_at, updated_at)
     values ($1, 'batch16', 10, $2, '{"secret":"WITNESS"}', '{"secret":"WITNESS"}', 1,
       '{"code":"x","severity":"retryable","message":"out of memory at http://rpc.example/${rpcKey}"}', $3, $3)`,
    [key, state, shared.now],
  );

/** One message of every state that has something to say. */
export async function seed(): Promise<void> {
  for (const key of ["batch:new", "batch:proving", "batch:sending", "batch:dead", "batch:done"]) await add(key);
  await addProof("p1");
  const { id } = await addTransaction();
  const error = { code: "x", severity: "permanent" as const, message: `no at http://rpc.example/${rpcKey}` };
  await change("batch:proving", { state: "proving", progress: { proofKey: "p1" }, waitingFor: "its proof" });
  await change("batch:sending", { state: "sending", progress: { transactionId: id }, waitingFor: "its transaction" });
  await change("batch:dead", { state: "dead", lastError: error, attempts: 3, waitingFor: "an operator" });
  await change("batch:done", { state: "done" });
}
