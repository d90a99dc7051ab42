import { expect, test } from "vitest";
import { parseWorkerConfig } from "./worker.ts";

test("parseWorkerConfig: default: where the store is, and everything else by default", () => {
  expect(parseWorkerConfig({ store: { postgres: "env:STORE_URL" } })).toMatchObject({
    name: "worker",
    store: { postgres: "env:STORE_URL", schema: "hypothec" },
    logLevel: "info",
    prover: { backend: "snarkjs", concurrency: 1, maxAttempts: 5 },
  });
});

test("parseWorkerConfig: error: a URL in the clear is refused, and not shown", () => {
  const parse = (store: object) => () => parseWorkerConfig({ store });
  expect(parse({ postgres: "postgres://user:a-secret@host/db" })).toThrow(/store\.postgres: a key is a reference/);
  expect(parse({ postgres: "postgres://user:a-secret@host/db" })).not.toThrow(/a-secret/);
  expect(parse({ postgres: "keystore:url.json" })).toThrow(/env:NAME or file:PATH/);
  expect(parse({ postgres: "env:URL", schema: 'x"; drop' })).toThrow(/a schema is/);
});
