import { differences } from "./compare.ts";
import { planOf, type Plan } from "./plan.ts";
import { startRpcs } from "./rpcs.ts";
import { run, type Calm, type Outcome } from "./run.ts";
import { withOnly } from "./shrink.ts";
import { buildWorld, type WorldOptions } from "./world.ts";

/** Everything that is built once for many seeds. */
export type Campaign = {
  /** What the run without faults left behind. */
  calm: Calm;
  /** Runs a seed; `only`: these faults of its plan, by number. */
  seed(seed: number, only?: readonly number[]): Promise<Outcome>;
  stop(): Promise<void>;
};

/** The plan of a run without faults. */
const CALM: Plan = { seed: 0, race: "turns", trustees: 1, faults: [] };

/** What must be so at the end of any run, and of the calm one first of all: others are only held against it. */
const SOUND = {
  vault: { isRootOfLeaves: true, isLockSpent: true, settled: 1 },
  margin: { isLatest: true, acceptedRoots: [true, true] },
  roots: { sent: 2, isEachDeliveredOnce: true },
  isEveryOrderPacketDelivered: true,
};

/** The part of a state that a pattern speaks of. */
function pick(state: unknown, pattern: unknown): unknown {
  if (typeof pattern !== "object" || pattern === null || Array.isArray(pattern)) return state;
  const from = (state ?? {}) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(pattern).map(([key, inner]) => [key, pick(from[key], inner)]));
}

/** @throws when the calm run itself does not end well */
export async function startCampaign(options: WorldOptions): Promise<Campaign> {
  const world = await buildWorld(options);
  const rpcs = await startRpcs(world.localnet);
  const stop = async () => {
    await rpcs.stop();
    await world.stop();
  };
  try {
    const { calm, problems } = await run(world, rpcs, CALM);
    problems.push(...differences(SOUND, pick(calm.state, SOUND)));
    if (problems.length > 0) throw new Error(`The run without faults failed:\n${problems.join("\n")}`);
    return {
      calm,
      seed(seed, only) {
        const plan = planOf(seed, { hasServer: options.stores === "server" });
        return run(world, rpcs, only === undefined ? plan : withOnly(plan, only), calm);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
