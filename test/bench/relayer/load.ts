import { parseEther, parseUnits, type Hex } from "viem";

import { collateralVaultAbi } from "../../../sdk/src/abis/index.ts";
import { deposit, openAccount, syncVault, transact } from "../../../sdk/src/actions/index.ts";
import type { HypothecClient } from "../../../sdk/src/client/client.ts";
import type { VaultState } from "../../../sdk/src/client/vaultState.ts";
import { deriveKeys, freshNkIndex, type Keys } from "../../../sdk/src/keys/derive.ts";
import { isLock, type Note } from "../../../sdk/src/notes/note.ts";
import { scanNotes } from "../../../sdk/src/notes/scan.ts";
import { untilBlock } from "../../support/localnet/untilBlock.ts";
import type { Progress } from "../measure.ts";
import { attestationsSent, attestedChunks } from "./chainReads.ts";
import { checkLoad, type LoadChecks } from "./loadChecks.ts";
import { bytesBelow, sampleProcess } from "./processSample.ts";
import { stageTimes, type StageTimes } from "./stages.ts";
import { percentiles, type Percentiles } from "./statistics.ts";
import { setUp, type BenchWorld } from "./world.ts";

export type LoadOptions = { locks: number; opens: number; directory: string; progress: Progress };

/** Somebody with keys of their own, and an account on both chains that is theirs alone: nonces need no agreement. */
export type LoadPerson = { client: HypothecClient; keys: Keys; controller: Hex };

export type LoadResult = {
  locks: number;
  opens: number;
  /** Seconds of each part. */
  seconds: { deposits: number; locks: number; attested: number; opens: number };
  /** Of the user's machine, milliseconds; nobody else proves on it but the relayer's batcher. */
  proofMs: { transact: Percentiles; margin: Percentiles };
  batches: { chunks: number; count: number }[];
  attestations: number;
  stages: StageTimes;
  subject: { rssMiB: number; cpuSeconds: number; storeBytes: number };
  checks: LoadChecks;
};

const PEOPLE = 16;
/** Of one deposit, ether; its transact makes two locks of it. */
const AMOUNT = "10";
const BORROW = parseUnits("100", 6);

/** Locks and openings through the real path: every deposit, proof, batch, attestation and loan is one. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { locks, opens, progress } = options;
  const world = await setUp({
    directory: options.directory,
    // Nothing goes stale while 500 proofs are made.
    deployment: { heartbeatSeconds: 30 * 86_400, market: { maxSnapshotAgeSeconds: 30 * 86_400 } },
  });
  try {
    await world.people.lender("lender", "1000000");
    const deposits = Math.ceil(locks / 2);
    const people: LoadPerson[] = [];
    while (people.length < Math.min(PEOPLE, deposits)) people.push(await person(world, `person ${people.length}`));
    await world.localnet.mineEvery(1);
    await Promise.all([world.subject.start(), world.second.start()]);
    const seconds = { deposits: 0, locks: 0, attested: 0, opens: 0 };
    const part = async <T>(name: keyof typeof seconds, act: () => Promise<T>): Promise<T> => {
      const startedAt = Date.now();
      const result = await act();
      seconds[name] = (Date.now() - startedAt) / 1_000;
      progress(`${name}: ${seconds[name].toFixed(0)} s`);
      return result;
    };

    await part("deposits", () => makeDeposits(world, people, deposits, progress));
    const transactMs = await part("locks", () => makeLocks(world, people, locks, progress));
    const state = await part("attested", () => untilAttested(world, people[0]!));
    const marginMs = await part("opens", () => openAll(world, people, state, opens, progress));
    progress("checks");
    const checks = await checkLoad(world, people, { locks, deposits, opens, borrowed: BORROW });
    const { batches, attestations } = await effects(world, people[0]!);
    const { rss, cpuSeconds } = sampleProcess(world.subject.pid()!);
    const storeBytes = bytesBelow(`${world.subjectDirectory}/data`);
    await world.subject.stop();
    return {
      locks,
      opens,
      seconds,
      proofMs: { transact: percentiles(transactMs), margin: percentiles(marginMs) },
      batches,
      attestations,
      stages: stageTimes(world.subject.log),
      subject: { rssMiB: rss / 2 ** 20, cpuSeconds, storeBytes },
      checks,
    };
  } finally {
    await world.close();
  }
}

async function person({ people, localnet }: BenchWorld, label: string): Promise<LoadPerson> {
  const client = await people.clientOf(label);
  const { privateKey, address } = localnet.key(label);
  // 1,000 locks of 5 ether are more than an account starts with.
  await localnet.vault.fund(address, parseEther("10000"));
  return { client, keys: await deriveKeys(privateKey), controller: address };
}

/** Everybody at the same time, each one thing after the other. */
async function shared<Item>(
  people: readonly LoadPerson[],
  items: readonly Item[],
  act: (who: LoadPerson, item: Item) => Promise<void>,
): Promise<void> {
  const rest = [...items];
  await Promise.all(
    people.map(async (who) => {
      for (let item = rest.shift(); item !== undefined; item = rest.shift()) await act(who, item);
    }),
  );
}

