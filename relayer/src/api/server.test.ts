import { readFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { Writable } from "node:stream";
import type { Hex } from "viem";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
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
import { councilRoute } from "./council.ts";
import { createOperator } from "./createOperator.ts";
import { routes } from "./routes.ts";
import { startHttpServer, type HttpServer } from "./server.ts";

const apiKey = "operator-key-0123456789";
const rpcKey = "RPC-KEY-IN-A-URL";
const payloadSecret = "NOTE-OPENED-BY-A-TRUSTEE";
const startedAt = Date.UTC(2026, 0, 1);
const hash = (digit: string): Hex => `0x${digit.repeat(64)}`;
/** What must never be in an answer: keys, payloads, proof requests and results, signed transactions. */
const secrets = [apiKey, rpcKey, payloadSecret, "0xSIGNED", "WITNESS", "0xCALLDATA"];

let database: Database;
let now = startedAt;
const clock: Clock = { ...systemClock(), now: () => now };
const servers: HttpServer[] = [];
const logged: string[] = [];
const logger = createLogger({
  level: "trace",
  destination: new Writable({
    write(chunk: Buffer, _, done) {
      logged.push(chunk.toString());
      done();
    },
  }),
});

beforeAll(async () => {
  database = await openDatabase();
  await migrate(database, clock);
});
beforeEach(() => {
  now = startedAt;
  logged.length = 0;
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await database.exec("delete from effects; delete from transactions; delete from messages; delete from proofs");
});
afterAll(() => database.close());

const configOf = (http: object): HttpConfig =>
  parseConfig({
    deployment: "d.json",
    dataDir: "data",
    chains: ["vault", "margin"].map((name) => ({ name, rpc: [`http://rpc.example/${rpcKey}`] })),
    http: { port: 0, ...http },
    roles: {},
  }).http!;

const chainAt = (name: "vault" | "margin", blocksBehind = 0) => ({
  name,
  side: name,
  chainId: name === "vault" ? 1 : 10,
  head: { number: 100, timestamp: Math.floor(startedAt / 1_000) - 12 },
  finalised: 90,
  nodeHead: 100 + blocksBehind,
  polledAt: startedAt as number | null,
});

async function serve(http: object = {}, options: { store?: Database; chains?: ReturnType<typeof chainAt>[] } = {}) {
  const prometheus = createPrometheus();
  const config = configOf(http);
  const stopping = { value: false };
  const server = await startHttpServer({
    config,
    apiKeys: config.apiKeys.length === 0 ? [] : [apiKey],
    logger,
    observe: prometheus.observe,
    operator: createOperator({
      name: "alpha",
      ready: config.ready,
      database: options.store ?? database,
      clock,
      prometheus,
      chains: () => options.chains ?? [chainAt("vault"), chainAt("margin")],
      balances: () => [{ role: "batcher", chain: "vault", address: "0xab", balance: "1.5" }],
      stopping: () => stopping.value,
    }),
  });
  servers.push(server);
  const get = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(server.url + path, init);
    const text = await response.text();
    for (const secret of secrets) expect(text).not.toContain(secret);
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
  };
  return { server, get, stopping, prometheus };
}

const add = (key: string, kind = "batch") =>
  insertMessages(database, [{ kind, key, payload: { opened: payloadSecret } }], now);

async function change(key: string, changes: Partial<Message>): Promise<void> {
  const message = (await findMessage(database, key))!;
  await saveMessage(database, { ...message, ...changes });
}

const addTransaction = (changes: Partial<Transaction> = {}) =>
  insertTransaction(
    database,
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
        at: now,
        maxFeePerGas: 1n,
        maxPriorityFeePerGas: 1n,
      })),
      block: null,
      txHash: null,
      reason: null,
      createdAt: now,
      updatedAt: now,
      ...changes,
    },
    [],
  );

