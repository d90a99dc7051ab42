import { constants } from "node:fs";
import { access, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { HypothecError } from "../errors/base.ts";
import { publicSignalsOf, toZkProof } from "../proofs/groth16.ts";
import type { Prover, ProveOptions, Witness, ZkProof } from "../proofs/types.ts";
import { loadArtifacts, type Artifacts } from "./artifacts.ts";
import { createLanes } from "./lanes.ts";
import { createPrivateDirectory } from "./privateDirectory.ts";
import { joinPool } from "./processPool.ts";
import { readRapidsnarkOutput } from "./rapidsnarkOutput.ts";
import { rapidsnarkError, runBinary } from "./runBinary.ts";
import { startCheck } from "./startCheck.ts";

export interface CreateRapidsnarkProverParameters {
  /** Path of rapidsnark's `prover`. */
  readonly binary: string;
  /** @default loadArtifacts() */
  readonly artifacts?: Artifacts | undefined;
  /** Processes at the same time; each uses all cores. @default 1 */
  readonly workers?: number | undefined;
  /** Proofs that may wait before `prove` refuses with `prover.busy`. @default 64 */
  readonly maxWaiting?: number | undefined;
  /** A process that takes longer is killed, with `prover.timeout`. @default 120000 */
  readonly timeoutMs?: number | undefined;
  /** Where witnesses lie while they are proved. @default shared memory, else the temporary directory */
  readonly temporaryDirectory?: string | undefined;
}

/**
 * Proofs by an operator's rapidsnark. Witnesses are computed here and handed over in a private directory; every proof is
 * verified before it is returned, the first one before this function does.
 *
 * @example
 * const prover = await createRapidsnarkProver({ binary: "/usr/local/bin/rapidsnark-prover" });
 * try { … } finally { await prover.close(); }
 *
 * @throws HypothecError `prover.rapidsnark` when the binary is missing or its first proof is not a good one.
 */
export async function createRapidsnarkProver(parameters: CreateRapidsnarkProverParameters): Promise<Prover> {
  const { workers = 1, maxWaiting = 64, timeoutMs = 120_000 } = parameters;
  const artifacts = parameters.artifacts ?? loadArtifacts();
  const binary = resolve(parameters.binary);
  await assertExecutable(binary);
  const { pool, release } = joinPool({ workers, threads: "one" });
  const directory = createPrivateDirectory(parameters.temporaryDirectory);
  const lanes = createLanes({ count: workers, maxWaiting });

  const proveNow = async (given: Witness, signal: AbortSignal | undefined): Promise<ZkProof> => {
    const { circuit, inputs, values, commitment, challenge, evaluation } = given;
    const witness = { circuit, inputs, values, commitment, challenge, evaluation };
    const where = { artifacts, circuit, signal };
    const publicSignals = publicSignalsOf(witness);
    const wtns = await pool.run("witness", where, { witness });
    const proof = await directory.within(async (path) => {
      const files = {
        witness: join(path, "witness.wtns"),
        proof: join(path, "proof.json"),
        publicSignals: join(path, "public.json"),
      };
      await writeFile(files.witness, wtns, { mode: 0o600 });
      const args = [artifacts.files[circuit].zkey, files.witness, files.proof, files.publicSignals];
      await runBinary({ binary, args, cwd: path, timeoutMs, signal });
      return readRapidsnarkOutput(binary, files, publicSignals);
    });
    if (!(await pool.run("verify", where, { proof, publicSignals }))) {
      throw rapidsnarkError(`${binary} made a proof of ${circuit} that does not verify`);
    }
    return toZkProof(witness, proof);
  };

  const prove = (witness: Witness, { signal }: ProveOptions = {}) => lanes.run(() => proveNow(witness, signal), signal);
  const close = async () => {
    await lanes.close();
    directory.remove();
    await release();
  };

  try {
    await prove(await startCheck());
  } catch (cause) {
    await close();
    throw refused(binary, cause);
  }
  let closing: Promise<void> | undefined;
  return { prove, close: () => (closing ??= close()) };
}

async function assertExecutable(binary: string): Promise<void> {
  try {
    await access(binary, constants.X_OK);
  } catch (cause) {
    throw rapidsnarkError(`${binary} is not there or not executable`, (cause as Error).message, cause);
  }
  if (!(await stat(binary)).isFile()) throw rapidsnarkError(`${binary} is not a file`);
}

function refused(binary: string, cause: unknown): unknown {
  if (!(cause instanceof HypothecError) || !/^prover\.(rapidsnark|timeout|crashed)$/.test(cause.code)) return cause;
  const { shortMessage, details, whatToDo } = cause;
  return new HypothecError(`The check at start failed, so this prover is not used: ${shortMessage}`, {
    code: "prover.rapidsnark",
    args: { binary },
    details,
    whatToDo,
    cause,
  });
}
