import { applyToQueue, emptyQueueView, type QueueView } from "../batcher/queueView.ts";
import { applyToMargin, emptyMarginView, type MarginView } from "../keeper/marginView.ts";
import type { Sql } from "../store/database.ts";
import { eventsBetween, type StoredEvent } from "../store/events.ts";

/** What the stored events add up to, in memory. Everything here can be thrown away and computed again. */
export type Views = {
  queue: () => QueueView;
  accounts: () => MarginView;
  /** Adds the events of a new block. */
  apply: (chain: string, events: StoredEvent[]) => void;
  /** Computes a chain's view anew: at start, and after a reorg. */
  rebuild: (chain: string, head: number) => Promise<void>;
};

export function createViews(options: { vaultChain: string; marginChain: string; database: Sql }): Views {
  let queue = emptyQueueView();
  let margin = emptyMarginView();
  const apply = (chain: string, events: StoredEvent[]) => {
    for (const event of events) {
      if (chain === options.vaultChain) applyToQueue(queue, event);
      else applyToMargin(margin, event);
    }
  };
  return {
    queue: () => queue,
    accounts: () => margin,
    apply,
    async rebuild(chain, head) {
      const events = await eventsBetween(options.database, chain, -1, head);
      if (chain === options.vaultChain) queue = emptyQueueView();
      else margin = emptyMarginView();
      apply(chain, events);
    },
  };
}
