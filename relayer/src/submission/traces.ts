import type { Hex } from "viem";
import type { Deployment } from "@hypothec/sdk";
import type { Sql } from "../store/database.ts";
import type { Trace } from "./calls.ts";

/** What the chain knows about a call: that it happened, or that something else happened in its place. */
export type Outcome = { type: "happened"; txHash: Hex } | { type: "overtaken"; reason: string } | undefined;

type Row = { topics: Hex[]; data: Hex; tx_hash: Hex };

/** The `index`-th word of an event's data. */
const wordOf = (data: Hex, index: number): Hex => `0x${data.slice(2 + 64 * index, 2 + 64 * (index + 1))}`;

/** Of ProofAccepted's data: action, coverage, snapshot, floorBps, reliedOn, riskVersion, expiry, root, ephemeralX, … */
const actionWord = 0;
const ephemeralXWord = 8;
const openAction = 1n;

/**
 * Looks for a call's effect among the stored events, up to a block. Events say more than the contracts' state: not only that a note is
 * spent, but by which transact.
 *
 * @param upTo a block number; undefined = the last in the store.
 */
export async function outcomeOf(sql: Sql, trace: Trace, deployment: Deployment, upTo?: bigint): Promise<Outcome> {
  const last = upTo === undefined ? null : Number(upTo);
  if (trace.type === "transacted") {
    const { nullifiers, outCommitments } = trace;
    const rows = await sql.query<Row>(
      `select topics, data, tx_hash from events where chain = $1 and name = 'Transacted'
         and (topics ->> 1 = any($2) or topics ->> 2 = any($2)) and ($3::bigint is null or block_number <= $3)`,
      [deployment.vaultChain.name, nullifiers, last],
    );
    for (const { topics, data, tx_hash: txHash } of rows) {
      const same = topics[1] === nullifiers[0] && topics[2] === nullifiers[1];
      if (same && wordOf(data, 0) === outCommitments[0] && wordOf(data, 1) === outCommitments[1])
        return { type: "happened", txHash };
    }
    const other = rows[0];
    return other && { type: "overtaken", reason: `transaction ${other.tx_hash} spent one of its notes` };
  }
  const { account, lockNullifier, ephemeralX, opens } = trace;
  const rows = await sql.query<Row>(
    `select topics, data, tx_hash from events where chain = $1 and name = 'ProofAccepted' and topics ->> 1 = $2
       and ($3::bigint is null or block_number <= $3)`,
    [deployment.marginChain.name, account, last],
  );
  const ours = rows.find(
    ({ topics, data }) => topics[3] === lockNullifier && wordOf(data, ephemeralXWord) === ephemeralX,
  );
  if (ours !== undefined) return { type: "happened", txHash: ours.tx_hash };
  const opening = opens ? rows.find(({ data }) => BigInt(wordOf(data, actionWord)) === openAction) : undefined;
  return (
    opening && { type: "overtaken", reason: `transaction ${opening.tx_hash} opened the account with another proof` }
  );
}
