import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import pc from "picocolors";

import { endProcess } from "../../relayer/src/bin/endProcess.ts";
import { Story } from "./report.ts";
import { runDemo } from "./run.ts";

const directory = mkdtempSync(join(tmpdir(), "hypothec-demo-"));
const story = new Story();
const started = Date.now();
console.log(`${pc.bold("Hypothec")}: borrow on one chain against collateral that stays, private, on another.`);
console.log(pc.yellow("Development keys: anyone can forge proofs against them. Nothing here is for real money."));

try {
  const { observers, trustee, conservation, faults } = await runDemo({ directory, story });
  console.log(`\n${pc.bold("What happened")}\n${story.table()}`);
  console.log(`\n${pc.bold("What observers could see")}\n${observers}`);
  console.log(`\n${pc.bold("Who opened the defaulted lock")}\n${trustee}`);
  console.log(`\n${pc.bold("Conservation, to the unit")}\n${conservation}`);
  if (faults.length > 0) throw new Error(`The final checks found:\n  ${faults.join("\n  ")}`);
  console.log(`\n${pc.green("Everything above is true.")} ${((Date.now() - started) / 1000).toFixed(0)} s in all.`);
  rmSync(directory, { recursive: true, force: true });
  endProcess(0);
} catch (error) {
  console.error(`\n${pc.red("The demo failed:")} ${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof Error && error.stack !== undefined) console.error(pc.dim(error.stack));
  console.error(`Logs of the nodes and relayers are in ${directory}`);
  endProcess(1);
}
