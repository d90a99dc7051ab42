import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { bytesToHex } from "viem";

import { advance, finish, readOperatorKeys, start, steps } from "../../relayer/src/council/keyGeneration.ts";
import { writeOnce } from "../../relayer/src/council/files.ts";
import { readSession } from "../../relayer/src/council/session.ts";
import type { Council } from "../../sdk/src/council/council.ts";
import { initCrypto } from "../../sdk/src/crypto/crypto.ts";

/** What an operator holds after a key generation. */
export type MadeSeat = {
  /** In the council, from 1. */
  index: number;
  /** The public file. */
  councilFile: string;
  /** Its secret share, readable by the operator alone. */
  shareFile: string;
};

/**
 * A distributed key generation among operators with a folder each, by the functions behind `relayer council`: fresh randomness, secrets
 * that never leave an operator's folder, messages that pass through a folder which all of them see.
 */
export async function runCouncil(options: {
  threshold: number;
  /** One operator each: where its own files go. */
  directories: readonly string[];
  /** Where everybody's messages and the agreement go. */
  shared: string;
}): Promise<{ council: Council; seats: MadeSeat[] }> {
  const { threshold, shared } = options;
  await initCrypto();
  mkdirSync(shared, { recursive: true });
  const operators = await Promise.all(
    options.directories.map(async (directory, at) => {
      const secrets = join(directory, "secrets");
      const seed = join(secrets, "council-keys");
      await writeOnce(seed, bytesToHex(randomBytes(32)), { secret: true });
      const keys = await readOperatorKeys(seed);
      const seat = { index: at + 1, councilFile: join(directory, "council.json"), shareFile: join(secrets, "share") };
      return { keys, seat, files: { state: join(secrets, "council-state.json"), messages: join(shared, "messages") } };
    }),
  );
  const agreement = join(shared, "session.json");
  writeFileSync(
    agreement,
    JSON.stringify({
      id: bytesToHex(randomBytes(32)),
      threshold,
      operators: operators.map(({ keys: { signing, encryption }, seat }) => ({
        index: seat.index,
        signing,
        encryption,
      })),
    }),
  );
  for (const { keys, files } of operators) await start(files, { session: await readSession(agreement), keys });
  for (const step of Object.keys(steps) as (keyof typeof steps)[])
    for (const { keys, files } of operators) await advance(files, keys, step);
  const councils: Council[] = [];
  for (const { files, seat } of operators) {
    const { council, faults } = await finish(files, { council: seat.councilFile, share: seat.shareFile });
    if (faults.length > 0) throw new Error(`The key generation found faults: ${JSON.stringify(faults)}`);
    councils.push(council);
  }
  if (new Set(councils.map(({ id }) => id)).size !== 1) throw new Error("The operators made different councils.");
  return { council: councils[0]!, seats: operators.map(({ seat }) => seat) };
}

/** A seat's share, as a number. */
export function shareIn({ shareFile }: MadeSeat): bigint {
  return BigInt(readFileSync(shareFile, "utf8").trim());
}
