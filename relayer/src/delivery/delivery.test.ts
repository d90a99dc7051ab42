import type { Hex, PublicClient } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FeeConfig } from "../config/schema.ts";
import type { RelayerEvent } from "../metrics/events.ts";
import { systemClock } from "../runtime/clock.ts";
import { createLogger } from "../runtime/logger.ts";
import { openDatabase, type Database } from "../store/database.ts";
import { migrate } from "../store/migrate.ts";
import { readCursor } from "../store/events.ts";
import { insertTransaction, transactionOfEffects } from "../store/transactions.ts";
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

test("behavior: nothing is sent that rests on a chain that was halted meanwhile", async () => {
  const sent: string[] = [];
  const halt = (reason: string | null) =>
    database.query("update chains set halted = $1 where chain = 'M' returning chain", [reason]);
  const client = {
    // The chain is halted while the call is simulated: after the step has looked, before the transaction is signed.
    call: async () => {
      await halt("a reorg below finality");
    },
    getBlock: async () => ({ baseFeePerGas: 1n }),
    estimateMaxPriorityFeePerGas: async () => 1n,
    getBalance: async () => 10n ** 18n,
    getTransactionCount: async () => 0,
    sendRawTransaction: async ({ serializedTransaction }: { serializedTransaction: string }) =>
      sent.push(serializedTransaction),
  };
  const delivery = createDelivery({
    database,
    accounts: [],
    errors: [],
    announce: () => {},
    clock: systemClock(),
    logger: createLogger({ level: "silent" }),
    chains: [
      {
        name: "S",
        chainId: 1,
        client: client as unknown as PublicClient,
        fees: { maxFeePerGas: "100", maxPriorityFeePerGas: "10", escalatePercent: 10, capMultiple: 2 } as FeeConfig,
        finalised: () => 4,
      },
    ],
  });
  const request = {
    chain: "S",
    effects: ["verify:1"],
    account: privateKeyToAccount(`0x${"11".repeat(32)}`),
    to: `0x${"aa".repeat(20)}` as const,
    data: "0x01" as const,
    gas: 21_000n,
    description: "verify packet 1",
    restsOn: ["M", "S"],
  };
  for (const chain of ["M", "S"]) await readCursor(database, chain, 0);
  await expect(delivery.submit(request)).rejects.toMatchObject({ code: "halted", details: { chain: "M" } });
  expect(sent).toEqual([]);
  expect(await transactionOfEffects(database, request.effects)).toBeUndefined();

  client.call = async () => {
    await halt(null);
  };
  const { transaction } = await delivery.submit(request);
  expect(sent).toEqual([transaction.variants[0]!.raw]);
});
