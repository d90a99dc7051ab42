import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Clock } from "../runtime/clock.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { Database, Sql } from "./database.ts";

const directory = new URL("./migrations/", import.meta.url);

/** Processes that start together on one store take turns: an advisory lock of the transaction, the same number for all. */
const lockNumber = 0x687970; // "hyp"

/** Applies `migrations/NNNN_name.sql` in order, each once and in its own transaction. Returns the names applied now. */
export async function migrate(database: Database, clock: Clock): Promise<string[]> {
  const files = (await readdir(fileURLToPath(directory))).filter((name) => name.endsWith(".sql")).sort();
  const known = await locked(database, async (sql) => {
    await sql.query("create table if not exists migrations (name text primary key, applied_at bigint not null)");
    return new Set((await sql.query<{ name: string }>("select name from migrations")).map((row) => row.name));
  });
  const foreign = [...known].filter((name) => !files.includes(name));
  if (foreign.length > 0)
    throw new RelayerError(
      "store_newer",
      `The store was written by a newer relayer (migration ${foreign.join(", ")}). Start that version, or use another store.`,
      { severity: "fatal" },
    );
  const applied: string[] = [];
  for (const name of files) {
    if (known.has(name)) continue;
    const statements = splitStatements(await readFile(new URL(name, directory), "utf8"));
    const isMine = await locked(database, async (sql) => {
      const done = await sql.query("select 1 from migrations where name = $1", [name]);
      if (done.length > 0) return false;
      for (const statement of statements) await sql.query(statement);
      await sql.query("insert into migrations (name, applied_at) values ($1, $2)", [name, clock.now()]);
      return true;
    });
    if (isMine) applied.push(name);
  }
  return applied;
}

function locked<Result>(database: Database, run: (sql: Sql) => Promise<Result>): Promise<Result> {
  return database.transaction(async (sql) => {
    await sql.query("select pg_advisory_xact_lock($1)", [lockNumber]);
    return run(sql);
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
