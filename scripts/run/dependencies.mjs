// Installs the locked dependencies when what lies in node_modules is not what the lockfile says.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { npm, ROOT } from "./node.mjs";

function packagesOf(lockfile) {
  try {
    return JSON.parse(readFileSync(join(ROOT, lockfile), "utf8")).packages;
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function hasMusl() {
  try {
    return readdirSync("/lib").some((name) => name.startsWith("ld-musl"));
  } catch {
    return false;
  }
}

/** Why the installed packages are not the locked ones; `undefined` when they are. */
export function mismatch() {
  const locked = packagesOf("package-lock.json");
  const installed = packagesOf("node_modules/.package-lock.json");
  if (!installed) return "nothing is installed yet";

  const libc = hasMusl() ? "musl" : "glibc";
  const fits = ({ os, cpu, libc: wanted }) =>
    (os?.includes(process.platform) ?? true) &&
    (cpu?.includes(process.arch) ?? true) &&
    (wanted?.includes(libc) ?? true);
  // npm leaves out optional packages whose `engines` do not fit the Node it runs on; those for this platform are needed.
  const needed = (entry) => !entry.optional || ((entry.os ?? entry.cpu) !== undefined && fits(entry));

  for (const [path, entry] of Object.entries(locked)) {
    if (!path.includes("node_modules/") || entry.link || !needed(entry)) continue;
    if (installed[path]?.version !== entry.version)
      return `${path.slice(path.lastIndexOf("node_modules/") + 13)} is not ${entry.version}`;
  }
  return undefined;
}

export async function ensureDependencies() {
  const reason = mismatch();
  if (reason === undefined) return;
  await npm(
    `Install the dependencies (${reason})`,
    ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund"],
    {
      todo: "See what npm says above. It needs a registry with the versions of package-lock.json.",
    },
  );
}
