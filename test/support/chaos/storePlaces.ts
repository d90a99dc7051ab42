import { cpSync } from "node:fs";

import type { ConfigInput } from "../../../relayer/src/config/schema.ts";
import { systemClock } from "../../../relayer/src/runtime/clock.ts";
import { createOperations, type Operations } from "../../../relayer/src/runtime/operations.ts";
import { openPostgres } from "../../../relayer/src/store/postgres.ts";
import { startPostgres } from "../postgres.ts";

export const STORES = ["embedded", "server"] as const;
export type StoreKind = (typeof STORES)[number];

/** Where a relayer's store is. */
export type StorePlace = {
  config: Pick<ConfigInput, "store">;
  env: Record<string, string>;
  /** What an operator does with the store; undefined where that goes through the relayer. */
  operations?: Operations;
  /** Ends all connections and lets nobody in until the function returned is called; undefined where there are no connections. */
  lose?: () => Promise<() => Promise<void>>;
  close(): Promise<void>;
};

/** Stores of all runs of a campaign: each begins as a copy of what its relayer had when runs begin. */
export type StorePlaces = {
  template(operator: string): Promise<StorePlace>;
  /** `dataDir`: of the relayer that is to have the copy. */
  copy(operator: string, dataDir: string): Promise<StorePlace>;
  stop(): Promise<void>;
};

const SCHEMA = "hypothec";
const embedded: StorePlace = { config: {}, env: {}, close: () => Promise.resolve() };

/** @param templateDir a relayer's data directory while the template is made */
export async function createStorePlaces(
  kind: StoreKind,
  templateDir: (operator: string) => string,
): Promise<StorePlaces> {
  if (kind === "embedded")
    return {
      template: () => Promise.resolve(embedded),
      copy(operator, dataDir) {
        cpSync(templateDir(operator), dataDir, { recursive: true });
        return Promise.resolve(embedded);
      },
      stop: () => Promise.resolve(),
    };
  const server = await startPostgres();
  const templates = new Map<string, string>();
  async function placeAt(url: string): Promise<StorePlace> {
    const database = await openPostgres({ url, schema: SCHEMA, applicationName: "chaos" });
    return {
      config: { store: { postgres: "env:STORE", schema: SCHEMA } },
      env: { STORE: url },
      operations: createOperations({ database, clock: systemClock(), rpcs: () => [] }),
      async lose() {
        await server.admit(url, false);
        await server.cutConnections(url);
        return () => server.admit(url, true);
      },
      close: () => database.close(),
    };
  }
  return {
    async template(operator) {
      const url = await server.createDatabase();
      templates.set(operator, url);
      return placeAt(url);
    },
    // The template's own connections have to be closed.
    copy: async (operator) => placeAt(await server.createDatabase(templates.get(operator))),
    stop: () => server.close(),
  };
}
