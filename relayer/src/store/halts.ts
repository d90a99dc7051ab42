import { NotNowError } from "../runtime/errors.ts";
import type { Sql } from "./database.ts";

/** What a message waits for whose chain an operator has to look at. */
export const haltedReason = (chain: string): string =>
  `an operator: chain ${chain} is halted after a reorganisation below finality`;

/**
 * Keeps chains from being halted until the end of the transaction.
 *
 * @throws NotNowError `halted`, with the `chain`
 */
export async function requireNotHalted(sql: Sql, chains: readonly string[]): Promise<void> {
  const rows = await sql.query<{ chain: string; halted: string | null }>(
    "select chain, halted from chains where chain = any($1) order by chain for share",
    [[...chains]],
  );
  const halted = rows.find((row) => row.halted !== null);
  if (halted !== undefined)
    throw new NotNowError("halted", haltedReason(halted.chain), { details: { chain: halted.chain } });
}
