import type { Config } from "./schema.ts";

/** Where a configuration refers to a key. */
export type KeyUse = {
  /** Path in the configuration: "roles.batcher.key". */
  path: string;
  role: string;
  reference: string;
  /** An account signs transactions or verifications; a secret is what other keys come from, and has no address. */
  kind: "account" | "secret";
  /** Names of the chains on which the account pays gas. */
  pays: string[];
};

/** Every key reference of the roles that are on, in the order of the schema. */
export function keyUses(roles: Config["roles"], names: { vault: string; margin: string }): KeyUse[] {
  const { batcher, attestor, dvn, executor, orderSender, keeper, trustee, prover, submitter, watchman, guardian } =
    roles;
  const both = [names.vault, names.margin];
  const uses: KeyUse[] = [];
  const add = (role: string, field: string, reference: string | undefined, kind: KeyUse["kind"], pays: string[]) => {
    if (reference !== undefined) uses.push({ path: `roles.${role}.${field}`, role, reference, kind, pays });
  };
  const addAll = (role: string, field: string, references: string[] | undefined, pays: string[]) =>
    references?.forEach((reference, index) => {
      add(role, references.length === 1 ? field : `${field}[${index}]`, reference, "account", pays);
    });
  addAll("batcher", "key", batcher?.key, [names.vault]);
  addAll("attestor", "key", attestor?.key, [names.vault]);
  add("dvn", "signerKey", dvn?.signerKey, "account", []);
  addAll("dvn", "adminKey", dvn?.adminKey, both);
  add("dvn", "veto.urlKey", dvn?.veto?.urlKey, "secret", []);
  addAll("executor", "key", executor?.key, both);
  addAll("orderSender", "key", orderSender?.key, [names.margin]);
  add("keeper", "key", keeper?.key, "account", [names.margin]);
  add("keeper", "claimSeed", keeper?.claimSeed, "secret", []);
  addAll("trustee", "key", trustee?.key, both);
  trustee?.secrets?.forEach((secret, index) => {
    add("trustee", `secrets[${index}]`, secret, "secret", []);
  });
  add("trustee", "council.share", trustee?.council?.share, "secret", []);
  trustee?.council?.peers.forEach(({ apiKey }, index) => {
    add("trustee", `council.peers[${index}].apiKey`, apiKey, "secret", []);
  });
  submitter?.keys.forEach((key, index) => {
    add("submitter", `keys[${index}]`, key, "account", both);
  });
  add("prover", "requests.witnessKey", prover?.requests?.witnessKey, "secret", []);
  add("watchman", "key", watchman?.key, "account", both);
  add("watchman", "guardianKey", watchman?.guardianKey, "account", [names.margin]);
  add("guardian", "key", guardian?.key, "account", [names.margin]);
  guardian?.accounts.forEach(({ openings }, index) => {
    openings.forEach((opening, lock) => {
      add("guardian", `accounts[${index}].openings[${lock}]`, opening, "secret", []);
    });
  });
  return uses;
}
