import { encodeAbiParameters, encodeEventTopics, parseAbiParameters, toHex, type Hex } from "viem";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { engineAbi, vaultAbi } from "../chain/abis.ts";
import { testDeployment } from "../config/deployment.mock.ts";
import { systemClock } from "../runtime/clock.ts";
import { openDatabase, type Database } from "../store/database.ts";
import { insertEvents, type StoredEvent } from "../store/events.ts";
import { migrate } from "../store/migrate.ts";
import type { Trace } from "./calls.ts";
import { outcomeOf } from "./traces.ts";

const deployment = testDeployment();
const word = (value: bigint): Hex => toHex(value, { size: 32 });
let database: Database;
beforeAll(async () => {
  database = await openDatabase();
  await migrate(database, systemClock());
});
afterEach(() => database.exec("delete from events"));
afterAll(() => database.close());

const stored = (event: Pick<StoredEvent, "chain" | "name" | "topics" | "data">, blockNumber = 5): StoredEvent => ({
  ...event,
  blockNumber,
  logIndex: 0,
  blockHash: "0x0b",
  txHash: "0x07",
  contract: "c",
  address: "0x0a",
});

const transacted = (nullifiers: [bigint, bigint], commitments: [bigint, bigint]) =>
  stored({
    chain: deployment.vaultChain.name,
    name: "Transacted",
    topics: encodeEventTopics({
      abi: vaultAbi,
      eventName: "Transacted",
      args: { nullifier0: nullifiers[0], nullifier1: nullifiers[1] },
    }) as StoredEvent["topics"],
    data: encodeAbiParameters(parseAbiParameters("uint256, uint256, bytes, bytes"), [...commitments, "0x01", "0x02"]),
  });

const accepted = (account: Hex, lock: bigint, ephemeralX: bigint, action: number) =>
  stored({
    chain: deployment.marginChain.name,
    name: "ProofAccepted",
    topics: encodeEventTopics({
      abi: engineAbi,
      eventName: "ProofAccepted",
      args: { account, domain: 1n, lockNullifier: lock },
    }) as StoredEvent["topics"],
    data: encodeAbiParameters(
      parseAbiParameters("uint8, uint64, uint32, uint16, uint8, uint32, uint40, uint256, uint256, uint256, uint256[5]"),
      [action, 1n, 2, 3, 4, 5, 6, 7n, ephemeralX, 9n, [1n, 2n, 3n, 4n, 5n]],
    ),
  });

describe("a transact", () => {
  const trace: Trace = {
    type: "transacted",
    nullifiers: [word(11n), word(12n)],
    outCommitments: [word(21n), word(22n)],
  };
  const outcome = (upTo?: bigint) => outcomeOf(database, trace, deployment, upTo);

  test("default: happened, from its block on", async () => {
    expect(await outcome()).toBeUndefined();
    await insertEvents(database, [transacted([11n, 12n], [21n, 22n])]);
    expect(await outcome()).toEqual({ type: "happened", txHash: "0x07" });
    expect(await outcome(4n)).toBeUndefined();
    expect(await outcome(5n)).toMatchObject({ type: "happened" });
  });

  test("behavior: one of its notes spent otherwise, in either place, or for other notes, is not it", async () => {
    for (const other of [transacted([12n, 99n], [21n, 22n]), transacted([11n, 12n], [21n, 23n])]) {
      await insertEvents(database, [other]);
      expect(await outcome()).toEqual({ type: "overtaken", reason: "transaction 0x07 spent one of its notes" });
      await database.exec("delete from events");
    }
    await insertEvents(database, [transacted([13n, 14n], [21n, 22n])]);
    expect(await outcome()).toBeUndefined();
  });
});

describe("a proof of an account", () => {
  const account = word(0xacn);
  const trace = { type: "accepted", account, lockNullifier: word(31n), ephemeralX: word(41n) } as const;
  const outcome = (opens: boolean) => outcomeOf(database, { ...trace, opens }, deployment);

  test("default: accepted is happened; what was accepted of another proof is not", async () => {
    await insertEvents(database, [accepted(account, 31n, 40n, 3)]);
    expect(await outcome(false)).toBeUndefined();
    expect(await outcome(true)).toBeUndefined();
    await insertEvents(database, [{ ...accepted(account, 31n, 41n, 3), logIndex: 1 }]);
    expect(await outcome(false)).toMatchObject({ type: "happened" });
  });

  test("behavior: an account that was opened with another proof is not opened again", async () => {
    await insertEvents(database, [accepted(account, 30n, 40n, 1)]);
    expect(await outcome(true)).toMatchObject({ type: "overtaken" });
    expect(await outcome(false)).toBeUndefined();
  });
});
