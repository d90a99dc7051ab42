import { readFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Database } from "../store/database.ts";
import { findMessage } from "../store/messages.ts";
import { councilRoute } from "./council.ts";
import { routes, type Route } from "./routes.ts";
import { apiKey, hash, logged, rpcKey, seed, serve, shared, useStore } from "./serve.mock.ts";

useStore();

/** The schema that the served document has for an answer, with its references brought along. */
function schemaOf(document: any, path: string, status: number, method = "get"): z.ZodType {
  const { schema } = document.paths[path][method].responses[String(status)].content["application/json"];
  const local = (text: string) => text.replaceAll("#/components/schemas/", "#/$defs/");
  return z.fromJSONSchema(JSON.parse(local(JSON.stringify({ ...schema, $defs: document.components.schemas }))));
}

describe("every answer", () => {
  test("behavior: fits the served OpenAPI document, and holds no secret", async () => {
    await seed();
    const { get } = await serve();
    const document = (await get("/openapi.json")).json();
    expect(document.openapi).toBe("3.1.0");
    const id = (await findMessage(shared.database, "batch:sending"))!.id;
    const asked: [path: string, url: string, status: number, method?: string][] = [
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
      ["/v1/messages", `/v1/messages?hash=${hash("1")}`, 200],
      ["/v1/proofs", "/v1/proofs", 200],
      ["/v1/fees", "/v1/fees", 404], // the submitter is off
      ["/v1/transactions", "/v1/transactions", 415, "post"],
      ["/v1/proofs", "/v1/proofs", 401, "post"], // no keys are configured: nobody gets in
      ["/v1/proofs/{id}", `/v1/proofs/${"a".repeat(64)}`, 401],
      ["/v1/proofs/{id}", `/v1/proofs/${"a".repeat(64)}`, 401, "delete"],
      ["/v1/council", "/v1/council", 200],
      ["/v1/accounts", "/v1/accounts?limit=1", 200],
      ["/v1/accounts", "/v1/accounts?limit=501", 400],
      [councilRoute.path, "/v1/council/partials/settle/1/2", 401], // no keys are configured: nobody gets in
    ];
    for (const [path, url, status, method = "get"] of asked) {
      const answer = await get(url, { method: method.toUpperCase() });
      expect([method, url, answer.status]).toEqual([method, url, status]);
      const parsed = schemaOf(document, path, status, method).safeParse(answer.json());
      expect([url, parsed.error?.issues]).toEqual([url, undefined]);
    }
    const json = routes.filter(({ answers }) => Object.values(answers).some((answer) => "schema" in answer));
    const isAsked = ({ path, method = "GET" }: Route) =>
      asked.some(([tried, , , by = "get"]) => tried === path && by.toUpperCase() === method);
    expect(json.filter((route) => !isAsked(route)).map(({ path }) => path)).toEqual([]);
    expect(Object.keys(document.paths).sort()).toEqual([...new Set(routes.map(({ path }) => path))].sort());
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
    const broken = { ...shared.database, query: () => Promise.reject(new Error(`broken at http://h/${rpcKey}`)) };
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
    shared.now += 30_000;
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
      ...shared.database,
      query: async (text: string, values?: unknown[]) => {
        hasBegun();
        await held;
        return shared.database.query(text, values);
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

describe("status page", () => {
  test("default: one file whose policy admits its own script and style only", async () => {
    const { get } = await serve();
    const { text, headers } = await get("/");
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(text).toBe(await readFile(new URL("./page.html", import.meta.url), "utf8"));
    expect(headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'self';/,
    );
    expect(text.replace('href="data:', "")).not.toMatch(/(src|href|url)\s*[=(]/i); // its icon is in it
  });
});
