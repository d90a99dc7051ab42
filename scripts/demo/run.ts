import { replayLocal } from "../../test/support/localnet/hypothec.ts";
import { makeCast } from "./cast.ts";
import { checkCouncil } from "./council.ts";
import { checkConservation } from "./conservation.ts";
import { observe } from "./observers.ts";
import type { Story } from "./report.ts";
import { setStage, type StageOptions } from "./stage.ts";
import type { World } from "./world.ts";
import { playCrash } from "./stages/crash.ts";
import { batched, depositAndLock, equip } from "./stages/deposit.ts";
import { openAndBorrow } from "./stages/open.ts";
import { settleAndWithdraw } from "./stages/settle.ts";

/** From the evening before to the first hour at the bottom, UTC. */
const FROM = Date.UTC(2021, 4, 18, 22) / 1000;
const TO = Date.UTC(2021, 4, 19, 13) / 1000;

export type DemoOptions = Omit<StageOptions, "firstTick"> & {
  story: Story;
  /** Looks at both chains when all is over, before they are gone. */
  inspect?: (world: World) => Promise<void>;
};

/** What the demo ends with; `faults` is empty when everything that it claims is true. */
export type DemoResult = { observers: string; trustee: string; conservation: string; faults: string[] };

/**
 * The whole path on two chains with three relayers, whose operators are the trustee together: deposits, locks, loans, a crash, a liquidation, settlements, withdrawals.
 *
 * @throws Error when a step does not do what the story says.
 */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const ticks = replayLocal(FROM, TO, 3 * 3_600);
  const firstTick = ticks[0]!;
  const bottom = ticks.at(-1)!;
  const world = await setStage({ ...options, firstTick });
  try {
    const cast = await makeCast(world);
    await equip(world, cast);
    await world.localnet.mineEvery(1);
    await depositAndLock(world, cast);
    await openAndBorrow(world, cast, { lowBps: (bottom.prices.ETH * 10_000n) / firstTick.prices.ETH });
    // The third member has nothing to do before, and the proofs of the first stages want the cores.
    world.relayers[2]!.start().catch(() => {}); // reported by whoever waits
    const sale = await playCrash(world, cast, ticks);
    const withdrawals = await settleAndWithdraw(world, cast, sale);
    const [observed] = await Promise.all([observe(world, cast, withdrawals), batched(world, cast.alice, "the change")]);
    const opened = await checkCouncil(world, cast, sale);
    const conserved = await checkConservation(world, cast);
    const leaks = (await Promise.all(world.relayers.map((relayer) => relayer.leaks()))).flat();
    await options.inspect?.(world);
    return {
      observers: observed.table,
      trustee: opened.line,
      conservation: conserved.table,
      faults: [...observed.faults, ...opened.faults, ...leaks, ...conserved.faults],
    };
  } finally {
    await world.close();
  }
}
