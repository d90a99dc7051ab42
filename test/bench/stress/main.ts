import { mkdirSync, writeFileSync } from "node:fs";

import { dayStart } from "../../support/prices.ts";
import { STRESS_MODELS } from "./models.ts";
import { stressPlot, stressTable } from "./report.ts";
import { runScenario, type Scenario, type StressResult } from "./scenario.ts";

const HOUR = 3_600;
const PLOTS = new URL("../../../docs/plots/", import.meta.url);

export const SCENARIOS: readonly Scenario[] = [
  { name: "2020-03-12/13", day: "2020-03-12", from: dayStart("2020-03-12"), to: dayStart("2020-03-12") + 47 * HOUR },
  {
    name: "2021-05-19",
    day: "2021-05-18",
    from: dayStart("2021-05-18") + 22 * HOUR,
    to: dayStart("2021-05-18") + 60 * HOUR,
  },
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
      writeFileSync(new URL(`stress-${name.replaceAll("/", "-")}.svg`, PLOTS), stressPlot(name, those));
  }
}

export { stressTable };
