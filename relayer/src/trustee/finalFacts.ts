import type { Hex } from "viem";
import { orderInboxAbi } from "../chain/abis.ts";
import { decodeAs } from "../chain/contracts.ts";
import { applyToMargin, emptyMarginView, lockKey, type MarginView } from "../keeper/marginView.ts";
import type { RoleContext } from "../runtime/context.ts";
import { eventsBetween } from "../store/events.ts";

/** What final blocks say, and nothing later. */
export type FinalFacts = {
  margin: MarginView;
  /** Every SETTLE that came, packed as in docs/encodings.md, by lockKey; oldest first. */
  settles: Map<string, Hex[]>;
};

/**
 * The facts of all final blocks so far. A council's members decide on these, for they see different heads. Final blocks stay, so each
 * call adds only the events since the last one.
 */
export function createFinalFacts(
  context: Pick<RoleContext, "database" | "vault" | "margin">,
): () => Promise<FinalFacts> {
  const { database, vault, margin } = context;
  let facts: FinalFacts = { margin: emptyMarginView(), settles: new Map() };
  let upTo = { vault: -1, margin: -1 };
  let histories = "";
  let last: Promise<unknown> = Promise.resolve();

  async function advance(): Promise<FinalFacts> {
    const now = `${vault.history?.() ?? 0}/${margin.history?.() ?? 0}`;
    if (now !== histories) {
      // What was final is not: an operator accepted another history.
      histories = now;
      facts = { margin: emptyMarginView(), settles: new Map() };
      upTo = { vault: -1, margin: -1 };
    }
    const final = { vault: vault.finalised(), margin: margin.finalised() };
    // Both are read before anything is changed: a store that fails leaves the facts as they were.
    const [recorded, events] = await Promise.all([
      eventsBetween(database, vault.name, upTo.vault, final.vault),
      eventsBetween(database, margin.name, upTo.margin, final.margin),
    ]);
    for (const event of events) applyToMargin(facts.margin, event);
    for (const event of recorded) {
      const settle = event.contract === "orderInbox" ? decodeAs(orderInboxAbi, "SettleRecorded", event) : undefined;
      if (settle === undefined) continue;
      const key = lockKey(settle.domain, settle.lockNullifier);
      facts.settles.set(key, [...(facts.settles.get(key) ?? []), settle.order]);
    }
    upTo.vault = Math.max(upTo.vault, final.vault);
    upTo.margin = Math.max(upTo.margin, final.margin);
    return facts;
  }

  return () => {
    // One at a time: two that read the same events would add them twice.
    const next = last.then(advance);
    last = next.catch(() => {});
    return next;
  };
}
