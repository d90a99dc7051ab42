import { openLock, HypothecError } from "@hypothec/sdk";

import { runCouncil, shareIn, type MadeSeat } from "../../test/support/councilRun.ts";
import { prepareSeats, type Seats } from "../../test/support/councilSeats.ts";
import type { Cast } from "./cast.ts";
import type { Sale } from "./stages/crash.ts";
import { sync, type World } from "./world.ts";

/** The operators whose council is the market's trustee. The first two run every role; the third has its seat and a prover. */
export const MEMBERS = ["alpha", "beta", "gamma"] as const;
export const THRESHOLD = 2;

export type DemoCouncil = {
  /** R, for the market. */
  submitted: { x: bigint; y: bigint };
  seats: readonly MadeSeat[];
  /** Configurations of the members' relayers. */
  members: Seats;
};

/** The three make a key that none of them has, each in the folder that its relayer will have. */
export async function formCouncil(directories: readonly string[], shared: string): Promise<DemoCouncil> {
  const { council, seats } = await runCouncil({ threshold: THRESHOLD, directories, shared });
  return { submitted: council.submitted, seats, members: await prepareSeats(seats) };
}

/**
 * Who opened the defaulted lock, as the members' logs have it; and whether any of them could have done so alone, tried with each one's
 * share on what the engine's last proof of this lock sealed.
 */
export async function checkCouncil(world: World, cast: Cast, sale: Sale): Promise<{ line: string; faults: string[] }> {
  const faults: string[] = [];
  const { lockNullifier } = sale;
  const openings = world.relayers.flatMap(({ name, log }) =>
    log
      .filter((entry) => entry.msg === "council opened a lock" && entry.lockNullifier === lockNullifier.toString())
      .map((entry) => ({ by: name, members: (entry.members as number[]).map((index) => MEMBERS[index - 1]!) })),
  );
  if (openings.length === 0) faults.push("no member's log says that the council opened Carol's lock");
  for (const { by, members } of openings)
    if (new Set(members).size !== THRESHOLD || !members.includes(by as never))
      faults.push(`${by} says that ${members.join(", ")} opened Carol's lock: it takes ${THRESHOLD}, ${by} among them`);

  const { client } = cast.carol;
  const state = await sync(world, client);
  for (const seat of world.council.seats) {
    try {
      await openLock(client, { lockNullifier, secret: shareIn(seat), state });
      faults.push(`${MEMBERS[seat.index - 1]}'s share alone opens Carol's lock`);
    } catch (error) {
      if (!(error instanceof HypothecError && error.code === "trustee.wrongKey")) throw error;
    }
  }
  const who = openings[0]?.members.join(" and ") ?? "nobody";
  return {
    line:
      `${THRESHOLD} of ${MEMBERS.length} operators opened it (${who}); one alone could not: each share was tried on Carol's lock. ` +
      "No one ever had the trustee's key.",
    faults,
  };
}
