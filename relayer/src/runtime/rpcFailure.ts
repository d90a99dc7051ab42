import { revertData } from "../delivery/reverts.ts";
import type { RpcFailure } from "../metrics/events.ts";

/** Why an RPC failed; undefined when the error is its answer: a call that reverts is the contract's doing, not the node's. */
export function rpcFailure(error: unknown): RpcFailure | undefined {
  const { name, code, status, message } = error as { name?: string; code?: number; status?: number; message?: string };
  if (name === "TimeoutError") return "timeout";
  if (status === 429 || code === -32005) return "limit";
  if (name === "HttpRequestError" || name === "WebSocketRequestError" || name === "SocketClosedError") return "http";
  if (code === 3 || revertData(error) !== undefined || /\breverted\b/i.test(message ?? "")) return undefined;
  return "rpc";
}
