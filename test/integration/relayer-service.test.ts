import { readdirSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";

import { erc20Abi, parseUnits, type Address } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";

import { collateralVaultAbi } from "../../sdk/src/abis/index.ts";
import { getAccount, prepareTransact, signOpening, syncVault } from "../../sdk/src/actions/index.ts";
import type { VaultState } from "../../sdk/src/client/vaultState.ts";
import type { Keys } from "../../sdk/src/keys/derive.ts";
import { createSnarkjsProver } from "../../sdk/src/node/index.ts";
import type { Note } from "../../sdk/src/notes/note.ts";
import { isLock } from "../../sdk/src/notes/note.ts";
import { scanNotes } from "../../sdk/src/notes/scan.ts";
import type { Prover } from "../../sdk/src/proofs/types.ts";
import { createRelayer, createRelayerProver, type Relayer } from "../../sdk/src/relayer/index.ts";
import { deposit } from "../../sdk/src/actions/deposit.ts";
import { deriveKeys } from "../../sdk/src/keys/derive.ts";
import { deployLocalHypothec, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { createPeople, type People } from "../support/people.ts";
import { prepareOperator, type RelayerProcess } from "../support/relayer.ts";

const proveKey = "prove-key-0123456789abcdef";
const otherKey = "other-key-0123456789abcdef";
const witnessKey = `0x${"5e".repeat(32)}` as const;

let localnet: Localnet;
let local: LocalHypothec;
let prover: Prover;
let people: People;
let relayers: RelayerProcess[] = [];
let url: string;
let relayer: Relayer;
let submitter: Address;

beforeAll(async () => {
  localnet = await startLocalnet();
  local = await deployLocalHypothec(localnet);
  prover = createSnarkjsProver();
  people = createPeople(localnet, local, prover);
  await localnet.mineEvery(1);
  submitter = (await localnet.account("submitter")).address;
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  relayer = createRelayer({ url });
  relayers = [
    await prepareOperator(localnet, local.deployment, 0, {
      roles: {
        submitter: { keys: ["env:SUBMITTER"], public: true },
        prover: { requests: { witnessKey: "env:WITNESS_KEY", maxConcurrent: 2, perHour: 4 } },
      },
      env: {
        SUBMITTER: localnet.key("submitter").privateKey,
        WITNESS_KEY: witnessKey,
        PROVE: proveKey,
        OTHER: otherKey,
      },
      http: {
        port,
        requestsPerMinute: 6_000,
        apiKeys: [
          { key: "env:PROVE", roles: ["prove"] },
          { key: "env:OTHER", roles: ["prove"] },
        ],
      },
    }),
    await prepareOperator(localnet, local.deployment, 1),
  ];
  await Promise.all(relayers.map((each) => each.start()));
});
afterAll(async () => {
  await Promise.all(relayers.map((each) => each.dispose()));
  await prover.close();
  await localnet.stop();
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Somebody with a note in the vault and, from now on, no gas anywhere. */
async function depositor(label: string, amounts: bigint[]) {
  const client = await people.clientOf(label);
  const keys = await deriveKeys(localnet.key(label).privateKey);
  for (const amount of amounts) await deposit(client, { keys, asset: "ETH", amount });
  let state = await syncVault(client);
  const notes = await people.eventually(client, "vault", async () => {
    state = await syncVault(client, state);
    const found = scanNotes(keys, state).filter(({ status }) => status === "available");
    return found.length === amounts.length ? found : undefined;
  });
  const { address } = localnet.key(label);
  await localnet.vault.test.setBalance({ address, value: 0n });
  await localnet.margin.test.setBalance({ address, value: 0n });
  return { client, keys, notes, state };
}

type Depositor = { client: Awaited<ReturnType<People["clientOf"]>>; keys: Keys; state: VaultState };

/** A split of a note that pays the relayer `fee` shared units of ether, proven. */
async function proven({ client, keys, state }: Depositor, note: Note, fee: bigint) {
  const prepared = await prepareTransact(client, {
    keys,
    state,
    inputs: [note],
    outputs: [],
    withdraw: { 0: fee },
    recipient: submitter,
    relayer: submitter,
    feeSlot: 0,
    fee,
  });
  return { prepared, proof: await prover.prove(prepared.witness) };
}

const transactFee = async () => {
  const { quotes } = await relayer.fees();
  return quotes.find(({ call, slot }) => call === "transact" && slot === 0)!.fee;
};
const isSpent = (nullifier: bigint) =>
  localnet.vault.public.readContract({
    address: local.deployment.vaultChain.vault,
    abi: collateralVaultAbi,
    functionName: "isSpent",
    args: [nullifier],
  });
const transactions = () => localnet.vault.public.getTransactionCount({ address: submitter });

test("behavior: a transact of somebody without gas is sent once, though handed in twice and the relayer killed before it sends", async () => {
  const dora = await depositor("dora", [2n * 10n ** 18n, 3n * 10n ** 18n]);
  const [first, second] = dora.notes as [Note, Note];
  const fee = await transactFee();

  const poor = await proven(dora, first, fee / 10n);
  await expect(relayer.submitTransact(poor.prepared, poor.proof)).rejects.toMatchObject({
    code: "relayer.fee_too_low",
    whatToDo: expect.stringMatching(/^Bind at least \d+ shared units of slot 0/) as string,
  });
  const forged = { ...poor.prepared, call: { ...poor.prepared.call, fee: fee } };
  await expect(relayer.submitTransact(forged, poor.proof)).rejects.toMatchObject({ code: "BadRelayerFee" });

  const { prepared, proof } = await proven(dora, first, fee);
  const before = await transactions();
  const [one, two] = await Promise.all([
    relayer.submitTransact(prepared, proof),
    relayer.submitTransact(prepared, proof),
  ]);
  expect(two.id).toBe(one.id);
  const done = await relayer.untilDone(one.id);
  expect(done.reason).toMatch(/^Done/);
  expect(await isSpent(prepared.call.nullifiers[0])).toBe(true);
  expect(await transactions()).toBe(before + 1);
  expect((await relayer.submitTransact(prepared, proof)).state).toBe("done");
  // The same notes in another transact: the contract's own word.
  const again = await proven(dora, first, fee);
  await expect(relayer.submitTransact(again.prepared, again.proof)).rejects.toMatchObject({ code: "AlreadySpent" });

  // Killed as soon as it has accepted; the row is what is left, and it is sent once.
  const other = await proven(dora, second, fee);
  const accepted = await relayer.submitTransact(other.prepared, other.proof);
  await relayers[0]!.kill();
  await relayers[0]!.start();
  expect((await relayer.untilDone(accepted.id)).transaction?.state).toBe("final");
  expect(await transactions()).toBe(before + 2);
});

test("behavior: an account is opened for a controller without gas, for a fee it borrows", async () => {
  await people.lender("lender", "100000");
  const { client, lock, state } = await people.locker("erin");
  const controller = localnet.key("erin").address;
  const { markets } = local.deployment.marginChain;
  const { name: market, debtToken } = markets[0]!;
  await localnet.margin.test.setBalance({ address: controller, value: 0n });
  const { submitter: bound, quotes } = await relayer.fees();
  expect(bound).toBe(submitter);
  const { fee } = quotes.find(({ call }) => call === "openFor")!;
  const terms = { market, lock, state, prover, profile: 2, floorBps: 7_500, borrow: parseUnits("5000", 6) } as const;

  const signed = await signOpening(client, { ...terms, submitter, fee });
  const tampered = { ...signed, opening: { ...signed.opening, borrowAssets: parseUnits("6000", 6) } };
  await expect(relayer.submitOpening(tampered)).rejects.toMatchObject({ code: "BadSignature" });
  const { id } = await relayer.submitOpening(signed);
  await relayer.untilDone(id);
  expect(await getAccount(client, signed.account)).toMatchObject({ controller, nonce: 1n });
  const balanceOf = (owner: Address) =>
    client.margin.public.readContract({ address: debtToken, abi: erc20Abi, functionName: "balanceOf", args: [owner] });
  expect(await balanceOf(controller)).toBe(parseUnits("5000", 6));
  expect(await balanceOf(submitter)).toBe(fee);
  expect(await client.margin.public.getBalance({ address: controller })).toBe(0n);
});

test("behavior: a witness is proven once, for its client alone, within its quota; nothing of it is left in the store", async () => {
  const frank = await depositor("frank", [10n ** 18n, 10n ** 18n]);
  const [first, second] = frank.notes.filter((note) => !isLock(note)) as [Note, Note];
  const prepare = (note: Note) =>
    prepareTransact(frank.client, { keys: frank.keys, state: frank.state, inputs: [note], outputs: [] });
  const [{ witness }, other] = [await prepare(first), await prepare(second)];
  const own = createRelayer({ url, apiKey: proveKey });
  const stranger = createRelayer({ url, apiKey: otherKey });

  await expect(relayer.requestProof(witness)).rejects.toMatchObject({ code: "relayer.unauthorized" });
  const asked = await own.requestProof(witness);
  expect((await own.requestProof(witness)).id).toBe(asked.id);
  await expect(stranger.proof(asked.id)).rejects.toMatchObject({ code: "relayer.proof_unknown" });

  const cancelled = await own.requestProof(other.witness);
  expect((await own.cancelProof(cancelled.id)).state).toBe("cancelled");

  const remote = createRelayerProver({ url, apiKey: proveKey });
  const proof = await remote.prove(witness);
  expect(proof.commitment).toBe(witness.commitment);
  const made = relayers[0]!.log.filter(({ msg, proof: key }) => msg === "proved" && key === `request:${asked.id}`);
  expect(made).toHaveLength(1);

  // Two were asked for; two more within the hour, and no fifth.
  const open = [await prepare(first), await prepare(first), await prepare(first)];
  await own.requestProof(open[0]!.witness);
  await own.requestProof(open[1]!.witness);
  await expect(own.requestProof(open[2]!.witness)).rejects.toMatchObject({
    code: expect.stringMatching(/^relayer\.(too_many_proofs|proofs_per_hour)$/) as string,
  });

  await relayers[0]!.kill();
  const secret = String(first.blinding);
  const files = readAll(join(dirname(relayers[0]!.configPath), "data"));
  expect(files.length).toBeGreaterThan(10);
  for (const [path, content] of files) expect(content.includes(secret), path).toBe(false);
  expect(readFileSync(relayers[0]!.logFile, "latin1").includes(secret)).toBe(false);
});

function readAll(directory: string): [path: string, content: string][] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path, "latin1")]);
}
