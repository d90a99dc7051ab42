import { fenced, type Lease } from "../cluster/cluster.ts";
import type { Database } from "../store/database.ts";
import { eventsBetween, type ChainCursor, type StoredEvent } from "../store/events.ts";
import { insertMessages, type NewMessage } from "../store/messages.ts";
import { holdsHistory, readPlanned, writePlanned } from "../store/plans.ts";
import type { Clock } from "./clock.ts";

/** A part of a role that makes messages of final events. Pure; keys make repetition harmless. */
export type FinalPlan = { role: string; plan: (events: StoredEvent[]) => NewMessage[] };

/** Up to where a chain is final, and in which of its histories: an operator may have accepted a new one. */
type FinalCursor = Pick<ChainCursor, "finalised" | "history">;

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
}): { plan: (chain: string, startBlock: number, cursor: FinalCursor) => Promise<void> } {
  const { database, plans, clock } = options;
  const byRole = Map.groupBy(plans, ({ role }) => role);
  /** By chain, history and role: how far this process has planned since it leads. */
  const planned = new Map<string, number>();

  async function planRole(role: string, chain: string, startBlock: number, cursor: FinalCursor): Promise<void> {
    const { finalised, history } = cursor;
    const lease = options.lease(role);
    const key = `${chain}/${history}/${role}`;
    if (!lease.held()) {
      planned.delete(key);
      return;
    }
    let after = planned.get(key) ?? (await readPlanned(database, chain, role, startBlock));
    while (after < finalised) {
      const to = Math.min(after + stride, finalised);
      const events = await eventsBetween(database, chain, after, to);
      const messages = events.flatMap((event) => {
        const origin = { chain, block: event.blockNumber, hash: event.blockHash };
        return (byRole.get(role) ?? []).flatMap(({ plan }) => plan([event]).map((message) => ({ ...message, origin })));
      });
      const isPlanned = await fenced(database, lease).transaction(async (sql) => {
        if (!(await holdsHistory(sql, chain, history))) return false;
        await insertMessages(sql, messages, clock.now());
        await writePlanned(sql, chain, role, to);
        return true;
      });
      if (!isPlanned) return; // these events are of a history that is gone
      after = to;
      planned.set(key, after);
    }
  }

  return {
    async plan(chain, startBlock, cursor) {
      for (const role of byRole.keys()) await planRole(role, chain, startBlock, cursor);
    },
  };
}
