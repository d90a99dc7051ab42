// A proving thread: keeps its curve, its circuits' calculators and verifying keys, and does one task after another.
import { parentPort, workerData } from "node:worker_threads";

import { isHypothecError } from "../errors/base.ts";
import { assertDigest } from "../proofs/groth16.ts";
import { createWitnessCalculator, type WitnessCalculator } from "../proofs/witnessCalculator.ts";
import { loadProvingEngine } from "./provingEngine.ts";
import type { SharedCircuit } from "./sharedArtifacts.ts";
import type { ThreadAnswer, ThreadSettings, ThreadTask } from "./threadTask.ts";

const port = parentPort!;
const engine = loadProvingEngine((workerData as ThreadSettings).threads);
engine.catch(() => undefined); // a task will report it
const calculators = new Map<string, Promise<WitnessCalculator>>();
const verifyingKeys = new Map<string, Promise<unknown>>();

port.on("message", (task: ThreadTask) => {
  perform(task).then(
    (result) =>
      port.postMessage({ result } satisfies ThreadAnswer, result instanceof Uint8Array ? [result.buffer] : []),
    (error: unknown) => port.postMessage({ error: toPlain(error) } satisfies ThreadAnswer),
  );
});

async function perform(task: ThreadTask) {
  const { circuit } = task;
  const key = new Uint8Array(circuit.zkey);
  if (task.name === "verify") {
    const { exportVerifyingKey, verify } = await engine;
    const verifyingKey = await kept(verifyingKeys, circuit, () => exportVerifyingKey(key));
    return verify(verifyingKey, task.publicSignals, task.proof);
  }
  const calculator = await kept(calculators, circuit, () => createWitnessCalculator(circuit.module));
  const wtns = calculator.calculate(task.witness.inputs);
  assertDigest(task.witness, wtns);
  if (task.name === "witness") return wtns as Uint8Array<ArrayBuffer>;
  return (await engine).prove(key, wtns);
}

function kept<T>(known: Map<string, Promise<T>>, { id }: SharedCircuit, make: () => Promise<T>): Promise<T> {
  let found = known.get(id);
  if (found === undefined) {
    found = make();
    known.set(id, found);
  }
  return found;
}

function toPlain(error: unknown): Extract<ThreadAnswer, { error: unknown }>["error"] {
  if (isHypothecError(error)) {
    const { code, details, whatToDo } = error;
    return { code, details, whatToDo, message: error.shortMessage };
  }
  return { code: "prover.failed", message: error instanceof Error ? error.message : String(error) };
}