async function makeDeposits(world: BenchWorld, people: LoadPerson[], count: number, progress: Progress): Promise<void> {
  let done = 0;
  await shared(
    people,
    Array.from({ length: count }, (_, i) => i),
    async ({ client, keys }) => {
      await deposit(client, { keys, asset: "ETH", amount: parseEther(AMOUNT) });
      progress(`deposits ${++done} of ${count}`);
    },
  );
  await untilAppended(world, people[0]!);
}

async function untilAppended(world: BenchWorld, { client }: LoadPerson): Promise<VaultState> {
  let state = await syncVault(client);
  await untilBlock(client.vault.public, async () => {
    assertAlive(world);
    state = await syncVault(client, state);
    return state.chunks.length === state.tree.chunks;
  });
  return state;
}

/** Until the root of everything that was queued is known on D. */
async function untilAttested(world: BenchWorld, who: LoadPerson): Promise<VaultState> {
  const state = await untilAppended(world, who);
  await untilBlock(who.client.margin.public, async () => {
    assertAlive(world);
    return (await attestedChunks(world)) >= state.tree.chunks;
  });
  return state;
}

function assertAlive({ subject, second }: BenchWorld): void {
  const end = subject.unexpectedEnd() ?? second.unexpectedEnd();
  if (end !== undefined) throw new Error(end);
}

/** One transact of two locks for each deposited note; an odd last one makes a single lock. */
async function makeLocks(world: BenchWorld, people: LoadPerson[], locks: number, progress: Progress) {
  const state = await untilAppended(world, people[0]!);
  const notes = people.flatMap((who) =>
    scanNotes(who.keys, state)
      .filter((note) => note.status === "available")
      .map((note) => ({ who, note })),
  );
  const proofMs: number[] = [];
  let made = 0;
  const turns = new Map<LoadPerson, { who: LoadPerson; note: Note }[]>();
  for (const each of notes) turns.set(each.who, [...(turns.get(each.who) ?? []), each]);
  await Promise.all(
    [...turns].map(async ([who, own]) => {
      for (const { note } of own) {
        const count = Math.min(2, locks - made);
        if (count <= 0) return;
        made += count;
        const { provingMs } = await transact(who.client, {
          keys: who.keys,
          state,
          prover: world.prover,
          inputs: [note],
          outputs: Array.from({ length: count }, () => ({
            amounts: note.amounts.map((amount) => amount / 2n),
            domain: who.client.domain,
            controller: who.controller,
            nkIndex: freshNkIndex(),
          })),
        });
        proofMs.push(provingMs);
        progress(`transacts ${proofMs.length} of ${Math.ceil(locks / 2)}`);
      }
    }),
  );
  return proofMs;
}

async function openAll(world: BenchWorld, people: LoadPerson[], state: VaultState, opens: number, progress: Progress) {
  await world.local.takeSnapshot();
  const { name: market } = world.local.deployment.marginChain.markets[0]!;
  const proofMs: number[] = [];
  let begun = 0;
  await Promise.all(
    people.map(async (who) => {
      const locks = scanNotes(who.keys, state).filter((note) => isLock(note) && note.status === "available");
      for (const lock of locks) {
        if (begun++ >= opens) return;
        const { provingMs } = await openAccount(who.client, {
          market,
          lock,
          state,
          prover: world.prover,
          profile: 2,
          borrow: BORROW,
        });
        proofMs.push(provingMs);
        progress(`opens ${proofMs.length} of ${opens}`);
      }
    }),
  );
  return proofMs;
}

async function effects(world: BenchWorld, { client }: LoadPerson) {
  const appended = await client.vault.public.getContractEvents({
    address: world.local.deployment.vaultChain.vault,
    abi: collateralVaultAbi,
    eventName: "RootAppended",
    fromBlock: 0n,
    strict: true,
  });
  const sizes = appended.map(({ args }) => Number(args.chunks));
  return {
    batches: [1, 4].map((chunks) => ({ chunks, count: sizes.filter((size) => size === chunks).length })),
    attestations: (await attestationsSent(world)).length,
  };
}
