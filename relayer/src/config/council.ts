import { readFile } from "node:fs/promises";
import {
  assertShare,
  readCouncil,
  type Council,
  type CouncilShare,
  type CouncilText,
  type Deployment,
} from "@hypothec/sdk";
import { checkApiKey } from "../api/apiKeys.ts";
import { ConfigError } from "../runtime/errors.ts";
import type { SeatKeys } from "../trustee/seat.ts";
import type { KeyRing } from "./keys.ts";
import type { Config } from "./schema.ts";
import { readTrusteeSecret } from "./trusteeSecret.ts";

type CouncilConfig = NonNullable<NonNullable<Config["roles"]["trustee"]>["council"]>;

/**
 * Reads a seat's council, share and peers' API keys, and checks that they fit each other and the deployment.
 *
 * @throws ConfigError which names files and references, never what is in them.
 */
export async function resolveSeat(settings: CouncilConfig, deployment: Deployment, ring: KeyRing): Promise<SeatKeys> {
  const council = await readCouncilFile(settings.council);
  const serves = deployment.marginChain.markets.some(
    ({ trustee }) => BigInt(trustee.x) === council.key.x && BigInt(trustee.y) === council.key.y,
  );
  if (!serves)
    throw new ConfigError(
      `The council ${settings.council} is the trustee of no market of the deployment. Use the council or the deployment it is for; "relayer council show" tells a council's keys.`,
    );
  const share = await readShare(settings, council, ring);
  const indices = settings.peers.map(({ index }) => index);
  const strange = indices.filter((index) => index === share.index || !council.members.includes(index));
  if (strange.length > 0 || new Set(indices).size !== indices.length)
    throw new ConfigError(
      `roles.trustee.council.peers must be other members of the council, each once: got ${indices.join(", ")}; this one is ${share.index}, the members are ${council.members.join(", ")}.`,
    );
  if (indices.length < council.threshold - 1)
    throw new ConfigError(
      `roles.trustee.council.peers has ${indices.length} member(s), and it takes ${council.threshold - 1} others to open anything. Name all the other members.`,
    );
  const peers = await Promise.all(
    settings.peers.map(async ({ index, url, apiKey }) => ({
      index,
      url,
      apiKey: checkApiKey(apiKey, await ring.text(apiKey)),
    })),
  );
  return { council, share, peers };
}

/** @throws ConfigError when there is no council in the file. */
export async function readCouncilFile(path: string): Promise<Council> {
  try {
    return readCouncil(councilText(await readFile(path, "utf8")));
  } catch (cause) {
    throw new ConfigError(`The council ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** A parser's complaint quotes what it read, and that may be a secret file named by mistake. */
function councilText(text: string): CouncilText {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null && "commitments" in parsed) return parsed as CouncilText;
  } catch {
    // said below
  }
  throw new ConfigError("it is not the JSON of a council");
}

/** Whose share a secret is: member i's is the one whose public half is S_i. Undefined when it is nobody's. */
export function shareOf(council: Council, secret: bigint): CouncilShare | undefined {
  for (const index of council.members) {
    const share = { index, secret };
    try {
      assertShare(council, share);
      return share;
    } catch {
      // another member's, or nobody's
    }
  }
  return undefined;
}

async function readShare(
  { share: reference, council: path }: CouncilConfig,
  council: Council,
  ring: KeyRing,
): Promise<CouncilShare> {
  const secret = await readTrusteeSecret(ring, reference, "council share");
  const share = shareOf(council, secret);
  if (share !== undefined) return share;
  throw new ConfigError(
    `The council share ${reference} is no member's of the council ${path}. A refresh replaces every share: use the share and the council of the same epoch.`,
  );
}
