import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAbi, type Hex, type PublicClient } from "viem";

import { newTable, Story, thousands } from "../../scripts/demo/report.ts";
import { runDemo } from "../../scripts/demo/run.ts";
import type { World } from "../../scripts/demo/world.ts";
import { rootInboxAbi, vaultMessengerAbi } from "../../sdk/src/abis/index.ts";
import { GAS_TARGETS, type GasTarget } from "./gasTargets.ts";

/** Gas of one operation, every time it was done. */
export type GasRow = { what: string; gas: number[] };
export type GasResult = Omit<GasTarget, "ours"> & { least: number; most: number };

const VAULT_ROWS = ".cache/test-results/vault-gas.json";
const deliveryAbi = parseAbi([
  "event PacketVerified((uint32 srcEid, bytes32 sender, uint64 nonce) origin, address receiver, bytes32 payloadHash)",
  "event PayloadVerified(address dvn, bytes header, uint256 confirmations, bytes32 proofHash)",
]);

/** The whole path with real proofs (the demo), and the vault's operations by themselves, with real proofs too. */
export async function measureGas(): Promise<GasRow[]> {
  const directory = mkdtempSync(join(tmpdir(), "hypothec-gas-"));
  const story = new Story();
  let attestation: GasRow | undefined;
  const { faults } = await runDemo({
    directory,
    story,
    inspect: async (world) => {
      attestation = await attestationOf(world);
    },
  });
  if (faults.length > 0) throw new Error(`The demo's checks found: ${faults.join("; ")}`);
  rmSync(directory, { recursive: true, force: true });

  const vitest = [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--project=contracts",
    "test/contracts/vault/CollateralVault.test.ts",
  ];
  const { status } = spawnSync(process.execPath, vitest, { stdio: "inherit" });
  if (status !== 0) throw new Error("The vault's operations could not be measured: their test fails.");
  const vault = JSON.parse(readFileSync(VAULT_ROWS, "utf8")) as Record<string, number>;

  const steps = story.steps.flatMap(({ what, gas }) => (gas === undefined ? [] : [{ what, gas: [Number(gas)] }]));
  return [...steps, ...Object.entries(vault).map(([what, gas]) => ({ what, gas: [gas] })), attestation!];
}

/** What one root costs from the vault to the inbox: send, both DVNs, commit, delivery. The last root, so that everything is warm. */
async function attestationOf({ localnet, deployment }: World): Promise<GasRow> {
  const { messenger } = deployment.vaultChain;
  const { rootInbox, lz } = deployment.marginChain;
  const [s, d] = [localnet.vault.public, localnet.margin.public];
  const [sent, received, verified, committed] = await Promise.all([
    s.getContractEvents({ address: messenger, abi: vaultMessengerAbi, eventName: "Attested", fromBlock: 0n }),
    d.getContractEvents({ address: rootInbox, abi: rootInboxAbi, eventName: "RootReceived", fromBlock: 0n }),
    d.getContractEvents({ address: lz.receiveUln, abi: deliveryAbi, eventName: "PayloadVerified", fromBlock: 0n }),
    d.getContractEvents({ address: lz.endpoint, abi: deliveryAbi, eventName: "PacketVerified", fromBlock: 0n }),
  ]);
  const delivery = received.at(-1)!;
  const commits = committed.filter((each) => each.blockNumber <= delivery.blockNumber);
  const commit = commits.at(-1)!;
  const verifies = verified.filter((each) => each.blockNumber <= commit.blockNumber).slice(-lz.dvns.length);
  const margin = [delivery, commit, ...verifies].map(({ transactionHash }) => transactionHash);
  const gas = [await gasOf(s, sent.at(-1)!.transactionHash)];
  // Verification, commitment and delivery may share a transaction.
  for (const hash of new Set(margin)) gas.push(await gasOf(d, hash));
  return { what: "attestation, whole path", gas: [gas.reduce((sum, each) => sum + each, 0)] };
}

const gasOf = async (reader: PublicClient, hash: Hex) => Number((await reader.getTransactionReceipt({ hash })).gasUsed);

/** @throws Error for a goal that nothing was measured for. */
export function compareGas(rows: readonly GasRow[]): GasResult[] {
  return GAS_TARGETS.map(({ ours, ...target }) => {
    const gas = rows.filter(({ what }) => ours.test(what)).flatMap((row) => row.gas);
    if (gas.length === 0) throw new Error(`Nothing was measured for: ${target.what}`);
    return { ...target, least: Math.min(...gas), most: Math.max(...gas) };
  });
}

export function gasTable(results: readonly GasResult[]): string {
  const table = newTable(["operation", "ours", "at most", "", "peers"], ["left", "right", "right", "right", "left"]);
  for (const { what, least, most, goal, peers } of results) {
    const range = least === most ? thousands(most) : `${thousands(least)} to ${thousands(most)}`;
    const over = ((100 * (most - goal)) / goal).toFixed(1);
    table.push([what, range, thousands(goal), most <= goal ? "met" : `+${over} %`, peers.replaceAll(" · ", "\n")]);
  }
  return `Gas, real proofs\n${table.toString()}`;
}
