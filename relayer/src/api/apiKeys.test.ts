import { describe, expect, test } from "vitest";
import { createKeyRing } from "../config/keys.ts";
import type { HttpConfig } from "../config/schema.ts";
import { createKeyCheck, resolveApiKeys } from "./apiKeys.ts";

const env = { GOOD: "0123456789abcdef", SHORT: "0123456789abcde", SPACED: "0123456789 abcdef" };
const ring = createKeyRing({ env, baseDir: "/" });
const resolve = (...apiKeys: string[]) => resolveApiKeys({ apiKeys } as HttpConfig, ring);

describe("resolveApiKeys", () => {
  test("default: none without the section, the referred to with it", async () => {
    expect(await resolveApiKeys(undefined, ring)).toEqual([]);
    expect(await resolve("env:GOOD")).toEqual([env.GOOD]);
  });
  test("error: short, spaced or missing, without the key itself", async () => {
    for (const name of ["SHORT", "SPACED", "MISSING"]) {
      const error: unknown = await resolve(`env:${name}`).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "config", message: expect.stringContaining(`env:${name}`) });
      expect((error as Error).message).not.toContain("0123456789");
    }
  });
});

describe("createKeyCheck", () => {
  test("default: any of the keys, as a bearer token", () => {
    const check = createKeyCheck(["first-key", "second-key"]);
    expect(check("Bearer first-key")).toBe(true);
    expect(check("bearer  second-key")).toBe(true);
  });
  test("error: nothing, another key, a part of one, another scheme", () => {
    const check = createKeyCheck(["first-key", "second-key"]);
    for (const header of [
      undefined,
      "",
      "Bearer ",
      "Bearer third-key",
      "Bearer first-ke",
      "Bearer first-key2",
      "Basic first-key",
      "first-key",
    ])
      expect([header, check(header)]).toEqual([header, false]);
  });
  test("behavior: open without keys", () => {
    expect(createKeyCheck([])(undefined)).toBe(true);
  });
});
