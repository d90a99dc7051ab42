import { readFileSync } from "node:fs";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startCampaign, type Campaign } from "../support/chaos/campaign.ts";
import { describePlan } from "../support/chaos/plan.ts";

type NotableSeed = { seed: number; faults?: number[]; found: string };

/** Run by everybody, always the same: as many as CI has time for. Campaigns run more (docs/chaos.md). */
const FIXED = [1, 2, 4, 5];
const notable = JSON.parse(readFileSync(new URL("seeds.json", import.meta.url), "utf8")) as NotableSeed[];

/** Longer than a run's own patience, which says what it waited for. */
const TIMEOUT_MS = 1_800_000;

let campaign: Campaign;
beforeAll(async () => {
  campaign = await startCampaign();
}, TIMEOUT_MS);
afterAll(async () => {
  await campaign.stop();
});

async function endsAsCalm(seed: number, faults?: readonly number[]): Promise<void> {
  const { plan, problems, logs } = await campaign.seed(seed, faults);
  expect(problems, `seed ${seed}, logs in ${logs ?? "none"}:\n${describePlan(plan).join("\n")}`).toEqual([]);
}

describe("a run with faults ends as one without", () => {
  test.for(FIXED)("behavior: seed %i", { timeout: TIMEOUT_MS }, (seed) => endsAsCalm(seed));
  if (notable.length > 0)
    test.for(notable)("behavior: seed $seed, which found: $found", { timeout: TIMEOUT_MS }, ({ seed, faults }) =>
      endsAsCalm(seed, faults),
    );
});
