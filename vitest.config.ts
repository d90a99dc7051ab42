import { defineConfig } from "vitest/config";

const SECOND = 1000;
/** Needs the contracts, unlike the other properties. */
const DIFFERENTIAL = "test/property/differential.test.ts";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "{sdk,relayer}/src/**/*.test.ts",
            "test/{unit,sdk,relayer,property}/**/*.test.ts",
            "scripts/**/*.test.ts",
          ],
          exclude: [DIFFERENTIAL],
          testTimeout: 30 * SECOND,
          // An embedded store takes seconds to open when all cores are busy.
          hookTimeout: 60 * SECOND,
        },
      },
      {
        test: {
          name: "circuits",
          include: ["test/circuits/**/*.test.ts", "circuits/**/*.test.ts"],
          // A proof takes seconds, a witness much less; compiling is the build step's work.
          testTimeout: 180 * SECOND,
          hookTimeout: 300 * SECOND,
          maxWorkers: 2,
          // Curves, compilers and compiled circuits are the same for all files: a worker makes them once.
          isolate: false,
        },
      },
      {
        test: {
          name: "contracts",
          include: ["test/contracts/**/*.test.ts", DIFFERENTIAL],
          testTimeout: 120 * SECOND,
          hookTimeout: 180 * SECOND,
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/{integration,chaos}/**/*.test.ts"],
          // Each brings up chains and relayers of its own and mostly waits for blocks; more than two would starve one another.
          maxWorkers: 2,
          testTimeout: 1_200 * SECOND,
          hookTimeout: 1_200 * SECOND,
        },
      },
    ],
  },
});
