import { resolveApiKeys } from "../api/apiKeys.ts";
import { resolveRoleKeys } from "../config/roleKeys.ts";
import type { ChainConfig } from "../config/schema.ts";
import { createProver } from "../prover/backend.ts";
import { quorumOf } from "../chain/tally.ts";
import { exitCodes } from "../runtime/errors.ts";
import { systemClock } from "../runtime/clock.ts";
import { checkChainIds, checkDeployment, gasBalances } from "../runtime/preflight.ts";
import { createReadClient, createWitnessClients } from "../runtime/rpc.ts";
import { addressOf } from "../store/open.ts";
import { openPostgres } from "../store/postgres.ts";
import type { Loaded } from "./context.ts";

/** `relayer check`: everything that `start` would refuse, and balances, one line each. */
export async function check({ config, keys, logger }: Loaded): Promise<number> {
  const { deploymentData: deployment } = config;
  const roleKeys = await resolveRoleKeys(config, deployment, keys);
  await resolveApiKeys(config.http, keys);
  const { name, store } = config;
  if (store !== undefined)
    await (await openPostgres(await addressOf({ name, store }, keys), { create: false })).close();
  const side = (chain: { name: string; chainId: number }) => {
    const settings = config.chains.find(({ name }) => name === chain.name) as ChainConfig;
    return {
      name: chain.name,
      chainId: chain.chainId,
      client: createReadClient(settings),
      witnesses: createWitnessClients(settings),
    };
  };
  const sides = { vault: side(deployment.vaultChain), margin: side(deployment.marginChain) };
  await checkChainIds([sides.vault, sides.margin], {
    clock: systemClock(),
    logger,
    signal: AbortSignal.timeout(30_000),
  });
  const prover = config.roles.prover;
  if (prover !== undefined) await (await createProver({ config: prover, manifest: config.artifacts, logger })).close();
  const problems = await checkDeployment(deployment, { vault: sides.vault.client, margin: sides.margin.client });
  const balances = await gasBalances(roleKeys, sides);
  const lines = [
    "configuration, keys and chain ids: good",
    ...(store === undefined ? [] : ["store: the PostgreSQL server answers, good"]),
    ...config.chains.map(describeQuorum),
    ...(prover === undefined ? [] : [`prover: ${prover.backend}, good`]),
    ...(problems.length === 0 ? ["wiring: good"] : problems.map((problem) => `wiring: ${problem}`)),
    ...balances.map(
      ({ role, chain, address, balance, empty }) =>
        `balance: ${role} ${address} on ${chain}: ${balance}${empty ? " (fund it)" : ""}`,
    ),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  const poor = balances.some(({ empty }) => empty);
  return problems.length > 0 || poor ? exitCodes.wiring : exitCodes.ok;
}

/** What has to be trusted of a chain's RPCs, in a line. */
export function describeQuorum(chain: Pick<ChainConfig, "name" | "rpc" | "quorum">): string {
  const quorum = quorumOf(chain);
  const count = chain.rpc.length;
  const what = `quorum: ${quorum} of ${count} RPC${count === 1 ? "" : "s"} of ${chain.name}`;
  if (count === 1)
    return `${what}: everything that is signed rests on the word of one node; name two more in chains[].rpc`;
  if (2 * quorum <= count)
    return `${what}: less than a majority, so that two sides could both have one; raise chains[].quorum`;
  if (quorum === count) return `${what}: one that is down stops all signing; name one more in chains[].rpc`;
  return what;
}
