import { fenced, type Lease } from "../cluster/cluster.ts";
import type { Database } from "../store/database.ts";
import { eventsBetween, type StoredEvent } from "../store/events.ts";
import { insertMessages, type NewMessage } from "../store/messages.ts";
import { readPlanned, writePlanned } from "../store/plans.ts";
import type { Clock } from "./clock.ts";

/** A part of a role that makes messages of final events. Pure; keys make repetition harmless. */
export type FinalPlan = { role: string; plan: (events: StoredEvent[]) => NewMessage[] };

/** Blocks that are planned in one transaction. */
const stride = 20_000;

/**
 * Messages that follow from final events, each role's by whoever leads it, up to a cursor of the role's own: so that it does not matter which
 * process read the blocks, and a role that was off when they came, or whose process was, misses none. Messages and cursor are written in one transaction.
 */
export function createFinalPlanner(options: {
  database: Database;
  plans: FinalPlan[];
  lease: (role: string) => Lease;
  clock: Clock;
}): { plan: (chain: string, startBlock: number, finalised: number) => Promise<void> } {
  const { database, plans, clock } = options;
  const byRole = Map.groupBy(plans, ({ role }) => role);
  /** By chain and role: how far this process has planned since it leads. */
  const planned = new Map<string, number>();

  async function planRole(role: string, chain: string, startBlock: number, finalised: number): Promise<void> {
    const lease = options.lease(role);
    const key = `${chain}/${role}`;
    if (!lease.held()) {
      planned.delete(key);
      return;
    }
    let after = planned.get(key) ?? (await readPlanned(database, chain, role, startBlock));
    while (after < finalised) {
      const to = Math.min(after + stride, finalised);
      const events = await eventsBetween(database, chain, after, to);
      const messages = (byRole.get(role) ?? []).flatMap(({ plan }) => plan(events));
      await fenced(database, lease).transaction(async (sql) => {
        await insertMessages(sql, messages, clock.now());
        await writePlanned(sql, chain, role, to);
      });
      after = to;
      planned.set(key, after);
    }
  }

  return {
    async plan(chain, startBlock, finalised) {
      for (const role of byRole.keys()) await planRole(role, chain, startBlock, finalised);
    },
  };
}
