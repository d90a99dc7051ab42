import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parseDeployment, type Deployment } from "@hypothec/sdk";
import { z } from "zod";
import { ConfigError } from "../runtime/errors.ts";
import { stripComments } from "./jsonc.ts";
import { configSchema, type Config } from "./schema.ts";
import { ownAddresses } from "./values.ts";

/** A configuration with its paths made absolute and its deployment read. */
export type LoadedConfig = Config & { deploymentData: Deployment };

/** Parses a configuration. Every problem is listed at once, with its path and without the offending value. */
export function parseConfig(json: unknown): Config {
  const result = configSchema.safeParse(json);
  if (result.success) return checkRoles(result.data);
  const problems = result.error.issues.map(
    (issue) => `  ${z.core.toDotPath(issue.path) || "(top level)"}: ${issue.message}`,
  );
  throw new ConfigError(`The configuration has ${problems.length} problem(s):\n${problems.join("\n")}`);
}

function checkRoles(config: Config): Config {
  const { batcher, trustee, guardian, prover, submitter } = config.roles;
  if ((trustee || guardian) && !prover)
    throw new ConfigError(
      'roles.trustee and roles.guardian need proofs that only who has their secrets can make: add "prover": {} to roles.',
    );
  if (batcher && !prover && config.store === undefined)
    throw new ConfigError('roles.batcher needs proofs: add "prover": {} to roles, or a store that workers share.');
  for (const chain of config.chains) {
    if (chain.quorum !== undefined && chain.quorum > chain.rpc.length)
      throw new ConfigError(
        `Chain ${chain.name}: quorum ${chain.quorum} of only ${chain.rpc.length} RPC(s) can never be reached.`,
      );
  }
  if (config.http?.apiKeys.length === 0 && !ownAddresses.has(config.http.host))
    throw new ConfigError(
      `http.host ${config.http.host} can be reached from other machines: add http.apiKeys, or listen on 127.0.0.1.`,
    );
  if (trustee?.council !== undefined && (config.http?.apiKeys.length ?? 0) === 0)
    throw new ConfigError(
      "roles.trustee.council answers the other members over HTTP, and only those who have a key: add http with apiKeys, one for each peer.",
    );
  if (submitter !== undefined && config.http === undefined)
    throw new ConfigError("roles.submitter takes transactions over HTTP: add http.");
  if (prover?.requests !== undefined) checkProofRequests(config.http);
  return config;
}

/** Witnesses must not cross a network in the clear, nor come from nobody. */
function checkProofRequests(http: Config["http"]): void {
  const mayProve = http?.apiKeys.some((key) => typeof key !== "string" && key.roles.includes("prove"));
  if (http === undefined || mayProve !== true)
    throw new ConfigError(
      'roles.prover.requests takes witnesses, from known clients only: add http with apiKeys of the role "prove".',
    );
  if (!ownAddresses.has(http.host) && !http.behindTls)
    throw new ConfigError(
      `roles.prover.requests takes witnesses, and http.host ${http.host} can be reached in the clear: listen on 127.0.0.1, or say http.behindTls when a proxy with TLS is the only way there.`,
    );
}

/** Checks that the configuration and the deployment speak of the same chains and DVNs. */
export function checkAgainstDeployment(config: Config, deployment: Deployment): void {
  const expected = [deployment.vaultChain.name, deployment.marginChain.name];
  for (const name of expected) {
    if (!config.chains.some((chain) => chain.name === name))
      throw new ConfigError(
        `The deployment has a chain "${name}", the configuration has ${config.chains.map((chain) => `"${chain.name}"`).join(", ")}. Name both as in the deployment.`,
      );
  }
  checkCoins(config.roles.submitter, deployment, expected);
  const dvn = config.roles.dvn;
  if (dvn === undefined) return;
  for (const side of [deployment.vaultChain, deployment.marginChain]) {
    const own = dvn.addresses[side.name];
    if (own === undefined)
      throw new ConfigError(
        `roles.dvn.addresses has no DVN for chain "${side.name}"; a DVN verifies in both directions.`,
      );
    if (!side.lz.dvns.some((address) => address.toLowerCase() === own.toLowerCase()))
      throw new ConfigError(
        `roles.dvn.addresses.${side.name} is ${own}, which is not among the required DVNs of the deployment (${side.lz.dvns.join(", ")}).`,
      );
  }
}

function checkCoins(submitter: Config["roles"]["submitter"], deployment: Deployment, chains: string[]): void {
  if (submitter === undefined) return;
  const { assets } = deployment.vaultChain;
  const hasNative = assets.some(({ token }) => BigInt(token) === 0n);
  for (const chain of chains) {
    const slot = submitter.coinSlots[chain];
    if (slot === undefined ? hasNative : assets.some((asset) => asset.slot === slot)) continue;
    throw new ConfigError(
      `roles.submitter.coinSlots says nothing usable for chain ${chain}: name the slot that is priced like its native coin (${assets.map((asset) => `${asset.slot} ${asset.symbol}`).join(", ")}).`,
    );
  }
}

/** Parses the text of a configuration: JSON, in which comments and last commas are allowed. `path` is for the error. */
export function parseConfigText(text: string, path: string): Config {
  let json: unknown;
  try {
    json = JSON.parse(stripComments(text));
  } catch (cause) {
    throw new ConfigError(`The configuration ${path} is not JSON (with comments): ${(cause as Error).message}`, {
      cause,
    });
  }
  return parseConfig(json);
}

async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new ConfigError(`Cannot read the ${what} ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Reads a deployment file. @throws ConfigError */
export async function loadDeployment(path: string): Promise<Deployment> {
  const text = await readText(path, "deployment");
  try {
    return parseDeployment(JSON.parse(text));
  } catch (cause) {
    throw new ConfigError(`The deployment ${path} is not usable: ${(cause as Error).message}`, { cause });
  }
}

/** Reads a configuration file and the deployment it points to. */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  const file = resolve(path);
  const config = parseConfigText(await readText(file, "configuration"), file);
  const from = (relative: string) => resolve(dirname(file), relative);
  const deploymentPath = from(config.deployment);
  const deploymentData = await loadDeployment(deploymentPath);
  checkAgainstDeployment(config, deploymentData);
  const { binary } = config.roles.prover ?? {};
  const { trustee } = config.roles;
  const { dvn } = config.roles;
  const veto = dvn?.veto?.file === undefined ? undefined : { ...dvn.veto, file: from(dvn.veto.file) };
  const seat = trustee?.council && { ...trustee.council, council: from(trustee.council.council) };
  const prover = binary === undefined ? config.roles.prover : { ...config.roles.prover!, binary: from(binary) };
  return {
    ...config,
    deployment: deploymentPath,
    dataDir: from(config.dataDir),
    ...(config.artifacts === undefined ? {} : { artifacts: from(config.artifacts) }),
    roles: {
      ...config.roles,
      ...(prover === undefined ? {} : { prover }),
      ...(dvn === undefined || veto === undefined ? {} : { dvn: { ...dvn, veto } }),
      ...(trustee === undefined || seat === undefined ? {} : { trustee: { ...trustee, council: seat } }),
    },
    deploymentData,
  };
}
