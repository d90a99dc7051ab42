import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSocketServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { leaksIn, spellings } from "../support/leaks.ts";
import { describeLeaks, leaksInAnswers, leaksInFiles, secretsOf } from "../support/relayerSecrets.ts";

const key = `0x00${"a1".repeat(30)}b7`;
const word = Buffer.from(key.slice(2), "hex");
const secrets = { "env:KEY": key, "env:PASSPHRASE": "correct horse", "env:API_KEY": "peer-key/0123456789" };
const spelled = (text: string) => leaksIn(secrets, "log", text).map(({ secret }) => secret);

describe("a planted secret is found", () => {
  const planted: Record<string, string> = {
    "with 0x": key,
    "without 0x": key.slice(2),
    "in capitals": key.slice(2).toUpperCase(),
    "without leading zeros": `0x${BigInt(key).toString(16)}`,
    decimal: BigInt(key).toString(),
    base64: word.toString("base64"),
    base64url: word.toString("base64url"),
    "as a list of bytes": JSON.stringify([...word]),
    "as raw bytes": word.toString("latin1"),
    "as raw bytes, last first": Buffer.from(word).reverse().toString("latin1"),
    "in base64 of its text": Buffer.from(key).toString("base64"),
  };
  for (const [how, text] of Object.entries(planted))
    test(how, () => {
      expect(spelled(`{"msg":"x","value":"before ${text} after"}`)).toContain("env:KEY");
    });

  test("one that was given as a decimal number or as 64 digits", () => {
    const given = { share: BigInt(key).toString() };
    expect(leaksIn(given, "log", `share ${key}`).map(({ spelling }) => spelling)).toEqual(["hex"]);
    const digits = "12".repeat(32); // hex, although it has no letter
    expect(leaksIn({ digits }, "log", BigInt(`0x${digits}`).toString()).map(({ spelling }) => spelling)).toEqual([
      "decimal",
    ]);
  });

  test("a passphrase and an API key, in texts and in URLs", () => {
    expect(spelled("cannot open with Correct Horse")).toEqual(["env:PASSPHRASE"]);
    expect(spelled("GET /?key=peer-key%2F0123456789")).toEqual(["env:API_KEY"]);
  });

  test("in a store, in an answer; and what is said names it, and does not repeat it", async () => {
    const directory = mkdtempSync(join(tmpdir(), "hypothec-leaks-"));
    mkdirSync(join(directory, "base"));
    writeFileSync(join(directory, "base", "1"), Buffer.concat([Buffer.alloc(9, 255), word, Buffer.alloc(9)]));
    const socket = createSocketServer();
    await new Promise<void>((resolve) => socket.listen(join(directory, "control.sock"), resolve)); // no file to read
    const inFiles = leaksInFiles(secrets, directory);
    await new Promise((resolve) => socket.close(resolve));
    rmSync(directory, { recursive: true, force: true });
    expect(describeLeaks("alpha", inFiles)).toEqual(["alpha: env:KEY is in base/1 (raw bytes)"]);

    const server = createServer((request, response) => {
      const isOpen = request.headers.authorization === `Bearer ${secrets["env:API_KEY"]}`;
      response.setHeader("x-note", isOpen ? BigInt(key).toString() : "none");
      response.end(
        request.url === "/openapi.json" ? '{"paths":{"/v1/a":{},"/v1/b/{id}":{}}}' : isOpen ? "correct horse" : "401",
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const inAnswers = await leaksInAnswers(secrets, url, secrets["env:API_KEY"]);
    await new Promise((resolve) => server.close(resolve));
    expect(describeLeaks("alpha", inAnswers)).toEqual([
      "alpha: env:KEY is in GET /v1/a (decimal)",
      "alpha: env:PASSPHRASE is in GET /v1/a (as it is)",
    ]);
  });
});

test("behavior: what is no secret is not found, nor what is too short to tell", () => {
  expect(spelled(`{"hash":"0x${"b2".repeat(32)}","address":"0x${"a1".repeat(20)}"}`)).toEqual([]);
  expect(spellings("0x1234")).not.toHaveProperty("decimal");
  expect(leaksIn({ port: "8787" }, "log", "port 8787")).toEqual([]);
});

test("default: collects variables, and the files that a configuration refers to", () => {
  const directory = mkdtempSync(join(tmpdir(), "hypothec-leaks-"));
  writeFileSync(join(directory, "share"), `${key}\n`);
  const config = { roles: { trustee: { key: "env:KEY", council: { share: "file:share", other: "file:missing" } } } };
  expect(secretsOf(config, { KEY: "k" }, directory)).toEqual({ "env:KEY": "k", "file:share": `${key}\n` });
  rmSync(directory, { recursive: true, force: true });
});
