import { createHash, timingSafeEqual } from "node:crypto";
import type { KeyRing } from "../config/keys.ts";
import type { HttpConfig } from "../config/schema.ts";
import { ConfigError } from "../runtime/errors.ts";

const leastLength = 16;

/** Reads the keys that open /v1. Errors name references, never contents. */
export async function resolveApiKeys(config: HttpConfig | undefined, ring: KeyRing): Promise<string[]> {
  const keys: string[] = [];
  for (const reference of config?.apiKeys ?? []) keys.push(checkApiKey(reference, await ring.text(reference)));
  return keys;
}

/** @throws ConfigError for what nobody would take as a key, before it is sent anywhere. */
export function checkApiKey(reference: string, key: string): string {
  if (!/^[\x21-\x7e]+$/.test(key) || key.length < leastLength)
    throw new ConfigError(
      `The API key ${reference} has ${key.length} characters; it takes at least ${leastLength} visible ASCII ones. Make one with: openssl rand -hex 32`,
    );
  return key;
}

/** Whether an Authorization header carries one of the keys. Takes the same time whichever it is and however much of it fits. */
export function createKeyCheck(keys: string[]): (authorization: string | undefined) => boolean {
  const known = keys.map(digest);
  return (authorization) => {
    if (known.length === 0) return true;
    const given = digest(/^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "");
    let found = false;
    for (const key of known) found = timingSafeEqual(key, given) || found;
    return found;
  };
}

/** Equal lengths for the comparison. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
