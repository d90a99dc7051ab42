import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Clock } from "../runtime/clock.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { Database } from "./database.ts";

const directory = new URL("./migrations/", import.meta.url);

/** Processes that start together on one store take turns: an advisory lock of the transaction, the same number for all. */
const lockNumber = 0x687970; // "hyp"

/** Applies `migrations/NNNN_name.sql` in order, each once; all of them or none. Returns the names applied now. */
export async function migrate(database: Database, clock: Clock): Promise<string[]> {
  const files = (await readdir(fileURLToPath(directory))).filter((name) => name.endsWith(".sql")).sort();
  return database.transaction(async (sql) => {
    await sql.query("select pg_advisory_xact_lock($1)", [lockNumber]);
    await sql.query("create table if not exists migrations (name text primary key, applied_at bigint not null)");
    const executed = async () =>
      (await sql.query<{ name: string }>("select name from migrations order by name")).map(({ name }) => name);
    const before = await executed();
    const foreign = before.filter((name) => !files.includes(name));
    if (foreign.length > 0)
      throw new RelayerError(
        "store_newer",
        `The store was written by a newer relayer (migration ${foreign.join(", ")}). Start that version, or use another store.`,
        { severity: "fatal" },
      );
    if (files.every((name) => before.includes(name))) return [];
    // Loaded only when there is something to apply: it brings a command line of its own, which takes long to load.
    const { MigrationError, Umzug } = await import("umzug");
    const umzug = new Umzug({
      migrations: files.map((name) => ({
        name,
        async up() {
          const text = await readFile(new URL(name, directory), "utf8");
          for (const statement of splitStatements(text)) await sql.query(statement);
        },
      })),
      storage: {
        executed,
        async logMigration({ name }) {
          await sql.query("insert into migrations (name, applied_at) values ($1, $2)", [name, clock.now()]);
        },
        unlogMigration: () => Promise.reject(new Error("Migrations are not taken back.")),
      },
      logger: undefined,
    });
    try {
      return (await umzug.up()).map(({ name }) => name);
    } catch (error) {
      // What went wrong, not that it was a migration: a connection that was lost is waited for.
      throw error instanceof MigrationError ? error.cause : error;
    }
  });
}

/** Splits on semicolons outside comments and quotes; migrations hold no function bodies. */
export function splitStatements(text: string): string[] {
  const withoutComments = text.replace(/--[^\n]*/g, "");
  const statements: string[] = [];
  let current = "";
  let quoted = false;
  for (const character of withoutComments) {
    if (character === "'") quoted = !quoted;
    if (character === ";" && !quoted) {
      statements.push(current);
      current = "";
    } else current += character;
  }
  return [...statements, current].map((statement) => statement.trim()).filter((statement) => statement !== "");
}
