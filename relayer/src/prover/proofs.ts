import type { Clock } from "../runtime/clock.ts";
import type { ErrorRecord } from "../runtime/errors.ts";
import { decodeJson, encodeJson } from "../store/json.ts";
import type { Database } from "../store/database.ts";
import type { JobQueue } from "./queue.ts";

export type CircuitName = "batch16" | "batch64" | "transact" | "margin" | "settle";

/**
 * Lower is sooner: liquidations (settlements, valuations), then refreshes, then batches, and what clients ask for last. Circuits stand for
 * what this relayer itself proves with them.
 */
export const priorities = {
  settle: 0,
  margin: 2,
  refresh: 5,
  batch16: 10,
  batch64: 10,
  transact: 20,
  client: 20,
} as const;

/** What a worker must be able to build witnesses for: a circuit's, or those that clients sent. */
export type Lane = CircuitName | "client";

export const laneOf = ({ circuit, source }: Pick<StoredProof, "circuit" | "source">): Lane =>
  source === "client" ? "client" : circuit;

/**
 * What to prove, by reference: `request` names public things only (a chunk, an order), so that nothing secret rests in the
 * store. The worker that makes the proof builds the witness from the chains and its own keys; a client's is kept encrypted elsewhere.
 */
export type ProofRequest = {
  key: string;
  circuit: CircuitName;
  request: unknown;
  /** Lower is sooner. @default {@link priorities} of the circuit */
  priority?: number;
  /** Who has the witness: builders of this relayer's roles, or a client who sent it. @default "relayer" */
  source?: "relayer" | "client";
};

/** A proof as stored. `result` is what the witness builder wanted kept, the ZkProof included. */
export type StoredProof = {
  key: string;
  circuit: CircuitName;
  priority: number;
  source: "relayer" | "client";
  state: "queued" | "done" | "failed" | "cancelled";
  request: unknown;
  result: unknown;
  attempts: number;
  lastError: ErrorRecord | null;
};

export type ProofStore = {
  /** Asks for a proof; the same key twice is one proof. */
  request: (request: ProofRequest) => Promise<void>;
  /** Nobody needs it any more; one under way is stopped. It can be asked for again. */
  cancel: (key: string) => Promise<void>;
  find: (key: string) => Promise<StoredProof | undefined>;
  /** Every proof that is not there yet, most urgent first. */
  unfinished: () => Promise<StoredProof[]>;
  finish: (key: string, result: unknown) => Promise<void>;
  /** Counts a failed attempt; `final` gives the proof up. */
  fail: (key: string, error: ErrorRecord, final: boolean) => Promise<void>;
};

type Row = {
  key: string;
  circuit: CircuitName;
  priority: number;
  source: StoredProof["source"];
  state: StoredProof["state"];
  request: unknown;
  result: unknown;
  attempts: number;
  last_error: unknown;
};

const fromRow = (row: Row): StoredProof => ({
  key: row.key,
  circuit: row.circuit,
  priority: row.priority,
  source: row.source,
  state: row.state,
  request: decodeJson(row.request),
  result: row.result === null ? null : decodeJson(row.result),
  attempts: row.attempts,
  lastError: row.last_error === null ? null : decodeJson(row.last_error),
});

/** A client's witness goes in the same statement that ends its proof: no crash comes between the two. */
const erased = (key: string, when = "true"): string =>
  `erased as (delete from proof_witnesses where key = ${key} and ${when})`;

export function createProofStore(options: { database: Database; jobs: JobQueue; clock: Clock }): ProofStore {
  const { database, jobs, clock } = options;
  return {
    async request({ key, circuit, request, priority = priorities[circuit], source = "relayer" }) {
      // The row and its job in one transaction: neither is ever there alone.
      await database.transaction(async (sql) => {
        // A client may ask again for what failed: the circuit or the machine may have been to blame.
        const rows = await sql.query(
          `insert into proofs (key, circuit, priority, source, state, request, attempts, created_at, updated_at)
         values ($1, $2, $3, $6, 'queued', $4, 0, $5, $5) on conflict (key) do update set state = 'queued', attempts = 0, last_error = null, updated_at = excluded.updated_at
           where proofs.state = 'cancelled' or (proofs.state = 'failed' and proofs.source = 'client') returning key`,
          [key, circuit, priority, encodeJson(request), clock.now(), source],
        );
        if (rows.length > 0) await jobs.send({ key, lane: laneOf({ circuit, source }), priority }, sql);
      });
      jobs.announce();
    },
    async cancel(key) {
      await database.query(
        `with ${erased("$1")} update proofs set state = 'cancelled', updated_at = $2 where key = $1 and state = 'queued'`,
        [key, clock.now()],
      );
      jobs.stopWork(key);
    },
    async find(key) {
      const rows = await database.query<Row>("select * from proofs where key = $1", [key]);
      return rows[0] === undefined ? undefined : fromRow(rows[0]);
    },
    async unfinished() {
      return (
        await database.query<Row>(`select * from proofs where state = 'queued' order by priority, created_at`)
      ).map(fromRow);
    },
    async finish(key, result) {
      await database.query(
        `with ${erased("$1")} update proofs set state = 'done', result = $2, last_error = null, updated_at = $3 where key = $1 and state = 'queued'`,
        [key, encodeJson(result), clock.now()],
      );
    },
    async fail(key, error, final) {
      await database.query(
        `with ${erased("$1", "$2 = 'failed'")} update proofs set state = $2, attempts = attempts + 1, last_error = $3, updated_at = $4 where key = $1 and state = 'queued'`,
        [key, final ? "failed" : "queued", encodeJson(error), clock.now()],
      );
    },
  };
}
