import { hostname } from "node:os";
import { createLoneCluster, type Cluster } from "../cluster/cluster.ts";
import { createSession } from "../cluster/session.ts";
import type { KeyRing } from "../config/keys.ts";
import type { StoreConfig } from "../config/schema.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import { openDatabase, type Database } from "./database.ts";
import { openPostgres, type PostgresAddress } from "./postgres.ts";
import { whenStoreIsBack } from "./reachable.ts";

/** Where a process keeps its store. */
export type StorePlace = { name: string; dataDir: string; store?: StoreConfig | undefined };

/** A server may start after us: so long it is waited for. */
const patienceMs = 60_000;

/** Where the server is, with its password: it goes to the connections and nowhere else. */
export async function addressOf(
  { name, store }: { name: string; store: StoreConfig },
  keys: KeyRing,
): Promise<PostgresAddress> {
  return {
    url: await keys.text(store.postgres),
    schema: store.schema,
    applicationName: `hypothec ${name}`.slice(0, 63),
  };
}

/** pg-boss has a schema of its own beside ours. */
export function jobSchemaOf(store: StoreConfig | undefined): { schema?: string } {
  return store === undefined ? {} : { schema: `${store.schema}_jobs` };
}

/** Opens the store of a configuration, and joins the processes that share it. */
export async function openStore(
  place: StorePlace,
  options: { keys: KeyRing; clock: Clock; logger: Logger; signal: AbortSignal },
): Promise<{ database: Database; cluster: Cluster }> {
  const { store } = place;
  if (store === undefined) return { database: await openDatabase(place.dataDir), cluster: createLoneCluster() };
  const { keys, clock, logger } = options;
  const address = await addressOf({ name: place.name, store }, keys);
  const database = await whenStoreIsBack(() => openPostgres(address), { ...options, patienceMs });
  const holder = `${place.name}@${hostname()}:${process.pid}`;
  return { database, cluster: createSession({ address, database, holder, clock, logger }) };
}
