import { createHash, timingSafeEqual } from "node:crypto";
import type { KeyRing } from "../config/keys.ts";
import type { ApiRole, HttpConfig } from "../config/schema.ts";
import { ConfigError } from "../runtime/errors.ts";

const leastLength = 16;

/** A key and what it opens. */
export type ApiKey = { key: string; roles: readonly ApiRole[] };

/** Who asks. */
export type Caller = {
  /** Names the key without telling it, the same after a restart; "anybody" without one. */
  name: string;
  roles: readonly ApiRole[];
};

/** Reads the keys that open /v1. Errors name references, never contents. */
export async function resolveApiKeys(config: HttpConfig | undefined, ring: KeyRing): Promise<ApiKey[]> {
  const keys: ApiKey[] = [];
  for (const entry of config?.apiKeys ?? []) {
    const { key: reference, roles } = typeof entry === "string" ? { key: entry, roles: ["read" as const] } : entry;
    const key = checkApiKey(reference, await ring.text(reference));
    if (keys.some((known) => known.key === key))
      throw new ConfigError(`The API key ${reference} is there twice: give each client one of its own.`);
    keys.push({ key, roles });
  }
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

/**
 * Who an Authorization header says is asking; undefined when its key is none of ours. Takes the same time whichever it is and however much
 * of it fits. Where there are no keys, whoever reaches the port may read and submit.
 */
export function createKeyCheck(keys: readonly ApiKey[]): (authorization: string | undefined) => Caller | undefined {
  const known = keys.map(({ key, roles }) => ({ digest: digest(key), roles }));
  return (authorization) => {
    if (known.length === 0) return { name: "anybody", roles: ["read", "submit"] };
    const given = digest(/^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "");
    let found: Caller | undefined;
    for (const { digest: each, roles } of known)
      if (timingSafeEqual(each, given)) found = { name: each.toString("hex"), roles };
    return found;
  };
}

/** Equal lengths for the comparison. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
