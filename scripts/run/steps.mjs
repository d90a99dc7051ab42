// Built parts, each rebuilt only when the content of its inputs has changed. Stamps lie in .cache/stamps.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { ROOT } from "./node.mjs";
import { quietly } from "./terminal.mjs";

export const HARDHAT = "node_modules/hardhat/dist/src/cli.js";

/** What local networks deploy besides the project's own contracts. */
const LOCAL_CONTRACTS = [
  "test/contracts/support/TestToken.sol",
  "test/contracts/support/SeizableToken.sol",
  "test/contracts/support/ReplayAggregator.sol",
];

const STEPS = {
  circuits: {
    title: "Circuits: compile and set up",
    inputs: ["circuits", "package-lock.json"],
    outputs: [".cache/circuits"],
    command: ["circuits/setup/build.ts"],
    todo: "The circuit compiler's message is above. `npm run constraints` looks at one circuit at a time.",
  },
  contracts: {
    title: "Contracts: compile",
    inputs: ["contracts", "hardhat.config.ts", "remappings.txt", "package-lock.json"],
    outputs: ["artifacts/contracts"],
    command: [HARDHAT, "build", "--no-tests"],
    todo: "Fix what the Solidity compiler says above.",
  },
  localContracts: {
    title: "Local networks' tokens and feeds: compile",
    inputs: [...LOCAL_CONTRACTS, "contracts/interfaces/IAggregatorV3.sol", "hardhat.config.ts", "package-lock.json"],
    outputs: LOCAL_CONTRACTS.map((path) => `.cache/hardhat/test-artifacts/${path}`),
    command: [HARDHAT, "build", "--no-contracts", ...LOCAL_CONTRACTS],
    todo: "Fix what the Solidity compiler says above.",
  },
  abis: {
    title: "SDK: ABIs from the contracts",
    inputs: ["artifacts/contracts", "scripts/codegen"],
    outputs: ["sdk/src/abis"],
    command: ["scripts/codegen/abis.ts"],
  },
};

/** Every step, in the order in which they build on one another. */
export const ALL_STEPS = Object.keys(STEPS);

/** Brings the named steps up to date, in their order. */
export async function build(names) {
  for (const name of ALL_STEPS.filter((step) => names.includes(step))) await bring(name);
}

async function bring(name) {
  const { title, inputs, outputs, command, todo } = STEPS[name];
  const stamp = join(ROOT, ".cache", "stamps", name);
  const before = await digest(inputs);
  const built = await readFile(stamp, "utf8").catch(() => undefined);
  if (built === before && outputs.every((path) => existsSync(join(ROOT, path)))) return;

  await quietly(title, process.execPath, command, { cwd: ROOT, todo });
  await mkdir(join(ROOT, ".cache", "stamps"), { recursive: true });
  // The hash from before the build: an edit made while it ran must not pass for built.
  await writeFile(stamp, before);
}

async function digest(paths) {
  const hash = createHash("sha256");
  for (const path of paths) await absorb(hash, path);
  return hash.digest("hex");
}

async function absorb(hash, path) {
  const full = join(ROOT, path);
  const info = await stat(full).catch(() => undefined);
  if (info?.isDirectory()) {
    for (const entry of (await readdir(full)).sort()) await absorb(hash, `${path}/${entry}`);
  } else if (info) {
    const content = await readFile(full);
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
}
