import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { exitCodes } from "../runtime/errors.ts";
import { createLogger } from "../runtime/logger.ts";
import { createProver } from "./backend.ts";

const logger = createLogger({ level: "silent" });
const settings = { concurrency: 1, timeoutMs: 20_000, maxAttempts: 1 };
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "hypothec-backend-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe("createProver", () => {
  test("default: snarkjs needs nothing from the operator", async () => {
    const prover = await createProver({ config: { backend: "snarkjs", ...settings }, manifest: undefined, logger });
    await prover.close();
  });

  test("error: a binary that proves nothing ends the start as an error of the configuration", async () => {
    const binary = join(directory, "prover");
    writeFileSync(binary, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    const config = { backend: "rapidsnark" as const, binary, ...settings };
    await expect(createProver({ config, manifest: undefined, logger })).rejects.toMatchObject({
      code: "config",
      severity: "fatal",
      exitCode: exitCodes.config,
      message: expect.stringMatching(
        /roles\.prover\.binary cannot be used: .*check at start.*wrote no proof/,
      ) as string,
    });
  });
});
