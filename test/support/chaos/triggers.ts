import type { LogLine } from "../relayer.ts";
import type { Blocks } from "./blocks.ts";
import type { SupervisedNode } from "./node.ts";
import type { Operator, Trigger } from "./plan.ts";

/** Who made a trigger fire: the relayer that logged it, if one did. */
export type Fired = { by: Operator | undefined };

export type Triggers = {
  /** Resolves when the trigger fires; never, if it does not. */
  wait(trigger: Trigger): Promise<Fired>;
};

/** Watches all logs for messages that move. A message counts once, whoever moves it. */
export function createTriggers(nodes: Record<Operator, SupervisedNode>, blocks: Blocks): Triggers {
  const seen = new Map<string, Set<string>>();
  const waiting: { trigger: Extract<Trigger, { on: "message" }>; resolve: (fired: Fired) => void }[] = [];

  function hear(by: Operator, line: LogLine): void {
    const { message, state } = line;
    if (message === undefined || state === undefined) return;
    const kind = message.split(":")[0]!;
    const name = `${kind}/${state}`;
    const keys = seen.get(name) ?? new Set();
    seen.set(name, keys.add(message));
    for (const each of [...waiting]) {
      const { trigger, resolve } = each;
      if (`${trigger.kind}/${trigger.state}` !== name || keys.size < trigger.occurrence) continue;
      waiting.splice(waiting.indexOf(each), 1);
      resolve({ by });
    }
  }
  for (const [name, node] of Object.entries(nodes)) node.onLine((line) => hear(name as Operator, line));

  return {
    wait: (trigger) =>
      trigger.on === "block"
        ? blocks.after(trigger.block).then(() => ({ by: undefined }))
        : new Promise((resolve) => waiting.push({ trigger, resolve })),
  };
}
