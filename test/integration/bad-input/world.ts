import { afterEach, beforeEach } from "vitest";
import type { Hex } from "viem";

import {
  appendBatch,
  createHypothecClient,
  deriveKeys,
  isLock,
  requestAttestation,
  scanNotes,
  seal,
  syncVault,
  type Deployment,
  type HypothecClient,
  type Keys,
  type Note,
  type Prover,
  type VaultState,
  type ZkProof,
} from "@hypothec/sdk";
import { createSnarkjsProver } from "@hypothec/sdk/node";

import type { LocalChain } from "../../support/localnet/chain.ts";
import { createHandWorker, type HandWorker } from "../../support/localnet/handWorker.ts";
import { dayStart } from "../../support/prices.ts";
import { deployLocalHypothec, type LocalHypothec } from "../../support/localnet/hypothec.ts";
import type { LocalKey } from "../../support/localnet/keys.ts";
import { startLocalnet, type Localnet } from "../../support/localnet/localnet.ts";

/** Someone with keys of their own, one address on both chains, and an SDK client. */
export type User = { readonly key: LocalKey; readonly keys: Keys; readonly client: HypothecClient };

/** Two chains with Hypothec on them, and what {@link digest} looks at. */
export type World = {
  readonly localnet: Localnet;
  readonly local: LocalHypothec;
  readonly deployment: Deployment;
  readonly prover: Prover;
  readonly worker: HandWorker;
  /** Whoever batches and attests here. */
  readonly operator: User;
  /** Public state of the vault as of the last {@link sync}. */
  state: VaultState;
  readonly users: User[];
  readonly accounts: Set<Hex>;
  stop(): Promise<void>;
};

export async function createWorld(): Promise<World> {
  const localnet = await startLocalnet({ startTime: dayStart("2021-05-18") });
  const local = await deployLocalHypothec(localnet);
  const prover = onceEach(createSnarkjsProver());
  const partial = {
    localnet,
    local,
    deployment: local.deployment,
    prover,
    users: [] as User[],
    accounts: new Set<Hex>(),
  };
  const operator = await createUser(partial, "operator");
  const state = await syncVault(operator.client);
  const stop = async (): Promise<void> => {
    await prover.close();
    await localnet.stop();
  };
  return { ...partial, operator, state, worker: createHandWorker(localnet), stop };
}

/** A prover that remembers: a proof that several tests need is made once. */
function onceEach(prover: Prover): Prover {
  const made = new Map<string, Promise<ZkProof>>();
  return {
    prove(witness, options) {
      const key = [witness.circuit, ...witness.values].join();
      const proof = made.get(key) ?? prover.prove(witness, options);
      made.set(key, proof);
      return proof;
    },
    close: () => prover.close(),
  };
}

/** @param funded With 1,000 ETH on both chains. */
export async function createUser(
  world: Pick<World, "localnet" | "deployment" | "users">,
  label: string,
  funded = true,
): Promise<User> {
  const key = funded ? await world.localnet.account(label) : world.localnet.key(label);
  const keys = await deriveKeys(world.localnet.key(`${label} seed`).privateKey);
  const user = { key, keys, client: clientOf(world, key) };
  world.users.push(user);
  return user;
}

export type ClientChange = {
  readonly deployment?: Deployment;
  readonly vault?: LocalChain;
  readonly margin?: LocalChain;
};

/** A client of one key; with other chains behind it, or another deployment, when it shall be wrong. */
export function clientOf(
  { localnet, deployment }: Pick<World, "localnet" | "deployment">,
  key: LocalKey,
  change: ClientChange = {},
): HypothecClient {
  const side = (chain: LocalChain) => ({ public: chain.public, wallet: chain.wallet(key) });
  const { vault = localnet.vault, margin = localnet.margin } = change;
  return createHypothecClient({
    deployment: change.deployment ?? deployment,
    vault: side(vault),
    margin: side(margin),
  });
}

export async function sync(world: World): Promise<VaultState> {
  world.state = await syncVault(world.operator.client, world.state);
  return world.state;
}

/** Puts everything that is queued into the tree. */
export async function append(world: World): Promise<void> {
  const { client } = world.operator;
  const queued = await sync(world);
  if (queued.chunks.length > queued.sealedChunks) await seal(client);
  for (let state = await sync(world); state.tree.chunks < state.sealedChunks; state = await sync(world)) {
    await appendBatch(client, { state, prover: world.prover });
  }
}

/** Sends the vault's root to the margin chain and delivers it. */
export async function attest(world: World): Promise<void> {
  const { receipt } = await requestAttestation(world.operator.client);
  await world.worker.relay("vault", receipt);
}

/** A user's locks, the largest amount of slot 0 first. */
export function locksOf(world: World, user: User): Note[] {
  const locks = scanNotes(user.keys, world.state).filter(isLock);
  return locks.sort((a, b) => (a.amounts[0]! < b.amounts[0]! ? 1 : -1));
}

/** Brings both chains back to where they were before each test of the describe block, or file. */
export function rewindAfterEach(world: () => World): void {
  let rewind: () => Promise<void>;
  let state: VaultState;
  beforeEach(async () => {
    rewind = await world().localnet.snapshot();
    state = world().state;
  });
  afterEach(async () => {
    await rewind();
    world().state = state;
  });
}
