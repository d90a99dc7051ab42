import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKeyRing } from "../config/keys.ts";
import { keyUses } from "../config/keyUses.ts";
import { addKey, exportPublic, keystorePath, listKeys } from "./keys.ts";
import { testTerminal } from "./terminal.mock.ts";

const key = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"; // anvil's first, public
const address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const cost = { n: 1_024, r: 8, p: 1 };
const typed = "correct horse battery";
const passphrase = async () => typed;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "relayer-keys-"));
});
afterAll(() => rm(directory, { recursive: true }));

const ring = () => createKeyRing({ env: { K: key }, baseDir: directory, passphrase });
const adding = (name: string) => ({
  name,
  directory,
  keys: ring(),
  passphrase,
  terminal: testTerminal().terminal,
  cost,
});

describe("add", () => {
  test("default: a new key that the configuration can refer to, readable by its owner only", async () => {
    const { terminal, output } = testTerminal();
    expect(await addKey({ ...adding("fresh"), terminal })).toBe(0);
    const resolved = await ring().account("keystore:fresh.json");
    expect(output()).toContain(resolved.address);
    expect(output()).not.toContain((await ring().secret("keystore:fresh.json")).slice(2));
    expect((await stat(join(directory, "fresh.json"))).mode & 0o777).toBe(0o600);
  });

  test("behavior: --from encrypts a key that is there", async () => {
    await addKey({ ...adding("from"), from: "env:K" });
    expect(await ring().secret("keystore:from.json")).toBe(`0x${key}`);
    expect(await readFile(join(directory, "from.json"), "utf8")).not.toContain(key);
  });

  test("error: a key is not overwritten, two passphrases differ, one is short, a name is a path", async () => {
    await addKey(adding("once"));
    await expect(addKey(adding("once"))).rejects.toMatchObject({ code: "exists" });
    let n = 0;
    const differs = addKey({ ...adding("typo"), passphrase: async () => `${typed}${n++}` });
    await expect(differs).rejects.toThrow("The two passphrases differ. Nothing was written.");
    await expect(addKey({ ...adding("typo"), passphrase: async () => "short" })).rejects.toThrow("at least 12");
    await expect(readFile(join(directory, "typo.json"))).rejects.toThrow("ENOENT");
    expect(() => keystorePath(directory, "../k")).toThrow("no name of a key");
  });
});

describe("export-public", () => {
  test("default: address and public key, never the secret", async () => {
    await addKey({ ...adding("public"), from: "env:K" });
    const { terminal, output } = testTerminal();
    await exportPublic({ name: "public", directory, keys: ring(), passphrase, terminal });
    expect(output()).toContain(address);
    expect(output()).toMatch(/public key 0x04[0-9a-f]{128}/);
    expect(output()).not.toContain(key);
  });
  test("error: none of that name, another passphrase", async () => {
    const { terminal } = testTerminal();
    await expect(exportPublic({ name: "none", directory, keys: ring(), passphrase, terminal })).rejects.toThrow(
      "relayer keys add none",
    );
    const wrong = exportPublic({ name: "public", directory, keys: ring(), passphrase: async () => "wrong", terminal });
    await expect(wrong).rejects.toThrow("The passphrase does not open the keystore");
  });
});

describe("list", () => {
  const uses = (reference: string) =>
    keyUses(
      {
        batcher: { key: ["env:K", reference], profit: "any", seal: {} as never, gather: {} as never },
        trustee: { key: [reference], secrets: ["file:seed"] },
      },
      { vault: "S", margin: "D" },
    );

  test("default: addresses, keystores unopened; a secret only resolves", async () => {
    await writeFile(join(directory, "seed"), key);
    await addKey({ ...adding("listed"), from: "env:K" });
    const { terminal, output } = testTerminal();
    const keys = createKeyRing({ env: { K: key }, baseDir: directory }); // no passphrase
    expect(await listKeys({ uses: uses("keystore:listed.json"), keys, terminal })).toBe(0);
    expect(
      output()
        .split("\n")
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      ["used by", "reference", "address"],
      ["roles.batcher.key[0]", "env:K", address],
      ["roles.batcher.key[1]", "keystore:listed.json", address],
      ["roles.trustee.key", "keystore:listed.json", address],
      ["roles.trustee.secrets[0]", "file:seed", "resolves (a secret, no account)"],
    ]);
    expect(output()).not.toContain(key);
  });

  test("error: one that does not resolve says why, and the exit code too", async () => {
    const { terminal, output } = testTerminal();
    expect(await listKeys({ uses: uses("env:NONE"), keys: ring(), terminal })).toBe(2);
    expect(output()).toContain("set the environment variable NONE");
  });
});
