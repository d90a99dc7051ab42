import { mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { PGlite, types } from "@electric-sql/pglite";
import { RelayerError } from "../runtime/errors.ts";

/** What a query runs on: the database, or a transaction of it. */
export type Sql = {
  query: <Row>(text: string, values?: unknown[]) => Promise<Row[]>;
};

/** The relayer's view of PostgreSQL: embedded (PGlite) here, a server in postgres.ts. Both speak the same SQL. */
export type Database = Sql & {
  /** `embedded`: of this process alone. `server`: others may share it. */
  kind: "embedded" | "server";
  /** Runs several statements without parameters; the rows of all of them. What fails leaves no transaction open. */
  exec: (text: string) => Promise<Record<string, unknown>[]>;
  /** All or nothing; serialised with everything else on an embedded store. */
  transaction: <Result>(run: (sql: Sql) => Promise<Result>) => Promise<Result>;
  close: () => Promise<void>;
};

/**
 * PostgreSQL's own cache, in this process's memory: its default of 128 MB is for servers. A relayer's queries are by index on
 * rows just written, and idle it is 130 MB larger with the default.
 */
const sharedBuffers = "8MB";
/** Segments of the write-ahead log that are kept to be used again: the least that PostgreSQL takes, two of 16 MB. */
const keptWal = "32MB";

/** Opens the embedded store at `dataDir` (created if missing), or in memory when undefined. One process at a time. */
export async function openDatabase(dataDir?: string): Promise<Database> {
  const release = dataDir === undefined ? async () => {} : await lockDirectory(dataDir);
  let engine: PGlite;
  try {
    engine = await PGlite.create({
      ...(dataDir === undefined ? {} : { dataDir: join(dataDir, "pg") }),
      startParams: [
        ...PGlite.defaultStartParams,
        "-c",
        `shared_buffers=${sharedBuffers}`,
        "-c",
        `min_wal_size=${keptWal}`,
      ],
      parsers: { [types.INT8]: (text: string) => Number(text) },
    });
  } catch (cause) {
    await release();
    throw new RelayerError(
      "store",
      `The store in ${dataDir} cannot be opened: ${(cause as Error).message}. Restore it from a backup, or delete it: all of it can be read from the chains again.`,
      { severity: "fatal", cause },
    );
  }
  return {
    kind: "embedded",
    query: async <Row>(text: string, values?: unknown[]) => (await engine.query<Row>(text, values)).rows,
    exec: async (text) => {
      try {
        return (await engine.exec(text)).flatMap((result) => result.rows as Record<string, unknown>[]);
      } catch (error) {
        await engine.exec("rollback").catch(() => {}); // a failed block must not poison the one connection
        throw error;
      }
    },
    transaction: (run) =>
      engine.transaction((tx) =>
        run({ query: async <Row>(text: string, values?: unknown[]) => (await tx.query<Row>(text, values)).rows }),
      ),
    close: async () => {
      await engine.close();
      await release();
    },
  };
}

/** A PGlite directory belongs to one process. The lock names it by id and start time, so that a crash leaves no lock behind. */
export async function lockDirectory(dataDir: string): Promise<() => Promise<void>> {
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, "relayer.lock");
  const mine = `${process.pid} ${await startOf(process.pid)}`;
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = await open(path, "wx");
      await file.writeFile(mine);
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = (await readFile(path, "utf8").catch(() => "")).trim();
    const [pid, start] = holder.split(" ");
    const alive = pid !== undefined && /^\d+$/.test(pid) && (await startOf(Number(pid))) === start && start !== "gone";
    if (alive)
      throw new RelayerError(
        "store_locked",
        `The store in ${dataDir} is used by process ${pid}. Stop that relayer, or give this one its own dataDir.`,
        { severity: "fatal" },
      );
    await rm(path, { force: true });
  }
  throw new RelayerError(
    "store_locked",
    `The store in ${dataDir} could not be locked: another relayer is starting on it.`,
    { severity: "fatal" },
  );
}

async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "unknown"; // field 22: start time in ticks
  } catch {
    try {
      process.kill(pid, 0);
      return "unknown";
    } catch {
      return "gone";
    }
  }
}
