import { cpSync } from "node:fs";

import type { ConfigInput } from "../../../relayer/src/config/schema.ts";
import { startPostgres } from "../postgres.ts";

export const STORES = ["embedded", "server"] as const;
export type StoreKind = (typeof STORES)[number];

/** Where a relayer's store is. */
export type StorePlace = {
  config: Pick<ConfigInput, "store">;
  env: Record<string, string>;
  /** Ends all connections and lets nobody in until the function returned is called; undefined where there are no connections. */
  lose?: () => Promise<() => Promise<void>>;
};

/** Stores of all runs of a campaign: each begins as a copy of what its relayer had when runs begin. */
export type StorePlaces = {
  template(operator: string): Promise<StorePlace>;
  /** `dataDir`: of the relayer that is to have the copy. */
  copy(operator: string, dataDir: string): Promise<StorePlace>;
  stop(): Promise<void>;
};

/** @param templateDir a relayer's data directory while the template is made */
export async function createStorePlaces(
  kind: StoreKind,
  templateDir: (operator: string) => string,
): Promise<StorePlaces> {
  if (kind === "embedded")
    return {
      template: () => Promise.resolve({ config: {}, env: {} }),
      copy(operator, dataDir) {
        cpSync(templateDir(operator), dataDir, { recursive: true });
        return Promise.resolve({ config: {}, env: {} });
      },
      stop: () => Promise.resolve(),
    };
  const server = await startPostgres();
  const templates = new Map<string, string>();
  const placeAt = (url: string): StorePlace => ({
    config: { store: { postgres: "env:STORE" } },
    env: { STORE: url },
    async lose() {
      await server.admit(url, false);
      await server.cutConnections(url);
      return () => server.admit(url, true);
    },
  });
  return {
    async template(operator) {
      const url = await server.createDatabase();
      templates.set(operator, url);
      return placeAt(url);
    },
    copy: async (operator) => placeAt(await server.createDatabase(templates.get(operator)!)),
    stop: () => server.close(),
  };
}
