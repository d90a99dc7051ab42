import type { ChainEvent, ChainSync } from "../chain/sync.ts";
import { halted } from "../chain/sync.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Database } from "../store/database.ts";
import { eventsBetween, readCursor, readReorgs, recentBlocks, type ChainCursor } from "../store/events.ts";
import type { Cluster, Lease } from "./cluster.ts";

/** A chain as this process knows it, whoever reads it from the node. */
export type SharedSync = ChainSync & {
  /** Until the next poll: the leader sleeps, the others wait for its news. */
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** Without news a follower looks into the store this often, milliseconds: a net under the news. */
const followMs = 5_000;

/** Blocks of events that are read at once. */
const stride = 20_000;

/**
 * Follows one chain with the other processes of the store: the leader reads the node and writes the store, everybody else reads the store.
 * All get the same events, each block's once; after an error, too, nothing is left out: what the store has and was not handed on yet comes
 * first.
 */
export async function createSharedSync(options: {
  chain: string;
  startBlock: number;
  lease: Lease;
  cluster: Cluster;
  database: Database;
  clock: Clock;
  /** Reads the chain from the node, from where the store is. Called when this process becomes the leader. */
  lead: () => Promise<ChainSync>;
}): Promise<SharedSync> {
  const { chain, lease, cluster, database, clock } = options;
  let known = await readCursor(database, chain, options.startBlock);
  let reorgs = await readReorgs(database, chain);
  let leading: ChainSync | undefined;
  let hasNews = false;
  let rouse: () => void = () => {};
  cluster.listen((news) => {
    if (news !== `chain:${chain}` && news !== "lease") return;
    hasNews = true;
    rouse();
  });

  /** What the store has and was not handed on yet. */
  async function catchUp(): Promise<ChainEvent[]> {
    const stored = await readCursor(database, chain, options.startBlock);
    if (stored.halted !== null) {
      known = { ...known, halted: stored.halted }; // who asks is told; what was handed on stays handed on
      throw halted(chain, stored.halted);
    }
    const count = await readReorgs(database, chain);
    if (count !== reorgs) {
      const depth = Math.max(1, known.head.number - stored.head.number);
      [known, reorgs] = [stored, count];
      return [{ type: "reorg", chain, ancestor: stored.head.number, depth }];
    }
    const out: ChainEvent[] = [];
    if (stored.head.number > known.head.number) {
      const [tip] = await recentBlocks(database, chain, 1);
      for (let after = known.head.number; after < stored.head.number; after += stride) {
        const number = Math.min(after + stride, stored.head.number);
        const events = await eventsBetween(database, chain, after, number);
        out.push({
          type: "block",
          chain,
          number,
          hash: stored.head.hash ?? "0x",
          timestamp: tip?.timestamp ?? 0,
          events,
        });
      }
    }
    if (stored.finalised > known.finalised) out.push({ type: "finalized", chain, number: stored.finalised });
    // The tables were not read at one moment: a reorg between may have mixed two histories.
    if ((await readReorgs(database, chain)) !== count) return [];
    known = stored;
    return out;
  }

  async function poll(): Promise<ChainEvent[]> {
    if (!lease.held()) {
      leading = undefined;
      return catchUp();
    }
    if (leading === undefined) {
      const missed = await catchUp();
      leading = await options.lead();
      if (missed.length > 0) return missed;
    }
    try {
      const events = await leading.poll();
      known = leading.cursor();
      reorgs += events.filter(({ type }) => type === "reorg").length;
      if (events.length > 0) cluster.publish(`chain:${chain}`);
      return events;
    } catch (error) {
      known = { ...known, halted: leading.cursor().halted };
      leading = undefined; // some of it may be in the store already: the next poll begins with that
      throw error;
    }
  }

  async function pause(ms: number, signal: AbortSignal): Promise<void> {
    if (lease.held()) return clock.sleep(ms, signal);
    if (!hasNews) {
      const sleeper = new AbortController();
      const roused = new Promise<void>((resolve) => (rouse = resolve));
      await Promise.race([roused, clock.sleep(followMs, AbortSignal.any([signal, sleeper.signal]))]);
      sleeper.abort();
    }
    hasNews = false;
  }

  const cursor = (): ChainCursor => known;
  const unagreed: SharedSync["unagreed"] = () => leading?.unagreed() ?? null;
  return { chain, cursor, unagreed, poll, pause };
}
