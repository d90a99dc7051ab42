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

/** What follows from final events is in every store, whoever did it. */
const FROM_EVENTS = ["dvn", "commit", "deliver", "order", "settle"];
const OF_PACKETS = new Set(["dvn", "commit", "deliver"]);
/**
 * What follows from how things stand is there only where somebody looked at the right moment, and more than once where a reorg changed them.
 * How many there are is nobody's promise, but what is done must be there. Of each: how many chunks it speaks of.
 */
const FROM_STATE: Record<string, (key: string) => number> = {
  seal: (key) => Number(key.split(":")[1]) + 1,
  batch: (key) =>
    key
      .split(":")[1]!
      .split("+")
      .reduce((sum, part) => sum + Number(part), 0),
  attest: (key) => Number(key.split(":")[2]),
};

/**
 * What is wrong with a store's messages at the end. Pure.
 *
 * @param options.morePackets how many more packets were sent than in the calm run
 * @param options.appended chunks in the tree, all of which are attested
 */
export function compareMessages(
  calm: MessageCounts,
  messages: readonly Pick<Message, "key" | "kind" | "state">[],
  options: { morePackets: number; isTrustee: boolean; appended: number },
): string[] {
  const problems: string[] = [];
  const done: MessageCounts = {};
  for (const { key, kind, state } of messages) {
    const chunksOf = FROM_STATE[kind];
    if (state === "done") done[kind] = (done[kind] ?? 0) + 1;
    else if (!(state === "void" && chunksOf !== undefined)) problems.push(`${key} is ${state}`);
    if (state !== "done" || chunksOf === undefined) continue;
    const chunks = chunksOf(key);
    // Also where the key has another form than we think.
    if (!(chunks <= options.appended)) problems.push(`${key} is done, but there are ${options.appended} chunks`);
  }
  for (const kind of FROM_EVENTS) {
    const more = OF_PACKETS.has(kind) ? options.morePackets : 0;
    // The calm run has one trustee.
    const expected = kind === "settle" ? (options.isTrustee ? 1 : 0) : (calm[`${kind}/done`] ?? 0) + more;
    const got = done[kind] ?? 0;
    if (got !== expected) problems.push(`${got} message(s) ${kind} done, expected ${expected}`);
  }
  return problems;
}
