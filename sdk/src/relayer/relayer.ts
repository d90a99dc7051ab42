import type { Address, Hex } from "viem";

import type { SignedOpening, SignedRefresh } from "../actions/submitted.ts";
import type { PreparedTransact } from "../actions/prepareTransact.ts";
import { HypothecError } from "../errors/base.ts";
import type { Witness, ZkProof } from "../proofs/types.ts";
import { createRelayerRequest, type RelayerParameters } from "./http.ts";

/** A fee that a relayer would take now. */
export interface FeeQuote {
  readonly call: "transact" | "openFor" | "refreshFor";
  readonly chain: string;
  /** What it is paid in: a slot of the vault (transact), or a market's debt token. */
  readonly slot: number | null;
  readonly market: Hex | null;
  readonly symbol: string;
  /** Shared units of the slot, or units of the debt token. */
  readonly fee: bigint;
  /** What the relayer expects to spend, µUSD. */
  readonly costUsd: bigint;
}

/** What a relayer says of something handed in. */
export interface SubmissionStatus {
  readonly id: Hex;
  readonly call: FeeQuote["call"];
  readonly chain: string;
  readonly submitter: Address;
  readonly state: "due" | "proving" | "ready" | "sending" | "done" | "void" | "dead" | "skipped";
  /** Why it is there, in words. */
  readonly reason: string;
  readonly deadline: string;
  readonly transaction: { readonly hash: Hex; readonly state: string; readonly block: number | null } | null;
}

/** What a relayer says of a proof that was asked for. */
export interface ProofStatus {
  readonly id: string;
  readonly state: "queued" | "done" | "failed" | "cancelled";
  readonly lastError: { readonly code: string; readonly message: string } | null;
  readonly proof: ZkProof | null;
  readonly expiresAt: string;
}

/** Milliseconds between two looks at something that is under way. */
const POLL_MS = 1_000;

/** A relayer's HTTP interface. Every call throws HypothecErrors: `relayer.*`, or a contract's error by its name. */
export interface Relayer {
  /** Whom to bind a fee to, and how much. */
  readonly fees: () => Promise<{ readonly submitter: Address; readonly quotes: readonly FeeQuote[] }>;
  /** Hand in a proven transact whose fee is bound to the relayer. */
  readonly submitTransact: (prepared: Pick<PreparedTransact, "call">, proof: ZkProof) => Promise<SubmissionStatus>;
  readonly submitOpening: (signed: SignedOpening) => Promise<SubmissionStatus>;
  readonly submitRefresh: (signed: SignedRefresh) => Promise<SubmissionStatus>;
  readonly submission: (id: Hex) => Promise<SubmissionStatus>;
  /**
   * Wait until a submission's effect is final.
   *
   * @throws HypothecError `relayer.notSent` when it can have none any more.
   */
  readonly untilDone: (
    id: Hex,
    options?: { readonly signal?: AbortSignal | undefined; readonly pollMs?: number | undefined },
  ) => Promise<SubmissionStatus>;
  /** Ask for a proof. The relayer sees everything that is in the witness. */
  readonly requestProof: (witness: Witness) => Promise<ProofStatus>;
  readonly proof: (id: string) => Promise<ProofStatus>;
  readonly cancelProof: (id: string) => Promise<ProofStatus>;
}

/**
 * A relayer that sends for its user, for a fee, or proves for a client who trusts it.
 *
 * @example
 * const relayer = createRelayer({ url: "https://relayer.example" });
 * const { submitter, quotes } = await relayer.fees();
 * const fee = quotes.find(({ call, slot }) => call === "transact" && slot === 0)!.fee;
 * const prepared = await prepareTransact(client, { …, withdraw: { 0: fee }, recipient: submitter, relayer: submitter, feeSlot: 0, fee });
 * const { id } = await relayer.submitTransact(prepared, await prover.prove(prepared.witness));
 * await relayer.untilDone(id);
 * @throws HypothecError `relayer.url`.
 */
export function createRelayer(parameters: RelayerParameters): Relayer {
  const request = createRelayerRequest(parameters);
  const submit = (body: object) => request<SubmissionStatus>("POST", "/v1/transactions", { body });
  const submission = async (id: Hex, signal?: AbortSignal) => {
    const answer = await request<{ submission: SubmissionStatus | null }>("GET", `/v1/transactions/${id}`, { signal });
    if (answer.submission !== null) return answer.submission;
    throw new HypothecError("That is a transaction of the relayer, but nobody's submission", {
      code: "relayer.noSubmission",
      whatToDo: "Ask with the id that handing in gave.",
    });
  };
  return {
    async fees() {
      type Wire = Omit<FeeQuote, "fee" | "costUsd"> & { fee: string; costUsd: string };
      const { submitter, quotes } = await request<{ submitter: Address; quotes: Wire[] }>("GET", "/v1/fees");
      return {
        submitter,
        quotes: quotes.map((quote) => ({ ...quote, fee: BigInt(quote.fee), costUsd: BigInt(quote.costUsd) })),
      };
    },
    submitTransact: ({ call }, { points, commitment }) =>
      submit({ call: "transact", params: call, proof: { points, commitment } }),
    submitOpening: ({ submitter, opening, made, signature }) =>
      submit({ call: "openFor", submitter, opening, proof: made.call, signature }),
    submitRefresh: ({ submitter, account, fee, made, signature }) =>
      submit({ call: "refreshFor", submitter, account, fee, proof: made.call, signature }),
    submission: (id) => submission(id),
    async untilDone(id, { signal, pollMs = POLL_MS } = {}) {
      for (;;) {
        const status = await submission(id, signal);
        if (status.state === "done") return status;
        if (status.state === "void" || status.state === "dead" || status.state === "skipped") {
          throw new HypothecError(`The relayer does not send it: ${status.reason}`, {
            code: "relayer.notSent",
            args: { id, state: status.state },
            whatToDo: "Sync, and make a new one; or send it through another relayer, or yourself.",
          });
        }
        await pause(pollMs, signal);
      }
    },
    requestProof: async ({ circuit, inputs, values }) =>
      proofStatus(await request("POST", "/v1/proofs", { body: { circuit, inputs, values } })),
    proof: async (id) => proofStatus(await request("GET", `/v1/proofs/${id}`)),
    cancelProof: async (id) => proofStatus(await request("DELETE", `/v1/proofs/${id}`)),
  };
}

type WireProof = Omit<ProofStatus, "proof"> & { proof: { points: string[]; commitment: string } | null };

function proofStatus({ id, state, lastError, proof, expiresAt }: WireProof): ProofStatus {
  const made = proof && {
    points: proof.points.map(BigInt) as unknown as ZkProof["points"],
    commitment: BigInt(proof.commitment),
  };
  return { id, state, lastError, proof: made, expiresAt };
}

/** Rejects with the signal's reason when it aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
