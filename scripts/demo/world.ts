import type { Address, Hex } from "viem";

import {
  createHypothecClient,
  deriveKeys,
  formatShared,
  scanNotes,
  syncVault,
  type Deployment,
  type HypothecClient,
  type Keys,
  type Note,
  type Prover,
  type VaultState,
} from "@hypothec/sdk";
import type { LocalKey } from "../../test/support/localnet/keys.ts";
import type { LocalChain } from "../../test/support/localnet/chain.ts";
import type { LocalHypothec } from "../../test/support/localnet/hypothec.ts";
import type { Localnet } from "../../test/support/localnet/localnet.ts";
import type { RelayerProcess } from "../../test/support/relayer.ts";
import type { DemoCouncil } from "./council.ts";
import type { Story } from "./report.ts";

/** Moments at which a test may interfere (kill a relayer, say). The demo itself does nothing at them. */
export type Checkpoint = "batching" | "attesting" | "opened" | "auctioning" | "settling";

/** Everything the story happens in. */
export type World = {
  readonly localnet: Localnet;
  readonly hypothec: LocalHypothec;
  readonly deployment: Deployment;
  readonly prover: Prover;
  readonly relayers: readonly RelayerProcess[];
  /** The market's trustee. */
  readonly council: DemoCouncil;
  readonly story: Story;
  readonly checkpoint: (name: Checkpoint) => Promise<void>;
  /** Public state of the vault, shared by all: it holds nobody's secrets. */
  vaultState: VaultState | undefined;
};

/** Someone with keys of their own, an address on each chain, and an SDK client. */
export type Participant = {
  readonly name: string;
  readonly keys: Keys;
  readonly onVault: LocalKey;
  readonly onMargin: LocalKey;
  readonly client: HypothecClient;
  account?: Hex;
};

export async function participant(world: World, name: string, seed?: Hex): Promise<Participant> {
  const { localnet } = world;
  const onVault = await localnet.account(`${name} on S`);
  const onMargin = await localnet.account(`${name} on D`);
  const keys = await deriveKeys(seed ?? localnet.key(`${name} seed`).privateKey);
  return { name, keys, onVault, onMargin, client: clientFor(world, onVault, onMargin) };
}

function clientFor(world: World, onVault: LocalKey, onMargin: LocalKey): HypothecClient {
  const { localnet, deployment } = world;
  const side = (chain: LocalChain, key: LocalKey) => ({ public: chain.public, wallet: chain.wallet(key) });
  return createHypothecClient({
    deployment,
    vault: side(localnet.vault, onVault),
    margin: side(localnet.margin, onMargin),
  });
}

/** Brings the shared public state up to date. */
export async function sync(world: World, client: HypothecClient): Promise<VaultState> {
  world.vaultState = await syncVault(client, world.vaultState);
  return world.vaultState;
}

/** The participant's notes now. */
export async function notesOf(world: World, who: Participant): Promise<Note[]> {
  const state = await sync(world, who.client);
  return scanNotes(who.keys, state, { controllers: [who.onMargin.address] });
}

/**
 * Waits until `probe` gives something, asking five times a second; stops at once when a relayer has died.
 *
 * @throws Error after `timeoutMs`, saying what was waited for.
 */
export async function until<T>(
  world: World,
  what: string,
  probe: () => Promise<T | undefined | false>,
  timeoutMs = 300_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    for (const relayer of world.relayers) {
      const end = relayer.unexpectedEnd();
      if (end !== undefined) throw new Error(end);
    }
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) {
      throw new Error(
        `Waited ${timeoutMs / 1000} s for ${what}, in vain. The relayers' logs: ${world.relayers.map((each) => each.logFile).join(", ")}`,
      );
    }
    await new Promise((wake) => setTimeout(wake, 200));
  }
}

/** "7 ETH + 3,000 USDC". */
export function describeBasket(world: World, amounts: readonly bigint[]): string {
  const parts = world.deployment.vaultChain.assets.flatMap((asset) => {
    const amount = amounts[asset.slot] ?? 0n;
    return amount === 0n ? [] : [`${formatShared(amount, asset)} ${asset.symbol}`];
  });
  return parts.length === 0 ? "nothing" : parts.join(" + ");
}

export function assetOf(world: World, slot: number) {
  const asset = world.deployment.vaultChain.assets.find((each) => each.slot === slot);
  if (asset === undefined) throw new Error(`The vault has no asset in slot ${slot}.`);
  return asset;
}

/** Debt token units as text. */
export function usdc(units: bigint): string {
  return `${(Number(units) / 1e6).toLocaleString("en-US", { maximumFractionDigits: 2 })} USDC`;
}

/** µUSD as text. */
export function usd(micro: bigint): string {
  return `$${(Number(micro) / 1e6).toLocaleString("en-US", { maximumFractionDigits: 2 })}`;
}

export type { Address };
