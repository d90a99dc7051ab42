import type { CircuitName } from "../prover/proofs.ts";
import type { Severity } from "../runtime/errors.ts";
import type { TransactionState } from "../delivery/transitions.ts";
import type { MessageState } from "../store/messages.ts";

/** What happens in a relayer and can be counted. Times are milliseconds. */
export type RelayerEvent =
  /** A message changed its state; `ageMs` since it was created. */
  | { type: "message"; kind: string; chain: string; from: MessageState; to: MessageState; ageMs: number }
  /** A step of a message failed. */
  | { type: "failure"; kind: string; severity: Severity }
  /** A transaction changed its state; `afterMs` since it was seen mined, or else since it was signed first. */
  | { type: "transaction"; chain: string; from: TransactionState; to: TransactionState; afterMs: number }
  | { type: "reorg"; chain: string; depth: number }
  /** `endpoint` is the place of the RPC in the configuration, from 1: its URL may hold a key. */
  | { type: "rpc error"; chain: string; endpoint: number; reason: RpcFailure }
  /** A quorum said otherwise than this RPC. */
  | { type: "rpc outvoted"; chain: string; endpoint: number }
  /** No quorum agrees any more on what is final: nothing of the chain is planned until one does. */
  | { type: "no quorum"; chain: string }
  /** The chain reorganised below finality and waits for an operator. */
  | { type: "halted"; chain: string }
  | { type: "proof"; circuit: CircuitName; outcome: "done"; witnessMs: number; provingMs: number }
  /** `failed` is tried again, `given_up` is not; `cancelled`: nobody needed it any more. */
  | { type: "proof"; circuit: CircuitName; outcome: "failed" | "given_up" | "cancelled" }
  | { type: "http request"; route: string; status: number };

export type RpcFailure = "timeout" | "http" | "limit" | "rpc";

/** Told of everything that happens. Must not throw, and must not wait. */
export type Observer = (event: RelayerEvent) => void;

export const ignoreEvents: Observer = () => {};
