import { mkdirSync, writeFileSync } from "node:fs";

import { dayStart } from "../../support/prices.ts";
import { STRESS_MODELS } from "./models.ts";
import { stressPlot, stressTable } from "./report.ts";
import { runScenario, type Scenario, type StressResult } from "./scenario.ts";

const HOUR = 3_600;
const PLOTS = new URL("../../../docs/plots/", import.meta.url);

const march = dayStart("2020-03-12");
const may = dayStart("2021-05-19");
const first = { name: "2020-03-12/13", day: "2020-03-12", from: march, to: march + 47 * HOUR };
const second = { name: "2021-05-19", day: "2021-05-18", from: may - 2 * HOUR, to: may + 36 * HOUR };

/** Each crash with keepers and buyers always there, and with nobody able to act in the hours of its fall. */
export const SCENARIOS: readonly Scenario[] = [
  first,
  { ...first, name: "2020-03-12/13, nobody acts 10:00 to 16:00", blackout: [march + 10 * HOUR, march + 16 * HOUR] },
  second,
  { ...second, name: "2021-05-19, nobody acts 11:00 to 15:00", blackout: [may + 11 * HOUR, may + 15 * HOUR] },
];

/** Both crashes with every risk model, the same borrowers in each. */
export async function stress(options: {
  accounts: number;
  seed: number;
  scenarios?: readonly Scenario[];
  progress: (what: string) => void;
}): Promise<StressResult[]> {
  const results: StressResult[] = [];
  for (const scenario of options.scenarios ?? SCENARIOS)
    for (const model of STRESS_MODELS) results.push(await runScenario(scenario, model, options));
  return results;
}

export function writePlots(results: readonly StressResult[]): void {
  mkdirSync(PLOTS, { recursive: true });
  for (const { name } of SCENARIOS) {
    const those = results.filter(({ scenario }) => scenario === name);
    if (those.length > 0)
      writeFileSync(new URL(`stress-${name.replace(/[^0-9a-z]+/gi, "-")}.svg`, PLOTS), stressPlot(name, those));
  }
}

export { stressTable };
