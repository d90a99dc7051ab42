import { relative } from "node:path";
import { Worker } from "node:worker_threads";

import { projectRoot } from "../../../circuits/codegen/instances.ts";

/** A few warm compilers, for many small circuits. */
export class Compilers {
  readonly #workers: { readonly worker: Worker; load: number }[];
  readonly #waiting = new Map<number, { resolve: (nothing: undefined) => void; reject: (error: Error) => void }>();
  #next = 0;

  constructor(count: number) {
    this.#workers = Array.from({ length: count }, () => {
      const worker = new Worker(new URL("./circomWorker.ts", import.meta.url));
      worker.unref();
      worker.on("message", ({ id, failure }: { id: number; failure?: string }) => {
        const { resolve, reject } = this.#waiting.get(id)!;
        this.#waiting.delete(id);
        if (failure === undefined) resolve(undefined);
        else reject(new Error(`circom failed: ${failure}`));
      });
      worker.on("error", (error: Error) => {
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
      });
      return { worker, load: 0 };
    });
  }

  /** As runCircom, in the worker that has the least to do. */
  async compile(
    source: string,
    directory: string,
    libraries: readonly string[],
    options: readonly string[],
  ): Promise<void> {
    const at = (path: string): string => relative(projectRoot, path);
    const args = [at(source), ...options, ...libraries.flatMap((library) => ["-l", at(library)]), "-o", at(directory)];
    const chosen = this.#workers.reduce((least, other) => (other.load < least.load ? other : least));
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const id = this.#next++;
    this.#waiting.set(id, { resolve, reject });
    chosen.load++;
    chosen.worker.ref();
    chosen.worker.postMessage({ id, args });
    try {
      await promise;
    } finally {
      chosen.load--;
      if (chosen.load === 0) chosen.worker.unref();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map(({ worker }) => worker.terminate()));
  }
}
