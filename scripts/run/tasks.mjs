// What each `npm run` does, once Node and the dependencies are there.
import { join } from "node:path";

import { ROOT } from "./node.mjs";
import { HARDHAT, ALL_STEPS, build } from "./steps.mjs";
import { Failure, openly } from "./terminal.mjs";
import { ALL_SUITES, runSuites } from "./tests.mjs";

/** Runs scripts of the project or of its dependencies in full view; the first that fails ends it. */
async function inTurn(...commands) {
  for (const command of commands) {
    const code = await openly(process.execPath, command);
    if (code !== 0) return code;
  }
  return 0;
}

/** Runs all of them, so that one run shows everything there is to fix. */
async function each(...commands) {
  let worst = 0;
  for (const command of commands) worst = Math.max(worst, await openly(process.execPath, command));
  return worst;
}

const suites = (steps, names) => ({ steps, run: (files) => runSuites(names, files) });
const program = (steps, ...command) => ({ steps, run: (args) => inTurn([...command, ...args]) });

const PRETTIER = [
  "node_modules/prettier/bin/prettier.cjs",
  "--cache",
  "--cache-location=.cache/prettier",
  "--log-level=warn",
];
// Without its cache: rules that ask for types also depend on files other than the one they are kept for.
const ESLINT = ["node_modules/eslint/bin/eslint.js", "--no-error-on-unmatched-pattern"];
const SOLHINT = ["node_modules/solhint/solhint.js", "--noPoster", "--max-warnings=0", "contracts/**/*.sol"];

const TASKS = {
  demo: program(ALL_STEPS, "scripts/demo/main.ts"),
  localnet: program(ALL_STEPS, "scripts/localnet/main.ts"),
  // Its paths are those of whoever calls, not of the project.
  relayer: {
    steps: ["circuits"],
    run: (args) =>
      openly(process.execPath, [join(ROOT, "relayer/src/bin/relayer.ts"), ...args], {
        cwd: process.env.INIT_CWD,
        // As in relayer/deploy.
        env: {
          MALLOC_ARENA_MAX: "2",
          NODE_OPTIONS: "--max-semi-space-size=8",
          NODE_COMPILE_CACHE: join(ROOT, ".cache", "compiled"),
          ...process.env,
        },
      }),
  },
  setup: program([], "circuits/setup/ceremony/main.ts"),
  build: { steps: ALL_STEPS, run: async () => 0 },
  test: suites(ALL_STEPS, ALL_SUITES),
  "test:circuits": suites(["circuits"], ["circuits"]),
  "test:circuits:deep": program(["circuits"], "test/soundness/deep.ts"),
  "test:contracts": suites(ALL_STEPS, ["solidity", "contracts"]),
  "test:unit": suites(["circuits"], ["unit"]),
  "test:chaos": program(ALL_STEPS, "test/chaos/main.ts"),
  "test:integration": suites(ALL_STEPS, ["integration"]),
  typecheck: program([], "node_modules/typescript/bin/tsc", "--noEmit"),
  lint: {
    steps: [],
    run: async () => {
      const style = await each([...PRETTIER, "--check", "."], [...ESLINT, "."], SOLHINT);
      await build(["contracts"]);
      return Math.max(style, await each(["scripts/codegen/abis.ts", "--check"]));
    },
  },
  format: { steps: [], run: () => inTurn([...PRETTIER, "--write", "."], [...ESLINT, "--fix", "."]) },
  constraints: program([], "circuits/setup/constraints.ts"),
  snapshot: snapshots("--snapshot"),
  "snapshot:check": snapshots("--snapshot-check", "--tolerance", "1"),
  bench: program(ALL_STEPS, "test/bench/main.ts"),
  "bench:relayer": program(ALL_STEPS, "test/bench/relayer/main.ts"),
};

/** Gas of the margin chain's operations. The bytecode sizes have a test of their own, which writes them here. */
function snapshots(...options) {
  return {
    steps: ALL_STEPS,
    run: () => {
      const gas = [HARDHAT, "test", "solidity", "test/contracts/gas/MarginGas.t.sol", ...options];
      if (options[0] !== "--snapshot") return inTurn(gas);
      process.env.HYPOTHEC_SNAPSHOT = "write";
      return inTurn(gas, [
        "node_modules/vitest/vitest.mjs",
        "run",
        "--project=contracts",
        "test/contracts/bytecode.test.ts",
      ]);
    },
  };
}

export async function runTask(name, args) {
  const task = TASKS[name];
  if (!task) throw new Failure(`There is no task “${name ?? ""}”`, { todo: `Tasks: ${Object.keys(TASKS).join(", ")}` });
  await build(task.steps);
  return task.run(args);
}
