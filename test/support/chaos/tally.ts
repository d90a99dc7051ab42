import type { Fault, FaultKind } from "./plan.ts";
import type { Outcome } from "./run.ts";

/** How many faults of each kind did what they were to do. */
export function countStruck(outcomes: readonly Outcome[]): Map<FaultKind, { planned: number; struck: number }> {
  const counts = new Map<FaultKind, { planned: number; struck: number }>();
  const add = (kind: FaultKind, isStruck: boolean) => {
    const { planned, struck } = counts.get(kind) ?? { planned: 0, struck: 0 };
    counts.set(kind, { planned: planned + 1, struck: struck + (isStruck ? 1 : 0) });
  };
  for (const { plan, struck, problems } of outcomes) {
    plan.faults.forEach(({ type }: Fault, index) => add(type, struck[index]?.done === true));
    if (plan.deepReorg !== undefined)
      add("deep reorg", !problems.some((problem) => problem.includes("could not be made")));
  }
  return counts;
}
