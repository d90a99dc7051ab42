import { encodeFunctionData, type LocalAccount } from "viem";
import { engineAbi } from "../chain/abis.ts";
import type { MarginView } from "../keeper/marginView.ts";
import type { Planner, RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import { domainStateOf } from "./domainState.ts";

type HeartbeatPayload = { /** Time of the one before, margin chain's seconds. */ after: number };

/**
 * Queues a HEARTBEAT when the last one is too old; the order sender carries it like every other order. Without heartbeats the
 * margin chain stops opening and borrowing, and at last the vault chain takes it for dead (rules.md ORD-7, ESC-1).
 */
export function createHeartbeat(
  context: RoleContext,
  { heartbeatAfterSeconds }: { heartbeatAfterSeconds: number },
  account: LocalAccount,
): { kinds: MessageKind[]; planners: Planner[] } {
  const { margin, marginChain, vaultChain } = context;
  const market = marginChain.markets[0];
  if (heartbeatAfterSeconds === 0 || market === undefined) return { kinds: [], planners: [] };

  const heartbeat: MessageKind<HeartbeatPayload> = {
    kind: "heartbeat",
    raced: true,
    chain: () => margin.name,
    done: async ({ after }, at) =>
      lastHeartbeat(context.accounts(), context, "blockNumber" in at ? Number(at.blockNumber) : Infinity) > after,
    prepare: async ({ payload: { after } }) => ({
      type: "send",
      request: {
        effects: [effect(after)],
        chain: margin.name,
        account,
        to: marginChain.engine,
        data: encodeFunctionData({ abi: engineAbi, functionName: "heartbeat", args: [market.id, market.sourceId] }),
        value: 0n,
        description: "queue a heartbeat",
        duty: "a heartbeat",
      },
    }),
  };
  const effect = (after: number) => `heartbeat:${vaultChain.eid}:${vaultChain.vault}:${after}`;

  const planner: Planner = {
    chain: margin.name,
    async plan() {
      const queued = lastHeartbeat(context.accounts(), context, Infinity);
      const now = margin.head().timestamp;
      if (now - queued < heartbeatAfterSeconds) return [];
      // Before the first heartbeat the engine's registration counts, which the vault chain reports.
      const { reportedAt, lastSeen } = await domainStateOf(context);
      if (reportedAt === 0) return [];
      const after = Math.max(queued, lastSeen);
      if (now - after < heartbeatAfterSeconds) return [];
      return [{ kind: "heartbeat", key: effect(after), payload: { after } satisfies HeartbeatPayload }];
    },
  };
  return { kinds: [heartbeat], planners: [planner] };
}

/** Time of the newest HEARTBEAT queued for this vault in a block up to `block`, 0 if there is none. */
function lastHeartbeat(
  { heartbeats }: MarginView,
  { vaultChain, marginChain }: Pick<RoleContext, "vaultChain" | "marginChain">,
  block: number,
): number {
  const newest = heartbeats.findLast(
    (each) =>
      each.block <= block &&
      each.dstEid === vaultChain.eid &&
      each.vault === vaultChain.vault.toLowerCase() &&
      each.engine === marginChain.engine.toLowerCase(),
  );
  return newest?.time ?? 0;
}
