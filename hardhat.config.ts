import { fileURLToPath } from "node:url";

import hardhatViem from "@nomicfoundation/hardhat-viem";
import { defineConfig } from "hardhat/config";
import type { HardhatPlugin } from "hardhat/types/plugins";

// No compiler is downloaded: solc comes from npm, and Hardhat wants its path absolute.
const soljson = fileURLToPath(import.meta.resolve("solc/soljson.js"));

// `HYPOTHEC_FUZZ_RUNS=10000 npm run test:contracts` digs deeper than the default.
const fuzzRuns = Number(process.env.HYPOTHEC_FUZZ_RUNS ?? 256);

// Runs of 800: the verifier and the engine are called far more often than they are deployed.
const optimizerRuns = Number(process.env.HYPOTHEC_OPTIMIZER_RUNS ?? 800);

// forge-std alone yields more than 256 deprecation warnings under this compiler; they would bury ours.
const dependencyWarning = /--> \S*(node_modules|lib\/oapp-evm)\/|more than 256 warnings/;
const isTest = (source: string) => source.includes("test/contracts/");
const compilation: HardhatPlugin = {
  id: "hypothec-compilation",
  hookHandlers: {
    solidity: async () => ({
      default: async () => ({
        getCompilationJobErrors: async (context, job, output, next) =>
          (await next(context, job, output)).filter(
            (e) => e.severity !== "warning" || !dependencyWarning.test(e.formattedMessage ?? e.message),
          ),
        // A test needs code of its own only, and not the best: asked for everything, solc optimises the whole project once more.
        // What is tested is deployed from the bytecode of the build (test/contracts/support/Deploy.sol).
        invokeSolc: async (context, compiler, input, config, next) => {
          const tests = Object.keys(input.sources).filter(isTest);
          if (tests.length === 0) return next(context, compiler, input, config);
          const all = input.settings.outputSelection["*"] ?? {};
          const outputSelection = Object.fromEntries(tests.map((source) => [source, all]));
          return next(
            context,
            compiler,
            { ...input, settings: { ...input.settings, viaIR: false, outputSelection } },
            config,
          );
        },
      }),
    }),
  },
};

export default defineConfig({
  plugins: [hardhatViem, compilation],
  solidity: {
    splitTestsCompilation: true,
    compilers: [
      {
        version: "0.8.37",
        path: soljson,
        settings: {
          viaIR: true,
          evmVersion: "cancun",
          optimizer: { enabled: true, runs: optimizerRuns },
          metadata: { bytecodeHash: "none" },
        },
      },
    ],
  },
  paths: {
    sources: "contracts",
    tests: { solidity: "test/contracts" },
    cache: ".cache/hardhat",
    artifacts: "artifacts",
  },
  test: {
    solidity: {
      // Contracts are deployed from their bytecode: ours as built, LayerZero's and Uniswap's as their packages ship it. Vectors are data.
      fsPermissions: {
        readDirectory: ["artifacts/contracts", "node_modules/@layerzerolabs", "node_modules/@uniswap", "test/vectors"],
      },
      fuzz: { runs: fuzzRuns },
      invariant: { runs: 256, depth: 100, failOnRevert: false },
    },
  },
});
