import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { ConfigError } from "../runtime/errors.ts";
import { stripComments } from "./jsonc.ts";
import { prover } from "./roles.ts";
import { logLevel, store } from "./schema.ts";

/**
 * The configuration of a proof worker: no chains, no roles, no keys. What it proves is public and in the store, and so is the
 * deployment.
 */
export const workerSchema = z.strictObject({
  /** Shown in every log line, and in the store as the holder of what it works on. @default "worker" */
  name: z.string().min(1).default("worker"),
  /** The store whose jobs it takes. */
  store,
  /** Path of the circuits' manifest, relative to the configuration file. @default found by the SDK */
  artifacts: z.string().min(1).optional(),
  /** @default "info" */
  logLevel,
  /** How proofs are made: as in a relayer's `roles.prover`. @default {} */
  prover: prover.prefault({}),
});

export type WorkerConfig = z.output<typeof workerSchema>;

/** @throws ConfigError that lists every problem, without the offending values. */
export function parseWorkerConfig(json: unknown): WorkerConfig {
  const result = workerSchema.safeParse(json);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    (issue) => `  ${z.core.toDotPath(issue.path) || "(top level)"}: ${issue.message}`,
  );
  throw new ConfigError(`The worker's configuration has ${problems.length} problem(s):\n${problems.join("\n")}`);
}

/** Reads a worker's configuration, its paths made absolute. @throws ConfigError */
export async function loadWorkerConfig(path: string): Promise<WorkerConfig> {
  const file = resolve(path);
  let json: unknown;
  try {
    json = JSON.parse(stripComments(await readFile(file, "utf8")));
  } catch (cause) {
    throw new ConfigError(`The worker's configuration ${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const config = parseWorkerConfig(json);
  const from = (relative: string) => resolve(dirname(file), relative);
  const { binary } = config.prover;
  return {
    ...config,
    ...(config.artifacts === undefined ? {} : { artifacts: from(config.artifacts) }),
    prover: binary === undefined ? config.prover : { ...config.prover, binary: from(binary) },
  };
}
