import type { Deployment } from "@hypothec/sdk";
import type { RoleName } from "./schema.ts";

/** Names of the roles, in the order of the schema. */
export const roleNames = [
  "batcher",
  "attestor",
  "dvn",
  "executor",
  "orderSender",
  "keeper",
  "trustee",
  "prover",
  "submitter",
  "watchman",
  "guardian",
] as const satisfies RoleName[];

/** What anybody may run without being named in the deployment. */
export const openRoles: RoleName[] = ["batcher", "attestor", "orderSender", "keeper", "watchman"];

/** The name under which a role's key is expected: `keys/<name>.json`. */
const key = (name: string): string => JSON.stringify(`keystore:keys/${name}.json`);

/**
 * The text of a configuration to edit: JSON with comments. It refers to keys and holds none.
 *
 * @param deploymentPath as it should stand in the file: relative to it, or absolute.
 */
export function configTemplate(deployment: Deployment, deploymentPath: string, roles: RoleName[]): string {
  const on = new Set<RoleName>(roles);
  if (on.has("batcher") || on.has("trustee") || on.has("guardian")) on.add("prover"); // both need proofs
  const texts = roleNames.filter((name) => on.has(name)).map((name) => roleText(name, deployment));
  return `// Configuration of a relayer: JSON with comments. Every setting and its default: relayer/src/config/schema.ts and roles.ts.
// What to do next: docs/operators.md.
{
  // Shown in every log line.
  "name": "relayer",
  // Paths are relative to this file.
  "deployment": ${JSON.stringify(deploymentPath)},
  // The store. One relayer a directory; all of it can be read from the chains again.
  "dataDir": "data",
  "logLevel": "info",

  "chains": [
${chainText(deployment.vaultChain, "The vault chain", 8545)},
${chainText(deployment.marginChain, "The margin chain", 8546)},
  ],

${httpText(on)}  // When several relayers do the same work: which one this is, and of how many. They take turns by it.
  "race": { "index": 0, "of": 1 },

  // A role is on when it stands here. Keys are references, never keys: "keystore:PATH" (encrypted; relayer keys add),
  // "env:NAME" (an environment variable), "file:PATH" (32 bytes in hexadecimal, in the clear) or "kms:REGION/ID" (stays in AWS KMS).
  // "key" may be a list. "profit": { "minWei": "0" } makes a role wait until gas is cheap enough to earn something.
  "roles": {
${texts.join("\n\n")}
  },
}
`;
}

/** What users hand in comes over HTTP. */
function httpText(on: Set<RoleName>): string {
  if (!on.has("submitter")) return "";
  return `  // EDIT: users reach it through a proxy with TLS (docs/operators-http.md).
  "http": { "host": "127.0.0.1", "port": 8787 },

`;
}

function chainText({ name, chainId }: { name: string; chainId: number }, what: string, port: number): string {
  return `    // ${what}: chain id ${chainId}.
    {
      "name": ${JSON.stringify(name)},
      // EDIT: your nodes. Reads go to the first that answers; a DVN asks several, and signs what a majority says.
      "rpc": ["http://127.0.0.1:${port}"],
      // When a block is final: the chain's own tag, or a number of confirmations.
      "confirmations": "finalized",
      // Most the relayer ever signs, wei per gas.
      "fees": { "maxFeePerGas": "500000000000", "maxPriorityFeePerGas": "5000000000" },
    }`;
}

function roleText(role: RoleName, { vaultChain, marginChain }: Deployment): string {
  switch (role) {
    case "batcher":
      return `    // Seals chunks of the vault's queue and appends them with a proof. Pays gas on ${vaultChain.name}.
    "batcher": { "key": ${key("batcher")} },`;
    case "attestor":
      return `    // Sends note roots to the margin chain. Pays gas and LayerZero's fee on ${vaultChain.name}, at most maxFee (wei) a message.
    "attestor": { "key": ${key("attestor")}, "maxFee": "100000000000000000" },`;
    case "dvn":
      return `    // Verifies packets. The signer is named in the DVN contracts and needs no funds; the admin pays gas on both chains.
    "dvn": {
      "signerKey": ${key("dvn-signer")},
      "adminKey": ${key("dvn-admin")},
      // EDIT: your DVN contracts, among those of the deployment: ${vaultChain.name}: ${vaultChain.lz.dvns.join(", ")};
      // ${marginChain.name}: ${marginChain.lz.dvns.join(", ")}.
      "addresses": {
        ${JSON.stringify(vaultChain.name)}: ${JSON.stringify(vaultChain.lz.dvns[0])},
        ${JSON.stringify(marginChain.name)}: ${JSON.stringify(marginChain.lz.dvns[0])},
      },
    },`;
    case "executor":
      return `    // Commits and delivers verified packets. Pays gas on both chains.
    "executor": { "key": ${key("executor")} },`;
    case "orderSender":
      return `    // Sends the engine's orders and heartbeats to the vault chain. Pays gas and LayerZero's fee on ${marginChain.name}.
    "orderSender": { "key": ${key("order-sender")}, "maxFee": "100000000000000000" },`;
    case "keeper":
      return `    // Flags, starts auctions, buys. Pays gas on ${marginChain.name}. To buy: raise maxSpend (units of the debt token), put the
    // tokens on its account, and add "claimSeed", a reference to 32 bytes that the bought notes belong to.
    "keeper": { "key": ${key("keeper")}, "minProfitBps": 100, "maxSpend": "0" },`;
    case "trustee":
      return `    // Settles for its markets. The secrets are those of the trustee keys that the deployment names. Pays gas on both chains.
    "trustee": { "key": ${key("trustee")}, "secrets": [${key("trustee-secret")}] },`;
    case "watchman":
      return `    // Trips the circuit breaker, pays out delayed withdrawals, raises an alarm when a root is not the vault's. Pays gas on both chains.
    // "guardianKey": the engine's guardian, if it is you, revokes such roots.
    "watchman": { "key": ${key("watchman")} },`;
    case "guardian":
      return `    // Proves clients' locks anew before their accounts are uncovered. Each client's controller approves this key as operator, and hands over the
    // openings of its locks. Pays gas on ${marginChain.name}.
    "guardian": {
      "key": ${key("guardian")},
      // EDIT: your clients' accounts: { "account": "0x…", "openings": ["file:openings/client-1.json"] }.
      "accounts": [],
    },`;
    case "prover":
      return `    // Makes the proofs of batcher, trustee and guardian. "rapidsnark" is faster, and needs "binary": the path of its prover.
    "prover": { "backend": "snarkjs", "concurrency": 1 },`;
    case "submitter":
      return `    // Sends what users hand in over HTTP, for a fee that their proof binds. Needs "http"; "public" lets in who has no key.
    // Pays gas on both chains.
    "submitter": { "keys": [${key("submitter")}], "minMarginBps": 1000 },`;
  }
}
