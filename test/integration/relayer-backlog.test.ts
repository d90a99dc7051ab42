import { join } from "node:path";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";

import { concat, keccak256, numberToHex, type Address } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";

import type { PacketPayload } from "../../relayer/src/layerzero/plan.ts";
import { openDatabase, type Database } from "../../relayer/src/store/database.ts";
import { countMessages } from "../../relayer/src/store/history.ts";
import {
  findMessage,
  insertMessages,
  openMessages,
  saveMessage,
  type Message,
} from "../../relayer/src/store/messages.ts";
import { packetEffects, sendPackets } from "../bench/relayer/packets.ts";
import { deployLocalHypothec, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { untilBlock } from "../support/localnet/untilBlock.ts";
import { prepareOperator, type RelayerProcess } from "../support/relayer.ts";

/** Real ones, each with three messages: verify, commit, deliver. */
const PACKETS = 20;
const IN_STORE = 10_000;
/** Of all others: some that wait for every block, some that sleep; the rest is over. */
const WAITING = 400;
const SLEEPING = 3_000;
const DAY_MS = 86_400_000;

let localnet: Localnet;
let local: LocalHypothec;
let first: RelayerProcess;
let second: RelayerProcess;
const directory = mkdtempSync(join(tmpdir(), "hypothec-backlog-"));

beforeAll(async () => {
  localnet = await startLocalnet();
  local = await deployLocalHypothec(localnet, { cadenceSeconds: 0n });
  first = await prepareOperator(localnet, local.deployment, 0, {
    directory: join(directory, "first"),
    race: { handoverMs: 3_000 },
  });
  second = await prepareOperator(localnet, local.deployment, 1, { race: { handoverMs: 3_000 } });
  await sendPackets(localnet, local, PACKETS);
  await localnet.mine(4);
});
afterAll(async () => {
  await Promise.all([first.dispose(), second.dispose()]);
  await localnet.stop();
  rmSync(directory, { recursive: true, force: true });
});

const onStore = async <Result>(use: (database: Database) => Promise<Result>): Promise<Result> => {
  const database = await openDatabase(join(directory, "first", "data"));
  try {
    return await use(database);
  } finally {
    await database.close();
  }
};

/** A message about a packet that was never sent: nobody verifies it, so it waits. */
function invented({ kind, payload }: Message<PacketPayload>, i: number) {
  const guid = keccak256(numberToHex(i, { size: 32 }));
  const packet = {
    ...payload.packet,
    guid,
    nonce: payload.packet.nonce + 1_000n + BigInt(i),
    payloadHash: keccak256(concat([guid, payload.packet.message])),
  };
  return { kind, key: `${kind}:${guid}`, payload: { ...payload, packet } satisfies PacketPayload };
}

/** Fills the store of a relayer that does not run. Returns the keys of what is open besides the real messages. */
async function fill(database: Database): Promise<string[]> {
  const now = Date.now();
  const [example] = (await openMessages(database, "commit")) as Message<PacketPayload>[];
  const there = (await countMessages(database)).reduce((sum, { count }) => sum + count, 0);
  const added = Array.from({ length: IN_STORE - there }, (_, i) => invented(example!, i));
  await database.transaction(async (sql) => {
    expect(await insertMessages(sql, added, now)).toBe(added.length);
    for (const [i, { key }] of added.entries()) {
      const message = (await findMessage(sql, key))!;
      const wait = { waitingFor: "the DVNs", wakeOn: null, nextAttemptAt: now };
      if (i < WAITING) await saveMessage(sql, { ...message, ...wait, wakeOn: `block:${localnet.margin.name}` });
      else if (i < WAITING + SLEEPING) await saveMessage(sql, { ...message, ...wait, nextAttemptAt: now + DAY_MS });
      else await saveMessage(sql, { ...message, state: i % 2 === 0 ? "done" : "void" });
    }
  });
  return added.slice(0, WAITING + SLEEPING).map(({ key }) => key);
}

const mined = async (...addresses: Address[]) => {
  const counts = await Promise.all(addresses.map((address) => localnet.margin.public.getTransactionCount({ address })));
  return counts.reduce((sum, count) => sum + count, 0);
};

test("behavior: kill -9 with transactions pending and 10,000 messages in the store loses nothing and repeats nothing", async () => {
  const { dvnAdmin, executor } = localnet.operators[0]!;
  const before = await mined(dvnAdmin.address, executor.address);
  // Verifications are signed and sent, and in no block when their relayer is killed.
  await localnet.margin.test.setAutomine(false);
  await first.start();
  const sent = () => first.log.filter(({ msg }) => msg.startsWith("sends: verify")).length;
  await first.line("half of the verifications", () => sent() >= PACKETS / 2);
  await first.kill();
  const waiting = await onStore(fill);

  await localnet.mineEvery(1);
  await Promise.all([first.start(), second.start()]);
  const [dvn] = localnet.margin.lz.operatorDvns;
  await untilBlock(localnet.margin.public, async () => {
    for (const { unexpectedEnd } of [first, second]) expect(unexpectedEnd()).toBeUndefined();
    return (await packetEffects(localnet, dvn!)).delivered.packets === PACKETS;
  });
  // What was delivered last becomes final, and what it was for done.
  await first.line("the last delivery is final", ({ message, state }) => {
    const done = new Set(first.log.filter((line) => line.state === "done").map((line) => line.message));
    return state === "done" && message !== undefined && done.size === 3 * PACKETS;
  });
  await Promise.all([first.stop(), second.stop()]);

  const once = { events: PACKETS, packets: PACKETS };
  const effects = await packetEffects(localnet, dvn!);
  expect(effects).toEqual({ verifiedBySubject: once, committed: once, delivered: once });
  // The second relayer commits and delivers too: the first's own transactions are its verifications and at most the rest.
  const own = (await mined(dvnAdmin.address, executor.address)) - before;
  expect(own).toBeGreaterThanOrEqual(PACKETS);
  expect(own).toBeLessThanOrEqual(3 * PACKETS);

  await onStore(async (database) => {
    const counts = await countMessages(database);
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(IN_STORE);
    expect(counts.filter(({ state }) => state === "dead")).toEqual([]);
    for (const key of waiting) expect(await findMessage(database, key)).toMatchObject({ state: "due", attempts: 0 });
  });
});