const addProof = (key: string, state = "queued") =>
  database.query(
    `insert into proofs (key, circuit, priority, state, request, result, attempts, last_error, created_at, updated_at)
     values ($1, 'batch16', 10, $2, '{"secret":"WITNESS"}', '{"secret":"WITNESS"}', 1,
       '{"code":"x","severity":"retryable","message":"out of memory at http://rpc.example/${rpcKey}"}', $3, $3)`,
    [key, state, now],
  );

/** One message of every state that has something to say. */
async function seed(): Promise<void> {
  for (const key of ["batch:new", "batch:proving", "batch:sending", "batch:dead", "batch:done"]) await add(key);
  await addProof("p1");
  const { id } = await addTransaction();
  const error = { code: "x", severity: "permanent" as const, message: `no at http://rpc.example/${rpcKey}` };
  await change("batch:proving", { state: "proving", progress: { proofKey: "p1" }, waitingFor: "its proof" });
  await change("batch:sending", { state: "sending", progress: { transactionId: id }, waitingFor: "its transaction" });
  await change("batch:dead", { state: "dead", lastError: error, attempts: 3, waitingFor: "an operator" });
  await change("batch:done", { state: "done" });
}

/** The schema that the served document has for an answer, with its references brought along. */
function schemaOf(document: any, path: string, status: number): z.ZodType {
  const { schema } = document.paths[path].get.responses[String(status)].content["application/json"];
  const local = (text: string) => text.replaceAll("#/components/schemas/", "#/$defs/");
  return z.fromJSONSchema(JSON.parse(local(JSON.stringify({ ...schema, $defs: document.components.schemas }))));
}

describe("every answer", () => {
  test("behavior: fits the served OpenAPI document, and holds no secret", async () => {
    await seed();
    const { get } = await serve();
    const document = (await get("/openapi.json")).json();
    expect(document.openapi).toBe("3.1.0");
    const id = (await findMessage(database, "batch:sending"))!.id;
    const asked: [path: string, url: string, status: number][] = [
      ["/health", "/health", 200],
      ["/ready", "/ready", 200],
      ["/openapi.json", "/openapi.json", 200],
      ["/v1/chains", "/v1/chains", 200],
      ["/v1/messages", "/v1/messages", 200],
      ["/v1/messages", "/v1/messages?limit=0", 400],
      ["/v1/messages/{id}", `/v1/messages/${id}`, 200],
      ["/v1/messages/{id}", "/v1/messages/batch%3Aproving", 200],
      ["/v1/messages/{id}", "/v1/messages/999999", 404],
      ["/v1/messages/{id}", "/v1/messages/%E0%A4%A", 400],
      ["/v1/transactions/{hash}", `/v1/transactions/${hash("1")}`, 200],
      ["/v1/transactions/{hash}", `/v1/transactions/${hash("9")}`, 404],
      ["/v1/transactions/{hash}", "/v1/transactions/0x12", 400],
      ["/v1/proofs", "/v1/proofs", 200],
      [councilRoute.path, "/v1/council/partials/settle/1/2", 401], // no keys are configured: nobody gets in
    ];
    for (const [path, url, status] of asked) {
      const answer = await get(url);
      expect([url, answer.status]).toEqual([url, status]);
      const parsed = schemaOf(document, path, status).safeParse(answer.json());
      expect([url, parsed.error?.issues]).toEqual([url, undefined]);
    }
    const json = routes.filter(({ answers }) => Object.values(answers).some((answer) => "schema" in answer));
    expect(json.map(({ path }) => path).filter((path) => !asked.some(([tried]) => tried === path))).toEqual([]);
    expect(Object.keys(document.paths).sort()).toEqual(routes.map(({ path }) => path).sort());
  });

  test("error: the document's schemas refuse another answer", async () => {
    const { get } = await serve();
    const document = (await get("/openapi.json")).json();
    expect(schemaOf(document, "/ready", 200).safeParse({ ready: "yes", reasons: [] }).success).toBe(false);
    expect(schemaOf(document, "/ready", 200).safeParse({ ready: true, reasons: [], more: 1 }).success).toBe(false);
  });

  test("behavior: is not cached and not sniffed; HEAD has no body", async () => {
    const { get } = await serve();
    const { headers } = await get("/health");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(await get("/health", { method: "HEAD" })).toMatchObject({ status: 200, text: "" });
  });

  test("error: unknown paths and methods, in words", async () => {
    const { get } = await serve();
    expect((await get("/v2")).json()).toEqual({
      code: "path_unknown",
      message: "There is nothing at this path.",
      hint: "See /openapi.json for what there is.",
    });
    const answer = await get("/v1/chains", { method: "POST" });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET, HEAD");
  });

  test("error: a fault is logged, and told without its details", async () => {
    const broken = { ...database, query: () => Promise.reject(new Error(`broken at http://h/${rpcKey}`)) };
    const { get } = await serve({}, { store: broken });
    const answer = await get("/v1/messages");
    expect(answer.status).toBe(500);
    expect(answer.json()).toEqual({
      code: "internal",
      message: "The relayer could not answer.",
      hint: "Its log says why.",
    });
    expect(logged.join("")).toContain("broken at http://h");
    expect(logged.join("")).not.toContain(rpcKey);
  });
});

