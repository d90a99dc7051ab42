// Prints tables and writes test/bench/results.json. Nothing is asserted: figures depend on the machine, ratios less so.
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";

import { newTable } from "../../scripts/demo/report.ts";
import { benchProving } from "./proving.ts";

const ROUNDS = Number(process.env.HYPOTHEC_BENCH_ROUNDS ?? 7);

const proving = await benchProving(ROUNDS, (circuit, round) => {
  if (process.stderr.isTTY) process.stderr.write(`\r${circuit} ${round + 1}/${ROUNDS}      `);
});
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");

const table = newTable(
  ["circuit", "witness", "proof, witness included", "plain snarkjs, without", "ratio"],
  ["left", "right", "right", "right", "right"],
);
for (const { circuit, witness, proof, plain } of proving) {
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  table.push([circuit, ms(witness), ms(proof), ms(plain), ((proof - witness) / plain).toFixed(2)]);
}
console.log(
  `Proving, median of ${ROUNDS}, ${availableParallelism()} cores. The ratio leaves the witness out on both sides.`,
);
console.log(table.toString());

const results = { cores: availableParallelism(), cpu: cpus()[0]?.model ?? "unknown", rounds: ROUNDS, proving };
writeFileSync(new URL("results.json", import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
process.exit(0); // snarkjs keeps its own workers
