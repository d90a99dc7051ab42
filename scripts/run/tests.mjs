// Runs the test suites one after the other and adds up what they report.
import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { ROOT } from "./node.mjs";
import { HARDHAT } from "./steps.mjs";
import { bold, openly, stripAnsi } from "./terminal.mjs";

/** Suites in the order in which they run: what fails fast and explains most comes first. */
const SUITES = {
  circuits: (files) => vitest("circuits", files),
  solidity: (files) => solidity(files),
  unit: (files) => vitest("unit", files),
  contracts: (files) => vitest("contracts", files),
  integration: (files) => vitest("integration", files),
};
export const ALL_SUITES = Object.keys(SUITES);

/** Runs suites; `files` narrows them down. The last line is the sum. Returns the exit code. */
export async function runSuites(names, files = []) {
  const results = [];
  for (const name of names) {
    const own = files.filter((file) => file.endsWith(".t.sol") === (name === "solidity"));
    if (files.length > 0 && own.length === 0) continue;
    process.stdout.write(`\n${bold(`── ${name}`)}\n`);
    results.push({ name, ...(await SUITES[name](own)) });
  }
  process.stdout.write("\n");
  if (results.length > 1)
    for (const { name, ...counts } of results) process.stdout.write(`${name.padEnd(12)} ${line(counts)}\n`);

  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const total = { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
  const ran = total.passed + total.failed > 0;
  if (!ran) process.stdout.write("No test was run.\n");
  process.stdout.write(`${line(total)}\n`);
  return ran && total.failed === 0 ? 0 : 1;
}

const line = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;

/** A runner that fails without a failing test (it crashed, or nothing compiled) counts as one failure. */
const honest = (counts, code) => (code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts);

async function vitest(project, files) {
  const report = join(ROOT, ".cache", "test-results", `${project}.json`);
  await mkdir(dirname(report), { recursive: true });
  await rm(report, { force: true });
  const code = await openly(process.execPath, [
    "node_modules/vitest/vitest.mjs",
    "run",
    `--project=${project}`,
    "--passWithNoTests",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...files,
  ]);
  const { testResults = [] } = JSON.parse(await readFile(report, "utf8").catch(() => "{}"));
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { status, assertionResults } of testResults) {
    if (status === "failed" && !assertionResults.some((test) => test.status === "failed")) counts.failed += 1;
    for (const test of assertionResults) counts[test.status in counts ? test.status : "skipped"] += 1;
  }
  return honest(counts, code);
}

async function solidity(files) {
  let output = "";
  const code = await openly(process.execPath, [HARDHAT, "test", "solidity", ...files], {
    onOutput: (text) => (output += text),
  });
  const count = (word) =>
    [...stripAnsi(output).matchAll(new RegExp(`^ +(\\d+) ${word}\\b`, "gm"))].reduce(
      (total, match) => total + Number(match[1]),
      0,
    );
  return honest({ passed: count("passing"), failed: count("failing"), skipped: count("skipped") }, code);
}