describe("/ready", () => {
  const notReady = async (chains: ReturnType<typeof chainAt>[], store?: Database) => {
    const { get } = await serve({}, { chains, ...(store === undefined ? {} : { store }) });
    const answer = await get("/ready");
    expect(answer.status).toBe(503);
    return answer.json().reasons as string[];
  };

  test("default: both chains level and fresh", async () => {
    const { get } = await serve();
    expect((await get("/ready")).json()).toEqual({ ready: true, reasons: [] });
  });

  test("behavior: 503 with every reason", async () => {
    expect(await notReady([{ ...chainAt("vault"), polledAt: null }, chainAt("margin", 11)])).toEqual([
      "Chain vault has not been read to its head since the start.",
      "Chain margin is 11 blocks behind its node; at most 10 are allowed.",
    ]);
    now = startedAt + 121_000;
    expect(await notReady([chainAt("vault")])).toEqual([
      "Chain vault was last read 121 s ago; at most 120 s are allowed.",
      "The last block of chain vault is 133 s old; at most 120 s are allowed.",
    ]);
  });

  test("behavior: the bound itself is still ready", async () => {
    const { get } = await serve({}, { chains: [chainAt("vault", 10)] });
    now = startedAt + 108_000; // the last block is 12 s older
    expect((await get("/ready")).status).toBe(200);
  });

  test("behavior: 503 without the store, and while stopping", async () => {
    const broken = { ...database, query: () => Promise.reject(new Error("gone")) } as Database;
    expect(await notReady([], broken)).toEqual(["The store did not answer within 2000 ms."]);
    const { get, stopping } = await serve();
    stopping.value = true;
    expect((await get("/ready")).json().reasons).toEqual(["The relayer is stopping."]);
    expect((await get("/health")).status).toBe(200);
  });
});

