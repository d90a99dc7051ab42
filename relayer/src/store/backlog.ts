import type { ErrorRecord } from "../runtime/errors.ts";
import type { CircuitName, StoredProof } from "../prover/proofs.ts";
import type { Sql } from "./database.ts";
import { decodeJson } from "./json.ts";

/** How many rows of a kind and state there are; `oldest` is when the oldest was created, milliseconds. */
export type BacklogRow = {
  what: "message" | "proof";
  /** Kind of the messages, circuit of the proofs. */
  name: string;
  state: string;
  count: number;
  oldest: number;
};

/** Everything that is not over: open and dead messages, queued and failed proofs. One query, answered from two small indexes. */
export async function readBacklog(sql: Sql): Promise<BacklogRow[]> {
  return sql.query<BacklogRow>(
    `select 'message' as what, kind as name, state, count(*) as count, min(created_at) as oldest from messages
       where state not in ('done', 'void') group by kind, state
     union all
     select 'proof', circuit, state, count(*), min(created_at) from proofs
       where state in ('queued', 'failed') group by circuit, state`,
  );
}

/** A proof without what it proves and what came out: those stay in the store. */
export type ProofSummary = Pick<StoredProof, "key" | "circuit" | "state" | "attempts" | "lastError"> & {
  createdAt: number;
  updatedAt: number;
};

type ProofRow = {
  key: string;
  circuit: CircuitName;
  state: StoredProof["state"];
  attempts: number;
  last_error: unknown;
  created_at: number;
  updated_at: number;
};

const columns = "key, circuit, state, attempts, last_error, created_at, updated_at";

const fromRow = (row: ProofRow): ProofSummary => ({
  key: row.key,
  circuit: row.circuit,
  state: row.state,
  attempts: row.attempts,
  lastError: row.last_error === null ? null : decodeJson<ErrorRecord>(row.last_error),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

export async function findProofSummaries(sql: Sql, keys: string[]): Promise<ProofSummary[]> {
  if (keys.length === 0) return [];
  return (await sql.query<ProofRow>(`select ${columns} from proofs where key = any($1)`, [keys])).map(fromRow);
}

/** Proofs, the most recently changed first. */
export async function recentProofs(sql: Sql, limit: number): Promise<ProofSummary[]> {
  return (
    await sql.query<ProofRow>(`select ${columns} from proofs order by updated_at desc, key limit $1`, [limit])
  ).map(fromRow);
}
