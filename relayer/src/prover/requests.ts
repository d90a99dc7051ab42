import type { Witness, ZkProof } from "@hypothec/sdk";
import type { Config } from "../config/schema.ts";
import type { Clock } from "../runtime/clock.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Database, Sql } from "../store/database.ts";
import { Refusal } from "../runtime/refusal.ts";
import { priorities, type ProofStore, type StoredProof } from "./proofs.ts";
import type { WitnessVault } from "./witnessVault.ts";
import { canonicalText, readCanonicalText, witnessOf, type WitnessRequest } from "./witnessWire.ts";

/** A proof that a client asked for. Times are milliseconds since the epoch. */
export type ClientProof = Pick<StoredProof, "circuit" | "state" | "attempts" | "lastError"> & {
  /** Names the request to its client; tells nothing of the witness. */
  id: string;
  proof: ZkProof | null;
  createdAt: number;
  expiresAt: number;
};

/** Where clients who trust this operator ask for proofs. `client` names the API key they came with. */
export type ProofDesk = {
  /** Largest body of a request, bytes. */
  maxBodyBytes: number;
  /** The same input of the same client again is the same request. @throws Refusal `witness_invalid`, `too_many_proofs`, `proofs_per_hour` */
  request: (client: string, request: WitnessRequest) => Promise<ClientProof>;
  /** Undefined for other clients' and for what has expired. */
  find: (client: string, id: string) => Promise<ClientProof | undefined>;
  /** Stops the work, and erases the witness. What is done stays done. */
  cancel: (client: string, id: string) => Promise<ClientProof | undefined>;
  /** The witness that a worker needs. */
  witness: (request: ClientRequest) => Promise<{ witness: Witness; keep: object }>;
  /** Erases what nobody waits for any more: expired requests, and witnesses that a crash left behind. Returns how many witnesses went. */
  sweep: () => Promise<number>;
  /** Sweeps once a minute until the signal aborts. */
  run: (signal: AbortSignal) => Promise<void>;
};

/** What the proofs table says about a client's request: where its witness is. */
export type ClientRequest = { witness: string };

const hourMs = 3_600_000;
/** A request is put down in two steps; between them its witness has no proof yet. */
const unsettledMs = 60_000;
const sweepMs = 60_000;

const keyOf = (id: string): string => `request:${id}`;

type Row = { created_at: number; expires_at: number };

