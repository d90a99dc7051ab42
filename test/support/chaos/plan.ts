import type { Side } from "../localnet/chain.ts";
import { seeded, type Random } from "./random.ts";

export const OPERATORS = ["alpha", "beta"] as const;
export type Operator = (typeof OPERATORS)[number];

/** Kinds of messages that a run has, in the order of their lives. */
export const MESSAGES = ["seal", "batch", "order", "attest", "dvn", "commit", "deliver", "settle"] as const;
export type MessageName = (typeof MESSAGES)[number];

/** When a fault strikes: when somebody logs that a message moved, or at a block of the run. */
export type Trigger =
  | { on: "message"; kind: MessageName; state: "due" | "proving" | "sending" | "done"; occurrence: 1 | 2 }
  | { on: "block"; block: number };

export type RpcTrouble =
  | { type: "hang" }
  | { type: "drop" }
  | { type: "http"; status: 429 | 502 | 503 }
  | { type: "error" }
  | { type: "delay"; ms: number }
  | { type: "lag"; blocks: number }
  | { type: "freeze" }
  | { type: "flaky"; chance: number };

/** What an RPC of three says that is not so. */
export type RpcLie = { type: "omit logs" } | { type: "forge logs" } | { type: "fork" } | { type: "old nonces" };

/** `blocks`: how long it lasts. */
export type Fault =
  | { type: "kill"; who: Operator | "both"; downBlocks: number }
  | { type: "pause"; who: Operator; blocks: number }
  | { type: "rpc"; who: Operator | "both"; side: Side; endpoints: number[]; trouble: RpcTrouble; blocks: number }
  | { type: "rpc lies"; who: Operator; side: Side; endpoint: number; lie: RpcLie; blocks: number }
  | { type: "reorg"; side: Side; depth: number; keeps: boolean }
  | { type: "drop transaction"; side: Side; count: number }
  | { type: "replace transaction"; side: Side }
  | { type: "fee spike"; side: Side; gwei: number }
  | { type: "disk full"; who: Operator; blocks: number }
  | { type: "clock jump"; who: Operator; ms: number }
  | { type: "chain time jump"; side: Side | "both"; seconds: number }
  | { type: "duplicate orders" }
  | { type: "stranger delivers"; side: Side }
  | { type: "store lost"; who: Operator; blocks: number };

export type FaultKind = Fault["type"] | "deep reorg";
export type PlannedFault = Fault & { trigger: Trigger };

export type Plan = {
  seed: number;
  /** Whether the relayers take turns, or all do everything at once. */
  race: "turns" | "all at once";
  /** Whether both hold the trustee's secret. */
  trustees: 1 | 2;
  faults: PlannedFault[];
  /** In place of an end: a reorg below what was final, of so many blocks on the vault chain. */
  deepReorg?: { trigger: Trigger; depth: number };
};

/** How often each fault is drawn. */
const WEIGHTS: Record<Fault["type"], number> = {
  kill: 5,
  pause: 2,
  rpc: 5,
  "rpc lies": 2,
  reorg: 4,
  "drop transaction": 2,
  "replace transaction": 2,
  "fee spike": 2,
  "disk full": 2,
  "clock jump": 2,
  "chain time jump": 1,
  "duplicate orders": 1,
  "stranger delivers": 2,
  "store lost": 0,
};

export type PlanOptions = {
  /** Whether the stores are servers, whose connections can be lost. @default false */
  hasServer?: boolean;
};

/** What happens in the run of a seed. Pure. */
export function planOf(seed: number, { hasServer = false }: PlanOptions = {}): Plan {
  const random = seeded(Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995);
  const common = {
    seed,
    race: random.chance(0.35) ? ("all at once" as const) : ("turns" as const),
    trustees: random.chance(0.35) ? (2 as const) : (1 as const),
  };
  const weights = Object.entries({ ...WEIGHTS, ...(hasServer ? { "store lost": 2 } : {}) }) as [
    Fault["type"],
    number,
  ][];
  const isDeep = random.chance(0.08);
  const count = isDeep ? random.between(0, 2) : random.between(3, 6);
  const faults = Array.from({ length: count }, () => ({
    ...drawFault(random, drawType(random, weights)),
    trigger: drawTrigger(random),
  }));
  if (!isDeep) return { ...common, faults };
  const trigger: Trigger = random.pick([
    { on: "block", block: 20 },
    { on: "message", kind: "batch", state: "proving", occurrence: 1 },
    { on: "message", kind: "batch", state: "sending", occurrence: 1 },
    { on: "message", kind: "attest", state: "sending", occurrence: 1 },
    { on: "message", kind: "attest", state: "done", occurrence: 1 },
  ]);
  return { ...common, faults, deepReorg: { trigger, depth: random.between(7, 12) } };
}

