import { availableParallelism } from "node:os";
import { relative } from "node:path";
import { Worker } from "node:worker_threads";

import { projectRoot } from "../codegen/instances.ts";

interface Compiler {
  readonly worker: Worker;
  load: number;
}

interface Waiting {
  readonly compiler: Compiler;
  readonly resolve: (nothing: undefined) => void;
  readonly reject: (error: Error) => void;
}

// Warm compilers: V8 takes seconds to compile circom's WebAssembly, circom much less for most of what we have.
const most = Math.min(2, availableParallelism());
const compilers: Compiler[] = [];
const waiting = new Map<number, Waiting>();
let next = 0;

/**
 * Compiles `source` into `directory`; `libraries` are where its includes are looked for. circom runs as WebAssembly in a thread of its own
 * and sees only files below the project root.
 *
 * @throws Error with circom's log if it does not compile.
 */
export async function runCircom(
  source: string,
  directory: string,
  libraries: readonly string[],
  options: readonly string[],
): Promise<void> {
  const at = (path: string): string => relative(projectRoot, path);
  const args = [at(source), ...options, ...libraries.flatMap((library) => ["-l", at(library)]), "-o", at(directory)];
  const compiler = idlest();
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const id = next++;
  waiting.set(id, { compiler, resolve, reject: (error) => reject(error) });
  compiler.load++;
  compiler.worker.ref();
  compiler.worker.postMessage({ id, args });
  try {
    await promise;
  } catch (error) {
    throw new Error(`circom could not compile ${at(source)}:\n${String(error)}`, { cause: error });
  } finally {
    compiler.load--;
    if (compiler.load === 0) compiler.worker.unref();
  }
}

function idlest(): Compiler {
  const chosen = compilers.reduce<Compiler | undefined>(
    (least, other) => (least === undefined || other.load < least.load ? other : least),
    undefined,
  );
  if (chosen !== undefined && (chosen.load === 0 || compilers.length === most)) return chosen;
  const compiler: Compiler = { worker: new Worker(new URL("./circomWorker.ts", import.meta.url)), load: 0 };
  compiler.worker.on("message", ({ id, failure }: { id: number; failure?: string }) => {
    const { resolve, reject } = waiting.get(id)!;
    waiting.delete(id);
    if (failure === undefined) resolve(undefined);
    else reject(new Error(failure));
  });
  // A thread that dies takes its compilations with it; the next one gets a new thread.
  compiler.worker.on("error", (error: Error) => {
    compilers.splice(compilers.indexOf(compiler), 1);
    for (const [id, each] of waiting) {
      if (each.compiler !== compiler) continue;
      waiting.delete(id);
      each.reject(error);
    }
  });
  compilers.push(compiler);
  return compiler;
}
