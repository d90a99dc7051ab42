import { parentPort, workerData } from "node:worker_threads";

import { fixedBase } from "./fixedBase.ts";
import type { FixedBase, GroupName } from "./fixedBase.ts";

/** What a worker starts with: the engine and its generators. */
export interface PointWorkerData {
  readonly code: Uint8Array;
  readonly generators: Readonly<Record<GroupName, Uint8Array>>;
}

/** A slice of scalars to multiply the generator of `group` by. */
export interface PointJob {
  readonly id: number;
  readonly group: GroupName;
  readonly scalars: Uint8Array;
}

const port = parentPort!;
const { code, generators } = workerData as PointWorkerData;
const multipliers = new Map<GroupName, FixedBase>();

port.on("message", ({ id, group, scalars }: PointJob) => {
  let multiply = multipliers.get(group);
  if (multiply === undefined) {
    multiply = fixedBase(code, group, generators[group]);
    multipliers.set(group, multiply);
  }
  const points = multiply(scalars);
  port.postMessage({ id, points }, [points.buffer as ArrayBuffer]);
});
