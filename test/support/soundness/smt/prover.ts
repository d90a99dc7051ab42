import { init } from "z3-solver";
import type { Arith, Bool, Context } from "z3-solver";

export type Z3 = Context;
export type Int = Arith;
export type Condition = Bool;

/** z3 in this process, and how to end its threads, which would keep the process alive. */
export interface Prover {
  readonly z3: Z3;
  /** Whether no values satisfy all of these; an error when z3 cannot tell within the time. */
  refutes(conditions: readonly Condition[]): Promise<boolean>;
  close(): void;
}

/** Several times what the slowest question takes here: a busy machine must not fail a proof. */
const timeoutMs = 150_000;

export async function createProver(): Promise<Prover> {
  const { Context: create, em } = await init();
  const z3 = create("main");
  return {
    z3,
    async refutes(conditions) {
      const solver = new z3.Solver();
      solver.set("timeout", timeoutMs);
      solver.set("random_seed", 7);
      solver.add(...conditions);
      const answer = await solver.check();
      if (answer === "unknown")
        throw new Error(`z3 could not decide within ${timeoutMs} ms: ${solver.reasonUnknown()}`);
      return answer === "unsat";
    },
    close: () => (em as { PThread: { terminateAllThreads(): void } }).PThread.terminateAllThreads(),
  };
}
