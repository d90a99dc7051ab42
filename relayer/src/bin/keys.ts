import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { recoverMessageAddress, type Hex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import type { KeyRing } from "../config/keys.ts";
import { decryptKeystore, encryptKeystore, parseKeystore } from "../config/keystore.ts";
import type { KeyUse } from "../config/keyUses.ts";
import { ConfigError, exitCodes, RefusedError, toErrorRecord } from "../runtime/errors.ts";
import { parseKmsReference } from "../signers/kms.ts";
import { formatTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** Shorter passphrases of a file that may leak are guessed. Characters. */
const shortestPassphrase = 12;

/** `relayer keys list`: references and addresses. Exit code 2 when one does not resolve. */
export async function listKeys(options: { uses: KeyUse[]; keys: KeyRing; terminal: Terminal }): Promise<number> {
  const { uses, keys, terminal } = options;
  const { paint } = terminal;
  const resolve = async ({ path, reference, kind }: KeyUse) => {
    try {
      const address = await keys.address(reference);
      return {
        cells: [path, reference, kind === "secret" ? "resolves (a secret, no account)" : address],
        isGood: true,
      };
    } catch (error) {
      return { cells: [path, reference, paint("red", toErrorRecord(error).message)], isGood: false };
    }
  };
  const rows = await Promise.all(uses.map(resolve));
  terminal.print(
    formatTable(
      ["used by", "reference", "address"],
      rows.map(({ cells }) => cells),
    ),
  );
  return rows.every(({ isGood }) => isGood) ? exitCodes.ok : exitCodes.config;
}

/** The file of a named keystore. @throws RefusedError `key_name` */
export function keystorePath(directory: string, name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name))
    throw new RefusedError(
      "key_name",
      `"${name}" is no name of a key: use letters, digits, dots, dashes and underscores.`,
    );
  return join(directory, `${name}.json`);
}

/**
 * `relayer keys add`: encrypts a new key, or the one that `from` refers to, into `<directory>/<name>.json`.
 *
 * `cost` is for tests: encrypting as wallets do takes a second.
 */
export async function addKey(options: {
  name: string;
  directory: string;
  /** A reference whose 32 bytes are taken instead of new ones. */
  from?: string;
  keys: KeyRing;
  /** The passphrase to encrypt with; the second time it is asked for, to find typing errors. */
  passphrase: (path: string) => Promise<string>;
  terminal: Terminal;
  cost?: { n: number; r: number; p: number };
}): Promise<number> {
  const { directory, from, keys, passphrase, terminal } = options;
  if (from?.startsWith("kms:")) return tryRemoteKey(from, keys, terminal);
  const path = keystorePath(directory, options.name);
  if (await readFile(path).then(Boolean, () => false))
    throw new RefusedError("exists", `${path} is there already, and a key is not overwritten. Choose another name.`);
  const secret: Hex = from === undefined ? generatePrivateKey() : await keys.secret(from);
  const { address } = accountOf(secret, from ?? options.name);
  const chosen = await passphrase(path);
  if (chosen.length < shortestPassphrase)
    throw new RefusedError(
      "passphrase",
      `The passphrase has ${chosen.length} characters, at least ${shortestPassphrase} are needed.`,
    );
  if ((await passphrase(`${path}, again`)) !== chosen)
    throw new RefusedError("passphrase", "The two passphrases differ. Nothing was written.");
  const keystore = await encryptKeystore(secret, chosen, options.cost);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await writeFile(path, `${JSON.stringify(keystore, null, 2)}\n`, { flag: "wx", mode: 0o600 });
  } catch (cause) {
    throw new ConfigError(`Cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
  terminal.print(
    `${address}\nwrote ${path}; a configuration beside ${directory} refers to it as "keystore:${path}"\nback it up together with its passphrase: nothing else can bring it back`,
  );
  return exitCodes.ok;
}

/** A key that stays where it is: nothing is written, but it is seen to sign before a configuration refers to it. */
async function tryRemoteKey(reference: string, keys: KeyRing, terminal: Terminal): Promise<number> {
  parseKmsReference(reference);
  const account = await keys.account(reference);
  const message = "hypothec: does this key sign?";
  const signer = await recoverMessageAddress({ message, signature: await account.signMessage({ message }) });
  if (signer !== account.address)
    throw new ConfigError(`${reference} signs as ${signer}, and its public key is that of ${account.address}.`);
  terminal.print(
    `${account.address}\nit signs, and stays where it is: nothing was written; a configuration refers to it as "${reference}"`,
  );
  return exitCodes.ok;
}

/** `relayer keys export-public`: address and public key of a keystore, or of a `kms:` key. */
export async function exportPublic(options: {
  /** Of the keystore, or a `kms:` reference. */
  name: string;
  keys: KeyRing;
  directory: string;
  passphrase: (path: string) => Promise<string>;
  terminal: Terminal;
}): Promise<number> {
  if (options.name.startsWith("kms:")) {
    const { address, publicKey } = await options.keys.account(options.name);
    options.terminal.print(`address    ${address}\npublic key ${publicKey}`);
    return exitCodes.ok;
  }
  const path = keystorePath(options.directory, options.name);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new ConfigError(
      `There is no readable keystore ${path} (${(cause as NodeJS.ErrnoException).code ?? "error"}). Make one with "relayer keys add ${options.name}", or name its --dir.`,
    );
  }
  const keystore = parseKeystore(text, path);
  const account = accountOf(await decryptKeystore(keystore, await options.passphrase(path), path), path);
  options.terminal.print(`address    ${account.address}\npublic key ${account.publicKey}`);
  return exitCodes.ok;
}

function accountOf(secret: Hex, what: string) {
  try {
    return privateKeyToAccount(secret);
  } catch {
    throw new ConfigError(`The key ${what} is not a valid secp256k1 private key (0, or not below the curve order).`);
  }
}
