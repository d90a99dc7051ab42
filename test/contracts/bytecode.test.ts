import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { expect, test } from "vitest";

import { projectRoot } from "../../circuits/codegen/instances.ts";

const SNAPSHOT = join(projectRoot, "test/contracts/bytecode.json");
/** EIP-170. */
const LIMIT = 24_576;

type Artifact = { contractName: string; sourceName: string; deployedBytecode: string };

/** Bytes of each deployed contract of ours, libraries that others contain left out. */
function sizes(): Record<string, number> {
  const found = globSync("artifacts/contracts/**/*.json", { cwd: projectRoot })
    .filter((path) => /\.sol[\\/]\w+\.json$/.test(path))
    .map((path) => JSON.parse(readFileSync(join(projectRoot, path), "utf8")) as Artifact)
    .filter(({ sourceName }) => !/^contracts\/(libraries|verifiers|interfaces)\//.test(sourceName))
    .map(({ contractName, deployedBytecode }) => [contractName, (deployedBytecode.length - 2) / 2] as const)
    .filter(([, bytes]) => bytes > 0);
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

test("behavior: no contract is larger than a chain takes", () => {
  for (const [name, bytes] of Object.entries(sizes())) expect(bytes, name).toBeLessThanOrEqual(LIMIT);
});

test("behavior: sizes are those of the snapshot", () => {
  const now = sizes();
  expect(Object.keys(now).length).toBeGreaterThan(20);
  if (process.env.HYPOTHEC_SNAPSHOT === "write") writeFileSync(SNAPSHOT, `${JSON.stringify(now, null, 2)}\n`);
  const kept = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, number>;
  expect(now, `${basename(SNAPSHOT)} is old: run \`npm run snapshot\` and commit what it writes`).toEqual(kept);
});
