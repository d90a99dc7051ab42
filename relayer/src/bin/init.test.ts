import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testDeployment } from "../config/deployment.mock.ts";
import { loadConfig } from "../config/load.ts";
import { configSchema } from "../config/schema.ts";
import { roleNames } from "../config/template.ts";
import { init, parseRoles } from "./init.ts";
import { testTerminal } from "./terminal.mock.ts";

let directory: string;
let deployment: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "relayer-init-"));
  deployment = join(directory, "deployment.json");
  await writeFile(deployment, JSON.stringify(testDeployment()));
});
afterAll(() => rm(directory, { recursive: true }));

test("default: a configuration that loads, with comments, beside the deployment or not", async () => {
  const out = join(directory, "node", "relayer.jsonc");
  const { terminal, output } = testTerminal();
  expect(await init({ deployment, out, terminal })).toBe(0);
  expect(output()).toContain("batcher, attestor, orderSender, keeper, prover");
  const config = await loadConfig(out);
  expect(config.deployment).toBe(deployment);
  expect(config.chains.map(({ name }) => name)).toEqual(["S", "D"]);
  expect(Object.keys(config.roles)).toEqual(["batcher", "attestor", "orderSender", "keeper", "prover", "watchman"]);
  expect(await readFile(out, "utf8")).toContain("// EDIT");
});

test("behavior: every role, and keys only as references", async () => {
  const out = join(directory, "all.jsonc");
  await init({ deployment, out, roles: roleNames.join(","), terminal: testTerminal().terminal });
  const { roles } = await loadConfig(out);
  expect(Object.keys(roles).sort()).toEqual(Object.keys(configSchema.shape.roles.shape).sort());
  const text = await readFile(out, "utf8");
  expect(text).not.toMatch(/0x[0-9a-fA-F]{64}/);
  for (const [, value] of text.matchAll(/"(?:key|signerKey|adminKey)": "([^"]*)"/g))
    expect(value).toMatch(/^keystore:/);
});

test("error: it does not overwrite without --force", async () => {
  const out = join(directory, "mine.jsonc");
  await writeFile(out, "mine");
  const { terminal } = testTerminal();
  await expect(init({ deployment, out, terminal })).rejects.toMatchObject({ code: "exists", exitCode: 5 });
  expect(await readFile(out, "utf8")).toBe("mine");
  await init({ deployment, out, terminal, force: true });
  expect(await readFile(out, "utf8")).not.toBe("mine");
});

test("error: a role or a deployment that is none", async () => {
  expect(() => parseRoles("batcher, banker")).toThrow('No role is called "banker"');
  expect(() => parseRoles(" ,")).toThrow("Roles: batcher");
  const missing = init({ deployment: "/nowhere", out: join(directory, "x"), terminal: testTerminal().terminal });
  await expect(missing).rejects.toMatchObject({ code: "config" });
});
