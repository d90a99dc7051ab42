import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { ChainConfig } from "../config/schema.ts";
import type { RelayerEvent } from "../metrics/events.ts";
import { systemClock } from "./clock.ts";
import { createLogger } from "./logger.ts";
import { createRpcPool } from "./rpcPool.ts";

type Call = { id: number; method: string; params?: unknown[] };
type Answer = { result: unknown } | { error: { code: number; message: string; data?: string } };

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A node that answers as told; `asked` counts. */
async function node(answer: (call: Call) => Answer | number) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const calls = JSON.parse(body) as Call[];
      asked.push(...calls.map(({ method }) => method));
      const answers = calls.map((call) => [call.id, answer(call)] as const);
      const status = answers.map(([, each]) => each).find((each) => typeof each === "number");
      if (status !== undefined) return response.writeHead(status).end("no");
      return response.end(JSON.stringify(answers.map(([id, each]) => ({ jsonrpc: "2.0", id, ...(each as object) }))));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function pool(answers: ((call: Call) => Answer | number)[], quorum?: number) {
  const nodes = await Promise.all(answers.map(node));
  const events: RelayerEvent[] = [];
  const made = createRpcPool({
    chain: { name: "S", rpc: nodes.map(({ url }) => url), pollIntervalMs: 500, quorum } as ChainConfig,
    clock: systemClock(),
    logger: createLogger({ level: "silent" }),
    observe: (event) => events.push(event),
  });
  return { nodes, events, pool: made };
}

const says = (result: unknown) => (): Answer => ({ result });
const call = { to: `0x${"aa".repeat(20)}`, data: "0x" } as const;
const reverts = (): Answer => ({ error: { code: 3, message: "execution reverted", data: "0x08c379a0" } });

describe("reads", () => {
  test("default: at the head, of one; at a block by its number, of as many as must agree", async () => {
    const { pool: made, nodes } = await pool([says("0x01"), says("0x01"), says("0x01")]);
    expect((await made.read.call(call)).data).toBe("0x01");
    expect(nodes.map(({ asked }) => asked.length)).toEqual([1, 0, 0]);
    expect((await made.read.call({ ...call, blockNumber: 5n })).data).toBe("0x01");
    expect(nodes.reduce((sum, { asked }) => sum + asked.length, 0)).toBe(3);
  });
  test("behavior: one that lies is outvoted, told of, and not read from any more", async () => {
    const { pool: made, events, nodes } = await pool([says("0x02"), says("0x01"), says("0x01")]);
    expect((await made.read.call({ ...call, blockNumber: 5n })).data).toBe("0x01");
    expect(events).toEqual([{ type: "rpc outvoted", chain: "S", endpoint: 1 }]);
    const before = nodes[0]!.asked.length;
    expect((await made.read.call(call)).data).toBe("0x01");
    expect(nodes[0]!.asked.length).toBe(before);
    expect(made.status()[0]).toMatchObject({ endpoint: 1, lies: 1, preferred: false });
  });
  test("error: no quorum", async () => {
    const { pool: made } = await pool([says("0x02"), says("0x01"), () => 503]);
    await expect(made.read.call({ ...call, blockNumber: 5n })).rejects.toThrow(/No 2 RPCs of chain S agree/);
  });
  test("behavior: a revert is an answer too", async () => {
    const { pool: made, events } = await pool([reverts, says("0x01"), reverts]);
    await expect(made.read.call({ ...call, blockNumber: 5n })).rejects.toThrow(/revert/);
    expect(events).toEqual([{ type: "rpc outvoted", chain: "S", endpoint: 2 }]);
  });
  test("behavior: one that fails is passed over, and left alone after the second time", async () => {
    const { pool: made, nodes, events } = await pool([() => 503, says("0x7")]);
    for (let i = 0; i < 3; i++) expect(await made.read.getChainId()).toBe(7);
    expect(events.every((event) => event.type === "rpc error" && event.endpoint === 1)).toBe(true);
    const before = nodes[0]!.asked.length;
    await made.read.getChainId();
    expect(nodes[0]!.asked.length).toBe(before);
  });
  test("behavior: probes tell of every head, without those that are left alone", async () => {
    const { pool: made } = await pool([says("0x5"), says("0x9")]);
    await made.probe();
    expect(made.status().map(({ head }) => head)).toEqual([5, 9]);
  });
});

test("a transaction is given to all, and taken when one takes it", async () => {
  const hash = `0x${"11".repeat(32)}`;
  const { pool: made, nodes } = await pool([() => 503, says(hash), says(hash)]);
  expect(await made.read.sendRawTransaction({ serializedTransaction: "0x02" })).toBe(hash);
  expect(nodes.slice(1).map(({ asked }) => asked)).toEqual([["eth_sendRawTransaction"], ["eth_sendRawTransaction"]]);
});
