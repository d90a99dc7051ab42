// The Node that runs the project: the machine's own when it is new enough, else one from the npm registry.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Failure, openly, quietly } from "./terminal.mjs";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const VERSION = "24.9.0";
const PACKAGE = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

/** 22.18 is the first Node 22 that runs TypeScript by itself; the tools need 22.12; Node 23 is past its end. */
function isRecentEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major >= 24 || (major === 22 && minor >= 18);
}

/** Path of a Node that can run the project; installs one into `.cache/node24` if it must. */
export async function runtimeBinary() {
  if (isRecentEnough(process.versions.node)) return process.execPath;

  const home = join(ROOT, ".cache", "node24");
  const binary = join(home, "node_modules", PACKAGE, "bin", process.platform === "win32" ? "node.exe" : "node");
  const runs = () => existsSync(binary) && spawnSync(binary, ["--version"]).stdout?.toString().trim() === `v${VERSION}`;
  if (runs()) return binary;

  const todo = `Install Node 22.18 or newer (24 is best), or see that npm can install ${PACKAGE}@${VERSION}; then run this again.`;
  await mkdir(home, { recursive: true });
  await writeFile(join(home, "package.json"), '{ "private": true }\n');
  // The platform's package holds the binary itself, so no install script has to run.
  const install = [
    "install",
    "--no-save",
    "--no-package-lock",
    "--no-workspaces",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
  ];
  await npm(
    `Bring Node ${VERSION} (this is ${process.versions.node}, too old)`,
    [...install, `${PACKAGE}@${VERSION}`],
    { cwd: home, todo },
  );
  if (!runs()) throw new Failure(`${PACKAGE}@${VERSION} is installed but does not run on this machine`, { todo });
  return binary;
}

/** Runs this same command under another Node, which child processes find first on PATH. Resolves to the exit code. */
export function relaunchUnder(node) {
  const PATH = `${dirname(node)}${delimiter}${process.env.PATH ?? ""}`;
  return openly(node, process.argv.slice(1), { env: { ...process.env, PATH, NODE: node, npm_node_execpath: node } });
}

/** Runs npm under the Node that runs us: an older one would silently leave out native packages. */
export async function npm(title, args, { cwd = ROOT, todo } = {}) {
  // What an outer `npm --prefix … run` puts into the environment would send this install elsewhere.
  const inherited =
    /^npm_config_(local_prefix|prefix|global|workspaces?|include_workspace_root|omit|include|production)$/i;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.test(name)));
  const beside = join(dirname(process.execPath), "..", "lib", "node_modules", "npm", "bin", "npm-cli.js");
  const cli = [process.env.npm_execpath, beside].find((path) => path?.endsWith("npm-cli.js") && existsSync(path));
  if (cli) return quietly(title, process.execPath, [cli, ...args], { cwd, env, todo });
  return quietly(title, "npm", args, { cwd, env, todo });
}
