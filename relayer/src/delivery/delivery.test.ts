import type { Hex, PublicClient } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FeeConfig } from "../config/schema.ts";
import type { RelayerEvent } from "../metrics/events.ts";
import { systemClock } from "../runtime/clock.ts";
import { createLogger } from "../runtime/logger.ts";
import { openDatabase, type Database } from "../store/database.ts";
import { migrate } from "../store/migrate.ts";
import { insertTransaction } from "../store/transactions.ts";
import { createDelivery } from "./delivery.ts";

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
  await migrate(database, systemClock());
});
afterAll(() => database.close());

test("behavior: tells how long a transaction took to be mined, and from there to be final", async () => {
  let now = 1_000;
  let finalised = 4;
  const receipts: object[] = [];
  const events: RelayerEvent[] = [];
  const client = {
    getTransactionCount: async () => 0,
    getTransactionReceipt: async () => {
      if (receipts.length === 0) throw Object.assign(new Error("none"), { name: "TransactionReceiptNotFoundError" });
      return receipts[0];
    },
    sendRawTransaction: async () => "0x01",
  } as unknown as PublicClient;
  const delivery = createDelivery({
    database,
    accounts: [],
    errors: [],
    announce: () => {},
    observe: (event) => events.push(event),
    clock: { ...systemClock(), now: () => now },
    logger: createLogger({ level: "silent" }),
    chains: [{ name: "S", chainId: 1, client, fees: {} as FeeConfig, finalised: () => finalised }],
  });
  await insertTransaction(
    database,
    {
      chain: "S",
      sender: "0xaa",
      nonce: 0,
      target: "0xbb",
      data: "0x",
      value: 0n,
      gasLimit: 1n,
      description: "d",
      state: "signed",
      variants: [{ hash: "0x01", raw: "0x02", at: 1_000, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n }],
      block: null,
      txHash: null,
      reason: null,
      createdAt: 1_000,
      updatedAt: 1_000,
    },
    ["e"],
  );
  now = 2_000;
  await delivery.tick("S");
  receipts.push({ blockNumber: 5n, blockHash: "0x05" as Hex, status: "success" });
  now = 13_000;
  await delivery.tick("S");
  await delivery.tick("S"); // nothing new
  finalised = 5;
  now = 900_000;
  await delivery.tick("S");
  expect(events).toEqual([
    { type: "transaction", chain: "S", from: "signed", to: "sent", afterMs: 1_000 },
    { type: "transaction", chain: "S", from: "sent", to: "mined", afterMs: 12_000 },
    { type: "transaction", chain: "S", from: "mined", to: "final", afterMs: 887_000 },
  ]);
});
