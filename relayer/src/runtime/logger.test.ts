import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { RelayerError, stripUrls, toErrorRecord } from "./errors.ts";
import { createLogger } from "./logger.ts";

test("stripUrls: behavior: a database's URL loses its password too", () => {
  expect(stripUrls("cannot reach postgres://user:SECRET@db.example.org:5432/relayer?sslmode=require")).toBe(
    "cannot reach postgres://db.example.org:5432",
  );
  expect(stripUrls("postgresql://user:SECRET@db/relayer")).toBe("postgresql://db");
});

test("stripUrls: behavior: keeps scheme and host, drops user, path and query", () => {
  expect(stripUrls('POST https://user:pw@rpc.example.org:8545/v3/SECRET?key=SECRET "x"')).toBe(
    'POST https://rpc.example.org:8545 "x"',
  );
});

test("toErrorRecord: behavior: strips URLs and knows severities", () => {
  expect(toErrorRecord(new Error("failed at http://a.b/KEY"))).toEqual({
    code: "Error",
    severity: "retryable",
    message: "failed at http://a.b",
  });
  expect(toErrorRecord(new RelayerError("c", "m", { severity: "permanent" }))).toEqual({
    code: "c",
    severity: "permanent",
    message: "m",
  });
});

test("createLogger: behavior: JSON lines with bigints, without URL secrets, in children too", () => {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const logger = createLogger({ level: "info", name: "alpha", destination }).child({ part: "p" });
  logger.info(
    { amount: 5n, deep: { list: [1n] }, url: "http://h/SECRET", error: new Error("at http://h/SECRET") },
    "went to http://h/SECRET",
  );
  const line = JSON.parse(lines[0]!);
  expect(line).toMatchObject({
    level: "info",
    relayer: "alpha",
    part: "p",
    amount: "5",
    deep: { list: ["1"] },
    url: "http://h",
    msg: "went to http://h",
  });
  expect(lines[0]).not.toContain("SECRET");
});
