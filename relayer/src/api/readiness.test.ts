import { describe, expect, test } from "vitest";
import type { Database } from "../store/database.ts";
import { chainAt, serve, shared, startedAt, useStore } from "./serve.mock.ts";

useStore();

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
    shared.now = startedAt + 121_000;
    expect(await notReady([chainAt("vault")])).toEqual([
      "Chain vault was last read 121 s ago; at most 120 s are allowed.",
      "The last block of chain vault is 133 s old; at most 120 s are allowed.",
    ]);
  });

  test("behavior: the bound itself is still ready", async () => {
    const { get } = await serve({}, { chains: [chainAt("vault", 10)] });
    shared.now = startedAt + 108_000; // the last block is 12 s older
    expect((await get("/ready")).status).toBe(200);
  });

  test("behavior: 503 without the store, and while stopping", async () => {
    const broken = { ...shared.database, query: () => Promise.reject(new Error("gone")) } as Database;
    expect(await notReady([], broken)).toEqual(["The store did not answer within 2000 ms."]);
    const { get, stopping } = await serve();
    stopping.value = true;
    expect((await get("/ready")).json().reasons).toEqual(["The relayer is stopping."]);
    expect((await get("/health")).status).toBe(200);
  });
});
