/**
 * Runs seeds one after the other: `npm run test:chaos -- --seed N --minutes M`. Each prints a line; at the end there is a table, and the exit code
 * says whether all ended as the run without faults did. docs/chaos.md.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { startCampaign } from "../support/chaos/campaign.ts";
import { describePlan } from "../support/chaos/plan.ts";
import type { Outcome } from "../support/chaos/run.ts";
import { shrink } from "../support/chaos/shrink.ts";
import { countStruck } from "../support/chaos/tally.ts";
import { NOTABLE } from "./notable.ts";

const { values } = parseArgs({
  options: {
    /** The first seed, or several: `19,49`. @default from the clock */
    seed: { type: "string" },
    /** How many seeds from the first, or the last of several, on. @default as many as fit into the minutes, or 1 */
    seeds: { type: "string" },
    /** The seeds of test/chaos/notable.ts. */
    notable: { type: "boolean", default: false },
    /** No seed is begun later than so many minutes after the first. */
    minutes: { type: "string" },
    /** Only these faults of the plan, by number: `0,2`. */
    faults: { type: "string" },
    /** Look for the faults that a failure needs. */
    shrink: { type: "boolean", default: false },
    /** `embedded` or `server`: where the relayers' stores are. */
    store: { type: "string", default: "embedded" },
    /** `recorded`: a statement is proven once, then its proof is handed out; `made`: each proof is made. */
    proofs: { type: "string", default: "recorded" },
    /** Where the results go, as JSON. */
    out: { type: "string" },
  },
});
const listed = (values.seed ?? String(Math.floor(Date.now() / 1000) % 1_000_000)).split(",").map(Number);
const most = values.seeds === undefined ? (values.minutes === undefined ? 1 : Infinity) : Number(values.seeds);
if (![...listed, most].every((number) => number >= 0)) throw new Error("--seed and --seeds are numbers");

/** The listed ones, and on from the last. */
function* seeds(): Generator<number> {
  if (values.notable) return yield* NOTABLE[stores].map(({ seed }) => seed);
  yield* listed.slice(0, -1);
  const last = listed.at(-1)!;
  for (let seed = last; seed < last + most; seed++) yield seed;
}
const only = values.faults?.split(",").filter(Boolean).map(Number);

const stores = oneOf("store", values.store, ["embedded", "server"]);
const proofs = oneOf("proofs", values.proofs, ["recorded", "made"]);

const print = (text: string) => process.stdout.write(`${text}\n`);
const seconds = (ms: number) => `${(ms / 1000).toFixed(0)} s`;

// What ends with this process (relayers, small file systems) does so when it is told to stop, too.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

print("building two chains, an account and the relayers' stores, and running once without faults");
const campaign = await startCampaign({ stores, proofs });
const outcomes: Outcome[] = [];
const deadline = values.minutes === undefined ? Infinity : Date.now() + Number(values.minutes) * 60_000;
try {
  for (const seed of seeds()) {
    if (Date.now() >= deadline) break;
    const outcome = await campaign.seed(seed, only);
    outcomes.push(outcome);
    report(outcome);
    if (outcome.problems.length > 0 && values.shrink) await reportShrunk(seed, outcome);
    if (values.out !== undefined) await writeFile(values.out, JSON.stringify(summary(), null, 2));
  }
} finally {
  await campaign.stop();
}
print("");
for (const [kind, { planned, struck }] of [...countStruck(outcomes)].sort())
  print(`${kind.padEnd(20)} ${String(struck).padStart(4)} of ${planned} planned`);
const failed = outcomes.filter(({ problems }) => problems.length > 0);
print(
  `${outcomes.length} seeds: ${outcomes.length - failed.length} as the run without faults, ${failed.length} not` +
    (failed.length === 0 ? "" : ` (${failed.map(({ plan }) => plan.seed).join(", ")})`),
);
process.exitCode = failed.length === 0 && outcomes.length > 0 ? 0 : 1;

function report({ plan, struck, problems, late, durationMs, blocks, logs }: Outcome): void {
  const kinds = plan.faults.map(({ type }, index) => `${type}${struck[index]?.done === true ? "" : " (not)"}`);
  if (plan.deepReorg !== undefined) kinds.push("deep reorg");
  const verdict = problems.length === 0 ? "ok  " : "FAIL";
  print(`${verdict} seed ${plan.seed}: ${seconds(durationMs)}, ${blocks} blocks, ${late} late; ${kinds.join(", ")}`);
  if (problems.length === 0) return;
  for (const line of describePlan(plan)) print(`     ${line}`);
  for (const problem of problems.slice(0, 20)) print(`     ! ${problem.slice(0, 600)}`);
  print(`     logs: ${logs ?? "none"}`);
}

async function reportShrunk(seed: number, { plan }: Outcome): Promise<void> {
  const needed = await shrink(
    plan.faults.map((_, index) => index),
    async (faults) => (await campaign.seed(seed, faults)).problems.length > 0,
  );
  print(`     needs only: --seed ${seed} --faults ${needed.join(",") || '""'}`);
}

function oneOf<const Word extends string>(name: string, word: string, words: readonly Word[]): Word {
  const found = words.find((each) => each === word);
  if (found === undefined) throw new Error(`--${name} is ${words.join(" or ")}, not ${word}`);
  return found;
}

function summary() {
  return {
    seeds: outcomes.map(({ plan, problems, struck, late, durationMs, blocks }) => ({
      seed: plan.seed,
      ok: problems.length === 0,
      plan: describePlan(plan),
      struck: struck.map((each) => each?.done === true),
      late,
      blocks,
      seconds: Math.round(durationMs / 1000),
      problems,
    })),
    faults: Object.fromEntries(countStruck(outcomes)),
  };
}
