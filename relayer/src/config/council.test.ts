import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { initCrypto, type Council, type CouncilShare, type Deployment } from "@hypothec/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { councilOf } from "../../../test/support/seats.ts";
import { resolveSeat } from "./council.ts";
import { createKeyRing } from "./keys.ts";
import { parseConfig } from "./load.ts";

let directory: string;
let file: string;
let council: Council;
let shares: CouncilShare[];
beforeAll(async () => {
  await initCrypto();
  ({ council, shares } = councilOf(2, 3));
  directory = await mkdtemp(join(tmpdir(), "relayer-council-"));
  file = join(directory, "council.json");
  await writeFile(file, JSON.stringify(council.text));
});
afterAll(() => rm(directory, { recursive: true }));

const peer = (index: number) => ({ index, url: `https://member-${index}.example`, apiKey: `env:PEER_${index}` });

describe("roles.trustee", () => {
  const seat = { council: "council.json", share: "env:SHARE", peers: [peer(2), peer(3)] };
  const parse = (trustee: object, http: object | null = { apiKeys: ["env:API_KEY"] }) =>
    parseConfig({
      deployment: "deployment.json",
      dataDir: "data",
      chains: ["vault", "margin"].map((name) => ({ name, rpc: ["http://127.0.0.1:8545"] })),
      ...(http === null ? {} : { http }),
      roles: { prover: {}, trustee: { key: "env:GAS", ...trustee } },
    }).roles.trustee;

  test("default: secrets, or a seat", () => {
    expect(parse({ secrets: ["env:SECRET"] })).toEqual({ key: ["env:GAS"], secrets: ["env:SECRET"] });
    expect(parse({ council: seat })).toEqual({ key: ["env:GAS"], council: seat });
  });

  test("error: both, neither, no peers, an unknown key", () => {
    const message = /roles\.trustee\.secrets: .*exactly one of both/;
    expect(() => parse({ secrets: ["env:SECRET"], council: seat })).toThrow(message);
    expect(() => parse({})).toThrow(message);
    expect(() => parse({ council: { ...seat, peers: [] } })).toThrow(/roles\.trustee\.council\.peers/);
    expect(() => parse({ council: { ...seat, threshold: 2 } })).toThrow(/roles\.trustee\.council/);
    expect(() => parse({ council: { ...seat, share: "0x01" } })).toThrow(/never the key itself/);
  });

  test("error: a peer that would be asked in the clear, or whose address holds a secret", () => {
    const at = (url: string) => parse({ council: { ...seat, peers: [{ ...peer(2), url }] } });
    for (const url of [
      "http://member-2.example",
      "https://me:secret@member-2.example",
      "https://m.example?k=1",
      "ftp://m",
    ])
      expect(() => at(url)).toThrow(/peers\[0\]\.url/);
    for (const url of ["http://127.0.0.1:8787", "http://[::1]:8787", "https://member-2.example/hypothec/"])
      expect(at(url)).toBeDefined();
  });

  test("error: a seat without API keys of its own", () => {
    expect(() => parse({ council: seat }, null)).toThrow(/roles\.trustee\.council answers .*http with apiKeys/);
    expect(() => parse({ council: seat }, { apiKeys: [] })).toThrow(/http with apiKeys/);
  });
});

describe("resolveSeat", () => {
  const deploymentOf = ({ x, y }: { x: bigint; y: bigint }) =>
    ({ marginChain: { markets: [{ trustee: { x: x.toString(), y: y.toString() } }] } }) as unknown as Deployment;
  const env = (more: Record<string, string> = {}) => ({
    SHARE: `0x${shares[1]!.secret.toString(16).padStart(64, "0")}`,
    PEER_1: "key-that-member-1-gave",
    PEER_3: "key-that-member-3-gave",
    ...more,
  });
  const resolve = (settings: object = {}, more: Record<string, string> = {}, deployment = deploymentOf(council.key)) =>
    resolveSeat(
      { council: file, share: "env:SHARE", peers: [peer(1), peer(3)], ...settings },
      deployment,
      createKeyRing({ env: env(more), baseDir: directory }),
    );

  test("default: the share tells which member it is", async () => {
    const seat = await resolve();
    expect(seat.share).toEqual(shares[1]);
    expect(seat.council.id).toBe(council.id);
    expect(seat.peers).toEqual([
      { index: 1, url: "https://member-1.example", apiKey: "key-that-member-1-gave" },
      { index: 3, url: "https://member-3.example", apiKey: "key-that-member-3-gave" },
    ]);
  });

  test("error: no market has the council, by the key that the engine holds", async () => {
    await expect(resolve({}, {}, deploymentOf(council.submitted))).rejects.toThrow(/trustee of no market/);
  });

  test("error: a share of nobody, or none; its text is not repeated", async () => {
    const error: unknown = await resolve({}, { SHARE: "123456789" }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "config", message: expect.stringContaining("env:SHARE is no member's") });
    expect((error as Error).message).not.toContain("123456789");
    await expect(resolve({}, { SHARE: "sesame" })).rejects.toThrow(/env:SHARE is not usable/);
  });

  test("error: peers that are none, twice, ourselves, or too few", async () => {
    const message = /must be other members of the council, each once/;
    for (const peers of [
      [peer(1), peer(4)],
      [peer(1), peer(1)],
      [peer(1), peer(2)],
    ])
      await expect(resolve({ peers })).rejects.toThrow(message);
    await expect(resolve({}, { PEER_3: "short" })).rejects.toThrow(/env:PEER_3 has 5 characters/);
    await expect(resolve({ peers: [] })).rejects.toThrow(/has 0 member\(s\), and it takes 1/);
  });

  test("error: no council in the file", async () => {
    const broken = join(directory, "broken.json");
    await writeFile(broken, JSON.stringify({ ...council.text, threshold: 3 }));
    await expect(resolve({ council: broken })).rejects.toThrow(/broken\.json cannot be read: .*commitments/);
    await expect(resolve({ council: join(directory, "none.json") })).rejects.toThrow(/ENOENT/);
    await writeFile(broken, "a secret that is named by mistake");
    await expect(resolve({ council: broken })).rejects.toThrow(/cannot be read: it is not the JSON of a council$/);
  });
});
