import { describe, expect, test } from "vitest";
import type { Database } from "../store/database.ts";
import { chainAt, seed, serve, shared, useStore } from "./serve.mock.ts";

useStore();

describe("/metrics", () => {
  test("default: numbers of the store, the chains, the process and this interface", async () => {
    await seed();
    shared.now += 5_000;
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
    const broken = { ...shared.database, query: () => Promise.reject(new Error("gone")) } as Database;
    const { get } = await serve({}, { store: broken });
    const { text } = await get("/metrics");
    expect(text).toContain("hypothec_store_up 0");
    expect(text).toContain('hypothec_chain_head_block{chain="vault"} 100');
    expect(text).not.toContain("hypothec_messages{");
  });
});
