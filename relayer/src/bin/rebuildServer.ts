import pg from "pg";
import { presenceLock } from "../cluster/session.ts";
import { exitCodes, RefusedError } from "../runtime/errors.ts";
import { connectionConfig, type PostgresAddress } from "../store/postgres.ts";
import { fromPostgres } from "../store/postgresErrors.ts";
import { losses } from "./rebuild.ts";
import { confirm, type Terminal } from "./terminal.ts";

/**
 * `relayer rebuild` on a PostgreSQL server: drops the schemas of a store. Whoever uses the store holds its presence lock shared; we need it
 * alone.
 *
 * @throws RefusedError `store_locked` while a relayer or a worker is on it.
 */
export async function rebuildServer(options: {
  address: PostgresAddress;
  terminal: Terminal;
  yes?: boolean;
}): Promise<number> {
  const { address, terminal } = options;
  const { schema } = address;
  const client = new pg.Client(connectionConfig(address));
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ got: boolean }>(
      "select pg_try_advisory_lock(hashtextextended($1, 0)) as got",
      [presenceLock(schema)],
    );
    if (rows[0]?.got !== true)
      throw new RefusedError(
        "store_locked",
        `Relayers or workers are on the store in schema ${schema}. Stop all of them first.`,
      );
    const found = await client.query("select 1 from pg_namespace where nspname = $1", [schema]);
    if (found.rows.length === 0) {
      terminal.print(`there is no store in schema ${schema}: the next start reads everything from the chains`);
      return exitCodes.ok;
    }
    const count = async (from: string) =>
      (await client.query<{ n: number }>(`select count(*)::integer as n from ${from}`)).rows[0]?.n ?? 0;
    await confirm(
      terminal,
      `Drops the store in schema ${schema}; the next start reads the chains again from the deployment's first blocks. ${await losses(count)}`,
      options.yes,
    );
    await client.query(`drop schema ${schema} cascade; drop schema if exists ${schema}_jobs cascade`);
    terminal.print(`the store in schema ${schema} is gone; "relayer start" builds it again`);
    return exitCodes.ok;
  } catch (error) {
    throw fromPostgres(error);
  } finally {
    await client.end().catch(() => {});
  }
}
