import { expect, test } from "vitest";

import { SCENARIOS } from "../bench/stress/main.ts";
import { STRESS_MODELS } from "../bench/stress/models.ts";
import { runScenario } from "../bench/stress/scenario.ts";

const options = { accounts: 12, seed: 7, progress: () => undefined };
const [baseline, fixed, diagonal, portfolio] = STRESS_MODELS;
/** The hours of the fall. Books are checked at the end of every run. */
const [crash] = SCENARIOS;
const fall = { ...crash!, from: crash!.from + 9 * 3_600, to: crash!.from + 14 * 3_600 };

test("behavior: in a crash accounts are flagged, cured and sold, and the books are right", async () => {
  const result = await runScenario(fall, baseline!, options);
  expect(result.accounts).toBe(12);
  expect(result.flagged).toBeGreaterThan(0);
  expect(result.bought + result.takenOver).toBeGreaterThan(0);
  expect(result.liquidated).toBeGreaterThan(0);
  expect(result.liquidated).toBeLessThanOrEqual(1.01 * result.debt);
  expect(result.path.at(-1)![3]).toBe(Math.round(result.liquidated));
});

test("behavior: the same borrowers get less debt under a stricter model", async () => {
  const calm = { ...fall, to: fall.from };
  const debts = [];
  for (const model of [baseline!, diagonal!, portfolio!, fixed!])
    debts.push((await runScenario(calm, model, options)).debt);
  expect(debts).toEqual([...debts].sort((a, b) => b - a));
  expect(debts[0]).toBeGreaterThan(debts[3]!);
});

test("behavior: with nobody there for hours claims are worth less than the debt, and the loss is booked", async () => {
  const dark = { ...fall, to: fall.from + 17 * 3_600, blackout: [fall.from, fall.from + 15 * 3_600] as const };
  const result = await runScenario(dark, baseline!, options);
  expect(result.badDebt + result.booked + result.insurance).toBeGreaterThan(0);
});
