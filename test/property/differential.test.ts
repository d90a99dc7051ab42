import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";

import { begin, play, turn } from "../support/differential/history.ts";
import { STEPS } from "../support/differential/steps.ts";
import { createWorld, type World } from "../support/differential/world.ts";

// A model of both chains, written from the rules, is put through the same random histories as the contracts, and every balance, debt, share and guarantee
// is compared to the unit after every step. Proofs are taken on trust here (AlwaysTrueVerifier), their prover is honest.
const SEED = Number(process.env.HYPOTHEC_DIFFERENTIAL_SEED ?? 20_261_128);
const RUNS = Number(process.env.HYPOTHEC_DIFFERENTIAL_RUNS ?? 16);
const LENGTH = 60;
const BEGINNING = 1_700_000_000n;

let world: World;
let back: () => Promise<void>;
beforeAll(async () => {
  world = await createWorld(BEGINNING);
  back = await world.mark();
});

test(
  `behavior: ${RUNS} random histories leave chains and model with the same balances (seed ${SEED})`,
  async () => {
    const done: Record<string, number> = {};
    const refused: Record<string, number> = {};
    const sum = (into: Record<string, number>, more: Record<string, number>) => {
      for (const [name, count] of Object.entries(more)) into[name] = (into[name] ?? 0) + count;
    };
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: LENGTH, maxLength: LENGTH, size: "max" }), async (history) => {
        await back();
        const result = await play(world, await begin(world, BEGINNING), history);
        sum(done, result.done);
        sum(refused, result.refused);
        expect(result.difference).toBeUndefined();
      }),
      // The beginning of a history up to its difference is the example: there is nothing to shrink.
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
    const list = (counts: Record<string, number>) =>
      Object.entries(counts)
        .map(([name, count]) => `${name} ${count}`)
        .join(" · ");
    console.log(`Went through: ${list(done)}\nRefused by both: ${list(refused)}`);
    // Nothing agrees because nothing happens.
    expect(Object.keys(STEPS).filter((what) => done[what] === undefined)).toEqual([]);
    expect(Object.keys(refused).length).toBeGreaterThan(10);
  },
  25 * 60_000,
);
