import { readFile } from "node:fs/promises";
import { ConfigError } from "../runtime/errors.ts";

/** Names the environment variable that says where the passphrase is, for services. It never holds the passphrase. */
export const passphraseFileVariable = "RELAYER_PASSPHRASE_FILE";

/** Asks a person for the passphrase of a keystore. */
export type AskPassphrase = (question: string) => Promise<string>;

/**
 * Where passphrases of keystores come from: a file (its first line opens every keystore), else the person at the terminal,
 * who is asked for each. Never an argument: those stand in process lists and shell histories.
 */
export function createPassphraseSource(options: {
  /** `--passphrase-file`, or what {@link passphraseFileVariable} holds. */
  file: string | undefined;
  /** Undefined when nobody is there. */
  ask: AskPassphrase | undefined;
}): (path: string) => Promise<string> {
  const { file, ask } = options;
  if (file !== undefined && file !== "") return () => readPassphrase(file);
  return async (path) => {
    if (ask === undefined)
      throw new ConfigError(
        `The keystore ${path} needs a passphrase, and nobody is here to ask. Give --passphrase-file, or set ${passphraseFileVariable} to the path of a file that holds it.`,
      );
    return ask(`Passphrase of ${path}: `);
  };
}

async function readPassphrase(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new ConfigError(
      `The passphrase file ${file} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? "error"}. Check the path and its permissions.`,
    );
  }
  const passphrase = text.split(/\r?\n/, 1)[0] ?? "";
  if (passphrase === "") throw new ConfigError(`The passphrase file ${file} has an empty first line.`);
  return passphrase;
}
