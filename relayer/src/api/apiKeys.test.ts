import { describe, expect, test } from "vitest";
import { createKeyRing } from "../config/keys.ts";
import type { HttpConfig } from "../config/schema.ts";
import { createKeyCheck, resolveApiKeys } from "./apiKeys.ts";

const env = { GOOD: "0123456789abcdef", SHORT: "0123456789abcde", SPACED: "0123456789 abcdef" };
const ring = createKeyRing({ env, baseDir: "/" });
const resolve = (...apiKeys: HttpConfig["apiKeys"]) => resolveApiKeys({ apiKeys } as HttpConfig, ring);

describe("resolveApiKeys", () => {
  test("default: none without the section, the referred to with it", async () => {
    expect(await resolveApiKeys(undefined, ring)).toEqual([]);
    expect(await resolve("env:GOOD")).toEqual([{ key: env.GOOD, roles: ["read"] }]);
    const roles = ["submit" as const, "prove" as const];
    expect(await resolve({ key: "env:GOOD", roles })).toEqual([{ key: env.GOOD, roles }]);
  });
  test("error: the same key for two", async () => {
    await expect(resolve("env:GOOD", { key: "env:GOOD", roles: ["prove"] })).rejects.toThrow(/env:GOOD is there twice/);
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
  const keys = [
    { key: "first-key", roles: ["read"] },
    { key: "second-key", roles: ["prove"] },
  ] as const;
  test("default: any of the keys, as a bearer token", () => {
    const check = createKeyCheck(keys);
    expect(check("Bearer first-key")?.roles).toEqual(["read"]);
    expect(check("bearer  second-key")?.roles).toEqual(["prove"]);
    expect(check("Bearer first-key")?.name).not.toBe(check("Bearer second-key")?.name);
    expect(check("Bearer first-key")?.name).not.toContain("first");
  });
  test("error: nothing, another key, a part of one, another scheme", () => {
    const check = createKeyCheck(keys);
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
      expect([header, check(header)]).toEqual([header, undefined]);
  });
  test("behavior: reading and submitting are open without keys, proving is not", () => {
    expect(createKeyCheck([])(undefined)).toEqual({ name: "anybody", roles: ["read", "submit"] });
  });
});
