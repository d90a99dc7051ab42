import { parseTrusteeSecret } from "@hypothec/sdk";
import { ConfigError } from "../runtime/errors.ts";
import type { KeyRing } from "./keys.ts";

/**
 * The scalar that a reference stands for: a trustee's secret, or a member's share of one.
 *
 * @param what it is, for the error: "trustee secret"
 * @throws ConfigError, which names the reference and never its contents.
 */
export async function readTrusteeSecret(ring: KeyRing, reference: string, what: string): Promise<bigint> {
  try {
    return parseTrusteeSecret(await ring.text(reference));
  } catch (error) {
    throw error instanceof ConfigError
      ? error
      : new ConfigError(`The ${what} ${reference} is not usable: ${(error as Error).message}`);
  }
}
