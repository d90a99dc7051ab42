import { expect, test } from "vitest";
import { rankKeys, type Candidate } from "./rotation.ts";

const key = (address: string, change: Partial<Candidate> = {}): Candidate => ({
  address,
  inFlight: 0,
  oldestMs: 0,
  free: 10n,
  ...change,
});
const order = (...keys: Candidate[]) => rankKeys(keys, 1_000).map(({ address }) => address);

test("default: the idle one first, then the richer, then as they stand in the configuration", () => {
  expect(order(key("a", { inFlight: 1, oldestMs: 5 }), key("b"))).toEqual(["b", "a"]);
  expect(order(key("a"), key("b", { free: 11n }))).toEqual(["b", "a"]);
  expect(order(key("a"), key("b"))).toEqual(["a", "b"]);
});

test("behavior: a stuck nonce comes after busy keys that move, and an empty key after all", () => {
  const stuck = key("stuck", { inFlight: 1, oldestMs: 1_000 });
  const busy = key("busy", { inFlight: 9, oldestMs: 999 });
  expect(order(key("empty", { free: 0n }), stuck, busy)).toEqual(["busy", "stuck", "empty"]);
});
