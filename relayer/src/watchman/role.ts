import type { LocalAccount } from "viem";
import type { Config } from "../config/schema.ts";
import type { Planner, RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { StoredEvent } from "../store/events.ts";
import type { NewMessage } from "../store/messages.ts";
import { createBreakerWatch } from "./breaker.ts";
import { createDelayedClaims } from "./delayed.ts";
import { createPythPusher } from "./pyth.ts";
import { createRootWatch } from "./roots.ts";

/** What the contracts offer to anybody, or to their guardian, and somebody has to do: each is off or on by itself. */
export function createWatchman(
  context: RoleContext,
  config: NonNullable<Config["roles"]["watchman"]>,
  { account, guardian }: { account: LocalAccount; guardian?: LocalAccount },
): {
  kinds: MessageKind[];
  planners: Planner[];
  plan(events: StoredEvent[]): NewMessage[];
  check(): Promise<string[]>;
} {
  const roots = createRootWatch(context, guardian);
  const breaker = config.breaker
    ? createBreakerWatch(context, { account, snapshotSeconds: config.snapshotSeconds })
    : undefined;
  const delayed = config.claimDelayed
    ? createDelayedClaims(context, { account, maxBaseFee: BigInt(config.claimMaxBaseFee) })
    : undefined;
  const pyth = config.pyth === undefined ? undefined : createPythPusher(context, config.pyth, account);
  return {
    kinds: [...roots.kinds, ...(breaker?.kinds ?? []), ...(delayed?.kinds ?? []), ...(pyth?.kinds ?? [])],
    planners: [...roots.planners, ...(breaker?.planners ?? []), ...(pyth?.planners ?? [])],
    plan: (events) => delayed?.plan(events) ?? [],
    check: async () => [...(await roots.check()), ...((await pyth?.check()) ?? [])],
  };
}
