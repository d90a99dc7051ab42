import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTrusteeKey, readCouncil, trusteeKeyOf, type CouncilText } from "@hypothec/sdk";
import type { Hex } from "viem";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { interpolateSecret } from "../../../test/support/council.ts";
import { readRefresh } from "../council/session.ts";
import { createCouncilCommand } from "./council.ts";

let directory: string;
const at = (...names: string[]) => join(directory, ...names);
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "relayer-council-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** Runs a command as the program does, with what it printed; its errors come out. */
async function run(...words: string[]): Promise<string> {
  const printed: string[] = [];
  let failure: unknown;
  const guarded = async (work: () => Promise<number>) => {
    await work().catch((error: unknown) => (failure = error));
  };
  await createCouncilCommand({ guarded, print: (text) => printed.push(text) }).parseAsync(words, { from: "user" });
  if (failure !== undefined) throw failure as Error;
  return printed.join("\n");
}

const members = [1, 2, 3];
const filesOf = (member: number) => ["--state", at(`state-${member}.json`), "--messages", at(`inbox-${member}`)];
const keysOf = (member: number) => ["--keys", at(`keys-${member}`)];
const step = (name: string, member: number, ...more: string[]) =>
  run(name, ...filesOf(member), ...keysOf(member), ...more);
const mode = async (path: string) => (await stat(path)).mode & 0o777;

/** Everybody's messages go into everybody's folder, as operators would send them. */
async function deliver(): Promise<void> {
  for (const from of members)
    for (const to of members) {
      if (from === to) continue;
      for (const name of await readdir(at(`inbox-${from}`)))
        if (name.endsWith(`-${from}.json`)) await cp(at(`inbox-${from}`, name), at(`inbox-${to}`, name));
    }
}

async function agree(): Promise<void> {
  const operators = [];
  for (const index of members) {
    const keys = JSON.parse(await run("keys", "new", "--out", at(`keys-${index}`))) as { signing: Hex };
    operators.push({ index, ...keys });
  }
  await writeFile(at("session.json"), JSON.stringify({ id: `0x${"ab".repeat(32)}`, threshold: 2, operators }));
}

async function everyone(name: string, ...more: string[]): Promise<void> {
  for (const member of members) await step(name, member, ...more);
  await deliver();
}

async function generate(): Promise<void> {
  await agree();
  await everyone("start", "--session", at("session.json"));
  for (const name of ["deal", "judge", "answer", "confirm"]) await everyone(name);
  for (const member of members)
    await run(
      ...["finish", ...filesOf(member), "--council", at(`council-${member}.json`), "--share", at(`share-${member}`)],
    );
}

const councilAt = async (path: string) => readCouncil(JSON.parse(await readFile(path, "utf8")) as CouncilText);

