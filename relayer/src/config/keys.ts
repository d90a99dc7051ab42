import { readFile } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { privateKeyToAccount, type PrivateKeyAccount } from "viem/accounts";
import type { Hex } from "viem";
import { ConfigError } from "../runtime/errors.ts";

/** Resolves key references. The one place that reads the environment. Errors name the reference, never the content. */
export type KeyRing = {
  /** What the reference holds, trimmed. */
  text: (reference: string) => Promise<string>;
  /** 32 bytes as 0x and 64 hex digits. */
  secret: (reference: string) => Promise<Hex>;
  account: (reference: string) => Promise<PrivateKeyAccount>;
};

export function createKeyRing(options: { env: Record<string, string | undefined>; baseDir: string }): KeyRing {
  const secret = async (reference: string): Promise<Hex> => {
    const text = await resolveText(reference);
    const hex = text.startsWith("0x") ? text.slice(2) : text;
    if (!/^[0-9a-fA-F]{64}$/.test(hex))
      throw new ConfigError(
        `The key ${reference} is not 32 bytes of hex (got ${hex.length} characters, expected 64 after an optional 0x).`,
      );
    return `0x${hex.toLowerCase()}`;
  };

  async function resolveText(reference: string): Promise<string> {
    if (reference.startsWith("env:")) {
      const name = reference.slice(4);
      const value = options.env[name];
      if (value === undefined || value === "")
        throw new ConfigError(`The key ${reference} is not there: set the environment variable ${name}.`);
      return value.trim();
    }
    const path = reference.slice("file:".length);
    try {
      return (await readFile(isAbsolute(path) ? path : resolve(options.baseDir, path), "utf8")).trim();
    } catch (cause) {
      throw new ConfigError(
        `The key ${reference} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? "error"}. Check the path and its permissions.`,
      );
    }
  }

  return {
    text: resolveText,
    secret,
    async account(reference) {
      const key = await secret(reference);
      try {
        return privateKeyToAccount(key);
      } catch {
        throw new ConfigError(
          `The key ${reference} is not a valid secp256k1 private key (0, or not below the curve order).`,
        );
      }
    },
  };
}
