// An operator's binary that is broken, or not what it seems. None of these is a stand-in for the real one, whose tests are in
// prover.test.ts.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { groth16 } from "snarkjs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { initCrypto } from "../../sdk/src/crypto/crypto.ts";
import { createRapidsnarkProver, loadArtifacts } from "../../sdk/src/node/index.ts";
import { joinPool, type PoolShare } from "../../sdk/src/node/processPool.ts";
import { startCheck } from "../../sdk/src/node/startCheck.ts";
import { publicSignalsOf } from "../../sdk/src/proofs/groth16.ts";
import { createLiar, type Liar } from "../support/proving/liars.ts";
import { sampleWitness } from "../support/proving/samples.ts";

/** Of the right form and on the curve: the generators, which prove nothing. */
const generators = {
  pi_a: ["1", "2", "1"],
  pi_b: [
    [
      "10857046999023057135944570762232829481370756359578518086990519993285655852781",
      "11559732032986387107991004021392285783925812861821192530917403151452391805634",
    ],
    [
      "8495653923123431417604973247489272438418190587263600148770280649306958101930",
      "4082367875863433681332203403145435568316851327593401208105741076214120093531",
    ],
    ["1", "0"],
  ],
  pi_c: ["1", "2", "1"],
  protocol: "groth16",
};

let pool: PoolShare;
/** A true proof of the witness that is asked for at start, by its public signals. */
let knownProofs: Record<string, unknown>;
let temporaryDirectory: string;
let liar: Liar;

beforeAll(async () => {
  pool = joinPool({ workers: 1, threads: "one" }); // warm for all tests
  await initCrypto();
  const witness = await startCheck();
  const { wasm, zkey } = loadArtifacts().files[witness.circuit];
  const { proof } = await groth16.fullProve(witness.inputs as never, wasm, zkey);
  const { curve: _, ...written } = proof;
  knownProofs = { [publicSignalsOf(witness).join()]: written };
});
afterAll(async () => {
  await pool.release();
  await globalThis.curve_bn128?.terminate();
});
beforeEach(() => {
  temporaryDirectory = mkdtempSync(join(tmpdir(), "hypothec-test-"));
});
afterEach(() => {
  expect(readdirSync(temporaryDirectory)).toEqual([]); // no witness is left behind, whatever happened
  rmSync(temporaryDirectory, { recursive: true });
  liar.remove();
});

const start = (body: string, more: { timeoutMs?: number } = {}) => {
  liar = createLiar({ body, knownProofs });
  return createRapidsnarkProver({ binary: liar.path, temporaryDirectory, ...more });
};
/** Gone, or dead and not yet collected by init. */
const hasEnded = (pid: string) =>
  !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.startsWith("Z");
const honestAtFirst = (otherwise: string) => `
  const known = knownProofs[signals.join()];
  if (known !== undefined) write(known); else { ${otherwise} }`;

describe("rapidsnark's place is taken at start", () => {
  const proof = JSON.stringify(generators);
  const cases: [title: string, body: string, message: RegExp][] = [
    ["fails", `console.error("no such key"); process.exit(3)`, /exit code 3[^]*no such key/],
    ["writes nothing", "", /wrote no proof/],
    ["writes a proof without public signals", `writeFileSync(proofFile, '${proof}')`, /wrote no public signals/],
    ["writes what is no JSON", `write("proof: yes")`, /a proof file that is not JSON/],
    ["writes another form", `write({ ok: true })`, /a proof in an unknown form/],
    ["writes too many points", `write({ ...${proof}, pi_d: [] })`, /a proof in an unknown form/],
    [
      "writes coordinates outside the field",
      `write({ ...${proof}, pi_a: ["9".repeat(77), "2", "1"] })`,
      /unknown form/,
    ],
    ["writes negative coordinates", `write({ ...${proof}, pi_a: ["-1", "2", "1"] })`, /unknown form/],
    ["writes a proof of a megabyte", `write(" ".repeat(1 << 20))`, /more than 8192 bytes/],
    ["writes other public signals", `write(${proof}, ["1", "2", "3"])`, /other public signals than the witness/],
    ["writes a wrong proof", `write(${proof})`, /does not verify/],
    ["writes a point off the curve", `write({ ...${proof}, pi_a: ["1", "3", "1"] })`, /does not verify/],
    ["prints without end", `for (;;) require("node:fs").writeSync(1, "x".repeat(65536))`, /printed more than 1048576/],
    ["dies of a signal", `process.kill(process.pid, "SIGSEGV")`, /ended by SIGSEGV/],
  ];
  test.each(cases)("error: by one that %s", async (_, body, message) => {
    const error: unknown = await start(body).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "prover.rapidsnark", message: expect.stringMatching(message) as string });
    expect((error as Error).message).toMatch(/The check at start failed/);
    expect(liar.observations()).toHaveLength(1);
  });

  test("error: by one that hangs, which is killed", async () => {
    const error: unknown = await start("setInterval(() => {}, 1000)", { timeoutMs: 4_000 }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "prover.rapidsnark", message: expect.stringMatching(/4000 ms/) as string });
    const { pid } = liar.observations()[0]!;
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  test("error: by nothing, a directory, or what cannot be executed", async () => {
    liar = createLiar({ body: "" });
    const code = "prover.rapidsnark";
    const at = (binary: string) => createRapidsnarkProver({ binary, temporaryDirectory });
    await expect(at(`${liar.path}.lost`)).rejects.toMatchObject({ code, message: expect.stringMatching(/not there/) });
    await expect(at(tmpdir())).rejects.toMatchObject({ code, message: expect.stringMatching(/is not a file/) });
    const wasm = loadArtifacts().files.margin.wasm;
    await expect(at(wasm)).rejects.toMatchObject({ code, message: expect.stringMatching(/not executable/) });
  });
});

