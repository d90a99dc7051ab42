import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, expect, test } from "vitest";

import { projectRoot } from "../../circuits/codegen/instances.ts";

/** What a new operator types: README's "Running a relayer", a block a terminal. */
const [network, own, look] = readFileSync(join(projectRoot, "README.md"), "utf8")
  .split("## Running a relayer")[1]!
  .split("\n## ")[0]!
  .match(/(?<=```sh\n)[\s\S]*?(?=```)/g)! as [string, string, string];

const home = mkdtempSync(join(tmpdir(), "hypothec-new-operator-"));
const running: ChildProcess[] = [];
afterAll(async () => {
  await Promise.all(running.map(endOf));
  rmSync(home, { recursive: true, force: true });
});

/** A shell of its own, that of the operator's home; `seen` resolves once its output matches. */
function terminal(script: string) {
  const child = spawn("bash", ["-ec", script], {
    cwd: projectRoot,
    env: { ...process.env, HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true, // a group, so that what it started ends with it
  });
  running.push(child);
  let output = "";
  const watchers = new Set<() => void>();
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const watch of watchers) watch();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const exit = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? 128)));
  const seen = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const watch = (): void => {
        if (!pattern.test(output)) return;
        watchers.delete(watch);
        resolve(output);
      };
      watchers.add(watch);
      watch();
      void exit.then((code) => reject(new Error(`It ended (${String(code)}) before ${String(pattern)}:\n${output}`)));
    });
  return { seen, exit, output: () => output };
}

/** SIGTERM to the whole group, and wait. */
async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  process.kill(-child.pid!, "SIGTERM");
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("default: README's operator section, line by line, ends with a relayer that attests", async () => {
  const [vaultPort, marginPort] = [await freePort(), await freePort()];
  const directory = join(home, "localnet");
  const elsewhere = (script: string): string => script.replaceAll('"$HYPOTHEC/localnet', `"${directory}`);

  const options = `--directory ${directory} --vault-port ${vaultPort} --margin-port ${marginPort} --deposit-every 2`;
  await terminal(network.replace("npm run localnet", `npm run localnet -- ${options}`)).seen(/Ctrl-C ends everything/);

  // The one thing to edit where the nodes are not on the usual ports.
  const edit = `sed -i 's/:8545/:${vaultPort}/; s/:8546/:${marginPort}/' relayer.jsonc`;
  const relayer = terminal(elsewhere(own).replace(/^relayer init .*$/m, (line) => `${line}\n${edit}`));
  const log = await relayer.seen(/"msg":"started"/);
  expect(log).toContain("wiring: good");
  await relayer.seen(/"message":"attest:[^"]*","state":"done"/);

  const status = terminal(look);
  expect(await status.exit).toBe(0);
  expect(status.output()).toMatch(/vault chain/);
  expect(status.output()).toMatch(/batch/);
});
