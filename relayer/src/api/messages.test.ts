import { describe, expect, test } from "vitest";
import { add, addTransaction, chainAt, hash, seed, serve, useStore } from "./serve.mock.ts";

useStore();

describe("/v1/messages", () => {
  test("default: newest first, with why each waits", async () => {
    await seed();
    const { get } = await serve();
    const { messages, nextCursor } = (await get("/v1/messages")).json();
    expect(nextCursor).toBeNull();
    expect(messages.map(({ key, reason }: any) => [key, reason])).toEqual([
      ["batch:done", "Done: what it was for is true in a final block."],
      [
        "batch:dead",
        expect.stringMatching(/^Given up, an operator has to look: no at http:\/\/rpc\.example\. Remove the cause/),
      ],
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

  test("behavior: those of a transaction, by its hash or a replacement's", async () => {
    await seed();
    const { get } = await serve();
    const keys = async (of: string) => (await get(`/v1/messages?hash=${of}`)).json().messages.map((m: any) => m.key);
    expect(await keys(hash("1"))).toEqual(["batch:sending"]);
    expect(await keys(hash("9"))).toEqual([]);
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
          halted: null,
          noQuorum: null,
          rpcs: [],
        },
      ],
    });
  });
});
