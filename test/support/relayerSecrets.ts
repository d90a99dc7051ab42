import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

import { leaksIn, type Leak } from "./leaks.ts";

/** All that was given to a relayer in confidence, by reference: its variables, and the files that its configuration refers to. */
export function secretsOf(
  config: object,
  env: Readonly<Record<string, string>>,
  baseDir: string,
): Record<string, string> {
  const secrets: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) secrets[`env:${name}`] = value;
  for (const reference of JSON.stringify(config).match(/(?<=")file:[^"]+/g) ?? []) {
    try {
      secrets[reference] = readFileSync(resolve(baseDir, reference.slice("file:".length)), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error; // a relayer that must refuse: nothing to keep secret
    }
  }
  return secrets;
}

/** Leaks in every file of a folder: a store keeps no keys. Files that go while it is read have gone. */
export function leaksInFiles(secrets: Readonly<Record<string, string>>, directory: string): Leak[] {
  if (!existsSync(directory)) return []; // it never got as far as a store
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.flatMap(({ parentPath, name }) => {
    const path = join(parentPath, name);
    try {
      return leaksIn(secrets, relative(directory, path), readFileSync(path, "latin1"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  });
}

/** What every path of the interface answers that asks for nothing in particular, with a key and without. */
export async function leaksInAnswers(
  secrets: Readonly<Record<string, string>>,
  url: string,
  apiKey: string | undefined,
): Promise<Leak[]> {
  const leaks: Leak[] = [];
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(url + path, { headers, signal: AbortSignal.timeout(60_000) });
    const text = await response.text();
    leaks.push(...leaksIn(secrets, `GET ${path}`, `${text}\n${JSON.stringify([...response.headers])}`));
    return text;
  };
  const { paths } = JSON.parse(await ask("/openapi.json")) as { paths: Record<string, object> };
  const authorization: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  for (const path of Object.keys(paths).filter((each) => !each.includes("{"))) {
    await ask(path, authorization);
    if (apiKey !== undefined) await ask(path, { authorization: "Bearer not-the-key-of-anybody" });
  }
  return leaks;
}

/** One line a leak, without the secret. */
export const describeLeaks = (relayer: string, leaks: readonly Leak[]): string[] =>
  leaks.map(({ secret, where, spelling }) => `${relayer}: ${secret} is in ${where} (${spelling})`);
