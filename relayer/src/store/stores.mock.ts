import { startPostgres } from "../../../test/support/postgres.ts";
import { systemClock } from "../runtime/clock.ts";
import { openDatabase, type Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { openPostgres } from "./postgres.ts";

/** The stores that a test runs on; both do the same. */
export const storeKinds = ["PGlite", "PostgreSQL"] as const;

/** A new, migrated store, in memory or on a real server that lives as long as the test file. */
export async function openTestStore(kind: (typeof storeKinds)[number]): Promise<Database> {
  const database = kind === "PGlite" ? await openDatabase() : await openOnServer();
  await migrate(database, systemClock());
  return database;
}

async function openOnServer(): Promise<Database> {
  const server = await startPostgres();
  const database = await openPostgres({
    url: await server.createDatabase(),
    schema: "hypothec",
    applicationName: "test",
  });
  return {
    ...database,
    close: async () => {
      await database.close();
      await server.close();
    },
  };
}
