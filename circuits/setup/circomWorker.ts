import fs from "node:fs";
import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";

import { projectRoot } from "../codegen/instances.ts";

/** The part of circom2 that this uses. */
interface Circom2 {
  readonly CircomRunner: new (options: object) => { execute(wasm: Uint8Array): Promise<unknown> };
  readonly bindings: object;
}

const require = createRequire(import.meta.url);
const { CircomRunner, bindings } = require("circom2") as Circom2;
const compiler = fs.readFileSync(require.resolve("circom2/circom.wasm"));

/** Compilations one after the other: V8 compiles the compiler for the first one only, which is most of the time of a small one. */
parentPort!.on("message", ({ id, args }: { id: number; args: string[] }) => {
  let log = "";
  const writeSync = (fd: number, data: Uint8Array, ...rest: [number?, number?, number?]): number => {
    if (fd > 2) return fs.writeSync(fd, data, ...rest);
    log += Buffer.from(data).toString();
    return data.length;
  };
  const runner = new CircomRunner({
    args,
    env: {},
    preopens: { ".": projectRoot },
    bindings: { ...bindings, isTTY: () => false, fs: { ...fs, writeSync } },
  });
  runner.execute(compiler).then(
    () => parentPort!.postMessage({ id }),
    (error: unknown) => parentPort!.postMessage({ id, failure: `${String(error)}\n${log}` }),
  );
});
