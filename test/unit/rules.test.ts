import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { projectRoot } from "../../circuits/codegen/instances.ts";

/** The rules of accounts, liquidation, orders, settlement, escape and fees: how many of each kind there are. */
const RULES = { ACC: 7, LIQ: 10, ORD: 7, SET: 3, ESC: 3, FEE: 4 } as const;

const texts = (...patterns: string[]) =>
  patterns
    .flatMap((pattern) => globSync(pattern, { cwd: projectRoot }))
    .filter((path) => !path.includes("node_modules") && !path.endsWith("unit/rules.test.ts"))
    .map((path) => readFileSync(join(projectRoot, path), "utf8"));

const tests = texts("test/**/*.t.sol", "{test,sdk/src,relayer/src,scripts,circuits}/**/*.test.ts");

test("behavior: each rule is cited by a test", () => {
  const ids = Object.entries(RULES).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, i) => `${kind}-${i + 1}`),
  );
  const uncited = ids.filter((id) => !tests.some((text) => new RegExp(`\\b${id}\\b`).test(text)));
  expect(uncited).toEqual([]);
});

test("behavior: each custom error of the contracts is in a test", () => {
  const support = texts("test/contracts/support/*.sol");
  const names = texts("contracts/**/*.sol").flatMap((text) =>
    Array.from(text.matchAll(/^ {4}error (\w+)\(/gm), ([, name]) => name!),
  );
  expect(names.length).toBeGreaterThan(200);
  const unreached = names.filter(
    (name) => ![...tests, ...support].some((text) => new RegExp(`\\b${name}\\b`).test(text)),
  );
  expect(unreached).toEqual([]);
});
