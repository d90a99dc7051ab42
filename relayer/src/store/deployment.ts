import type { Deployment } from "@hypothec/sdk";
import { RelayerError } from "../runtime/errors.ts";
import type { Sql } from "./database.ts";
import { decodeJson, encodeJson } from "./json.ts";

/** What makes a deployment this one: its vault and its engine. */
const identityOf = ({ vaultChain, marginChain }: Deployment): string =>
  `${vaultChain.chainId}/${vaultChain.vault}/${marginChain.chainId}/${marginChain.engine}`.toLowerCase();

/**
 * Notes whose store this is, and what the deployment says now, for workers that have nothing but the store.
 *
 * @throws RelayerError `store_of_another` (fatal) when it holds another deployment's events.
 */
export async function bindDeployment(sql: Sql, deployment: Deployment): Promise<void> {
  const identity = identityOf(deployment);
  const rows = await sql.query<{ identity: string }>(
    `insert into deployments (id, identity, data) values (1, $1, $2)
     on conflict (id) do update set data = case when deployments.identity = $1 then excluded.data else deployments.data end
     returning identity`,
    [identity, encodeJson(deployment)],
  );
  if (rows[0]?.identity !== identity)
    throw new RelayerError(
      "store_of_another",
      `The store holds the deployment ${rows[0]?.identity ?? "?"}, the configuration is for ${identity}. Give each deployment a store of its own (dataDir, or store.schema).`,
      { severity: "fatal" },
    );
}

/** The deployment of a store, or undefined when no relayer has started on it yet. */
export async function readDeployment(sql: Sql): Promise<Deployment | undefined> {
  const rows = await sql.query<{ data: unknown }>("select data from deployments");
  return rows[0] === undefined ? undefined : decodeJson<Deployment>(rows[0].data);
}
