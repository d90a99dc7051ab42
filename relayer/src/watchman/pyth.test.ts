import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { latestPrices } from "./hermes.ts";
import { pushDue } from "./pyth.ts";

const id = `0x${"ab".repeat(32)}` as const;
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function service(status: number, body: unknown) {
  const seen: URL[] = [];
  server = createServer((request, response) => {
    seen.push(new URL(request.url ?? "", "http://x"));
    response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path/`, seen };
}

const good = {
  binary: { encoding: "hex", data: ["504e41"] },
  parsed: [{ id: id.slice(2), price: { price: "123", conf: "1", expo: -8, publish_time: 7 }, ema_price: {} }],
};

describe("latestPrices", () => {
  test("default: asks as Hermes wants to be asked", async () => {
    const { url, seen } = await service(200, good);
    expect(await latestPrices(url, [id])).toEqual({
      prices: [{ id, price: 123n, expo: -8, publishTime: 7 }],
      update: ["0x504e41"],
    });
    expect(seen[0]!.pathname).toBe("/secret-path/v2/updates/price/latest");
    expect(seen[0]!.searchParams.getAll("ids[]")).toEqual([id]);
    expect(seen[0]!.searchParams.get("encoding")).toBe("hex");
  });

  test.each([
    [500, good],
    [200, "not JSON"],
    [200, { ...good, binary: { encoding: "base64", data: ["UA=="] } }],
    [200, { ...good, parsed: [] }],
    [200, { ...good, parsed: [{ ...good.parsed[0], price: { price: "1.5", expo: -8, publish_time: 7 } }] }],
  ])("error: status %i with %j, and the path stays out of it", async (status, body) => {
    const { url } = await service(status, body);
    const error = await latestPrices(url, [id]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "hermes", severity: "retryable" });
    expect(String(error)).not.toContain("secret-path");
  });
});

describe("pushDue", () => {
  const rules = { maxAgeSeconds: 30, deviationBps: 50 };
  const stored = { price: 10_000n, expo: -2, publishTime: 100 };

  test("default: when it is old, or has moved", () => {
    expect(pushDue(stored, { ...stored, publishTime: 110 }, 129, rules)).toBeUndefined();
    expect(pushDue(stored, { ...stored, publishTime: 110 }, 130, rules)).toMatch(/old/);
    expect(pushDue(stored, { ...stored, price: 10_049n, publishTime: 110 }, 110, rules)).toBeUndefined();
    expect(pushDue(stored, { ...stored, price: 9_950n, publishTime: 110 }, 110, rules)).toMatch(/moved/);
    // Whatever the exponent.
    expect(pushDue(stored, { price: 100_499n, expo: -3, publishTime: 110 }, 110, rules)).toBeUndefined();
    expect(pushDue(stored, { price: 100_500n, expo: -3, publishTime: 110 }, 110, rules)).toMatch(/moved/);
  });

  test("behavior: not when there is nothing newer, however old", () => {
    expect(pushDue(stored, { ...stored, price: 1n }, 9_999, rules)).toBeUndefined();
  });
});
