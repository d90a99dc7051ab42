import { setTimeout as sleep } from "node:timers/promises";

import type { Message } from "../../../relayer/src/store/messages.ts";
import type { SupervisedNode } from "./node.ts";

const LOOK_MS = 250;
const FINISHED = new Set(["done", "void", "dead", "skipped"]);

/** Every message of a relayer that runs; undefined while it does not answer. */
export async function messagesOf(node: SupervisedNode): Promise<Message[] | undefined> {
  try {
    const operations = await node.operations();
    return await operations?.list({ limit: 10_000 });
  } catch {
    return undefined; // it was killed while it answered
  }
}

/** Whether a relayer answers and has nothing left to do. */
export async function isIdle(node: SupervisedNode): Promise<boolean> {
  const messages = await messagesOf(node);
  return messages?.every(({ state }) => FINISHED.has(state)) ?? false;
}

export async function untilIdle(nodes: SupervisedNode[]): Promise<void> {
  for (const node of nodes) while (!(await isIdle(node))) await sleep(LOOK_MS);
}

/** How many messages of a kind are in each state: `dvn/done` → 6. */
export type MessageCounts = Record<string, number>;

export function countsOf(messages: readonly Message[]): MessageCounts {
  const counts: MessageCounts = {};
  for (const { kind, state } of messages) counts[`${kind}/${state}`] = (counts[`${kind}/${state}`] ?? 0) + 1;
  return counts;
}

/** What follows from final events is in every store, whoever did it; the rest only where somebody looked at the right moment. */
const FROM_EVENTS = ["dvn", "commit", "deliver", "order", "settle"];
const OF_PACKETS = new Set(["dvn", "commit", "deliver"]);
const FROM_STATE = ["seal", "batch", "attest"];

/**
 * How a store's messages differ from the calm run's. Pure.
 *
 * @param options.morePackets how many more packets were sent than in the calm run
 */
export function compareMessages(
  calm: MessageCounts,
  counts: MessageCounts,
  options: { morePackets: number; isTrustee: boolean },
): string[] {
  const problems: string[] = [];
  for (const [name, count] of Object.entries(counts)) {
    const [kind, state] = name.split("/") as [string, string];
    const mayBeVoid = state === "void" && FROM_STATE.includes(kind);
    if (state !== "done" && !mayBeVoid) problems.push(`${count} message(s) ${name}`);
  }
  for (const kind of FROM_EVENTS) {
    const more = OF_PACKETS.has(kind) ? options.morePackets : 0;
    // The calm run has one trustee.
    const expected = kind === "settle" ? (options.isTrustee ? 1 : 0) : (calm[`${kind}/done`] ?? 0) + more;
    const got = counts[`${kind}/done`] ?? 0;
    if (got !== expected) problems.push(`${got} message(s) ${kind}/done, expected ${expected}`);
  }
  for (const kind of FROM_STATE) {
    const most = calm[`${kind}/done`] ?? 0;
    const got = counts[`${kind}/done`] ?? 0;
    if (got > most) problems.push(`${got} message(s) ${kind}/done, at most ${most} expected`);
  }
  return problems;
}
