import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

import type { Bn128 } from "ffjavascript";

import { pointBytes } from "./fixedBase.ts";
import type { GroupName } from "./fixedBase.ts";
import type { PointJob, PointWorkerData } from "./pointWorker.ts";

const sliceSize = 2048;

/** Multiplies the generators of BN254 by many scalars on all cores. */
export interface PointFactory {
  /** Affine points in Montgomery form, 64 bytes each in G1 and 128 in G2; the point at infinity is all zero. */
  multiply(group: GroupName, scalars: readonly bigint[], onProgress?: (points: number) => void): Promise<Uint8Array>;
  close(): Promise<void>;
}

export function createPointFactory(curve: Bn128): PointFactory {
  interface Waiting {
    readonly resolve: (points: Uint8Array) => void;
    readonly reject: (error: Error) => void;
  }
  const waiting = new Map<number, Waiting>();
  const queue: PointJob[] = [];
  let nextId = 0;
  const workerData: PointWorkerData = { code: curve.tm.code, generators: { G1: curve.G1.g, G2: curve.G2.g } };

  const workers = Array.from({ length: Math.min(availableParallelism(), 16) }, () => {
    const worker = new Worker(new URL("./pointWorker.ts", import.meta.url), { workerData });
    worker.on("message", ({ id, points }: { id: number; points: Uint8Array }) => {
      waiting.get(id)?.resolve(points);
      waiting.delete(id);
      feed(worker);
    });
    worker.on("error", (error) => fail(error as Error));
    worker.on("exit", (code) =>
      fail(new Error(`a point worker stopped with exit code ${code} before its work was done`)),
    );
    return worker;
  });
  const idle = new Set(workers);

  function fail(error: Error): void {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  }

  function feed(worker: Worker): void {
    const job = queue.shift();
    if (job === undefined) {
      idle.add(worker);
    } else {
      idle.delete(worker);
      worker.postMessage(job);
    }
  }

  function run(group: GroupName, scalars: Uint8Array): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const id = nextId++;
    waiting.set(id, { resolve, reject });
    queue.push({ id, group, scalars });
    const worker = idle.values().next().value;
    if (worker !== undefined) feed(worker);
    return promise;
  }

  return {
    async multiply(group, scalars, onProgress) {
      const result = new Uint8Array(scalars.length * pointBytes(group));
      const slices: Promise<void>[] = [];
      for (let start = 0; start < scalars.length; start += sliceSize) {
        const slice = scalars.slice(start, start + sliceSize);
        slices.push(
          run(group, toBytes(slice)).then((points) => {
            result.set(points, start * pointBytes(group));
            onProgress?.(slice.length);
          }),
        );
      }
      await Promise.all(slices);
      return result;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** 32 little-endian bytes a value. */
export function toBytes(values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 32);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    for (let word = 0; word < 4; word++) {
      view.setBigUint64(i * 32 + word * 8, BigInt.asUintN(64, value >> BigInt(64 * word)), true);
    }
  });
  return bytes;
}
