import { describe, expect, test } from "vitest";

import { parseConfig } from "./load.ts";

const configWith = (prover: unknown) => ({
  deployment: "deployment.json",
  dataDir: "data",
  chains: ["vault", "margin"].map((name) => ({ name, rpc: ["http://127.0.0.1:8545"] })),
  roles: { prover },
});
const proverOf = (prover: unknown) => parseConfig(configWith(prover)).roles.prover;

describe("roles.prover", () => {
  test("default: snarkjs, one proof at a time", () => {
    expect(proverOf({})).toEqual({ backend: "snarkjs", concurrency: 1, timeoutMs: 300_000, maxAttempts: 5 });
  });

  test("behavior: rapidsnark with the path of its binary", () => {
    expect(proverOf({ backend: "rapidsnark", binary: "./prover" })).toMatchObject({ binary: "./prover" });
  });

  test("error: rapidsnark without a binary, a binary without rapidsnark, another backend, an unknown key", () => {
    expect(() => proverOf({ backend: "rapidsnark" })).toThrow(/roles\.prover\.binary: .*goes with/);
    expect(() => proverOf({ binary: "./prover" })).toThrow(/roles\.prover\.binary: .*goes with/);
    expect(() => proverOf({ backend: "gnark" })).toThrow(/roles\.prover\.backend/);
    expect(() => proverOf({ threads: 2 })).toThrow(/roles\.prover/);
  });
});
