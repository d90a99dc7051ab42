import { RelayerError } from "../runtime/errors.ts";

/** The network between us and the server. */
const networkCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/**
 * States of a server that will pass: it is starting or stopping, has too many clients, has become a standby, has no room, or lets nobody into
 * the database for now (55000: `allow_connections false`, as for maintenance).
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const passingStates = /^(08...|57P0[1235]|53...|25006|25P03|55000|55P03|57014)$/;

/** What pg itself says, without a code. */
const connectionWords =
  /connection terminated|connection ended|timeout exceeded when trying to connect|timeout expired|query read timeout|not queryable|client was closed|cannot use a pool after/i;

/** Two transactions that want the same rows: one is undone, and simply tries again. */
const conflictStates = new Set(["40001", "40P01"]);

/** The server cannot be used at the moment. Retryable: nothing was lost, and what was under way is seen anew. */
export const unreachableCode = "database_unreachable";

/**
 * Turns what pg throws into an error of the relayer: `database_unreachable` and `database_conflict` (retryable), or itself when it is about
 * the statement. Messages of the server name users and hosts, never passwords; the URL is in none of them.
 */
export function fromPostgres(error: unknown): unknown {
  if (error instanceof RelayerError || !(error instanceof Error)) return error;
  const { code } = error as { code?: string };
  if (code !== undefined && conflictStates.has(code))
    return new RelayerError("database_conflict", `The store undid a transaction for another one: ${error.message}.`, {
      cause: error,
    });
  const isDown =
    code === undefined ? connectionWords.test(error.message) : networkCodes.has(code) || passingStates.test(code);
  if (!isDown) return error;
  const why = error.message === "" ? (code ?? "no answer") : error.message;
  return new RelayerError(
    unreachableCode,
    `The PostgreSQL server of the store cannot be used: ${why}. Nothing is lost; the relayer goes on when it is back.`,
    { cause: error },
  );
}

/** Whether an error only says that the store is away or busy: the same thing is tried again later. */
export function isStoreTrouble(error: unknown): boolean {
  return error instanceof RelayerError && (error.code === unreachableCode || error.code === "database_conflict");
}
