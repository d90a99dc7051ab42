import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { projectRoot } from "../../circuits/codegen/instances.ts";

const read = (path: string): string => readFileSync(join(projectRoot, path), "utf8");
const table = read("docs/governance.md");

/** Abstract contracts, by the contract that people call. */
const deployedAs: Readonly<Record<string, string>> = {
  AssetLedger: "CollateralVault",
  CircuitBreaker: "PriceBoard",
  MarketRegistry: "MarginEngine",
  OrderRecords: "OrderInbox",
  PoolLimits: "CreditPool",
};

/** Functions with a modifier, or a check in their body, that only an owner or a guardian passes. */
function privileged(): string[] {
  return globSync("contracts/**/*.sol", { cwd: projectRoot })
    .filter((path) => !path.includes("interfaces"))
    .flatMap((path) => {
      const source = read(path);
      const contract = /^(?:abstract )?contract (\w+)/m.exec(source)?.[1];
      if (contract === undefined) return [];
      return Array.from(
        source.matchAll(/^ {4}function (\w+)\(([^{;]*)\{([\s\S]*?)^ {4}\}/gm),
        ([, name, head, body]) => {
          const isOurs = /\b(external|public)\b/.test(head!);
          const isGuarded =
            /\bonlyOwner\b/.test(head!) || /_checkOwner|msg\.sender != guardian|_onlyGuardian/.test(body!);
          return isOurs && isGuarded ? `${deployedAs[contract] ?? contract}.${name!}` : "";
        },
      ).filter((found) => found !== "");
    });
}

test("behavior: every privileged function is in docs/governance.md, and nothing else is", () => {
  const found = [...new Set(privileged())].sort();
  const listed = Array.from(table.matchAll(/^\| `(\w+\.\w+)` \|/gm), ([, name]) => name!).sort();
  expect(found.length).toBeGreaterThan(25);
  expect(listed).toEqual(found);
});

test("behavior: every test that docs/governance.md and docs/threat-model.md name exists", () => {
  const written = new Set(
    globSync("test/contracts/**/*.t.sol", { cwd: projectRoot }).flatMap((path) =>
      Array.from(read(path).matchAll(/function ((?:test|testFuzz|invariant)_\w+)/g), ([, name]) => name!),
    ),
  );
  const named = [table, read("docs/threat-model.md")].flatMap((text) =>
    Array.from(text.matchAll(/`((?:test|testFuzz|invariant)_\w+)`/g), ([, name]) => name!),
  );
  expect(named.length).toBeGreaterThan(40);
  expect([...new Set(named)].filter((name) => !written.has(name))).toEqual([]);
});

test("behavior: every file that docs/threat-model.md names exists", () => {
  const named = Array.from(
    read("docs/threat-model.md").matchAll(/`((?:test|contracts|circuits|docs|relayer|sdk)\/[\w./-]+)`/g),
    ([, path]) => path!,
  );
  expect(named.length).toBeGreaterThan(20);
  const missing = named.filter((path) => globSync(path, { cwd: projectRoot }).length === 0);
  expect(missing).toEqual([]);
});
