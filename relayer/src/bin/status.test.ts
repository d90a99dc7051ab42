import { expect, test } from "vitest";
import { keyUses } from "../config/keyUses.ts";
import type { ChainConfig } from "../config/schema.ts";
import { RefusedError } from "../runtime/errors.ts";
import { unknownHealth } from "../chain/rpcHealth.ts";
import type { Operations } from "../runtime/operations.ts";
import { formatStatus, gatherStatus, showStatus } from "./status.ts";
import { plainPaint } from "./terminal.ts";
import { testTerminal } from "./terminal.mock.ts";

const now = 100_000;
const operations = {
  progress: async () => [
    { chain: "S", head: 90, finalised: 80, halted: null },
    { chain: "D", head: 5, finalised: 4, halted: "a deep reorg" },
  ],
  counts: async () => [{ kind: "batch", state: "dead", count: 2, oldestAt: 40_000 }],
  rpcs: async () => [
    { ...unknownHealth, chain: "S", endpoint: 1, preferred: false, lies: 3, latencyMs: 21.4, head: 100 },
    { ...unknownHealth, chain: "S", endpoint: 2, preferred: true },
    { ...unknownHealth, chain: "S", endpoint: 3, preferred: false, suspendedUntil: now + 1 },
  ],
} as unknown as Operations;

function sources(change: { store?: Error; rpc?: Error } = {}) {
  const client = {
    getBlock: async ({ blockTag }: { blockTag: string }) => {
      if (change.rpc !== undefined) throw change.rpc;
      return { number: blockTag === "latest" ? 100n : 95n, timestamp: 98n };
    },
    getBalance: async () => 0n,
  } as never;
  const chain = (name: string, confirmations: number | "finalized") => ({
    config: { name, confirmations } as ChainConfig,
    client,
  });
  return {
    chains: [chain("S", "finalized"), chain("D", 3)],
    uses: keyUses({ executor: { key: ["env:K"], profit: "any" } }, { vault: "S", margin: "D" }),
    address: async () => "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266" as const,
    withOperations: async <Result>(use: (operations: Operations) => Promise<Result>) => {
      if (change.store !== undefined) throw change.store;
      return use(operations);
    },
    now,
  };
}

test("default: chains with the store's lag, messages with the oldest's age, balances", async () => {
  const status = await gatherStatus(sources());
  expect(status.chains).toMatchObject([
    { name: "S", head: 100, finalised: 95, lag: 10, problem: null },
    { name: "D", head: 100, finalised: 98, lag: 95 },
  ]);
  expect(status.messages).toEqual([{ kind: "batch", state: "dead", count: 2, oldestAt: 40_000, oldestAgeMs: 60_000 }]);
  expect(status.signers.map(({ role, chain, balance }) => [role, chain, balance])).toEqual([
    ["executor", "S", "0"],
    ["executor", "D", "0"],
  ]);
  const text = formatStatus(status, now, plainPaint);
  expect(text).toMatch(/^S +100 +2 s +95 +90 +80 +10$/m);
  expect(text).toContain("0 (fund it)");
  expect(text).toContain("chain D is halted: a deep reorg");
  expect(text).toMatch(/S +1 +21 ms +0 % +100 +3/);
  expect(text).toMatch(/S +2 .*read from/);
  expect(text).toMatch(/S +3 .*left alone/);
});

test("behavior: what does not answer is a line, not the end", async () => {
  const status = await gatherStatus(
    sources({ store: new RefusedError("no_store", "no store yet"), rpc: new Error("down") }),
  );
  expect(status).toMatchObject({
    storeProblem: "no store yet",
    messages: [],
    chains: [{ head: null, problem: "down" }, {}],
  });
  expect(formatStatus(status, now, plainPaint)).toContain("store: no store yet");
});

test("behavior: JSON, and colour only where the terminal paints", async () => {
  const { terminal, output } = testTerminal();
  await showStatus(sources(), terminal, { json: true });
  expect(JSON.parse(output())).toMatchObject({ storeProblem: null });
  const painted: string[] = [];
  formatStatus(await gatherStatus(sources()), now, (style, text) => (painted.push(style), text));
  expect(painted).toContain("red");
});