describe("rapidsnark's place is taken by one that is honest at first", () => {
  test("default: it is run with its arguments alone, in a directory that nobody else can read", async () => {
    process.env.HYPOTHEC_TEST_SECRET = "0xkey";
    const prover = await start(honestAtFirst(""));
    delete process.env.HYPOTHEC_TEST_SECRET;
    const [seen] = liar.observations();
    expect(Object.keys(seen!.env).filter((name) => name !== "LD_LIBRARY_PATH")).toEqual([]);
    expect(seen!.modes).toEqual(["700", "600"]);
    expect(seen!.args[0]).toBe(loadArtifacts().files.batch16.zkey);
    expect(seen!.args.slice(1).every((path) => path.startsWith(temporaryDirectory) && !existsSync(path))).toBe(true);
    await prover.close();
  });

  test("error: every later proof is verified too", async () => {
    const prover = await start(honestAtFirst(`write(${JSON.stringify(generators)})`));
    await expect(prover.prove(sampleWitness("margin"))).rejects.toMatchObject({
      code: "prover.rapidsnark",
      message: expect.stringMatching(/a proof of margin that does not verify/) as string,
    });
    await prover.close();
  });

  test("error: a signal in the middle of work is no verdict on the binary: it may be asked again", async () => {
    const prover = await start(honestAtFirst(`process.kill(process.pid, "SIGKILL")`));
    await expect(prover.prove(sampleWitness("margin"))).rejects.toMatchObject({ code: "prover.crashed" });
    await prover.close();
  });

  test("behavior: a cancelled proof kills the process and what it started, and leaves no witness", async () => {
    const prover = await start(
      honestAtFirst(`
        const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
        appendFileSync(__filename + ".child", String(child.pid));
        setInterval(() => {}, 1000);`),
    );
    const cancelled = new AbortController();
    const proof = prover.prove(sampleWitness("margin"), { signal: cancelled.signal });
    const child = `${liar.path}.child`;
    while (!existsSync(child) || readFileSync(child, "utf8") === "") await new Promise(setImmediate);
    const { pid, args } = liar.observations()[1]!;
    cancelled.abort(new Error("somebody was faster"));
    await expect(proof).rejects.toThrow("somebody was faster");
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(hasEnded(readFileSync(child, "utf8"))).toBe(true);
    expect(existsSync(args[1]!)).toBe(false);
    await prover.close();
  });

  test("behavior: what a killed process left in the directory is swept at the next start", async () => {
    const prover = await start(honestAtFirst(""));
    const [own] = readdirSync(temporaryDirectory);
    const [space] = /^hypothec-proving-\d+/.exec(own!)!;
    // Process numbers end at 2^22 on Linux.
    mkdirSync(join(temporaryDirectory, `${space}-4194305-abcdef`));
    mkdirSync(join(temporaryDirectory, `${space}-${process.ppid}-abcdef`));
    liar.remove();
    const next = await start(honestAtFirst(""));
    const left = readdirSync(temporaryDirectory);
    expect(left).toContain(own); // the first prover's, still at work
    expect(left).toContain(`${space}-${process.ppid}-abcdef`);
    expect(left).not.toContain(`${space}-4194305-abcdef`);
    rmSync(join(temporaryDirectory, `${space}-${process.ppid}-abcdef`), { recursive: true });
    await Promise.all([prover.close(), next.close()]);
  });
});
