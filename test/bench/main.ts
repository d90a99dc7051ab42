// `npm run bench [-- NAME…]`: prints tables and writes test/bench/results.json. Nothing is asserted: figures depend on the
// machine, ratios less so.
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";

import { endProcess } from "../../relayer/src/bin/endProcess.ts";
import { committedFigures, feeTables, STATED } from "./fees.ts";
import { compareGas, gasTable, measureGas } from "./gas.ts";
import { benchRapidsnark, benchSnarkjs } from "./proving.ts";
import { provingTable, workersTable } from "./provingTables.ts";
import { stress, stressTable, writePlots } from "./stress/main.ts";
import { benchWorkers } from "./provingWorkers.ts";

const ROUNDS = Number(process.env.HYPOTHEC_BENCH_ROUNDS ?? 7);
const RESULTS = new URL("results.json", import.meta.url);

const progress = (what: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
};
const print = (text: string) => {
  progress("");
  console.log(text);
};

async function proving(): Promise<object> {
  print(`Proving: medians of ${ROUNDS}, ${availableParallelism()} cores; the witness is left out on both sides.`);
  const workers = await benchWorkers(progress);
  print(workersTable(workers));
  const snarkjs = await benchSnarkjs(ROUNDS, progress);
  print(provingTable("snarkjs backend", "plain snarkjs", snarkjs, 1));
  const rapidsnark = await benchRapidsnark(ROUNDS, progress);
  if (rapidsnark === undefined) print("rapidsnark: not measured, HYPOTHEC_RAPIDSNARK does not name its binary.");
  else print(provingTable("rapidsnark backend", "bare process", rapidsnark, 1.15));
  return { snarkjs, workers, ...(rapidsnark === undefined ? {} : { rapidsnark }) };
}

async function gas(): Promise<object> {
  const rows = await measureGas();
  const targets = compareGas(rows);
  print(gasTable(targets));
  return { targets, rows };
}

async function stressed(): Promise<object> {
  const accounts = Number(process.env.HYPOTHEC_STRESS_ACCOUNTS ?? 1_000);
  const seed = Number(process.env.HYPOTHEC_STRESS_SEED ?? 20_261_127);
  print(
    `${accounts} accounts, seed ${seed}, the contracts as built; proofs are taken on trust in this bench, their prover is honest.`,
  );
  const results = await stress({ accounts, seed, progress });
  print(stressTable(results));
  if (accounts === 1_000) writePlots(results);
  return { accounts, seed, results: results.map(({ path: _, ...figures }) => figures) };
}

/** From the last gas bench and the gas snapshots: nothing is measured again. */
function fees(): Promise<object> {
  const { roles, submitters, nuisances } = feeTables(committedFigures());
  print([roles, submitters, nuisances].join("\n\n"));
  return Promise.resolve(STATED);
}

const benches: Record<string, () => Promise<object>> = { proving, gas, stress: stressed, fees };

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}. Benches: ${Object.keys(benches).join(", ")}`);
  process.exit(1);
}
const results = JSON.parse(readFileSync(RESULTS, "utf8")) as Record<string, unknown>;
for (const name of asked.length > 0 ? asked : Object.keys(benches)) {
  const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? "unknown", loadBefore: loadavg()[0] };
  results[name] = { ...machine, rounds: ROUNDS, ...(await benches[name]!()) };
}
writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
endProcess(0); // snarkjs keeps its own workers
