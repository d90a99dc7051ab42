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

describe("http", () => {
  const httpOf = (http: unknown) => parseConfig({ ...configWith(undefined), roles: {}, http }).http;

  test("default: off without the section, on this machine only with it", () => {
    expect(httpOf(undefined)).toBeUndefined();
    expect(httpOf({})).toEqual({
      host: "127.0.0.1",
      port: 8_787,
      apiKeys: [],
      behindTls: false,
      maxBodyBytes: 16_384,
      requestsPerMinute: 120,
      ready: { maxLagSeconds: 120, maxLagBlocks: 10 },
    });
  });

  test("behavior: another address needs API keys", () => {
    expect(() => httpOf({ host: "0.0.0.0" })).toThrow(/http\.host 0\.0\.0\.0 .* add http\.apiKeys/);
    expect(httpOf({ host: "0.0.0.0", apiKeys: ["env:API_KEY"] })).toMatchObject({ host: "0.0.0.0" });
    expect(httpOf({ host: "::1" })).toMatchObject({ host: "::1" });
  });

  test("error: a key itself instead of a reference is refused and not repeated; no such port; an unknown key", () => {
    const key = "0123456789abcdef";
    expect(() => httpOf({ apiKeys: [key] })).toThrow(/http\.apiKeys\[0\]: a key is a reference/);
    expect(() => httpOf({ apiKeys: [key] })).not.toThrow(key);
    expect(() => httpOf({ port: 65_536 })).toThrow(/http\.port/);
    expect(() => httpOf({ requestsPerMinute: 0 })).toThrow(/http\.requestsPerMinute/);
    expect(() => httpOf({ tls: true })).toThrow(/http/);
  });
});

describe("what users hand in", () => {
  const prove = { key: "env:CLIENT", roles: ["prove"] };
  const requests = { witnessKey: "keystore:keys/witness.json" };
  const config = (roles: object, http?: object) => parseConfig({ ...configWith(undefined), roles, http });

  test("default: a submitter takes all calls, from those with a key, for a tenth above its costs", () => {
    expect(config({ submitter: { keys: ["env:A"] } }, {}).roles.submitter).toEqual({
      keys: ["env:A"],
      calls: ["transact", "openFor", "refreshFor"],
      minMarginBps: 1_000,
      quoteHeadroomBps: 2_500,
      public: false,
      maxPending: 1_000,
      perMinute: 30,
      coinSlots: {},
    });
  });

  test("error: a submitter without HTTP, without keys, with a call that is none", () => {
    expect(() => config({ submitter: { keys: ["env:A"] } })).toThrow(/add http/);
    expect(() => config({ submitter: { keys: [] } }, {})).toThrow(/roles\.submitter\.keys/);
    expect(() => config({ submitter: { keys: ["env:A"], calls: ["open"] } }, {})).toThrow(/roles\.submitter\.calls/);
  });

  test("behavior: witnesses come from known clients, over nothing that can be listened to", () => {
    const roles = { prover: { requests } };
    expect(config(roles, { apiKeys: [prove] }).roles.prover?.requests).toMatchObject({ maxConcurrent: 2, perHour: 60 });
    expect(() => config(roles)).toThrow(/apiKeys of the role "prove"/);
    expect(() => config(roles, { apiKeys: ["env:READER"] })).toThrow(/apiKeys of the role "prove"/);
    expect(() => config(roles, { apiKeys: [prove], host: "0.0.0.0" })).toThrow(/in the clear/);
    expect(config(roles, { apiKeys: [prove], host: "0.0.0.0", behindTls: true }).http?.host).toBe("0.0.0.0");
  });
});

describe("keys of roles", () => {
  const rolesOf = (roles: unknown) => parseConfig({ ...configWith(undefined), roles }).roles;

  test("default: one reference is a list of one; several rotate; a signer may stay in AWS KMS", () => {
    const kms = "kms:eu-central-1/arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    expect(rolesOf({ executor: { key: "env:A" } }).executor).toEqual({ key: ["env:A"], profit: "any" });
    expect(rolesOf({ attestor: { key: ["env:A", kms] } }).attestor?.key).toEqual(["env:A", kms]);
    expect(rolesOf({ keeper: { key: "kms:us-east-1/alias/keeper" } }).keeper?.key).toBe("kms:us-east-1/alias/keeper");
  });

  test("error: a list where the address matters, the same key twice, none, a key itself, a secret in KMS, no region", () => {
    expect(() => rolesOf({ keeper: { key: ["env:A", "env:B"] } })).toThrow(/one key, no list: the keeper's address/);
    expect(() => rolesOf({ executor: { key: ["env:A", "env:A"] } })).toThrow(/stands in the list twice/);
    expect(() => rolesOf({ executor: { key: [] } })).toThrow(/roles\.executor\.key/);
    const secret = "0x".padEnd(66, "7");
    expect(() => rolesOf({ executor: { key: secret } })).toThrow(/never the key itself/);
    expect(() => rolesOf({ executor: { key: ["env:A", secret] } })).not.toThrow(secret);
    expect(() => rolesOf({ keeper: { key: "env:A", claimSeed: "kms:us-east-1/alias/a" } })).toThrow(/claimSeed/);
    expect(() => rolesOf({ executor: { key: "kms:alias/a" } })).toThrow(/kms:REGION\/ID/);
  });
});

describe("profit", () => {
  const profitOf = (profit: unknown) =>
    parseConfig({ ...configWith(undefined), roles: { executor: { key: "env:A", profit } } }).roles.executor?.profit;

  test("default: anything goes; otherwise all of the earnings count, and it waits for ever", () => {
    expect(profitOf(undefined)).toBe("any");
    expect(profitOf({ minWei: "-5" })).toEqual({ minWei: "-5", countPercent: 100, maxWaitMs: null });
    expect(profitOf({ minBps: 500, maxWaitMs: 60_000 })).toEqual({ minBps: 500, countPercent: 100, maxWaitMs: 60_000 });
  });

  test("error: both, neither, a number of wei, another word", () => {
    for (const wrong of [{ minWei: "1", minBps: 1 }, {}, { minWei: 1 }, "all", { minBps: 1, maxWaitMs: 0 }])
      expect(() => profitOf(wrong)).toThrow(/roles\.executor\.profit/);
  });
});
