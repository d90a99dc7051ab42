import { hasEventOf, type ChainCursor } from "../store/events.ts";
import type { Sql } from "../store/database.ts";
import type { Message } from "../store/messages.ts";

/**
 * Whether the event that a message was planned from is in the store: it may have vanished with the history of its chain, and nothing is
 * signed for what never happened. `unread`: that block is being read again.
 */
export function createOriginCheck(
  database: Sql,
  cursor: (chain: string) => Pick<ChainCursor, "finalised"> | undefined,
): (message: Message) => Promise<"there" | "gone" | "unread"> {
  return async ({ origin }) => {
    if (origin === undefined || (await hasEventOf(database, origin.chain, origin.block, origin.hash))) return "there";
    const finalised = cursor(origin.chain)?.finalised;
    return finalised !== undefined && finalised >= origin.block ? "gone" : "unread";
  };
}
