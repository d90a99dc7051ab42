import { applyToQueue, emptyQueueView, type QueueView } from "../batcher/queueView.ts";
import { applyToMargin, emptyMarginView, type MarginView } from "../keeper/marginView.ts";
import type { Sql } from "../store/database.ts";
import { eventPages, type StoredEvent } from "../store/events.ts";

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
      // Nobody sees half of it: readers keep the old view until this one is whole.
      const replay = async <View>(view: View, add: (view: View, event: StoredEvent) => void): Promise<View> => {
        for await (const page of eventPages(options.database, chain, head)) for (const event of page) add(view, event);
        return view;
      };
      if (chain === options.vaultChain) queue = await replay(emptyQueueView(), applyToQueue);
      else margin = await replay(emptyMarginView(), applyToMargin);
    },
  };
}
