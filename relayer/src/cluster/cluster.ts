import type { Database, Sql } from "../store/database.ts";

/**
 * What only one process at a time may do: a signing role with its accounts, the reading of a chain. Losing it takes effect at once: `held` says
 * no, and a transaction that began before fails at `fence`.
 */
export type Lease = {
  held: () => boolean;
  /**
   * In a transaction that writes what only the leader may write: it commits only while nobody else has taken over.
   *
   * @throws RelayerError `lease_lost` (retryable)
   */
  fence: (sql: Sql) => Promise<void>;
};

/**
 * The processes that share a store: who leads, and what they tell one another. News are hints only: whatever matters is in the store, and is found there
 * without them too, later.
 */
export type Cluster = {
  /** Whether others may share the store. */
  shared: boolean;
  /** A lease of all these names together, held as soon as nobody else holds any of them. Two leases of a process share no name. */
  lease: (what: string, names: string[]) => Lease;
  /** Tells the other processes; nothing happens when they cannot be reached. */
  publish: (news: string) => void;
  /** Hears what others publish, and `lease` when a lease was taken or lost here. Returns how to stop. */
  listen: (hear: (news: string) => void) => () => void;
  /** Holds leases and hears news until closed. */
  open: () => Promise<void>;
  /** Gives everything up, so that others can take over at once. */
  close: () => Promise<void>;
};

export const alwaysHeld: Lease = { held: () => true, fence: async () => {} };

/** One process alone on its store: it leads everything, and there is nobody to tell. */
export function createLoneCluster(): Cluster {
  return {
    shared: false,
    lease: () => alwaysHeld,
    publish: () => {},
    listen: () => () => {},
    open: async () => {},
    close: async () => {},
  };
}

/** The store for somebody who may write to it only while a lease is held: every transaction checks it first. */
export function fenced(database: Database, lease: Lease): Database {
  return {
    ...database,
    transaction: (run) =>
      database.transaction(async (sql) => {
        await lease.fence(sql);
        return run(sql);
      }),
  };
}