describe("/v1/messages", () => {
  test("default: newest first, with why each waits", async () => {
    await seed();
    const { get } = await serve();
    const { messages, nextCursor } = (await get("/v1/messages")).json();
    expect(nextCursor).toBeNull();
    expect(messages.map(({ key, reason }: any) => [key, reason])).toEqual([
      ["batch:done", "Done: what it was for is true in a final block."],
      ["batch:dead", "Given up, an operator has to look: no at http://rpc.example"],
      ["batch:sending", `Its transaction ${hash("2")} waits to be mined on vault. Its fees were raised 1 time(s).`],
      [
        "batch:proving",
        "Its batch16 proof failed 1 time(s), last with: out of memory at http://rpc.example; it is tried again.",
      ],
      ["batch:new", "Due: it moves as soon as a place is free."],
    ]);
    expect(messages[2]).toMatchObject({
      state: "sending",
      nextAttemptAt: "2026-01-01T00:00:00.000Z",
      transaction: { hash: hash("2"), replacements: 1, description: "batch 7 through https://rpc.example" },
    });
    expect(messages[0].nextAttemptAt).toBeNull();
  });

  test("behavior: filters by state, by open, and by kind", async () => {
    await seed();
    await add("seal:1", "seal");
    const { get } = await serve();
    const keys = async (query: string) => (await get(`/v1/messages?${query}`)).json().messages.map((m: any) => m.key);
    expect(await keys("state=dead")).toEqual(["batch:dead"]);
    expect(await keys("state=open")).toEqual(["seal:1", "batch:sending", "batch:proving", "batch:new"]);
    expect(await keys("state=due&kind=seal")).toEqual(["seal:1"]);
  });

  test("behavior: pages by cursor, each message once though new ones come", async () => {
    for (let index = 0; index < 5; index++) await add(`m:${index}`);
    const { get } = await serve();
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: any = (await get(`/v1/messages?limit=2${cursor && `&cursor=${cursor}`}`)).json();
      seen.push(...page.messages.map(({ key }: any) => key));
      cursor = page.nextCursor;
      await add(`late:${seen.length}`);
    }
    expect(seen).toEqual(["m:4", "m:3", "m:2", "m:1", "m:0"]);
  });

  test("error: what a parameter should be", async () => {
    const { get } = await serve();
    for (const query of ["state=lost", "limit=201", "limit=x", "cursor=-1", "order=asc", "kind="]) {
      const answer = await get(`/v1/messages?${query}`);
      expect([query, answer.status, answer.json().code]).toEqual([query, 400, "bad_parameter"]);
    }
  });
});

describe("/v1/transactions/{hash}", () => {
  test("default: by any variant's hash, in any case, the messages it was sent for", async () => {
    await seed();
    const { get } = await serve();
    for (const each of [hash("1"), hash("2")]) {
      const { transaction, messages } = (await get(`/v1/transactions/${each}`)).json();
      expect(transaction.hash).toBe(hash("2"));
      expect(messages.map(({ key }: any) => key)).toEqual(["batch:sending"]);
    }
    await addTransaction({
      nonce: 8,
      txHash: hash("a"),
      variants: [{ hash: hash("a"), raw: "0xSIGNED", at: 0, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n }],
    });
    expect((await get(`/v1/transactions/0x${"A".repeat(64)}`)).json().messages).toEqual([]);
  });
});

describe("/v1/chains", () => {
  test("default: head, finality and lag", async () => {
    const { get } = await serve({}, { chains: [{ ...chainAt("vault", 3), polledAt: null }] });
    expect((await get("/v1/chains")).json()).toEqual({
      relayer: "alpha",
      chains: [
        {
          name: "vault",
          side: "vault",
          chainId: 1,
          head: 100,
          headTime: "2025-12-31T23:59:48.000Z",
          nodeHead: 103,
          lagBlocks: 3,
          finalised: 90,
          lastReadAt: null,
        },
      ],
    });
  });
});

describe("limits", () => {
  const keys = { apiKeys: ["env:API_KEY"] };
  const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

  test("behavior: /v1 needs a key when there are any; the rest does not", async () => {
    const { get } = await serve(keys);
    expect((await get("/v1/chains")).json()).toMatchObject({
      code: "unauthorized",
      hint: expect.stringContaining("Bearer"),
    });
    expect((await get("/v1/chains", bearer(`${apiKey}x`))).status).toBe(401);
    expect((await get("/v1/chains", { headers: { authorization: apiKey } })).status).toBe(401);
    expect((await get(`/v1/chains?key=${apiKey}`)).status).toBe(401);
    expect((await get("/v1/chains", bearer(apiKey))).status).toBe(200);
    for (const path of ["/", "/health", "/ready", "/metrics", "/openapi.json"])
      expect((await get(path)).status).toBe(200);
    expect(logged.join("")).not.toContain(apiKey);
  });

  test("behavior: so many requests a minute to /v1, wrong keys counted; probes and scrapes are not limited", async () => {
    const { get } = await serve({ ...keys, requestsPerMinute: 2 });
    await get("/v1/chains");
    expect((await get("/v1/chains", bearer(apiKey))).status).toBe(200);
    const refused = await get("/v1/chains", bearer(apiKey));
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("30");
    expect(refused.json().code).toBe("too_many_requests");
    expect((await get("/health")).status).toBe(200);
    expect((await get("/metrics")).status).toBe(200);
    now += 30_000;
    expect((await get("/v1/chains", bearer(apiKey))).status).toBe(200);
  });

  test("behavior: a body up to the limit is read and dropped, a larger one refused, announced or not", async () => {
    const { server } = await serve({ maxBodyBytes: 10 });
    const send = (body: string, announced: boolean) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = announced ? { "content-length": body.length } : { "transfer-encoding": "chunked" };
        const request = httpRequest(`${server.url}/health`, { method: "GET", headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        request.on("error", reject);
        request.end(body);
      });
    expect(await send("0123456789", true)).toBe(200);
    expect(await send("0123456789", false)).toBe(200);
    expect(await send("0123456789a", true)).toBe(413);
    expect(await send("0123456789a", false)).toBe(413);
  });
});

