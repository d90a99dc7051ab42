import { deriveKeys, trusteeKeyOf, type Deployment, type Keys } from "@hypothec/sdk";
import type { Hex, LocalAccount } from "viem";
import { ConfigError } from "../runtime/errors.ts";
import type { SeatKeys } from "../trustee/seat.ts";
import type { GuardedAccount } from "../guardian/openings.ts";
import { resolveSeat } from "./council.ts";
import { readGuarded } from "./guarded.ts";
import type { KeyRing } from "./keys.ts";
import type { Config } from "./schema.ts";
import { readTrusteeSecret } from "./trusteeSecret.ts";

/** Keys in rotation: any may send; the first is the one that the role is known by. */
export type SigningKeys = readonly [LocalAccount, ...LocalAccount[]];

/** The resolved keys of the roles that are on. */
export type RoleKeys = {
  batcher?: SigningKeys;
  attestor?: SigningKeys;
  executor?: SigningKeys;
  orderSender?: SigningKeys;
  keeper?: LocalAccount;
  claimKeys?: Keys;
  /** `vetoKey` is the bearer token of its veto hook. */
  dvn?: { signer: LocalAccount; admin: SigningKeys; vetoKey?: string };
  watchman?: { account: LocalAccount; guardian?: LocalAccount };
  guardian?: { account: LocalAccount; clients: GuardedAccount[] };
  /** Accounts of the submitter, in the order of the configuration. */
  submitter?: LocalAccount[];
  /** Of `roles.prover.requests`: 32 bytes, 0x and 64 hex digits. */
  witnessKey?: Hex;
  /** Of the trustee: keys of its own, or a seat of a council. */
  trustee?: { accounts: SigningKeys } & ({ secrets: bigint[] } | { seat: SeatKeys });
};

/** Reads every key that the roles refer to. Errors name references, never contents. */
export async function resolveRoleKeys(config: Config, deployment: Deployment, ring: KeyRing): Promise<RoleKeys> {
  const { batcher, attestor, executor, orderSender, keeper, dvn, trustee, submitter, watchman, guardian, prover } =
    config.roles;
  const keys: RoleKeys = {};
  const rotation = (path: string, references: string[]) => resolveRotation(path, references, ring);
  if (batcher) keys.batcher = await rotation("roles.batcher.key", batcher.key);
  if (attestor) keys.attestor = await rotation("roles.attestor.key", attestor.key);
  if (executor) keys.executor = await rotation("roles.executor.key", executor.key);
  if (orderSender) keys.orderSender = await rotation("roles.orderSender.key", orderSender.key);
  if (submitter) keys.submitter = await Promise.all(submitter.keys.map((key) => ring.account(key)));
  if (prover?.requests) keys.witnessKey = await ring.secret(prover.requests.witnessKey);
  if (keeper) {
    keys.keeper = await ring.account(keeper.key);
    if (keeper.claimSeed !== undefined) keys.claimKeys = await deriveKeys(await ring.secret(keeper.claimSeed));
    else if (BigInt(keeper.maxSpend) > 0n)
      throw new ConfigError(
        "roles.keeper.maxSpend allows buying, but roles.keeper.claimSeed is missing: bought claims need keys to belong to.",
      );
  }
  if (dvn) {
    keys.dvn = { signer: await ring.account(dvn.signerKey), admin: await rotation("roles.dvn.adminKey", dvn.adminKey) };
    const { signer, admin } = keys.dvn;
    if (admin.some(({ address }) => address === signer.address))
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
    const accounts = await rotation("roles.trustee.key", trustee.key);
    keys.trustee =
      trustee.council === undefined
        ? { accounts, secrets: await trusteeSecrets(trustee.secrets ?? [], deployment, ring) }
        : { accounts, seat: await resolveSeat(trustee.council, deployment, ring) };
  }
  return keys;
}

async function resolveRotation(path: string, references: string[], ring: KeyRing): Promise<SigningKeys> {
  const accounts = await Promise.all(references.map((reference) => ring.account(reference)));
  const addresses = accounts.map(({ address }) => address);
  const twice = addresses.find((address, index) => addresses.indexOf(address) !== index);
  if (twice !== undefined)
    throw new ConfigError(`${path} refers to the key of ${twice} twice: each key of a rotation has its own nonces.`);
  return accounts as [LocalAccount, ...LocalAccount[]];
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
  const uses: [string, readonly LocalAccount[] | undefined, string[]][] = [
    ["batcher", keys.batcher, [names.vault]],
    ["attestor", keys.attestor, [names.vault]],
    ["executor", keys.executor, both],
    ["orderSender", keys.orderSender, [names.margin]],
    ["keeper", keys.keeper && [keys.keeper], [names.margin]],
    ["dvn", keys.dvn?.admin, both],
    ["trustee", keys.trustee?.accounts, both],
    ["submitter", keys.submitter, both],
    ["watchman", keys.watchman && [keys.watchman.account], both],
    ["watchman", keys.watchman?.guardian && [keys.watchman.guardian], [names.margin]],
    ["guardian", keys.guardian && [keys.guardian.account], [names.margin]],
  ];
  return uses.flatMap(([role, accounts, chains]) =>
    (accounts ?? []).flatMap((account) => chains.map((chain) => ({ role, chain, account }))),
  );
}
