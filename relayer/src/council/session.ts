import {
  createRefreshSession,
  createSession,
  parseTrusteeSecret,
  type Council,
  type CouncilSession,
  type CouncilShare,
} from "@hypothec/sdk";
import type { Hex } from "viem";
import { z } from "zod";
import { readCouncilFile, shareOf } from "../config/council.ts";
import { exitCodes, RelayerError } from "../runtime/errors.ts";
import { readJson, readText } from "./files.ts";

const word = z.custom<Hex>(
  (value) => typeof value === "string" && /^0x[0-9a-f]{64}$/.test(value),
  "0x and 64 lower-case hex digits",
);

/** What the operators agree on before they begin, the same file for all of them. */
const agreement = z.strictObject({
  /** 32 fresh bytes that no other run of these operators has. */
  id: word,
  threshold: z.int(),
  operators: z.array(z.strictObject({ index: z.int(), signing: word, encryption: word })),
});

/** The session of an agreement; with `refresh`, the one that gives a council new shares. */
export async function readSession(path: string, refresh?: { council: Council }): Promise<CouncilSession> {
  const parsed = agreement.safeParse(await readJson(path));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `  ${z.core.toDotPath(issue.path)}: ${issue.message}`);
    throw new RelayerError("session", `${path} is no agreement on a session:\n${problems.join("\n")}`, usage);
  }
  if (refresh === undefined) return createSession(parsed.data);
  const { id, threshold, operators } = parsed.data;
  if (threshold !== refresh.council.threshold)
    throw new RelayerError(
      "session",
      `${path} has the threshold ${threshold}, the council ${refresh.council.threshold}: a refresh keeps it.`,
      usage,
    );
  return createRefreshSession(refresh.council, { id, operators });
}

/** A council and the share of it that is to be refreshed. */
export async function readRefresh(files: {
  council: string;
  share: string;
}): Promise<{ council: Council; share: CouncilShare }> {
  const council = await readCouncilFile(files.council);
  const share = shareOf(council, parseTrusteeSecret(await readText(files.share)));
  if (share !== undefined) return { council, share };
  throw new RelayerError("council.share", `${files.share} is no member's share of ${files.council}.`, usage);
}

const usage = { severity: "permanent", exitCode: exitCodes.usage } as const;
