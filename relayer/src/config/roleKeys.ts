import { deriveKeys, trusteeKeyOf, type Deployment, type Keys } from "@hypothec/sdk";
import type { LocalAccount } from "viem";
import { ConfigError } from "../runtime/errors.ts";
import type { SeatKeys } from "../trustee/seat.ts";
import type { GuardedAccount } from "../guardian/openings.ts";
import { resolveSeat } from "./council.ts";
import { readGuarded } from "./guarded.ts";
import type { KeyRing } from "./keys.ts";
import type { Config } from "./schema.ts";
import { readTrusteeSecret } from "./trusteeSecret.ts";

/** The resolved keys of the roles that are on. */
export type RoleKeys = {
  batcher?: LocalAccount;
  attestor?: LocalAccount;
  executor?: LocalAccount;
  orderSender?: LocalAccount;
  keeper?: LocalAccount;
  claimKeys?: Keys;
  /** `vetoKey` is the bearer token of its veto hook. */
  dvn?: { signer: LocalAccount; admin: LocalAccount; vetoKey?: string };
  watchman?: { account: LocalAccount; guardian?: LocalAccount };
  guardian?: { account: LocalAccount; clients: GuardedAccount[] };
  /** Of the trustee: keys of its own, or a seat of a council. */
  trustee?: { account: LocalAccount } & ({ secrets: bigint[] } | { seat: SeatKeys });
};

/** Reads every key that the roles refer to. Errors name references, never contents. */
export async function resolveRoleKeys(config: Config, deployment: Deployment, ring: KeyRing): Promise<RoleKeys> {
  const { batcher, attestor, executor, orderSender, keeper, dvn, trustee, watchman, guardian } = config.roles;
  const keys: RoleKeys = {};
  if (batcher) keys.batcher = await ring.account(batcher.key);
  if (attestor) keys.attestor = await ring.account(attestor.key);
  if (executor) keys.executor = await ring.account(executor.key);
  if (orderSender) keys.orderSender = await ring.account(orderSender.key);
  if (keeper) {
    keys.keeper = await ring.account(keeper.key);
    if (keeper.claimSeed !== undefined) keys.claimKeys = await deriveKeys(await ring.secret(keeper.claimSeed));
    else if (BigInt(keeper.maxSpend) > 0n)
      throw new ConfigError(
        "roles.keeper.maxSpend allows buying, but roles.keeper.claimSeed is missing: bought claims need keys to belong to.",
      );
  }
  if (dvn) {
    keys.dvn = { signer: await ring.account(dvn.signerKey), admin: await ring.account(dvn.adminKey) };
    if (keys.dvn.signer.address === keys.dvn.admin.address)
      throw new ConfigError(
        "roles.dvn.signerKey and roles.dvn.adminKey are the same key. The signer must not be the hot key that pays gas.",
      );
  }
  if (keys.dvn && dvn?.veto?.urlKey !== undefined) keys.dvn.vetoKey = await ring.text(dvn.veto.urlKey);
  if (watchman) {
    keys.watchman = { account: await ring.account(watchman.key) };
    if (watchman.guardianKey !== undefined) keys.watchman.guardian = await ring.account(watchman.guardianKey);
  }
  if (guardian)
    keys.guardian = { account: await ring.account(guardian.key), clients: await readGuarded(guardian.accounts, ring) };
  if (trustee) {
    const account = await ring.account(trustee.key);
    keys.trustee =
      trustee.council === undefined
        ? { account, secrets: await trusteeSecrets(trustee.secrets ?? [], deployment, ring) }
        : { account, seat: await resolveSeat(trustee.council, deployment, ring) };
  }
  return keys;
}

async function trusteeSecrets(references: string[], deployment: Deployment, ring: KeyRing): Promise<bigint[]> {
  const secrets: bigint[] = [];
  for (const reference of references) {
    const secret = await readTrusteeSecret(ring, reference, "trustee secret");
    const { key } = trusteeKeyOf(secret);
    const serves = deployment.marginChain.markets.some(
      ({ trustee }) => BigInt(trustee.x) === key.x && BigInt(trustee.y) === key.y,
    );
    if (!serves)
      throw new ConfigError(
        `The trustee secret ${reference} belongs to no market of the deployment. Remove it, or use the deployment it is for.`,
      );
    secrets.push(secret);
  }
  return secrets;
}

/** Every account that pays gas, with the chains it pays on. */
export function gasAccounts(
  keys: RoleKeys,
  names: { vault: string; margin: string },
): { role: string; chain: string; account: LocalAccount }[] {
  const both = [names.vault, names.margin];
  const uses: [string, LocalAccount | undefined, string[]][] = [
    ["batcher", keys.batcher, [names.vault]],
    ["attestor", keys.attestor, [names.vault]],
    ["executor", keys.executor, both],
    ["orderSender", keys.orderSender, [names.margin]],
    ["keeper", keys.keeper, [names.margin]],
    ["dvn", keys.dvn?.admin, both],
    ["trustee", keys.trustee?.account, [names.vault, names.margin]],
    ["watchman", keys.watchman?.account, both],
    ["watchman", keys.watchman?.guardian, [names.margin]],
    ["guardian", keys.guardian?.account, [names.margin]],
  ];
  return uses.flatMap(([role, account, chains]) =>
    account === undefined ? [] : chains.map((chain) => ({ role, chain, account })),
  );
}
