import { afterEach, describe, expect, test } from "vitest";

import { isRetryableProverError } from "../proofs/proverErrors.ts";
import type { Artifacts } from "./artifacts.ts";
import { createThreadPool, type ThreadPool } from "./threadPool.ts";

/** The least module: magic and version. */
const wasm = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const artifacts = {
  manifestPath: "",
  files: { margin: { wasm: "", zkey: "" } },
  load: async () => ({ wasm, zkey: new Uint8Array(8) }),
} as unknown as Artifacts;
const proof = { pi_a: [], pi_b: [], pi_c: [] };

let pool: ThreadPool;
afterEach(() => pool.close());

/**
 * A pool whose threads run `body` for every task. The threads share the "key": `count()` says how often any of them was asked
 * before.
 */
function poolOf(body: string, more: { workers?: number; timeoutMs?: number } = {}) {
  const script = `import { parentPort, threadId } from "node:worker_threads";
    parentPort.on("message", ({ circuit, publicSignals }) => {
      const count = () => Atomics.add(new Int32Array(circuit.zkey), 0, 1);
      const answer = (result) => parentPort.postMessage({ result });
      ${body}
    });`;
  pool = createThreadPool({
    workers: 1,
    threads: "one",
    maxWaiting: 10,
    timeoutMs: 60_000,
    script: new URL(`data:text/javascript,${encodeURIComponent(script)}`),
    ...more,
  });
  return (n = 0n, signal?: AbortSignal) =>
    pool.run("verify", { artifacts, circuit: "margin", signal }, { proof, publicSignals: [n] });
}

describe("thread pool", () => {
  test("default: a thread is kept between tasks, and every thread works on the same key", async () => {
    const ask = poolOf("answer([threadId, count()])", { workers: 2 });
    const answers = (await Promise.all([ask(), ask(), ask(), ask()])) as unknown as [number, number][];
    expect(new Set(answers.map(([thread]) => thread)).size).toBe(2);
    expect(answers.map(([, count]) => count).sort()).toEqual([0, 1, 2, 3]);
  });

  test.each(["process.exit(9)", "throw new Error('heap')"])(
    "behavior: the work of a thread that died once is done by the next one (%s)",
    async (death) => {
      const ask = poolOf(`if (count() === 0) { ${death} } else answer("done")`);
      expect(await ask()).toBe("done");
    },
  );

  test("error: a work that has killed two threads is given back, to be asked for again", async () => {
    const ask = poolOf("if (publicSignals[0] === 1n) { count(); process.exit(9); } else answer(count())");
    const error: unknown = await ask(1n).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "prover.crashed", details: "exit code 9" });
    expect(isRetryableProverError(error)).toBe(true);
    expect(await ask()).toBe(2); // exactly two were spent on it, and the pool lives
  });

  test("behavior: a cancelled work is stopped in the middle of a computation", async () => {
    const ask = poolOf("if (publicSignals[0] === 1n) { while (true) count(); } else answer(count())", { workers: 2 });
    /** How often the other thread counted between two questions. */
    const progress = async () => -Number(await ask()) + Number(await ask()) - 1;
    const cancelled = new AbortController();
    const spinning = ask(1n, cancelled.signal);
    while ((await progress()) === 0);
    cancelled.abort(new Error("not needed"));
    await expect(spinning).rejects.toThrow("not needed");
    expect(await progress()).toBe(0);
    expect(await Promise.all([ask(), ask(), ask()])).toHaveLength(3); // both threads take work again
  });

  test("error: a work that takes too long is stopped", async () => {
    const ask = poolOf("if (publicSignals[0] === 1n) { while (true); } else answer('done')", { timeoutMs: 3_000 });
    const error: unknown = await ask(1n).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "prover.timeout", args: { timeoutMs: 3_000 } });
    expect(isRetryableProverError(error)).toBe(true);
    expect(await ask()).toBe("done");
  });

  test("error: what a thread reports comes back as the SDK's own error", async () => {
    const ask = poolOf(
      `parentPort.postMessage({ error: { code: "prover.witness", message: "refused", whatToDo: "Think." } })`,
    );
    const error: unknown = await ask().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "prover.witness", shortMessage: "refused", whatToDo: "Think." });
    expect(isRetryableProverError(error)).toBe(false);
  });
});
