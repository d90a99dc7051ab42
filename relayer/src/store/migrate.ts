import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Clock } from "../runtime/clock.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { Database } from "./database.ts";

const directory = new URL("./migrations/", import.meta.url);

/** Applies `migrations/NNNN_name.sql` in order, each once and in its own transaction. Returns the names applied now. */
export async function migrate(database: Database, clock: Clock): Promise<string[]> {
  await database.exec("create table if not exists migrations (name text primary key, applied_at bigint not null)");
  const known = new Set((await database.query<{ name: string }>("select name from migrations")).map((row) => row.name));
  const files = (await readdir(fileURLToPath(directory))).filter((name) => name.endsWith(".sql")).sort();
  const foreign = [...known].filter((name) => !files.includes(name));
  if (foreign.length > 0)
    throw new RelayerError(
      "store_newer",
      `The store was written by a newer relayer (migration ${foreign.join(", ")}). Start that version, or use another dataDir.`,
      { severity: "fatal" },
    );
  const applied: string[] = [];
  for (const name of files) {
    if (known.has(name)) continue;
    const statements = splitStatements(await readFile(new URL(name, directory), "utf8"));
    await database.transaction(async (sql) => {
      for (const statement of statements) await sql.query(statement);
      await sql.query("insert into migrations (name, applied_at) values ($1, $2)", [name, clock.now()]);
    });
    applied.push(name);
  }
  return applied;
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
