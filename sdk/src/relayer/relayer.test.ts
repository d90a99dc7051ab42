import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, test } from "vitest";

import { createRelayer } from "./relayer.ts";

const id = `0x${"1a".repeat(32)}` as const;
let server: Server | undefined;
afterEach(() => {
  server?.close();
});

type Asked = { method: string | undefined; url: string | undefined; key: string | undefined; body: string };

/** Answers each request with the next of these, over real HTTP. */
async function answering(...answers: [status: number, json: object][]) {
  const asked: Asked[] = [];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      asked.push({ method: request.method, url: request.url, key: request.headers.authorization, body });
      const [status, json] = answers.shift()!;
      response.writeHead(status, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(json));
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { relayer: createRelayer({ url, apiKey: "key-of-a-client" }), asked };
}

const status = (state: string, reason = "because") => ({ submission: { id, state, reason, transaction: null } });

describe("createRelayer", () => {
  test("default: bigints travel as decimal digits, both ways, with the key in a header", async () => {
    const quote = { call: "transact", chain: "S", slot: 0, market: null, symbol: "ETH", fee: "90", costUsd: "7" };
    const { relayer, asked } = await answering(
      [200, { submitter: "0x01", quotes: [quote] }],
      [202, status("due").submission],
    );
    expect((await relayer.fees()).quotes).toEqual([{ ...quote, fee: 90n, costUsd: 7n }]);
    const points = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 2n ** 200n] as const;
    await relayer.submitTransact({ call: { fee: 90n } as never }, { points, commitment: 9n });
    expect(asked[1]).toMatchObject({ method: "POST", url: "/v1/transactions", key: "Bearer key-of-a-client" });
    expect(JSON.parse(asked[1]!.body)).toEqual({
      call: "transact",
      params: { fee: "90" },
      proof: { points: points.map(String), commitment: "9" },
    });
  });

  test("error: a contract's refusal is the SDK's error of that name; others name the relayer's code", async () => {
    const revert = { name: "AlreadySpent", args: { nullifier: "11" } };
    const { relayer } = await answering(
      [422, { code: "call_reverts", message: "m", hint: "h", revert }],
      [422, { code: "fee_too_low", message: "too low", hint: "Bind more." }],
      [502, {}],
    );
    await expect(relayer.fees()).rejects.toMatchObject({
      code: "AlreadySpent",
      shortMessage: "A note of this transaction was spent before",
    });
    await expect(relayer.fees()).rejects.toMatchObject({ code: "relayer.fee_too_low", whatToDo: "Bind more." });
    await expect(relayer.fees()).rejects.toMatchObject({ code: "relayer.http", args: { status: 502 } });
  });

  test("behavior: waits until it is done, and says so when it never will be", async () => {
    const { relayer } = await answering([200, status("sending")], [200, status("done")], [200, status("void", "late")]);
    expect((await relayer.untilDone(id, { pollMs: 1 })).state).toBe("done");
    await expect(relayer.untilDone(id, { pollMs: 1 })).rejects.toMatchObject({
      code: "relayer.notSent",
      shortMessage: "The relayer does not send it: late",
    });
  });

  test("error: nothing is asked in the clear over a network; nobody there", async () => {
    expect(() => createRelayer({ url: "http://relayer.example" })).toThrow(/in the clear/);
    expect(() => createRelayer({ url: "https://relayer.example" })).not.toThrow();
    await expect(createRelayer({ url: "http://127.0.0.1:1" }).fees()).rejects.toMatchObject({
      code: "relayer.unreachable",
    });
  });
});
