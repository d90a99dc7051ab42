import { checkWiring, createHypothecClient, type Deployment } from "@hypothec/sdk";
import { formatEther, type PublicClient } from "viem";
import type { RoleKeys } from "../config/roleKeys.ts";
import { gasAccounts } from "../config/roleKeys.ts";
import type { Clock } from "./clock.ts";
import { ConfigError, toErrorRecord, WiringError } from "./errors.ts";
import type { Logger } from "./logger.ts";

type Side = { name: string; chainId: number; client: PublicClient; witnesses: PublicClient[] };

const patienceMs = 30_000;

/** Waits until each chain answers, and refuses RPCs of another chain. */
export async function checkChainIds(
  sides: Side[],
  options: { clock: Clock; logger: Logger; signal: AbortSignal },
): Promise<void> {
  for (const side of sides) {
    const ids = await Promise.all(
      side.witnesses.map((client, index) =>
        chainIdOf(client, `RPC ${index + 1} of chain ${side.name}`, side.witnesses.length === 1, options),
      ),
    );
    const wrong = ids.findIndex((id) => id !== undefined && id !== side.chainId);
    if (wrong >= 0)
      throw new WiringError(
        `RPC ${wrong + 1} of chain ${side.name} is on chain id ${ids[wrong]}, the deployment says ${side.chainId}. Correct chains[].rpc in the configuration.`,
      );
    if (ids.every((id) => id === undefined))
      throw new ConfigError(`No RPC of chain ${side.name} answers. Check the URLs and that the node runs.`);
  }
}

async function chainIdOf(
  client: PublicClient,
  what: string,
  isOnly: boolean,
  { clock, logger, signal }: { clock: Clock; logger: Logger; signal: AbortSignal },
): Promise<number | undefined> {
  const until = clock.now() + (isOnly ? patienceMs : patienceMs / 3);
  for (;;) {
    try {
      return await client.getChainId();
    } catch (error) {
      if (clock.now() >= until || signal.aborted) return undefined;
      logger.warn({ error: toErrorRecord(error) }, `${what} does not answer yet`);
      await clock.sleep(1_000, signal);
    }
  }
}

/** Contracts, libraries, DVNs and options as the deployment says: the system refuses to start on anything else. */
export async function checkDeployment(
  deployment: Deployment,
  clients: { vault: PublicClient; margin: PublicClient },
): Promise<string[]> {
  const client = createHypothecClient({
    deployment,
    vault: { public: clients.vault },
    margin: { public: clients.margin },
  });
  const report = await checkWiring(client);
  return report.problems;
}

export function requireNoProblems(problems: string[]): void {
  if (problems.length === 0) return;
  throw new WiringError(
    `The chains are not wired as the deployment says:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
  );
}

/** Native balance of every account that pays gas. */
export async function gasBalances(
  keys: RoleKeys,
  sides: { vault: Side; margin: Side },
): Promise<{ role: string; chain: string; address: string; balance: string; empty: boolean }[]> {
  const names = { vault: sides.vault.name, margin: sides.margin.name };
  return Promise.all(
    gasAccounts(keys, names).map(async ({ role, chain, account }) => {
      const { client } = chain === names.vault ? sides.vault : sides.margin;
      const balance = await client.getBalance({ address: account.address });
      return { role, chain, address: account.address, balance: formatEther(balance), empty: balance === 0n };
    }),
  );
}
