import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { circuitLayouts, initCrypto } from "@hypothec/sdk";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock, type Clock } from "../runtime/clock.ts";
import { createLogger } from "../runtime/logger.ts";
import { openDatabase, type Database } from "../store/database.ts";
import { migrate } from "../store/migrate.ts";
import { createProofStore, priorities, type ProofStore } from "./proofs.ts";
import { createJobQueue, type JobQueue } from "./queue.ts";
import { createProofDesk, type ClientRequest, type ProofDesk } from "./requests.ts";
import { createWitnessVault } from "./witnessVault.ts";
import type { WitnessRequest } from "./witnessWire.ts";

const secret = "123456789012345678901234567890123456789012345678901234567890123456";
const logger = createLogger({ level: "silent" });
const vault = createWitnessVault(`0x${"ab".repeat(32)}`);
const zk = { points: [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n], commitment: 9n };
const witness = (blinding = secret): WitnessRequest => ({
  circuit: "transact",
  inputs: { inBlinding: [blinding, "2"] },
  values: Array.from({ length: circuitLayouts.transact.count }, () => "7"),
});
const keyOf = ({ id }: { id: string }) => `request:${id}`;

let now: number;
const clock: Clock = { ...systemClock(), now: () => now };
let directory: string;
let database: Database;
let jobs: JobQueue;
let proofs: ProofStore;
let desk: ProofDesk;

beforeAll(() => initCrypto());
beforeEach(async () => {
  now = Date.UTC(2026, 0, 1);
  directory = mkdtempSync(join(tmpdir(), "hypothec-witness-"));
  await start();
});
afterEach(async () => {
  await stop();
  rmSync(directory, { recursive: true });
});

async function start(): Promise<void> {
  database = await openDatabase(directory);
  await migrate(database, clock);
  jobs = await createJobQueue({ database, clock, logger });
  proofs = createProofStore({ database, jobs, clock });
  const config = { witnessKey: "env:X", maxConcurrent: 2, perHour: 3, expireSeconds: 600, maxBodyBytes: 65_536 };
  desk = createProofDesk({ config, vault, proofs, database, clock, logger });
}

async function stop(): Promise<void> {
  await jobs.stop();
  await database.close();
}

const sealed = () => database.query<{ key: string; sealed: string }>("select key, sealed from proof_witnesses");

/** Every byte of the store's directory, as text. */
function dump(): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

describe("proof requests", () => {
  test("default: the same input is one request, after everything else; its witness comes back to the worker", async () => {
    const asked = await desk.request("client", witness());
    expect(await desk.request("client", witness())).toEqual(asked);
    expect(asked).toMatchObject({ state: "queued", proof: null, circuit: "transact" });
    const stored = (await proofs.find(keyOf(asked)))!;
    expect(stored).toMatchObject({ source: "client", priority: priorities.client });
    const built = await desk.witness(stored.request as ClientRequest);
    expect(built.witness.inputs).toEqual({ inBlinding: [BigInt(secret), 2n] });
    await proofs.finish(keyOf(asked), { proof: zk });
    expect(await desk.find("client", asked.id)).toMatchObject({ state: "done", proof: zk });
    expect(await desk.request("client", witness())).toMatchObject({ id: asked.id, state: "done" });
  });

  test("behavior: before it is used the store has it encrypted only, and afterwards not even that", async () => {
    const asked = await desk.request("client", witness());
    const [{ sealed: ciphertext } = { sealed: "" }] = await sealed();
    expect(ciphertext.length).toBeGreaterThan(secret.length);
    await stop();
    const before = dump();
    expect(before).toContain(ciphertext.slice(0, 60)); // the dump would show what is there
    expect(before).not.toContain(secret);
    expect(before).not.toContain(BigInt(secret).toString(16));
    await start();
    await proofs.finish(keyOf(asked), { proof: zk });
    expect(await sealed()).toEqual([]);
    await stop();
    expect(dump()).not.toContain(secret);
    await start();
  });

  test("behavior: cancelled, given up or expired, it is erased; so is what a crash left behind", async () => {
    const cancelled = await desk.request("client", witness("1"));
    expect(await desk.cancel("client", cancelled.id)).toMatchObject({ state: "cancelled" });
    expect(await sealed()).toEqual([]);
    const failed = await desk.request("client", witness("2"));
    await proofs.fail(keyOf(failed), { code: "x", severity: "permanent", message: "no" }, true);
    expect(await sealed()).toEqual([]);
    const expired = await desk.request("client", witness("3"));
    now += 600_000;
    expect(await desk.find("client", expired.id)).toBeUndefined();
    await desk.sweep();
    expect(await sealed()).toEqual([]);
    expect(await proofs.find(keyOf(expired))).toBeUndefined();
    await database.query("insert into proof_witnesses (key, sealed, created_at) values ('request:left', 'x', $1)", [
      now,
    ]);
    expect(await desk.sweep()).toBe(0); // it may be about to get its proof
    now += 60_000;
    expect(await desk.sweep()).toBe(1);
  });

  test("error: another client sees nothing of it, and has no part in its quota", async () => {
    const asked = await desk.request("client", witness());
    expect(await desk.find("other", asked.id)).toBeUndefined();
    expect(await desk.cancel("other", asked.id)).toBeUndefined();
    const theirs = await desk.request("other", witness());
    expect(theirs.id).not.toBe(asked.id);
  });

  test("error: too many at once, too many within an hour, public values of another circuit", async () => {
    await desk.request("client", witness("1"));
    const second = await desk.request("client", witness("2"));
    await expect(desk.request("client", witness("3"))).rejects.toMatchObject({ code: "too_many_proofs" });
    await desk.cancel("client", second.id);
    await desk.request("client", witness("3"));
    await proofs.finish(keyOf(await desk.request("client", witness("3"))), { proof: zk });
    await expect(desk.request("client", witness("4"))).rejects.toMatchObject({ code: "proofs_per_hour" });
    now += 3_600_001;
    expect((await desk.request("client", witness("4"))).state).toBe("queued");
    await expect(desk.request("client", { ...witness(), values: ["1"] })).rejects.toMatchObject({
      code: "witness_invalid",
    });
  });

  test("error: a witness under another key, or moved to another row, does not open", () => {
    const text = vault.seal("a", "secret");
    expect(vault.open("a", text)).toBe("secret");
    expect(() => vault.open("b", text)).toThrow(/does not open/);
    expect(() => createWitnessVault(`0x${"cd".repeat(32)}`).open("a", text)).toThrow(/witnessKey is another one/);
  });
});
