import { expect, test } from "vitest";
import { createLogRange, isRangeRefusal } from "./logRange.ts";

test("default: halves on a refusal, grows slowly back to what is configured", () => {
  const range = createLogRange(2_000);
  expect(range.shrank(2_000)).toBe(true);
  expect(range.size()).toBe(1_000);
  range.grew();
  expect(range.size()).toBe(1_125);
  for (let i = 0; i < 20; i++) range.grew();
  expect(range.size()).toBe(2_000);
});

test("behavior: one block that is refused cannot be halved", () => {
  const range = createLogRange(3);
  expect(range.shrank(3)).toBe(true);
  expect(range.size()).toBe(1);
  expect(range.shrank(1)).toBe(false);
  expect(range.size()).toBe(1);
});

test("behavior: knows refusals of several providers", () => {
  for (const details of [
    "query returned more than 10000 results",
    "exceed maximum block range: 5000",
    "Log response size exceeded",
    "block range is too wide",
    "query timeout exceeded",
  ])
    expect(isRangeRefusal({ name: "RpcRequestError", code: -32000, details }), details).toBe(true);
  expect(isRangeRefusal({ name: "TimeoutError" })).toBe(true);
  expect(isRangeRefusal({ name: "HttpRequestError", status: 413 })).toBe(true);
  expect(isRangeRefusal({ name: "HttpRequestError", status: 429, details: "rate limit" })).toBe(false);
  expect(isRangeRefusal({ name: "RpcRequestError", code: -32000, details: "header not found" })).toBe(false);
});
