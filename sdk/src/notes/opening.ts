import { z } from "zod";

import { FIELD_ORDER } from "../crypto/field.ts";
import { HypothecError } from "../errors/base.ts";
import { AMOUNT_LIMIT, SLOTS } from "./amounts.ts";
import type { NoteOpening } from "./note.ts";

/** What it takes to prove a lock for its owner: it shows what is in this one lock, and neither spends nor links others. */
export interface SharedOpening extends NoteOpening {
  /** Position in the tree. */
  readonly leafIndex: number;
}

const decimal = (limit: bigint) =>
  z
    .string()
    .regex(/^\d{1,78}$/)
    .transform(BigInt)
    .refine((value) => value < limit);

const stored = z.strictObject({
  version: z.literal(1),
  amounts: z.array(decimal(AMOUNT_LIMIT)).length(SLOTS),
  owner: decimal(FIELD_ORDER),
  blinding: decimal(FIELD_ORDER),
  domain: decimal(1n << 248n),
  controller: decimal(1n << 160n),
  leafIndex: z.number().int().nonnegative(),
});

/**
 * A lock's opening as text, for a guardian that proves the lock anew for its owner. Secret: whoever has it sees what the lock holds, and
 * recognises it on the margin chain.
 *
 * @example
 * await writeFile("client-1.json", exportOpening(lock), { mode: 0o600 });
 */
export function exportOpening(lock: SharedOpening): string {
  const { owner, blinding, domain, controller, leafIndex } = lock;
  const text = { owner, blinding, domain, controller };
  return JSON.stringify({
    version: 1,
    amounts: lock.amounts.map(String),
    ...Object.fromEntries(Object.entries(text).map(([name, value]) => [name, String(value)])),
    leafIndex,
  });
}

/**
 * The inverse.
 *
 * @throws HypothecError `opening.format`, which quotes nothing of the text.
 */
export function parseOpening(text: string): SharedOpening {
  const fail = () =>
    new HypothecError("This is not the opening of a lock", {
      code: "opening.format",
      whatToDo: "Have the lock's owner write it anew with exportOpening.",
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw fail();
  }
  const parsed = stored.safeParse(json);
  if (!parsed.success) throw fail();
  const { version: _, ...opening } = parsed.data;
  return opening;
}
