import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createPassphraseSource } from "./passphrase.ts";

test("default: the first line of the file, before anybody is asked", async () => {
  const directory = await mkdtemp(join(tmpdir(), "relayer-passphrase-"));
  const file = join(directory, "p");
  await writeFile(file, " a b \r\nsecond\n");
  const ask = async () => "asked";
  expect(await createPassphraseSource({ file, ask })("k.json")).toBe(" a b ");
  await writeFile(file, "\n");
  await expect(createPassphraseSource({ file, ask })("k.json")).rejects.toThrow("empty first line");
  await rm(directory, { recursive: true });
  await expect(createPassphraseSource({ file, ask })("k.json")).rejects.toThrow("cannot be read: ENOENT");
});

test("behavior: without a file, the person; without a person, an error that says what to do", async () => {
  const questions: string[] = [];
  const ask = async (question: string) => (questions.push(question), "typed");
  expect(await createPassphraseSource({ file: undefined, ask })("k.json")).toBe("typed");
  expect(questions).toEqual(["Passphrase of k.json: "]);
  await expect(createPassphraseSource({ file: undefined, ask: undefined })("k.json")).rejects.toThrow(
    "Give --passphrase-file, or set RELAYER_PASSPHRASE_FILE",
  );
});
