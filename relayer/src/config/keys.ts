import { readFile } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { privateKeyToAccount } from "viem/accounts";
import { getAddress, type Address, type Hex, type LocalAccount } from "viem";
import { systemClock } from "../runtime/clock.ts";
import { ConfigError } from "../runtime/errors.ts";
import { createKmsSigner } from "../signers/kms.ts";
import { signerAccount } from "../signers/signer.ts";
import type { KmsConfig } from "./schema.ts";
import { decryptKeystore, parseKeystore } from "./keystore.ts";

/** Resolves key references. The one place that reads the environment. Errors name the reference, never the content. */
export type KeyRing = {
  /** What the reference holds, trimmed; for a keystore, 0x and 64 hex digits. */
  text: (reference: string) => Promise<string>;
  /** 32 bytes as 0x and 64 hex digits. */
  secret: (reference: string) => Promise<Hex>;
  account: (reference: string) => Promise<LocalAccount>;
  /** Its address, without opening a keystore: that says so itself, and the passphrase is not asked for. */
  address: (reference: string) => Promise<Address>;
};

export type KeyRingOptions = {
  env: Record<string, string | undefined>;
  /** What relative paths start from. */
  baseDir: string;
  /** The passphrase of a keystore; `path` is for the prompt. @default there is none, and a keystore is an error */
  passphrase?: (path: string) => Promise<string>;
  /** How `kms:` references are reached. @default there is no way, and such a reference is an error */
  kms?: KmsConfig;
};

export function createKeyRing(options: KeyRingOptions): KeyRing {
  /** Opening costs a second each: roles that share a key share the work. */
  const opened = new Map<string, Promise<Hex>>();
  const remote = new Map<string, Promise<LocalAccount>>();

  const secret = async (reference: string): Promise<Hex> => {
    const text = await resolveText(reference);
    const hex = text.startsWith("0x") ? text.slice(2) : text;
    if (!/^[0-9a-fA-F]{64}$/.test(hex))
      throw new ConfigError(
        `The key ${reference} is not 32 bytes of hex (got ${hex.length} characters, expected 64 after an optional 0x).`,
      );
    return `0x${hex.toLowerCase()}`;
  };

  async function account(reference: string): Promise<LocalAccount> {
    if (isKms(reference)) return remoteAccount(reference);
    const key = await secret(reference);
    try {
      return privateKeyToAccount(key);
    } catch {
      throw new ConfigError(
        `The key ${reference} is not a valid secp256k1 private key (0, or not below the curve order).`,
      );
    }
  }

  function remoteAccount(reference: string): Promise<LocalAccount> {
    const known = remote.get(reference);
    if (known !== undefined) return known;
    const work = openRemote(reference);
    work.catch(() => remote.delete(reference)); // the service may be back the next time
    remote.set(reference, work);
    return work;
  }

  async function openRemote(reference: string): Promise<LocalAccount> {
    const { kms } = options;
    if (kms === undefined) throw new ConfigError(`The key ${reference} needs the section "kms" of a configuration.`);
    const credentials = async () => ({
      accessKeyId: await resolveText(kms.accessKeyId),
      secretAccessKey: await resolveText(kms.secretAccessKey),
      sessionToken: kms.sessionToken === undefined ? undefined : await resolveText(kms.sessionToken),
    });
    const { endpoint, timeoutMs } = kms;
    return signerAccount(await createKmsSigner(reference, { endpoint, timeoutMs, credentials, clock: systemClock() }));
  }

  async function resolveText(reference: string): Promise<string> {
    if (isKms(reference))
      throw new ConfigError(
        `The key ${reference} never leaves its service: it can sign, and nothing can be made from it.`,
      );
    if (reference.startsWith("env:")) {
      const name = reference.slice(4);
      const value = options.env[name];
      if (value === undefined || value === "")
        throw new ConfigError(`The key ${reference} is not there: set the environment variable ${name}.`);
      return value.trim();
    }
    if (!isKeystore(reference)) return readReference(reference);
    let work = opened.get(reference);
    if (work === undefined) {
      work = openKeystore(reference);
      opened.set(reference, work);
    }
    return work;
  }

  async function openKeystore(reference: string): Promise<Hex> {
    const path = reference.slice("keystore:".length);
    const keystore = parseKeystore(await readReference(reference), path);
    if (options.passphrase === undefined) throw new ConfigError(`The key ${reference} needs a passphrase.`);
    return decryptKeystore(keystore, await options.passphrase(path), path);
  }

  async function readReference(reference: string): Promise<string> {
    const path = reference.slice(reference.indexOf(":") + 1);
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
    account,
    async address(reference) {
      if (!isKeystore(reference)) return (await account(reference)).address;
      const { address } = parseKeystore(await readReference(reference), reference.slice("keystore:".length));
      if (address === undefined) return (await account(reference)).address;
      return getAddress(address.startsWith("0x") ? address : `0x${address}`);
    },
  };
}

const isKms = (reference: string): boolean => reference.startsWith("kms:");
const isKeystore = (reference: string): boolean => reference.startsWith("keystore:");
