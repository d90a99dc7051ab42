import { batchSuites } from "./suites/batch.ts";
import { hashSuites } from "./suites/hashes.ts";
import { marginSuites } from "./suites/margin.ts";
import { rangeSuites } from "./suites/ranges.ts";
import { scalarSuites } from "./suites/scalar.ts";
import { settleSuites } from "./suites/settle.ts";
import { signatureSuites } from "./suites/signature.ts";
import { transactSuites } from "./suites/transact.ts";
import { treeSuites } from "./suites/tree.ts";
import type { Suite } from "./suite.ts";

/** The attack on every component that has mutants. */
export const suites: ReadonlyMap<string, Suite> = new Map(
  [
    ...[...rangeSuites, ...hashSuites, ...treeSuites, ...scalarSuites, ...signatureSuites],
    ...[...settleSuites, ...marginSuites, ...transactSuites, ...batchSuites],
  ].map((suite) => [suite.name, suite]),
);
