// `npm run bench:relayer [-- NAME [--option value…]]`: how a relayer does, on two real chains with real proofs. Without a name
// latency, proofs, restart and units: the table of goals; `load` and `soak` take an hour. Writes test/bench/results.relayer.json. Nothing is asserted about times.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { projectRoot } from "../../../circuits/codegen/instances.ts";
import { endProcess } from "../../../relayer/src/bin/endProcess.ts";
import { capacityTables, committed } from "./capacity.ts";
import { measureLatency } from "./latency.ts";
import { latencyTable, proofServiceTable } from "./latencyReport.ts";
import { load } from "./load.ts";
import { loadTable } from "./loadReport.ts";
import { measureUnits } from "./units.ts";
import { benchProofService } from "./proofService.ts";
import { restart } from "./restart.ts";
import { restartTable } from "./restartReport.ts";
import { soak } from "./soak.ts";
import { reportSoak } from "./soakReport.ts";

const RESULTS = join(projectRoot, "test/bench/results.relayer.json");
const SOAK_PLOT = join(projectRoot, "docs/plots/relayer-soak.svg");

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "60" },
    /** Locks whose way is timed. */
    samples: { type: "string", default: "20" },
    proofs: { type: "string", default: "12" },
    locks: { type: "string", default: "1000" },
    opens: { type: "string", default: "200" },
    messages: { type: "string", default: "10000" },
    "drain-minutes": { type: "string", default: "60" },
    "block-seconds": { type: "string" },
    /** Where logs and stores go. */
    directory: { type: "string" },
  },
});
const number = (text: string | undefined, otherwise: number) => (text === undefined ? otherwise : Number(text));
const base = options.directory ?? mkdtempSync(join(tmpdir(), "hypothec-bench-relayer-"));
let directory = base;

const progress = (what: string) => process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${what}` : `${what}\n`);

async function soaked(): Promise<object> {
  const { result, table, svg } = await reportSoak(directory);
  mkdirSync(join(SOAK_PLOT, ".."), { recursive: true });
  writeFileSync(SOAK_PLOT, svg);
  console.log(table);
  return result;
}

const benches: Record<string, () => Promise<object>> = {
  async latency() {
    const result = await measureLatency({ samples: Number(options.samples), directory, progress });
    console.log(latencyTable(result));
    return result;
  },
  async proofs() {
    const results = await benchProofService(Number(options.proofs), progress);
    console.log(proofServiceTable(results));
    return { results };
  },
  async units() {
    const units = await measureUnits(Number(options.messages));
    console.table(units);
    return units;
  },
  async load() {
    const result = await load({ locks: Number(options.locks), opens: Number(options.opens), directory, progress });
    console.log(loadTable(result));
    if (result.checks.faults.length > 0) process.exitCode = 1;
    return result;
  },
  async restart() {
    const drainMinutes = Number(options["drain-minutes"]);
    const result = await restart({ messages: Number(options.messages), drainMinutes, directory, progress });
    console.log(restartTable(result));
    if (result.faults.length > 0) process.exitCode = 1;
    return result;
  },
  async soak() {
    const blockSeconds = number(options["block-seconds"], 2);
    await soak({ minutes: Number(options.minutes), blockSeconds, directory, progress });
    return { blockSeconds, ...(await soaked()) };
  },
  /** The report of a soak again, from its samples in --directory. */
  "soak-report": async () => ({ blockSeconds: number(options["block-seconds"], 2), ...(await soaked()) }),
};

if (positionals[0] === "capacity") {
  // From what is committed: nothing is measured.
  console.log(Object.values(capacityTables(committed())).join("\n\n"));
  process.exit(0);
}

/** What makes up the table of goals; the others take an hour. */
const TABLE = ["latency", "proofs", "restart", "units"];
const names = positionals.length > 0 ? positionals : TABLE;
const unknown = names.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}. Benches: ${Object.keys(benches).join(", ")}`);
  process.exit(64);
}
console.log(`Logs and stores: ${base}`);
for (const name of names) {
  directory = names.length === 1 ? base : join(base, name);
  mkdirSync(directory, { recursive: true });
  const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? "unknown", loadBefore: loadavg()[0] };
  const measured = { at: new Date().toISOString(), ...machine, ...(await benches[name]!()) };
  // Read again each time: another bench may have ended meanwhile.
  const results = existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, "utf8")) as Record<string, unknown>) : {};
  results[name.replace("-report", "")] = measured;
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
}
endProcess(0); // snarkjs keeps its own workers
