import { Writable } from "node:stream";
import { initCrypto, type Council, type CouncilShare } from "@hypothec/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { councilOf, domain, lockNullifier, sealedLock, settleGrounds } from "../../../test/support/seats.ts";
import { parseConfig } from "../config/load.ts";
import { createPrometheus } from "../metrics/prometheus.ts";
import type { RoleContext } from "../runtime/context.ts";
import { systemClock } from "../runtime/clock.ts";
import { createLogger } from "../runtime/logger.ts";
import type { Found } from "../trustee/grounds.ts";
import type { OpeningRequest } from "../trustee/opener.ts";
import { askOverHttp } from "../trustee/peers.ts";
import { createCouncilSeat } from "../trustee/seat.ts";
import { createOperator } from "./createOperator.ts";
import { startHttpServer, type HttpServer } from "./server.ts";

const apiKey = "a-peer-has-this-key";
const path = `/v1/council/partials/settle/${domain}/${lockNullifier}`;
const bearer = { headers: { authorization: `Bearer ${apiKey}` } };

let council: Council;
let shares: CouncilShare[];
const servers: HttpServer[] = [];
const logged: string[] = [];
const asked: OpeningRequest[] = [];
let found: Found;

beforeAll(async () => {
  await initCrypto();
  ({ council, shares } = councilOf(2, 3));
});
beforeEach(() => {
  found = { lock: sealedLock(council), grounds: settleGrounds };
  asked.length = 0;
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

async function serve({ keys = [apiKey], seated = true, perMinute = 100 } = {}) {
  const { http } = parseConfig({
    deployment: "d.json",
    dataDir: "data",
    chains: ["vault", "margin"].map((name) => ({ name, rpc: ["http://127.0.0.1:1"] })),
    http: { port: 0, requestsPerMinute: perMinute },
    roles: {},
  });
  const grounds = async (request: OpeningRequest) => {
    asked.push(request);
    return found;
  };
  const seat = createCouncilSeat({
    context: {} as RoleContext,
    keys: { council, share: shares[0]!, peers: [] },
    grounds,
  });
  const destination = new Writable({
    write(chunk: Buffer, _, done) {
      logged.push(chunk.toString());
      done();
    },
  });
  const server = await startHttpServer({
    config: http!,
    apiKeys: keys.map((key) => ({ key, roles: ["read"] })),
    logger: createLogger({ level: "trace", destination }),
    operator: createOperator({
      name: "member 1",
      ready: http!.ready,
      database: {} as never,
      clock: systemClock(),
      prometheus: createPrometheus(),
      chains: () => [],
      balances: () => [],
      stopping: () => false,
      seat: seated ? seat : undefined,
    }),
  });
  servers.push(server);
  const get = async (url: string, init: RequestInit = {}) => {
    const response = await fetch(server.url + url, init);
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };
  return { get, url: server.url };
}

describe("/v1/council/partials", () => {
  test("default: this member's part, to who has a key; it is in no log", async () => {
    const { get } = await serve();
    const { status, json } = await get(path, bearer);
    expect(status).toBe(200);
    expect(json).toMatchObject({ index: 1, point: { x: expect.any(String) } });
    expect(logged.join("")).not.toContain((json.point as { x: string }).x.slice(2));
    expect(asked).toEqual([{ kind: "settle", domain, lockNullifier }]);
  });

  test("behavior: not due: 409 and the reason in words", async () => {
    const { get } = await serve();
    const { executable } = settleGrounds;
    const cases: [Partial<typeof settleGrounds>, string][] = [
      [{ isSpent: true }, "the lock is settled"],
      [{ executable: undefined }, "the order is not executable in a final block"],
      [{ executable: { ...executable!, isEscape: true } }, "an escape is its owner's to settle"],
      [{ vault: `0x${"ee".repeat(20)}` }, "the order is of another vault"],
      [{ domain: 8n }, "it is about another lock"],
    ];
    for (const [change, reason] of cases) {
      found = { lock: sealedLock(council), grounds: { ...settleGrounds, ...change } };
      const { status, json } = await get(path, bearer);
      expect([status, json.code]).toEqual([409, "not_due"]);
      expect(json.message).toBe(`This member keeps its part: ${reason}.`);
    }
    found = { reason: "no SETTLE of this lock is in a final block" };
    expect((await get(path, bearer)).json.message).toContain("no SETTLE of this lock is in a final block");
    found = { lock: { ...sealedLock(council), trustee: council.submitted }, grounds: settleGrounds };
    expect((await get(path, bearer)).json.message).toContain("the market has another trustee");
  });

  test("error: no key, a wrong key, and no keys at all: nobody is answered, and nothing is read", async () => {
    const { get } = await serve();
    expect((await get(path)).status).toBe(401);
    expect((await get(path, { headers: { authorization: `Bearer ${apiKey}x` } })).status).toBe(401);
    const open = await serve({ keys: [] });
    expect((await open.get(path)).status).toBe(401);
    expect((await open.get(path, bearer)).status).toBe(401);
    expect((await open.get("/v1/chains")).status).toBe(200);
    expect(asked).toEqual([]);
  });

  test("error: no seat; a kind, number or block that is none", async () => {
    const unseated = await serve({ seated: false });
    expect((await unseated.get(path, bearer)).json).toMatchObject({ code: "no_seat" });
    const { get } = await serve();
    const bad = [
      `/v1/council/partials/escape/${domain}/1`,
      "/v1/council/partials/settle/x/1",
      "/v1/council/partials/settle/1/0x1",
      "/v1/council/partials/settle/1/1/2",
      "/v1/council/partials/valuation/1/1",
      "/v1/council/partials/valuation/1/1?startBlock=-1",
      `${path}?startBlock=1`,
      `${path}?more=1`,
    ];
    for (const url of bad) expect([url, (await get(url, bearer)).status]).toEqual([url, 400]);
    expect((await get("/v1/council/partials/settle/1", bearer)).status).toBe(404);
    expect((await get(path, { ...bearer, method: "POST" })).status).toBe(405);
    expect(asked).toEqual([]);
  });

  test("behavior: limited like the rest", async () => {
    const { get } = await serve({ perMinute: 2 });
    expect([(await get(path, bearer)).status, (await get(path)).status]).toEqual([200, 401]);
    expect((await get(path, bearer)).status).toBe(429);
  });
});

describe("asking a member over HTTP", () => {
  const never = new AbortController().signal;
  const request: OpeningRequest = { kind: "settle", domain, lockNullifier };
  const peer = (url: string, key = apiKey) => ({ index: 1, url, apiKey: key });

  test("default: its part; for a valuation with the auction's block", async () => {
    const { url } = await serve();
    const answer = await askOverHttp(peer(`${url}/`), request, never);
    expect(answer).toMatchObject({ type: "partial", partial: { index: 1 } });
    await askOverHttp(peer(url), { ...request, kind: "valuation", startBlock: 7 }, never);
    expect(asked).toEqual([request, { ...request, kind: "valuation", startBlock: 7 }]);
  });

  test("behavior: a refusal says why", async () => {
    const { url } = await serve();
    found = { reason: "the auction is over" };
    expect(await askOverHttp(peer(url), request, never)).toEqual({
      type: "refused",
      reason: "HTTP 409, This member keeps its part: the auction is over.",
    });
    const stranger = await askOverHttp(peer(url, "not-its-key-at-all"), request, never);
    expect(stranger).toMatchObject({ type: "refused", reason: expect.stringContaining("HTTP 401") });
  });

  test("behavior: nobody there, or no relayer, is silence", async () => {
    const { url } = await serve();
    const [server] = servers.splice(-1);
    await server!.close();
    expect(await askOverHttp(peer(url), request, never)).toEqual({ type: "silent", reason: "ECONNREFUSED" });
  });
});
