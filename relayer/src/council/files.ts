import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { exitCodes, RelayerError } from "../runtime/errors.ts";

/** Readable by its owner alone. */
const secretMode = 0o600;
const publicMode = 0o644;

/** Replaces a secret file at once: after a crash there is the old one or the new one, on disk. */
export async function replaceSecret(path: string, value: unknown): Promise<void> {
  const next = `${path}.new`;
  await rm(next, { force: true }); // of a crash
  await writeNew(next, textOf(value), secretMode);
  await rename(next, path);
}

/**
 * Writes a file that stays as it is. The same content again is no error.
 *
 * @throws RelayerError `file_exists` when the file holds something else.
 */
export async function writeOnce(path: string, value: unknown, { secret }: { secret: boolean }): Promise<void> {
  const text = textOf(value);
  try {
    await writeNew(path, text, secret ? secretMode : publicMode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw fileError("write", path, error);
    if ((await readText(path)) === text) return;
    throw new RelayerError("file_exists", `${path} is there and holds something else. Name another file.`, usage);
  }
}

/** Puts a message where its operator sends it from; a message is the same each time. */
export async function writeMessage(directory: string, name: string, message: unknown): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, name);
  await writeOnce(path, message, { secret: false });
  return path;
}

/** @throws RelayerError `file` when it cannot be read. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw fileError("read", path, error);
  }
}

/** @throws RelayerError `file` when it cannot be read or is not JSON; the message does not repeat what is in it. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new RelayerError("file", `${path} is not JSON.`, usage);
  }
}

/** A secret JSON file, or undefined when there is none yet. */
export async function readIfThere(path: string): Promise<unknown> {
  try {
    await (await open(path, "r")).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError("read", path, error);
  }
  return readJson(path);
}

/** All messages of a round in a folder: the files whose names begin with it. Nothing of them is checked. */
export async function readMessages(directory: string, round: string): Promise<unknown[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    throw fileError("read", directory, error);
  }
  const ofRound = names.filter((name) => name.startsWith(`${round}-`) && name.endsWith(".json")).sort();
  return Promise.all(ofRound.map((name) => readJson(join(directory, name))));
}

const usage = { severity: "permanent", exitCode: exitCodes.usage } as const;

const textOf = (value: unknown): string =>
  typeof value === "string" ? `${value}\n` : `${JSON.stringify(value, null, 2)}\n`;

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, "wx", mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function fileError(what: "read" | "write", path: string, error: unknown): RelayerError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new RelayerError("file", `Cannot ${what} ${path}: ${code ?? message}.`, { ...usage, cause: error });
}