describe("lifecycle", () => {
  test("behavior: a request under way is answered before the port is free", async () => {
    let release: () => void = () => {};
    let hasBegun: () => void = () => {};
    const begun = new Promise<void>((resolve) => (hasBegun = resolve));
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = {
      ...database,
      query: async (text: string, values?: unknown[]) => {
        hasBegun();
        await held;
        return database.query(text, values);
      },
    } as Database;
    const { get, server } = await serve({}, { store: slow });
    const answer = get("/v1/messages");
    await begun;
    const closed = server.close();
    release();
    expect((await answer).status).toBe(200);
    await closed;
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
  });

  test("error: a port in use", async () => {
    const { server } = await serve();
    await expect(serve({ port: Number(new URL(server.url).port) })).rejects.toMatchObject({
      code: "http_listen",
      severity: "fatal",
      message: expect.stringContaining("EADDRINUSE"),
    });
  });
});

describe("/metrics", () => {
  test("default: numbers of the store, the chains, the process and this interface", async () => {
    await seed();
    now += 5_000;
    const { get } = await serve({}, { chains: [chainAt("vault", 3)] });
    await get("/health");
    const { text, headers } = await get("/metrics");
    expect(headers.get("content-type")).toMatch(/^text\/plain/);
    expect(text.split("\n")).toEqual(
      expect.arrayContaining([
        'hypothec_messages{kind="batch",state="due"} 1',
        'hypothec_messages{kind="batch",state="dead"} 1',
        'hypothec_message_oldest_age_seconds{state="sending"} 5',
        'hypothec_message_oldest_age_seconds{state="ready"} 0',
        'hypothec_proofs{circuit="batch16",state="queued"} 1',
        'hypothec_chain_lag_blocks{chain="vault"} 3',
        'hypothec_chain_lag_seconds{chain="vault"} 17',
        'hypothec_gas_balance_ether{role="batcher",chain="vault",address="0xab"} 1.5',
        "hypothec_store_up 1",
        'hypothec_http_requests_total{route="/health",status="200"} 1',
      ]),
    );
    expect(text).toContain("process_cpu_seconds_total");
    expect(text).not.toContain('state="done"');
  });

  test("behavior: without the store the rest is still there", async () => {
    const broken = { ...database, query: () => Promise.reject(new Error("gone")) } as Database;
    const { get } = await serve({}, { store: broken });
    const { text } = await get("/metrics");
    expect(text).toContain("hypothec_store_up 0");
    expect(text).toContain('hypothec_chain_head_block{chain="vault"} 100');
    expect(text).not.toContain("hypothec_messages{");
  });
});

describe("status page", () => {
  test("default: one file whose policy admits its own script and style only", async () => {
    const { get } = await serve();
    const { text, headers } = await get("/");
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(text).toBe(await readFile(new URL("./page.html", import.meta.url), "utf8"));
    expect(headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'self';/,
    );
    expect(text).not.toMatch(/(src|href|url)\s*[=(]/i);
  });
});