describe("relayer council", () => {
  test("default: three operators make a key of two, in files", async () => {
    await generate();
    const council = await councilAt(at("council-1.json"));
    const shares = [];
    for (const member of members) {
      expect(await readFile(at(`council-${member}.json`), "utf8")).toBe(await readFile(at("council-1.json"), "utf8"));
      const files = { council: at(`council-${member}.json`), share: at(`share-${member}`) };
      const { share } = await readRefresh(files);
      expect(share.index).toBe(member);
      shares.push(share);
      for (const secret of [`state-${member}.json`, `share-${member}`, `keys-${member}`])
        expect([secret, await mode(at(secret))]).toEqual([secret, 0o600]);
    }
    for (const two of [shares.slice(0, 2), shares.slice(1)])
      expect(trusteeKeyOf(interpolateSecret(two)).key).toEqual(council.key);
    // What travels tells no secret.
    const sent = (
      await Promise.all((await readdir(at("inbox-1"))).map((name) => readFile(at("inbox-1", name), "utf8")))
    ).join();
    for (const { secret } of shares) expect(sent).not.toContain(secret.toString(16));

    const shown = JSON.parse(await run("show", at("council-1.json"))) as Record<string, unknown>;
    const decimal = ({ x, y }: { x: bigint; y: bigint }) => ({ x: x.toString(), y: y.toString() });
    expect(shown).toEqual({
      id: council.id,
      epoch: 0,
      threshold: 2,
      members,
      submit: decimal(council.submitted),
      engineHolds: decimal(council.key),
    });
  });

  test("behavior: a step that is repeated sends the same again, and one that was cut short is made good", async () => {
    await agree();
    await everyone("start", "--session", at("session.json"));
    const path = at("inbox-1", "commit-1.json");
    const first = await readFile(path, "utf8");
    await step("start", 1, "--session", at("session.json"));
    expect(await readFile(path, "utf8")).toBe(first);
    await step("deal", 1);
    const deal = await readFile(at("inbox-1", "deal-1.json"), "utf8");
    await rm(at("inbox-1", "deal-1.json")); // the state was written, the message was not
    await step("deal", 1);
    expect(await readFile(at("inbox-1", "deal-1.json"), "utf8")).toBe(deal);
  });

  test("behavior: the shares are refreshed, under the same key", async () => {
    await generate();
    const before = await readFile(at("share-1"), "utf8");
    const text = JSON.parse(await readFile(at("session.json"), "utf8")) as object;
    await writeFile(at("again.json"), JSON.stringify({ ...text, id: `0x${"cd".repeat(32)}` }));
    for (const member of members) {
      await rm(at(`state-${member}.json`));
      await rm(at(`inbox-${member}`), { recursive: true });
      await mkdir(at(`inbox-${member}`));
    }
    for (const member of members)
      await step(
        ...(["start", member, "--session", at("again.json")] as const),
        ...["--council", at(`council-${member}.json`), "--share", at(`share-${member}`)],
      );
    await deliver();
    for (const name of ["deal", "judge", "answer", "confirm"]) await everyone(name);
    const taken = ["--council", at("council-1.json"), "--share", at("new-1")];
    await expect(run("finish", ...filesOf(1), ...taken)).rejects.toMatchObject({ code: "file_exists" });
    await run("finish", ...filesOf(1), "--council", at("next.json"), "--share", at("new-1"));
    const [old, next] = [await councilAt(at("council-1.json")), await councilAt(at("next.json"))];
    expect(next.key).toEqual(old.key);
    expect(next.text.epoch).toBe(1);
    expect(await readFile(at("new-1"), "utf8")).not.toBe(before);
  });

  test("error: a missing message, and who owes it; then nothing is written", async () => {
    await agree();
    for (const member of [1, 2]) await step("start", member, "--session", at("session.json"));
    await cp(at("inbox-2", "commit-2.json"), at("inbox-1", "commit-2.json"));
    const state = await readFile(at("state-1.json"), "utf8");
    await expect(step("deal", 1)).rejects.toThrow(/No message of the round "commit" came from 3/);
    expect(await readFile(at("state-1.json"), "utf8")).toBe(state);
    expect(existsSync(at("inbox-1", "deal-1.json"))).toBe(false);
  });

  test("error: another step's state, another run's, none, and keys that are there already", async () => {
    await agree();
    await expect(step("deal", 1)).rejects.toMatchObject({ code: "state_missing" });
    await everyone("start", "--session", at("session.json"));
    await expect(step("judge", 1)).rejects.toMatchObject({ code: "council.step" });
    const text = JSON.parse(await readFile(at("session.json"), "utf8")) as object;
    await writeFile(at("other.json"), JSON.stringify({ ...text, id: `0x${"cd".repeat(32)}` }));
    await expect(step("start", 1, "--session", at("other.json"))).rejects.toMatchObject({ code: "state_exists" });
    await expect(step("start", 2, "--session", at("other.json"), "--council", "x")).rejects.toThrow(/both/);
    await expect(run("keys", "new", "--out", at("keys-1"))).rejects.toMatchObject({ code: "file_exists" });
    await writeFile(at("bad.json"), JSON.stringify({ ...text, id: "1" }));
    await expect(
      run("start", "--state", at("s"), "--messages", at("m"), ...keysOf(1), "--session", at("bad.json")),
    ).rejects.toThrow(/no agreement on a session:\n {2}id: 0x and 64/);
    await expect(run("show", at("keys-1"))).rejects.toMatchObject({ code: "config" });
  });

  test("behavior: a trustee's own key is no council's share", async () => {
    await generate();
    await writeFile(at("stranger"), createTrusteeKey(`0x${"01".repeat(32)}`).secret.toString());
    await expect(readRefresh({ council: at("council-1.json"), share: at("stranger") })).rejects.toThrow(/no member's/);
  });
});
