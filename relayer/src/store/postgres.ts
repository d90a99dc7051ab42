import pg, { type PoolClient, type PoolConfig } from "pg";
import { ConfigError } from "../runtime/errors.ts";
import type { Database, Sql } from "./database.ts";
import { fromPostgres } from "./postgresErrors.ts";

/** How to reach a store on a PostgreSQL server. */
export type PostgresAddress = {
  /** postgres://…: holds a password, so it goes nowhere but into the connections. */
  url: string;
  schema: string;
  /** Shown in pg_stat_activity. */
  applicationName: string;
};

/** Connections of a process, besides its session. Sixteen messages move at once, each a query at a time. */
const poolSize = 8;
/** For a connection to be made, and for one of the pool to be free. */
const connectTimeoutMs = 15_000;
/** A statement takes milliseconds; one that takes longer has lost its server. */
const statementTimeoutMs = 20_000;
/** A transaction of a process that died or froze holds rows: the server ends it. */
const idleInTransactionMs = 10_000;

/** Connection settings common to the pool and to a session. @throws ConfigError when the URL is none. */
export function connectionConfig({ url, schema, applicationName }: PostgresAddress): PoolConfig {
  let protocol = "";
  try {
    protocol = new URL(url).protocol;
  } catch {
    // Said below, without the URL: it holds a password.
  }
  if (protocol !== "postgres:" && protocol !== "postgresql:")
    throw new ConfigError(
      "store.postgres refers to something that is no URL of a PostgreSQL server: postgres://USER:PASSWORD@HOST:PORT/DATABASE.",
    );
  return {
    connectionString: url,
    application_name: applicationName,
    options: `-c search_path=${schema}`,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
    // Block numbers, times and counts: all below 2^53.
    types: {
      getTypeParser: ((oid: Parameters<typeof pg.types.getTypeParser>[0], format: never): unknown =>
        oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)) as never,
    },
  };
}

/**
 * Opens the store on a PostgreSQL server, and makes its schema if need be. Connections that are lost are made anew by the
 * next query; one that was under way fails with `database_unreachable`.
 *
 * @throws RelayerError `database_unreachable`; ConfigError for a URL, user, password or database that the server refuses.
 */
export async function openPostgres(
  address: PostgresAddress,
  options: { /** Make the schema if it is not there. @default true */ create?: boolean } = {},
): Promise<Database> {
  const pool = new pg.Pool({
    ...connectionConfig(address),
    max: poolSize,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 5_000,
    idle_in_transaction_session_timeout: idleInTransactionMs,
  });
  pool.on("error", () => {}); // an idle connection was lost: the pool makes another one

  async function withClient<Result>(run: (client: PoolClient) => Promise<Result>): Promise<Result> {
    let client: PoolClient | undefined;
    try {
      client = await pool.connect();
      client.on("error", ignore);
      const result = await run(client);
      client.off("error", ignore);
      client.release();
      return result;
    } catch (thrown) {
      const error = fromPostgres(thrown);
      client?.off("error", ignore);
      // After an error of the connection it is of no use any more, and says so only later.
      client?.release(error !== thrown);
      throw error;
    }
  }

  const query =
    (client: PoolClient): Sql["query"] =>
    async <Row>(text: string, values?: unknown[]) =>
      (await client.query(text, values)).rows as Row[];

  const database: Database = {
    kind: "server",
    query: <Row>(text: string, values?: unknown[]) => withClient((client) => query(client)<Row>(text, values)),
    exec: (text) =>
      withClient(async (client) => {
        try {
          const results = (await client.query(text)) as unknown as
            { rows: Record<string, unknown>[] }[] | { rows: Record<string, unknown>[] };
          return [results].flat().flatMap(({ rows }) => rows);
        } catch (error) {
          await client.query("rollback").catch(ignore);
          throw error;
        }
      }),
    transaction: (run) =>
      withClient(async (client) => {
        await client.query("begin");
        try {
          const result = await run({ query: query(client) });
          await client.query("commit");
          return result;
        } catch (error) {
          await client.query("rollback").catch(ignore);
          throw error;
        }
      }),
    close: () => pool.end(),
  };
  try {
    if (options.create === false) await database.query("select 1");
    else await createSchema(database, address.schema);
  } catch (error) {
    await pool.end();
    throw refusal(error);
  }
  return database;
}

/** Two that start at once would both make it: the one that comes second fails, and finds it there. */
async function createSchema(database: Database, schema: string): Promise<void> {
  await database.query(`create schema if not exists ${schema}`).catch(async (error: unknown) => {
    const there = await database.query("select 1 from pg_namespace where nspname = $1", [schema]);
    if (there.length === 0) throw error;
  });
}

const ignore = () => {};

/** A server that answers and refuses us is not waited for. */
function refusal(error: unknown): unknown {
  const { code, message } = error as { code?: string; message: string };
  if (code !== undefined && /^(28...|3D000|42501)$/.test(code))
    return new ConfigError(
      `The PostgreSQL server of the store refuses: ${message}. Correct what store.postgres refers to.`,
    );
  return error;
}
