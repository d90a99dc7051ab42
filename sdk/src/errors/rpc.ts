import {
  BaseError,
  ChainMismatchError,
  HttpRequestError,
  InsufficientFundsError,
  InvalidAddressError,
  NonceTooLowError,
  TimeoutError,
  TransactionReceiptNotFoundError,
  UserRejectedRequestError,
  WaitForTransactionReceiptTimeoutError,
  WebSocketRequestError,
} from "viem";

import { HypothecError } from "./base.ts";

/** An error of a node, a wallet or viem itself, in plain words. */
export function explainRpcError(error: unknown, doing?: string): HypothecError {
  const cause = redactUrls(error);
  const what = doing ?? "the call";
  const make = (code: string, message: string, whatToDo?: string) =>
    new HypothecError(message, { code, cause, details: detailsOf(error), whatToDo });

  if (!(error instanceof BaseError)) {
    const message = error instanceof Error ? withoutUrls(error.message) : String(error);
    return make("unknown", `${capitalised(what)} failed: ${message}`);
  }
  const is = (...types: (new (...args: never[]) => Error)[]) =>
    error.walk((e) => types.some((type) => e instanceof type)) !== null;

  if (is(InsufficientFundsError)) {
    return make(
      "rpc.funds",
      `The account cannot pay for ${what}: too little of the chain's native asset for value and gas`,
      "Send it some of the native asset.",
    );
  }
  if (is(ChainMismatchError))
    return make(
      "client.wrongChain",
      "The wallet is on another chain than the deployment",
      "Switch the wallet's chain.",
    );
  if (is(UserRejectedRequestError))
    return make("wallet.rejected", "The wallet's user refused", "Try again and confirm.");
  if (is(NonceTooLowError))
    return make("rpc.nonce", "Another transaction of this account took the nonce", "Try again.");
  if (is(InvalidAddressError))
    return make(
      "address.ethereum",
      "An Ethereum address is malformed, or its checksum is wrong",
      "Copy it again, whole.",
    );
  if (is(WaitForTransactionReceiptTimeoutError, TransactionReceiptNotFoundError)) {
    return make(
      "rpc.timeout",
      `The transaction of ${what} was not mined in time`,
      "Look it up by its hash before trying again.",
    );
  }
  if (is(HttpRequestError, WebSocketRequestError, TimeoutError)) {
    return make(
      "rpc.unreachable",
      "The node does not answer",
      "Check the RPC address and the network, then try again.",
    );
  }
  return make("rpc.error", `${capitalised(what)} failed: ${withoutUrls(error.shortMessage)}`);
}

/** The error, or, if it names a URL with more than its origin (a path or a query may hold a key), a copy that does not. */
export function redactUrls(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const text = `${error.message}\n${error.stack ?? ""}\n${error.cause instanceof Error ? error.cause.message : ""}`;
  if (!/\b(?:https?|wss?):\/\//.test(text)) return error;
  const copy = new Error(withoutUrls(error.message));
  copy.name = error.name;
  copy.stack = withoutUrls(error.stack ?? "");
  return copy;
}

function detailsOf(error: unknown): string | undefined {
  const details = error instanceof BaseError ? error.details : undefined;
  return details === undefined || details === "" ? undefined : withoutUrls(details);
}

/** URLs cut down to scheme and host: no credentials, path or query. */
export function withoutUrls(text: string): string {
  return text.replace(/\b(https?|wss?):\/\/(?:[^\s"'/@]*@)?([^\s"'/?#@]+)[^\s"')]*/g, "$1://$2");
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
