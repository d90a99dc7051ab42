import { HypothecError, isHypothecError } from "../errors/base.ts";
import { proverBusy, proverClosed } from "../proofs/proverErrors.ts";
import type { Prover } from "../proofs/types.ts";
import type { RelayerParameters } from "./http.ts";
import { createRelayer, pause } from "./relayer.ts";

export interface RelayerProverParameters extends RelayerParameters {
  /** Milliseconds between two looks. @default 1000 */
  readonly pollMs?: number | undefined;
}

/**
 * A prover that is a relayer's: for clients who trust it, such as their own institution's. It sees whatever is in a witness: amounts, owner,
 * blinding and place of the notes, and a transact's destinations. It cannot spend: no witness holds a spending key.
 *
 * @example
 * const prover = createRelayerProver({ url: "https://relayer.internal", apiKey });
 * await openAccount(client, { …, prover });
 */
export function createRelayerProver({ pollMs = 1_000, ...parameters }: RelayerProverParameters): Prover {
  const relayer = createRelayer(parameters);
  let isClosed = false;
  return {
    async prove(witness, { signal } = {}) {
      if (isClosed) throw proverClosed();
      signal?.throwIfAborted();
      let status = await relayer.requestProof(witness).catch((error: unknown) => {
        if (isHypothecError(error, "relayer.too_many_proofs")) throw proverBusy(1);
        throw error;
      });
      const { id } = status;
      try {
        while (status.state === "queued") {
          await pause(pollMs, signal);
          status = await relayer.proof(id);
        }
      } catch (error) {
        if (signal?.aborted === true) await relayer.cancelProof(id).catch(() => undefined);
        throw error;
      }
      if (status.proof !== null) return status.proof;
      throw new HypothecError(`The relayer made no proof: ${status.lastError?.message ?? status.state}`, {
        code: "prover.witness",
        whatToDo: "The values contradict each other: build the witness with the SDK from fresh data.",
      });
    },
    close: () => {
      isClosed = true;
      return Promise.resolve();
    },
  };
}
