import type { TransactionRequest } from "../delivery/delivery.ts";
import type { ProofRequest, StoredProof } from "../prover/proofs.ts";
import type { Message } from "../store/messages.ts";

/** Where to read the chain: at its head, or at a block that is final. */
export type ReadAt = { blockTag: "latest" } | { blockNumber: bigint };

/** A place among relayers that do the same work: `index` from 0, below `of`. */
export type Turn = { index: number; of: number };

/** What can be done about a message now. */
export type Action =
  | {
      type: "send";
      request: TransactionRequest;
      /** Other messages that the same transaction serves. Then `request.effects` are the keys of all of them. */
      together?: Message[];
      /** The transaction prepares the effect (an approval) and is not the effect itself. */
      intermediate?: boolean;
    }
  | { type: "prove"; request: ProofRequest }
  | { type: "wait"; reason: string; wakeOn?: string; delayMs?: number }
  | { type: "void"; reason: string };

/**
 * A kind of message: what has to become true on chain, how to see whether it is, and what to send to make it so.
 * Everything durable is in the message; a kind has no memory that a restart could lose.
 */
export type MessageKind<Payload = never> = {
  kind: string;
  /** Whether several relayers may do it, so that they take turns: as the configuration says, or in a place that is known otherwise. */
  raced: boolean | Turn;
  /** The chain on which it has its effect. */
  chain: (payload: Payload) => string;
  /** Whether the effect is there. */
  done: (payload: Payload, at: ReadAt) => Promise<boolean>;
  /** Why it can never have its effect any more, other than by being done: then it is void, and a proof under way is stopped. */
  overtaken?: (payload: Payload) => Promise<string | undefined>;
  /** `proof` is given once a requested proof is there. Throws typed errors. */
  prepare: (message: Message<Payload>, proof: StoredProof | undefined) => Promise<Action>;
};
