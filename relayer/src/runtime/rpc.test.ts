import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ChainConfig } from "../config/schema.ts";
import type { RelayerEvent } from "../metrics/events.ts";
import { createReadClient } from "./rpc.ts";
import { rpcFailure } from "./rpcFailure.ts";

describe("rpcFailure", () => {
  test("default: what the node did not do", () => {
    expect(rpcFailure({ name: "TimeoutError" })).toBe("timeout");
    expect(rpcFailure({ name: "HttpRequestError", status: 502 })).toBe("http");
    expect(rpcFailure({ name: "HttpRequestError", status: 429 })).toBe("limit");
    expect(rpcFailure({ name: "LimitExceededRpcError", code: -32005 })).toBe("limit");
    expect(rpcFailure({ name: "InternalRpcError", code: -32603, message: "header not found" })).toBe("rpc");
  });
  test("behavior: a revert is an answer", () => {
    expect(rpcFailure({ name: "RpcRequestError", code: 3, message: "execution reverted" })).toBeUndefined();
    expect(
      rpcFailure({ name: "RpcRequestError", code: -32000, message: "execution reverted: Paused" }),
    ).toBeUndefined();
  });
});

describe("createReadClient", () => {
  const bad = createServer((_, response) => response.writeHead(400).end("no"));
  const good = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const calls = JSON.parse(body) as { id: number }[];
      response.end(JSON.stringify(calls.map(({ id }) => ({ jsonrpc: "2.0", id, result: "0x7" }))));
    });
  });
  const listen = (server: typeof bad) => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const urlOf = (server: typeof bad) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/API-KEY`;
  beforeAll(async () => {
    await Promise.all([listen(bad), listen(good)]);
  });
  afterAll(() => {
    for (const server of [bad, good]) {
      server.closeAllConnections();
      server.close();
    }
  });

  test("behavior: the RPC that fails is counted by its place, and the next one answers", async () => {
    const events: RelayerEvent[] = [];
    const chain = { name: "vault", rpc: [urlOf(bad), urlOf(good)], pollIntervalMs: 500 } as ChainConfig;
    const client = createReadClient(chain, (event) => events.push(event));
    expect(await client.getChainId()).toBe(7);
    expect(events).toEqual([{ type: "rpc error", chain: "vault", endpoint: 1, reason: "http" }]);
    expect(JSON.stringify(events)).not.toContain("API-KEY");
  });
});
