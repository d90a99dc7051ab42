import { afterAll, beforeAll, expect, test } from "vitest";

import { startCampaign, type Campaign } from "../support/chaos/campaign.ts";
import { describePlan } from "../support/chaos/plan.ts";
import type { StoreKind } from "../support/chaos/storePlaces.ts";
import { NOTABLE } from "./notable.ts";

/** The notable seeds of a kind of store and so many more, each a test: it ends as the run without faults did. */
export function testSeeds(stores: StoreKind, more: readonly number[]): void {
  let campaign: Campaign;
  beforeAll(async () => {
    campaign = await startCampaign({ stores, proofs: "recorded" });
  });
  afterAll(() => campaign.stop());

  const seeds = [...NOTABLE[stores], ...more.map((seed) => ({ seed, why: "as good as any" }))];
  test.each(seeds)("chaos: seed $seed ($why)", async ({ seed }) => {
    const { plan, problems, logs } = await campaign.seed(seed);
    expect(problems, [...describePlan(plan), `logs: ${logs}`].join("\n")).toEqual([]);
  });
}