export function createProofDesk(options: {
  config: NonNullable<NonNullable<Config["roles"]["prover"]>["requests"]>;
  vault: WitnessVault;
  proofs: ProofStore;
  database: Database;
  clock: Clock;
  logger: Logger;
}): ProofDesk {
  const { config, vault, proofs, database, clock } = options;
  const logger = options.logger.child({ part: "proof requests" });
  const clientName = (client: string) => vault.nameOf("client", client);

  async function find(client: string, id: string): Promise<ClientProof | undefined> {
    const [row] = await database.query<Row>(
      "select created_at, expires_at from proof_requests where key = $1 and client = $2 order by id desc limit 1",
      [keyOf(id), clientName(client)],
    );
    const proof = row === undefined ? undefined : await proofs.find(keyOf(id));
    if (row === undefined || proof === undefined || row.expires_at <= clock.now()) return undefined;
    const { circuit, state, attempts, lastError } = proof;
    const made = state === "done" ? (proof.result as { proof: ZkProof }).proof : null;
    return {
      id,
      circuit,
      state,
      attempts,
      lastError,
      proof: made,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    };
  }

  /** @throws Refusal */
  async function requireQuota(sql: Sql, name: string): Promise<void> {
    const now = clock.now();
    const [row] = await sql.query<{ hour: number; open: number; first: number | null }>(
      `select count(*) filter (where r.created_at > $2)::integer as hour,
         count(distinct r.key) filter (where r.expires_at > $3 and p.state = 'queued')::integer as open,
         min(r.created_at) filter (where r.created_at > $2) as first
       from proof_requests r left join proofs p on p.key = r.key where r.client = $1`,
      [name, now - hourMs, now],
    );
    if ((row?.open ?? 0) >= config.maxConcurrent)
      throw new Refusal(
        "busy",
        "too_many_proofs",
        `${row?.open ?? 0} proofs of this API key are waiting or being made, and ${config.maxConcurrent} may.`,
        "Wait for one, or cancel it (DELETE /v1/proofs/{id}).",
      );
    if ((row?.hour ?? 0) >= config.perHour)
      throw new Refusal(
        "busy",
        "proofs_per_hour",
        `This API key has asked for ${row?.hour ?? 0} proofs within an hour, and ${config.perHour} are allowed.`,
        `Ask again in ${Math.ceil(((row?.first ?? now) + hourMs - now) / 1_000)} s.`,
      );
  }

  async function putDown(name: string, key: string, text: string): Promise<void> {
    const now = clock.now();
    await database.transaction(async (sql) => {
      // Requests of one client one after another, in whatever process: none slips past the quota.
      await sql.query("select pg_advisory_xact_lock(hashtext($1))", [name]);
      await requireQuota(sql, name);
      await sql.query("insert into proof_requests (key, client, created_at, expires_at) values ($1, $2, $3, $4)", [
        key,
        name,
        now,
        now + config.expireSeconds * 1_000,
      ]);
      await sql.query(
        `insert into proof_witnesses (key, sealed, created_at) values ($1, $2, $3)
         on conflict (key) do update set sealed = excluded.sealed, created_at = excluded.created_at`,
        [key, vault.seal(key, text), now],
      );
    });
  }

  async function sweep(): Promise<number> {
    const now = clock.now();
    const expired = await database.query<{ key: string }>(
      "select key from proof_requests group by key having max(expires_at) <= $1",
      [now],
    );
    for (const { key } of expired) {
      await proofs.cancel(key);
      await database.query("delete from proofs where key = $1", [key]);
    }
    await database.query("delete from proof_requests where expires_at <= $1 and created_at <= $2", [now, now - hourMs]);
    const erased = await database.query(
      `delete from proof_witnesses w where not exists (select 1 from proofs p where p.key = w.key and p.state = 'queued')
         and (exists (select 1 from proofs p where p.key = w.key) or w.created_at <= $1) returning key`,
      [now - unsettledMs],
    );
    if (expired.length + erased.length > 0) logger.info({ expired: expired.length, witnesses: erased.length }, "swept");
    return erased.length;
  }

  return {
    maxBodyBytes: config.maxBodyBytes,
    find,
    async request(client, request) {
      if (witnessOf(request) === undefined)
        throw new Refusal(
          "invalid",
          "witness_invalid",
          `The public values do not fit the circuit ${request.circuit}.`,
          "Send a witness as this version of the SDK builds it.",
        );
      const text = canonicalText(request);
      const id = vault.nameOf("request", client, text);
      const known = await find(client, id);
      if (known?.state === "queued" || known?.state === "done") return known;
      const key = keyOf(id);
      await putDown(clientName(client), key, text);
      await proofs.request({
        key,
        circuit: request.circuit,
        source: "client",
        priority: priorities.client,
        request: { witness: key } satisfies ClientRequest,
      });
      logger.info({ proof: key, circuit: request.circuit }, "a client asked for a proof");
      return (await find(client, id)) as ClientProof;
    },
    async cancel(client, id) {
      if ((await find(client, id)) === undefined) return undefined;
      await proofs.cancel(keyOf(id));
      return find(client, id);
    },
    async witness({ witness: key }) {
      const [row] = await database.query<{ sealed: string }>("select sealed from proof_witnesses where key = $1", [
        key,
      ]);
      if (row === undefined)
        throw new RelayerError("witness_gone", "The witness of this request was erased.", { severity: "permanent" });
      const witness = witnessOf(readCanonicalText(vault.open(key, row.sealed)));
      return { witness: witness as Witness, keep: {} };
    },
    sweep,
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(sweepMs, signal);
        await sweep().catch((error: unknown) => logger.warn({ error }, "could not sweep; tries again in a minute"));
      }
    },
  };
}
