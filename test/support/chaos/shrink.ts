import type { Plan } from "./plan.ts";

/** The plan with these faults only, by number. */
export function withOnly(plan: Plan, only: readonly number[]): Plan {
  return { ...plan, faults: plan.faults.filter((_, index) => only.includes(index)) };
}

/**
 * Leaves out one fault after the other as long as the seed still fails. What remains fails, and without any one of its faults it does not
 * (as far as one run of each can tell).
 *
 * @param fails runs the seed with these faults
 */
export async function shrink(
  faults: readonly number[],
  fails: (only: readonly number[]) => Promise<boolean>,
): Promise<readonly number[]> {
  let needed = faults;
  for (const fault of faults) {
    const without = needed.filter((each) => each !== fault);
    if (await fails(without)) needed = without;
  }
  return needed;
}
