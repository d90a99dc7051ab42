import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, test, vi } from "vitest";

import { startLocalnet } from "../support/localnet/localnet.ts";

const alive = (url: string): Promise<boolean> =>
  fetch(url, { method: "POST", body: "{}" }).then(
    () => true,
    () => false,
  );

const WAIT = { timeout: 20_000, interval: 100 };

test("default: two chains with one clock; both end with stop()", async () => {
  const startTime = 1_621_296_000;
  const localnet = await startLocalnet({ startTime });
  const { vault, margin } = localnet;
  expect([await vault.public.getChainId(), await margin.public.getChainId()]).toEqual([31337, 31338]);
  await localnet.increaseTime(10_000);
  const [s, d] = [Number(await vault.time()), Number(await margin.time())];
  expect(s).toBeGreaterThanOrEqual(startTime + 10_000);
  expect(Math.abs(s - d)).toBeLessThanOrEqual(1);

  await localnet.stop();
  expect([await alive(vault.url), await alive(margin.url)]).toEqual([false, false]);
  expect(existsSync(dirname(vault.logFile))).toBe(false);
});

test("behavior: blocks come by themselves, and finalized follows two behind the head", async () => {
  await using localnet = await startLocalnet();
  await localnet.mineEvery(1);
  const start = await localnet.margin.public.getBlockNumber();
  await vi.waitFor(async () => {
    const finalized = await localnet.margin.public.getBlock({ blockTag: "finalized" });
    expect(finalized.number).toBeGreaterThanOrEqual(start);
  }, WAIT);
  const head = await localnet.margin.public.getBlockNumber();
  expect(head - start).toBeLessThanOrEqual(4n);
});

test("behavior: nodes and files are gone after the process that started them was killed", async () => {
  const module = new URL("../support/localnet/localnet.ts", import.meta.url).href;
  const program = `
    const { startLocalnet } = await import(${JSON.stringify(module)});
    const { vault, margin } = await startLocalnet();
    console.log(JSON.stringify({ urls: [vault.url, margin.url], logFile: vault.logFile }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (data: Buffer) => resolve(data.toString()));
    child.once("exit", (code) => reject(new Error(`It ended by itself with ${String(code)}.`)));
  });
  const { urls, logFile } = JSON.parse(line) as { urls: string[]; logFile: string };
  expect(await Promise.all(urls.map(alive))).toEqual([true, true]);

  child.removeAllListeners("exit").kill("SIGKILL");
  await vi.waitFor(async () => {
    expect(await Promise.all(urls.map(alive))).toEqual([false, false]);
    expect(existsSync(dirname(logFile))).toBe(false);
  }, WAIT);
});
