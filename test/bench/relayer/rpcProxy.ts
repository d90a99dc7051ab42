import { Agent, createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** What went through since the start. */
export type RpcCounts = {
  /** HTTP requests; one carries a batch of calls. */
  requests: number;
  /** JSON-RPC calls by method; calls of a contract by what they read are `eth_call`. */
  methods: Record<string, number>;
  bytesIn: number;
  bytesOut: number;
};

export type RpcProxy = { url: string; counts(): RpcCounts; close(): Promise<void> };

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Stands before a node and counts what is asked of it; requests and answers go through as they are. */
export async function startRpcProxy(target: string): Promise<RpcProxy> {
  const methods = new Map<string, number>();
  const totals = { requests: 0, bytesIn: 0, bytesOut: 0 };
  const agent = new Agent({ keepAlive: true });

  function count(body: Buffer): void {
    totals.requests++;
    totals.bytesIn += body.length;
    const parsed = JSON.parse(body.toString()) as { method: string } | { method: string }[];
    for (const { method } of Array.isArray(parsed) ? parsed : [parsed])
      methods.set(method, (methods.get(method) ?? 0) + 1);
  }

  async function pass(message: IncomingMessage): Promise<{ status: number; body: Buffer }> {
    const body = await bodyOf(message);
    count(body);
    return new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json", "content-length": body.length };
      const onward = request(target, { method: "POST", agent, headers }, (answer) => {
        bodyOf(answer).then((text) => resolve({ status: answer.statusCode ?? 502, body: text }), reject);
      });
      onward.on("error", reject);
      onward.end(body);
    });
  }

  const server = createServer((message, response) => {
    pass(message).then(
      ({ status, body }) => {
        totals.bytesOut += body.length;
        response.writeHead(status, { "content-type": "application/json", "content-length": body.length }).end(body);
      },
      () => response.writeHead(502).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts: () => ({ ...totals, methods: Object.fromEntries([...methods].sort()) }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
}
