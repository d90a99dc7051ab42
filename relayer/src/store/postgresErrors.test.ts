import { expect, test } from "vitest";
import { RelayerError } from "../runtime/errors.ts";
import { fromPostgres, isStoreTrouble } from "./postgresErrors.ts";

const thrown = (message: string, code?: string) =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

test.each([
  ["connect ECONNREFUSED 127.0.0.1:5432", "ECONNREFUSED"],
  ["terminating connection due to administrator command", "57P01"],
  ["the database system is starting up", "57P03"],
  ["sorry, too many clients already", "53300"],
  ["could not extend file: No space left on device", "53100"],
  ['database "relayer" is not currently accepting connections', "55000"],
  ["cannot execute UPDATE in a read-only transaction", "25006"],
  ["timeout expired", undefined],
  ["Connection terminated unexpectedly", undefined],
])("fromPostgres: default: a server that is away is tried again: %s", (message, code) => {
  const error = fromPostgres(thrown(message, code));
  expect(error).toMatchObject({ code: "database_unreachable", severity: "retryable" });
  expect(isStoreTrouble(error)).toBe(true);
});

test("fromPostgres: behavior: two transactions that want the same are a conflict; an error of the statement stays what it is", () => {
  expect(fromPostgres(thrown("deadlock detected", "40P01"))).toMatchObject({ code: "database_conflict" });
  const wrong = thrown("duplicate key value violates unique constraint", "23505");
  expect(fromPostgres(wrong)).toBe(wrong);
  expect(isStoreTrouble(wrong)).toBe(false);
  expect(isStoreTrouble(new RelayerError("rpc_lag", "another"))).toBe(false);
});
