import pg from "pg";
import { parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { ConfigInput } from "../../relayer/src/config/schema.ts";
import { collateralVaultAbi, rootInboxAbi, vaultMessengerAbi } from "../../sdk/src/abis/index.ts";
import { deposit } from "../../sdk/src/actions/deposit.ts";
import { createHypothecClient, type HypothecClient } from "../../sdk/src/client/client.ts";
import { deriveKeys } from "../../sdk/src/keys/derive.ts";
import { deployLocalHypothec, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { untilBlock } from "../support/localnet/untilBlock.ts";
import { postgresPassword, startPostgres, type PostgresServer } from "../support/postgres.ts";
import { prepareRelayer, type LogLine, type RelayerProcess } from "../support/relayer.ts";

/**
 * One operator on several machines: the roles of the vault chain in two processes, of which one leads, the roles of LayerZero in a third, and two proof workers,
 * all on one PostgreSQL. The other operator's DVN has a store of its own, in
 * another schema of the same database.
 */
let localnet: Localnet;
let local: LocalHypothec;
let client: HypothecClient;
let server: PostgresServer;
let storeUrl: string;
let store: pg.Pool;
let first: RelayerProcess;
let second: RelayerProcess;
let carrier: RelayerProcess;
let other: RelayerProcess;
const workers: RelayerProcess[] = [];
let chunks = 0;

const all = () => [first, second, carrier, other, ...workers].filter((each) => (each as unknown) !== undefined);

beforeAll(async () => {
  [localnet, server] = await Promise.all([startLocalnet(), startPostgres()]);
  local = await deployLocalHypothec(localnet);
  storeUrl = await server.createDatabase();
  store = new pg.Pool({ connectionString: storeUrl, options: "-c search_path=operator_a", max: 2 });
  store.on("error", () => undefined);
  const alice = await localnet.account("alice");
  client = createHypothecClient({
    deployment: local.deployment,
    vault: { public: localnet.vault.public, wallet: localnet.vault.wallet(alice) },
    margin: { public: localnet.margin.public, wallet: localnet.margin.wallet(alice) },
  });
  await localnet.mineEvery(1);

  const { vault, margin, operators } = localnet;
  const [alpha, beta] = [operators[0]!, operators[1]!];
  const env = {
    STORE: storeUrl,
    BATCHER: (await localnet.account("batcher")).privateKey,
    ATTESTOR: (await localnet.account("attestor")).privateKey,
    ORDERS: (await localnet.account("orders")).privateKey,
    EXECUTOR: alpha.executor.privateKey,
    SIGNER: alpha.dvnSigner.privateKey,
    ADMIN: alpha.dvnAdmin.privateKey,
  };
  const shared = {
    deployment: local.deployment,
    rpc: { [vault.name]: [vault.url], [margin.name]: [margin.url] },
    store: { postgres: "env:STORE", schema: "operator_a" },
    env,
  };
  const dvn = (index: number) => ({
    signerKey: "env:SIGNER",
    adminKey: "env:ADMIN",
    addresses: { [vault.name]: vault.lz.operatorDvns[index]!, [margin.name]: margin.lz.operatorDvns[index]! },
  });
  const collecting: ConfigInput["roles"] = {
    batcher: { key: "env:BATCHER", seal: { maxAgeMs: 500, maxFee: "10000000000000000000" } },
    attestor: { key: "env:ATTESTOR" },
  };
  first = prepareRelayer({ ...shared, name: "first", roles: collecting });
  second = prepareRelayer({ ...shared, name: "second", roles: collecting });
  carrier = prepareRelayer({
    ...shared,
    name: "carrier",
    roles: { dvn: dvn(0), executor: { key: "env:EXECUTOR" }, orderSender: { key: "env:ORDERS" } },
  });
  other = prepareRelayer({
    ...shared,
    store: { postgres: "env:STORE", schema: "operator_b" },
    name: "other",
    roles: { dvn: dvn(1) },
    env: { STORE: storeUrl, SIGNER: beta.dvnSigner.privateKey, ADMIN: beta.dvnAdmin.privateKey },
  });
  for (const name of ["worker-a", "worker-b"])
    workers.push(prepareRelayer({ ...shared, env: { STORE: storeUrl }, name, roles: {}, isWorker: true }));
  // All at once, on an empty server: schema, migrations and queues are made by one of them.
  await Promise.all([first, second, carrier, other].map((each) => each.start()));
  await Promise.all(workers.map((each) => each.start()));
}, 1_200_000);
afterAll(async () => {
  await Promise.all(all().map((each) => each.dispose()));
  await store.end();
  await localnet.stop();
  await server.close();
});

const rows = async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
  (await store.query<Row>(text, values)).rows;

/** Waits until every deposit so far is in a chunk that is sealed. */
const sealed = (): Promise<void> =>
  untilBlock(client.vault.public, async () => {
    const [openChunk] = await client.vault.public.readContract({
      address: local.deployment.vaultChain.vault,
      abi: collateralVaultAbi,
      functionName: "queueState",
    });
    return Number(openChunk) >= chunks;
  });

async function makeDeposit(): Promise<void> {
  const keys = await deriveKeys(localnet.key("alice").privateKey);
  await deposit(client, { keys, asset: "ETH", amount: parseEther("0.25") });
  chunks++;
}

/** Waits, block by block, until the margin chain knows the root of everything that was deposited. */
async function attested(): Promise<void> {
  const { vault, eid } = local.deployment.vaultChain;
  const { rootInbox } = local.deployment.marginChain;
  await untilBlock(client.margin.public, async () => {
    const ended = all()
      .map((each) => each.unexpectedEnd())
      .find((each) => each !== undefined);
    if (ended !== undefined) throw new Error(ended);
    const [, , , appended] = await client.vault.public.readContract({
      address: vault,
      abi: collateralVaultAbi,
      functionName: "queueState",
    });
    if (appended < chunks) return false;
    const [root] = await client.margin.public.readContract({
      address: rootInbox,
      abi: rootInboxAbi,
      functionName: "latest",
      args: [eid, vault],
    });
    return (
      root ===
      (await client.vault.public.readContract({ address: vault, abi: collateralVaultAbi, functionName: "currentRoot" }))
    );
  });
}

/** Which of two processes leads, as the store has it. */
async function leaderOf(name: string, candidates: RelayerProcess[]): Promise<RelayerProcess> {
  const [row] = await rows<{ holder: string }>("select holder from leases where name = $1", [name]);
  const leader = candidates.find((each) => row?.holder.startsWith(`${each.name}@`));
  if (leader === undefined) throw new Error(`${name} is led by ${row?.holder}`);
  return leader;
}

/** Waits for a new log line of any of the processes; says whose it is. */
async function next(
  processes: RelayerProcess[],
  what: string,
  matches: (line: LogLine) => boolean,
): Promise<RelayerProcess> {
  return Promise.race(
    processes.map(async (each) => {
      const from = each.log.length;
      await each.line(what, (line) => each.log.indexOf(line, from) >= from && matches(line));
      return each;
    }),
  );
}

const moves = (kind: string) => (line: LogLine) =>
  String(line.message).startsWith(`${kind}:`) && line.state === "sending";

describe("an operator on several machines", () => {
  test("default: roles in three processes and proofs in two others do the path once", async () => {
    await makeDeposit();
    await attested();
    const leases = await rows<{ name: string; holder: string }>("select name, holder from leases");
    const holders = new Map(leases.map(({ name, holder }) => [name, holder.split("@")[0]]));
    expect(holders.get("role:dvn")).toBe("carrier");
    expect(["first", "second"]).toContain(holders.get("role:batcher"));
    expect(workers.some(({ log }) => log.some(({ msg }) => msg === "proved"))).toBe(true);
  });

  test("behavior: kill -9 of the worker that makes a proof: the other one makes it", async () => {
    const working = next(workers, "a proof", ({ msg }) => msg === "begins a proof");
    await makeDeposit();
    const victim = await working;
    await victim.kill();
    await attested();
    await victim.start();
  });

  test.each(["batch", "attest"])(
    "behavior: kill -9 of the leader while its %s is on the way: the other one goes on",
    async (kind) => {
      const sending = next([first, second], `a ${kind} on the way`, moves(kind));
      await makeDeposit();
      const victim = await sending;
      expect(await leaderOf(kind === "batch" ? "role:batcher" : "role:attestor", [first, second])).toBe(victim);
      await victim.kill();
      await attested();
      expect(await leaderOf("role:batcher", [first, second])).not.toBe(victim);
      await victim.start();
    },
  );

  test("behavior: a leader that froze is replaced, and does no harm when it wakes", async () => {
    const leader = await leaderOf("role:batcher", [first, second]);
    const standby = leader === first ? second : first;
    process.kill(leader.pid()!, "SIGSTOP");
    await makeDeposit();
    await next([standby], "it leads", ({ msg }) => msg.startsWith("leads: "));
    await attested();
    process.kill(leader.pid()!, "SIGCONT");
    await makeDeposit();
    await attested();
    expect(await leaderOf("role:batcher", [first, second])).toBe(standby);
  });

  test("behavior: every connection to the store cut, and the server restarted, in the middle", async () => {
    const sealing = next([first, second], "a seal on the way", moves("seal"));
    await makeDeposit();
    await sealing;
    expect(await server.cutConnections(storeUrl)).toBeGreaterThan(5);
    // Or the next deposit might still come into the same chunk, and take the fee of the seal that is on its way.
    await sealed();
    const proving = next(workers, "a proof", ({ msg }) => msg === "begins a proof");
    await makeDeposit();
    await proving;
    await server.stop({ immediate: true });
    await server.start();
    await attested();
  });

  test("behavior: nothing was done twice, on chain or in the store", async () => {
    const { vault, messenger } = local.deployment.vaultChain;
    const range = { fromBlock: 0n, toBlock: "latest" } as const;
    const appended = await client.vault.public.getContractEvents({
      address: vault,
      abi: collateralVaultAbi,
      eventName: "RootAppended",
      ...range,
    });
    const sent = await client.vault.public.getContractEvents({
      address: messenger,
      abi: vaultMessengerAbi,
      eventName: "Attested",
      ...range,
    });
    const numbers = sent.map(({ args }) => Number(args.chunks));
    expect(appended.reduce((sum, { args }) => sum + Number(args.chunks), 0)).toBe(chunks);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.at(-1)).toBe(chunks);
    expect(
      await rows("select id, description, state, reason from transactions where state in ('reverted', 'lost')"),
    ).toEqual([]);
    expect(await rows("select key, last_error from messages where state = 'dead'")).toEqual([]);
    expect(await rows("select key from proofs where state not in ('done', 'cancelled')")).toEqual([]);
  });

  test("behavior: SIGTERM ends every process, and no log holds a password", async () => {
    for (const each of all()) expect(await each.stop()).toBe(0);
    const everything = all()
      .map((each) => JSON.stringify(each.log) + each.errors())
      .join();
    expect(everything).not.toContain(postgresPassword);
    for (const key of ["batcher", "attestor", "orders"])
      expect(everything.toLowerCase()).not.toContain(localnet.key(key).privateKey.slice(2).toLowerCase());
  });
});
