import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join, resolve } from "node:path";

import { projectRoot } from "../codegen/instances.ts";
import type { Instance } from "../codegen/instances.ts";

/** Changes whenever the code in circuits/setup makes other keys from the same circuit. */
export const setupVersion = 1;

/** The version of an installed package. */
export function packageVersion(name: string): string {
  const path = findPackageJSON(name, import.meta.url);
  if (path === undefined) throw new Error(`the package ${name} is not installed; run \`npm ci\``);
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

/** All of our circom files that `main` includes, itself first. circomlib's are pinned by its version. */
export function includedSources(main: string): Map<string, string> {
  const sources = new Map<string, string>();
  const visit = (path: string): void => {
    if (sources.has(path)) return;
    const text = readFileSync(path, "utf8");
    sources.set(path, text);
    for (const [, target] of text.matchAll(/^include "([^"]+)";/gm)) {
      if (!target!.startsWith("circomlib/")) visit(resolve(dirname(path), target!));
    }
  };
  visit(main);
  return sources;
}

/** What a compiled circuit and its keys depend on, as 16 hex digits. */
export function contentHash(name: string, instance: Instance): string {
  const hash = createHash("sha256");
  const part = (text: string): void => {
    hash.update(`${Buffer.byteLength(text)}:${text}`);
  };
  part(`set-up ${setupVersion} circom2 ${packageVersion("circom2")} circomlib ${packageVersion("circomlib")}`);
  part(name);
  part(JSON.stringify([instance.circuitId, instance.file, instance.template, instance.params]));
  for (const text of includedSources(join(projectRoot, "circuits/main", `${name}.circom`)).values()) part(text);
  return hash.digest("hex").slice(0, 16);
}
