import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createKeyRing } from "./keys.ts";
import { encryptKeystore } from "./keystore.ts";

const key = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"; // anvil's first, public
const ring = (env: Record<string, string>, baseDir = "/") => createKeyRing({ env, baseDir });

test("default: from the environment and from a file, with and without 0x", async () => {
  const baseDir = await mkdtemp(join(tmpdir(), "relayer-keys-"));
  await writeFile(join(baseDir, "k"), `0x${key}\n`);
  const both = ring({ K: key }, baseDir);
  expect(await both.secret("env:K")).toBe(`0x${key}`);
  expect(await both.secret("file:k")).toBe(`0x${key}`);
  expect((await both.account("env:K")).address).toBe("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
  await rm(baseDir, { recursive: true });
});

test("error: says which reference, and never what it holds", async () => {
  await expect(ring({}).account("env:NONE")).rejects.toThrow("set the environment variable NONE");
  await expect(ring({}).account("file:/nowhere/k")).rejects.toThrow("file:/nowhere/k cannot be read: ENOENT");
  const broken = ring({ K: `${key}5` }).account("env:K");
  await expect(broken).rejects.toThrow("not 32 bytes of hex (got 65 characters");
  await expect(broken).rejects.not.toThrow(key.slice(0, 8));
  await expect(ring({ K: "0".repeat(64) }).account("env:K")).rejects.toThrow("not a valid secp256k1 private key");
});

test("behavior: a keystore is opened once, with its passphrase; its address needs none", async () => {
  const baseDir = await mkdtemp(join(tmpdir(), "relayer-keys-"));
  await writeFile(
    join(baseDir, "k.json"),
    JSON.stringify(await encryptKeystore(`0x${key}`, "right", { n: 1_024, r: 8, p: 1 })),
  );
  const asked: string[] = [];
  const passphrase = async (path: string) => (asked.push(path), "right");
  const keys = createKeyRing({ env: {}, baseDir, passphrase });
  expect(await keys.address("keystore:k.json")).toBe("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
  expect(asked).toEqual([]);
  expect(await keys.secret("keystore:k.json")).toBe(`0x${key}`);
  expect((await keys.account("keystore:k.json")).address).toBe("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
  expect(asked).toEqual(["k.json"]);
  await expect(ring({}, baseDir).secret("keystore:k.json")).rejects.toThrow("keystore:k.json needs a passphrase");
  const wrong = createKeyRing({ env: {}, baseDir, passphrase: async () => "wrong" });
  await expect(wrong.secret("keystore:k.json")).rejects.toThrow("does not open the keystore k.json");
  await expect(keys.secret("keystore:none.json")).rejects.toThrow("cannot be read: ENOENT");
  await rm(baseDir, { recursive: true });
});
