import { encodeFunctionData, type LocalAccount } from "viem";
import { priceBoardAbi } from "../chain/abis.ts";
import type { MarginView } from "../keeper/marginView.ts";
import type { Planner, RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { NewMessage } from "../store/messages.ts";
import { baselineOf, evidenceEndingWith, snapshotDue, thinned, type BreakerRules, type Shot } from "./evidence.ts";
import type { SeenSnapshot } from "./sightings.ts";
import { elapsedMs } from "../runtime/clock.ts";

export type SnapshotPayload = { /** Id of the newest before it. */ after: number; why: string };
export type TripPayload = {
  snapshots: readonly [number, number, number, number];
  /** Of the halt, seconds. */ until: number;
};

/** A breaker's owner may change it: read again after so many milliseconds. */
const RULES_MS = 600_000;

/** Trips the circuit breaker of the deployment's collateral set, and takes the snapshots that show a move (ADR 0016). */
export function createBreakerWatch(
  context: RoleContext,
  { account, snapshotSeconds }: { account: LocalAccount; /** 0 = as the window asks for. */ snapshotSeconds: number },
): { kinds: MessageKind[]; planners: Planner[] } {
  const { margin, marginChain, clock } = context;
  const { setId } = marginChain;
  const board = { address: marginChain.priceBoard, abi: priceBoardAbi } as const;
  const latest = (at: object) =>
    margin.client.readContract({ ...board, functionName: "latestSnapshot", args: [setId], ...at });
  const haltedUntil = (at: object) =>
    margin.client.readContract({ ...board, functionName: "haltedUntil", args: [setId], ...at });

  let known: { rules: BreakerRules | undefined; at: number } | undefined;
  /** What was found for each snapshot as the last of four: those before it do not change. By rules and view. */
  let examined: { rules: BreakerRules; view: MarginView; nothing: Set<number> } | undefined;
  /** Undefined when the set has no breaker. */
  async function rulesNow(): Promise<BreakerRules | undefined> {
    if (known !== undefined && elapsedMs(clock.now(), known.at) < RULES_MS) return known.rules;
    const [limitsBps, windowSeconds, haltSeconds] = await margin.client.readContract({
      ...board,
      functionName: "breaker",
      args: [setId],
    });
    known = { rules: windowSeconds === 0 ? undefined : { limitsBps, windowSeconds, haltSeconds }, at: clock.now() };
    return known.rules;
  }

  /** Prices never change under an id, but a reorg gives ids anew: kept by view. */
  const pricesIn = new WeakMap<MarginView, Map<number, Shot>>();
  async function shotsOf(view: MarginView, seen: SeenSnapshot[]): Promise<Shot[]> {
    const kept = pricesIn.get(view) ?? new Map<number, Shot>();
    pricesIn.set(view, kept);
    const ids = new Set(seen.map(({ id }) => id));
    for (const id of kept.keys()) if (!ids.has(id)) kept.delete(id);
    await Promise.all(
      seen
        .filter(({ id }) => !kept.has(id))
        .map(async ({ id }) => {
          const args = [setId, id] as const;
          const [prices, time] = await margin.client.readContract({ ...board, functionName: "snapshotPrices", args });
          kept.set(id, { id, time: Number(time), prices });
        }),
    );
    return seen.map(({ id }) => kept.get(id)!).sort((a, b) => a.time - b.time || a.id - b.id);
  }

  const snapshot: MessageKind<SnapshotPayload> = {
    kind: "snapshot",
    raced: true,
    chain: () => margin.name,
    done: async ({ after }, at) => (await latest(at)) > after,
    prepare: ({ payload: { after, why } }) =>
      Promise.resolve({
        type: "send",
        request: {
          effects: [`snapshot:${setId}:${after}`],
          chain: margin.name,
          account,
          to: marginChain.priceBoard,
          data: encodeFunctionData({ abi: priceBoardAbi, functionName: "takeSnapshot", args: [setId] }),
          description: `take a snapshot: ${why}`,
        },
      }),
  };

  const trip: MessageKind<TripPayload> = {
    kind: "trip",
    raced: true,
    chain: () => margin.name,
    done: async ({ until }, at) => (await haltedUntil(at)) >= until,
    async prepare({ payload: { snapshots, until } }) {
      if (margin.head().timestamp + 1 >= until) return { type: "void", reason: "the halt would be over" };
      if ((await latest({ blockTag: "latest" })) < snapshots[3])
        return { type: "void", reason: "a reorg took a snapshot away" };
      return {
        type: "send",
        request: {
          effects: [`trip:${setId}:${until}`],
          chain: margin.name,
          account,
          to: marginChain.priceBoard,
          data: encodeFunctionData({ abi: priceBoardAbi, functionName: "trip", args: [setId, snapshots] }),
          description: `trip the breaker of set ${setId} until ${until}`,
        },
      };
    },
  };

  const planner: Planner = {
    chain: margin.name,
    async plan() {
      const rules = await rulesNow();
      if (rules === undefined) return [];
      const view = context.accounts();
      const now = margin.head().timestamp;
      const oldest = now - rules.windowSeconds - rules.haltSeconds;
      const all = view.sightings.snapshots.get(setId) ?? [];
      const seen = thinned(
        all.filter(({ time }) => time >= oldest),
        rules,
      );
      const [shots, prices, halted] = await Promise.all([
        shotsOf(view, seen),
        margin.client.readContract({ ...board, functionName: "livePrices", args: [setId] }),
        haltedUntil({ blockTag: "latest" }),
      ]);
      const messages: NewMessage[] = [];
      const after = all.at(-1)?.id ?? (await latest({ blockTag: "latest" }));
      const baseline = snapshotSeconds === 0 ? baselineOf(rules) : snapshotSeconds;
      const why = snapshotDue({ id: 0, time: now, prices }, shots, rules, baseline);
      if (why !== undefined)
        messages.push({
          kind: "snapshot",
          key: `snapshot:${setId}:${after}`,
          payload: { after, why } satisfies SnapshotPayload,
        });
      if (examined?.rules !== rules || examined.view !== view) examined = { rules, view, nothing: new Set() };
      const { nothing } = examined;
      // The latest evidence halts the longest.
      for (const last of shots.toReversed()) {
        const until = last.time + rules.haltSeconds;
        if (until <= now + 1 || until <= halted) break;
        if (nothing.has(last.id)) continue;
        const evidence = evidenceEndingWith(last, shots, rules);
        if (evidence === undefined) {
          nothing.add(last.id);
          continue;
        }
        const [a, b, c, d] = evidence;
        messages.push({
          kind: "trip",
          key: `trip:${setId}:${d.id}:${d.time}`,
          payload: { snapshots: [a.id, b.id, c.id, d.id], until } satisfies TripPayload,
        });
        break;
      }
      return messages;
    },
  };
  return { kinds: [snapshot, trip] as MessageKind[], planners: [planner] };
}
