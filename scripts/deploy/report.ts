import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import Table from "cli-table3";

import type { Deployed } from "./deploy.ts";
import type { GasEntry } from "./sender.ts";

/** Writes `deployment.json`, which SDK and relayer read, and `deploy-report.txt` into a directory. Returns their paths. */
export function writeDeployment(
  directory: string,
  { deployment, ledger }: Deployed,
): { deployment: string; report: string } {
  mkdirSync(directory, { recursive: true });
  const paths = { deployment: join(directory, "deployment.json"), report: join(directory, "deploy-report.txt") };
  writeFileSync(paths.deployment, `${JSON.stringify(deployment, null, 2)}\n`);
  writeFileSync(paths.report, `${formatReport(ledger)}\n`);
  return paths;
}

/** A line per transaction: what, where, gas; and the sum of each chain. */
export function formatReport(ledger: readonly GasEntry[]): string {
  const chains = [...new Set(ledger.map(({ chain }) => chain))];
  const table = new Table({
    head: ["chain", "transaction", "contract", "gas"],
    colAligns: ["left", "left", "left", "right"],
    style: { head: [], border: [] },
  });
  for (const chain of chains) {
    const own = ledger.filter((entry) => entry.chain === chain);
    for (const { what, contract, gas } of own) table.push([chain, what, contract ?? "", gas.toLocaleString("en")]);
    const sum = own.reduce((total, { gas }) => total + gas, 0n);
    table.push([chain, `${own.length} transactions`, "", sum.toLocaleString("en")]);
  }
  return table.toString();
}