function drawType(random: Random, weights: [Fault["type"], number][]): Fault["type"] {
  let place = random.next() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  return (weights.find(([, weight]) => (place -= weight) < 0) ?? weights[0]!)[0];
}

function drawTrigger(random: Random): Trigger {
  if (random.chance(0.2)) return { on: "block", block: random.between(1, 60) };
  const kind = random.pick(MESSAGES);
  const states =
    kind === "batch" || kind === "settle"
      ? (["due", "proving", "sending", "done"] as const)
      : (["due", "sending", "done"] as const);
  const isTwice = kind !== "order" && kind !== "settle" && kind !== "seal";
  return { on: "message", kind, state: random.pick(states), occurrence: isTwice && random.chance(0.4) ? 2 : 1 };
}

function drawFault(random: Random, type: Fault["type"]): Fault {
  const who = random.pick(OPERATORS);
  const side: Side = random.chance(0.6) ? "vault" : "margin";
  switch (type) {
    case "kill":
      return {
        type,
        who: random.chance(0.25) ? "both" : who,
        downBlocks: random.chance(0.5) ? 0 : random.between(1, 25),
      };
    case "pause":
      return { type, who, blocks: random.between(5, 40) };
    case "rpc":
      return {
        type,
        who: random.chance(0.3) ? "both" : who,
        side,
        endpoints: random.pick([[1], [1], [1, 2], [2, 3], [1, 2, 3], [1, 2, 3]]),
        trouble: drawTrouble(random),
        blocks: random.between(5, 40),
      };
    case "rpc lies":
      return {
        type,
        who,
        side,
        endpoint: random.between(1, 3),
        lie: random.pick<RpcLie>([
          { type: "omit logs" },
          { type: "forge logs" },
          { type: "fork" },
          { type: "old nonces" },
        ]),
        blocks: random.between(5, 40),
      };
    case "reorg":
      return { type, side, depth: random.between(1, 3), keeps: random.chance(0.5) };
    case "drop transaction":
      return { type, side, count: random.between(1, 3) };
    case "replace transaction":
      return { type, side };
    case "fee spike":
      return { type, side, gwei: random.pick([20, 100, 400, 800]) };
    case "disk full":
      return { type, who, blocks: random.between(5, 30) };
    case "clock jump":
      return { type, who, ms: random.pick([-3_600_000, -90_000, -5_000, 5_000, 90_000, 3_600_000, 86_400_000]) };
    case "chain time jump":
      return { type, side: random.chance(0.5) ? side : "both", seconds: random.pick([5, 60, 600, 1_800]) };
    case "stranger delivers":
      return { type, side };
    case "duplicate orders":
      return { type };
    case "store lost":
      return { type, who, blocks: random.between(1, 20) };
  }
}

function drawTrouble(random: Random): RpcTrouble {
  return random.pick<RpcTrouble>([
    { type: "hang" },
    { type: "drop" },
    { type: "http", status: random.pick([429, 502, 503]) },
    { type: "error" },
    { type: "delay", ms: random.pick([200, 1_000, 3_000]) },
    { type: "lag", blocks: random.between(1, 8) },
    { type: "freeze" },
    { type: "flaky", chance: 0.3 },
  ]);
}

/** One line a fault. */
export function describePlan(plan: Plan): string[] {
  const head = `relayers: ${plan.race}, ${plan.trustees === 2 ? "both" : "the first"} with the trustee's secret`;
  const deep = plan.deepReorg;
  return [
    head,
    ...plan.faults.map((fault, index) => `${index}: ${describeFault(fault)} ${describeTrigger(fault.trigger)}`),
    ...(deep === undefined
      ? []
      : [`a reorg of ${deep.depth} blocks, below finality, ${describeTrigger(deep.trigger)}`]),
  ];
}

function describeTrigger(trigger: Trigger): string {
  if (trigger.on === "block") return `at block ${trigger.block}`;
  const { kind, state, occurrence } = trigger;
  return `when ${occurrence === 2 ? "a second" : "a"} ${kind} is ${state}`;
}

function describeFault({ trigger: _, type, ...details }: PlannedFault): string {
  const words = Object.entries(details).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return [type, ...words].join(" ");
}
