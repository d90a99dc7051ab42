import { isHypothecError, type Prover } from "@hypothec/sdk";
import { createRapidsnarkProver, createSnarkjsProver, loadArtifacts } from "@hypothec/sdk/node";
import type { Config } from "../config/schema.ts";
import { ConfigError } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";

/**
 * The prover that the configuration asks for. There is no falling back from one backend to the other: an operator who set up
 * rapidsnark has counted on its speed.
 */
export async function createProver(options: {
  config: NonNullable<Config["roles"]["prover"]>;
  /** Path of the circuits' manifest. @default found by the SDK */
  manifest: string | undefined;
  logger: Logger;
}): Promise<Prover> {
  const { backend, binary, concurrency: workers, timeoutMs } = options.config;
  const logger = options.logger.child({ part: "prover" });
  const artifacts = loadArtifacts(options.manifest);
  if (backend === "snarkjs") {
    logger.info({ backend, workers }, "prover ready");
    return createSnarkjsProver({ artifacts, workers, timeoutMs });
  }
  try {
    const prover = await createRapidsnarkProver({ binary: binary!, artifacts, workers, timeoutMs });
    logger.info({ backend, workers, binary }, "prover ready: its first proof verifies");
    return prover;
  } catch (cause) {
    if (!isHypothecError(cause, "prover.rapidsnark")) throw cause;
    throw new ConfigError(`roles.prover.binary cannot be used: ${cause.message}`, { cause });
  }
}
