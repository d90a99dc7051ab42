import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import pc from "picocolors";

import { deployLocalHypothec, type LocalHypothec } from "../../test/support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../../test/support/localnet/localnet.ts";
import { prepareOperator, type RelayerProcess } from "../../test/support/relayer.ts";
import type { NetworkFile } from "./fund.ts";
import { startDeposits } from "./deposits.ts";

/**
 * Two chains with blocks of a second, LayerZero, Hypothec, and two operators that verify and deliver messages: all that a
 * relayer needs around it. Files for whoever joins go to `directory`. Runs until SIGINT or SIGTERM.
 */
export async function runNetwork(options: {
  directory: string;
  ports: { vault: number; margin: number };
  /** 0 = never. */
  depositEverySeconds: number;
}): Promise<void> {
  const { directory, ports } = options;
  mkdirSync(directory, { recursive: true });
  const files = { deployment: join(directory, "deployment.json"), network: join(directory, "network.json") };
  const asked = new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
  console.log("two chains, LayerZero V2, Hypothec …");
  const localnet = await startLocalnet({ logDir: directory, ports });
  const relayers: RelayerProcess[] = [];
  let deposits: { stop(): Promise<void> } | undefined;
  try {
    const local = await deployLocalHypothec(localnet);
    await localnet.mineEvery(1);
    for (const index of localnet.operators.keys()) {
      const relayer = await messageWorker(localnet, local, directory, index);
      relayers.push(relayer);
      await relayer.start();
    }
    const { vault, margin } = localnet;
    const network: NetworkFile = {
      vault: { url: vault.url, chainId: vault.chainId },
      margin: { url: margin.url, chainId: margin.chainId },
    };
    writeFileSync(files.deployment, `${JSON.stringify(local.deployment, null, 2)}\n`);
    writeFileSync(files.network, `${JSON.stringify(network, null, 2)}\n`);
    if (options.depositEverySeconds > 0)
      deposits = await startDeposits(localnet, local, options.depositEverySeconds * 1_000);
    console.log(
      [
        `${pc.green("✓")} vault chain  ${vault.url} (chain id ${String(vault.chainId)})`,
        `${pc.green("✓")} margin chain ${margin.url} (chain id ${String(margin.chainId)})`,
        `${pc.green("✓")} ${files.deployment}`,
        `Operators ${localnet.operators.map(({ name }) => name).join(" and ")} verify and deliver messages; nobody batches, attests or sends orders yet.`,
        `Money for your accounts: npm run localnet -- fund ADDRESS. Ctrl-C ends everything.`,
      ].join("\n"),
    );
    await Promise.race([asked, ...relayers.map(endOf)]);
  } finally {
    await deposits?.stop();
    await Promise.all(relayers.map((relayer) => relayer.stop()));
    await localnet.stop();
    rmSync(files.network, { force: true });
  }
}

/** A relayer of one of the network's operators that only carries messages. */
async function messageWorker(
  localnet: Localnet,
  local: LocalHypothec,
  directory: string,
  index: number,
): Promise<RelayerProcess> {
  const { name } = localnet.operators[index]!;
  const own = join(directory, name);
  rmSync(own, { recursive: true, force: true }); // the store of a network that is gone
  return prepareOperator(localnet, local.deployment, index, {
    directory: own,
    logLevel: "info",
    only: ["dvn", "executor"],
  });
}

/** Fails when a relayer ends by itself. */
async function endOf(relayer: RelayerProcess): Promise<never> {
  await relayer.line("its end", () => false);
  throw new Error(`${relayer.name} ended. Its log: ${relayer.logFile}`);
}
