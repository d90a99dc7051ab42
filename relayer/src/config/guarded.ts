import { HypothecError, parseOpening } from "@hypothec/sdk";
import type { Hex } from "viem";
import type { GuardedAccount } from "../guardian/openings.ts";
import { ConfigError } from "../runtime/errors.ts";
import type { KeyRing } from "./keys.ts";
import type { Config } from "./schema.ts";

type Accounts = NonNullable<Config["roles"]["guardian"]>["accounts"];

/**
 * The accounts of a guardian, with the openings that the references stand for.
 *
 * @throws ConfigError, which names the reference and never its contents.
 */
export async function readGuarded(accounts: Accounts, ring: KeyRing): Promise<GuardedAccount[]> {
  const seen = new Set<string>();
  const guarded: GuardedAccount[] = [];
  for (const { account, openings } of accounts) {
    const id = account.toLowerCase() as Hex;
    if (seen.has(id))
      throw new ConfigError(`roles.guardian.accounts names account ${id} twice. Put its openings together.`);
    seen.add(id);
    guarded.push({
      account: id,
      openings: await Promise.all(openings.map((reference) => readOpening(ring, reference))),
    });
  }
  return guarded;
}

async function readOpening(ring: KeyRing, reference: string) {
  const text = await ring.text(reference);
  try {
    return parseOpening(text);
  } catch (error) {
    throw new ConfigError(
      `The opening ${reference} is not usable: ${error instanceof HypothecError ? error.message : "error"}`,
    );
  }
}
