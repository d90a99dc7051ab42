import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { projectRoot } from "../../circuits/codegen/instances.ts";
import { POWERS, ROLES, type RoleName } from "../../scripts/deploy/powers.ts";

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

/** LayerZero's, of OApps and endpoint: no source of ours defines them. */
const layerZero = /\.(setPeer|setDelegate|setEnforcedOptions)$|^Endpoint\./;

test("behavior: every privileged function has a role of the authority, and no role has another function", () => {
  const granted = Object.entries(POWERS).flatMap(([contract, functions]) =>
    Object.keys(functions).map((name) => `${contract}.${name}`),
  );
  // `veto` and `refuseDebts` are the guardian's alone: no owner passes them.
  const owners = [...new Set(privileged())].filter((each) => !/\.(veto|refuseDebts)$/.test(each));
  expect(granted.filter((each) => !layerZero.test(each)).sort()).toEqual(owners.sort());
  for (const oapp of ["OrderQueue", "RootInbox", "VaultMessenger", "OrderInbox"])
    expect(Object.keys(POWERS[oapp]!)).toContain("setPeer");
});

test("behavior: docs/governance.md has the roles, their delays and their functions", () => {
  const rows = Array.from(table.matchAll(/^\| ([A-Z]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm), ([, ...row]) => row);
  const days = (seconds: number) => (seconds === 0 ? "none" : `${seconds / 86_400} d`);
  const wanted = Object.entries(ROLES).map(([name, { label, delay, who }]) => {
    const functions = Object.entries(POWERS).flatMap(([contract, its]) =>
      Object.entries(its).flatMap(([each, role]) => (role === (name as RoleName) ? [`${contract}.${each}`] : [])),
    );
    return [label, who, days(delay), functions.map((each) => `\`${each}\``).join(", ")];
  });
  expect(rows).toEqual(wanted);
});

test("behavior: every test that docs/governance.md, docs/threat-model.md and docs/review.md name exists", () => {
  const written = new Set(
    globSync("test/contracts/**/*.t.sol", { cwd: projectRoot }).flatMap((path) =>
      Array.from(read(path).matchAll(/function ((?:test|testFuzz|invariant)_\w+)/g), ([, name]) => name!),
    ),
  );
  const named = [table, read("docs/threat-model.md"), read("docs/review.md")].flatMap((text) =>
    Array.from(text.matchAll(/`((?:test|testFuzz|invariant)_\w+)`/g), ([, name]) => name!),
  );
  expect(named.length).toBeGreaterThan(40);
  expect([...new Set(named)].filter((name) => !written.has(name))).toEqual([]);
});

test("behavior: every file that docs/threat-model.md and docs/review.md name exists", () => {
  const named = Array.from(
    (read("docs/threat-model.md") + read("docs/review.md")).matchAll(
      /`((?:test|contracts|circuits|docs|relayer|sdk)\/[\w./-]+)`/g,
    ),
    ([, path]) => path!,
  );
  expect(named.length).toBeGreaterThan(20);
  const missing = named.filter((path) => globSync(path, { cwd: projectRoot }).length === 0);
  expect(missing).toEqual([]);
});
