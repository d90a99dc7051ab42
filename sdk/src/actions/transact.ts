import { parseEventLogs, type Address } from "viem";

import { collateralVaultAbi } from "../abis/index.ts";
import type { HypothecClient } from "../client/client.ts";
import { write, type WriteResult } from "../client/write.ts";
import { HypothecError } from "../errors/base.ts";
import { freshNkIndex } from "../keys/derive.ts";
import { isZeroAmounts, toAmounts, type AmountsInput } from "../notes/amounts.ts";
import type { Note } from "../notes/note.ts";
import type { Prover, ZkProof } from "../proofs/types.ts";
import { CHUNK_LEAVES } from "../tree/noteTree.ts";
import { prepareTransact, type PreparedTransact, type PrepareTransactParameters } from "./prepareTransact.ts";

export interface TransactParameters extends PrepareTransactParameters {
  readonly prover: Prover;
  readonly signal?: AbortSignal | undefined;
}

export interface TransactResult extends WriteResult {
  /** The two new notes, in the order of the queue. */
  readonly outputs: readonly { readonly commitment: bigint; readonly leafIndex: number }[];
  /** What was spent. */
  readonly inputs: readonly Note[];
  /** Milliseconds that the proof took. */
  readonly provingMs: number;
}

/** Spend at most two notes, make two, withdraw: prepare, prove, send. {@link pay} and the others are built on it. */
export async function transact(client: HypothecClient, parameters: TransactParameters): Promise<TransactResult> {
  const prepared = await prepareTransact(client, parameters);
  const started = performance.now();
  const proof = await parameters.prover.prove(prepared.witness, { signal: parameters.signal });
  const provingMs = performance.now() - started;
  const sent = await submitTransact(client, prepared, proof);
  return { ...sent, inputs: prepared.inputs, provingMs };
}

/** Send a prepared and proven transact. */
export async function submitTransact(
  client: HypothecClient,
  { call }: Pick<PreparedTransact, "call">,
  proof: ZkProof,
): Promise<WriteResult & Pick<TransactResult, "outputs">> {
  const { vault, entryFee } = client.deployment.vaultChain;
  const { hash, receipt } = await write(client, {
    side: "vault",
    address: vault,
    abi: collateralVaultAbi,
    functionName: "transact",
    args: [call, proof],
    value: 2n * BigInt(entryFee),
  });
  const outputs = parseEventLogs({ abi: collateralVaultAbi, eventName: "Queued", logs: receipt.logs }).map(
    ({ args }) => ({
      commitment: args.value,
      leafIndex: CHUNK_LEAVES * Number(args.chunk) + args.position,
    }),
  );
  return { hash, receipt, outputs };
}

type Common = Pick<TransactParameters, "keys" | "state" | "prover" | "signal" | "deadline">;

export interface PayParameters extends Common {
  /** `hyp1…` */
  readonly to: string;
  readonly amounts: AmountsInput;
  readonly inputs?: readonly Note[] | undefined;
}

/**
 * Pay another owner. Nobody but the two learns who, what or how much.
 *
 * @example
 * await pay(client, { keys, state, prover, to: "hyp1…", amounts: { 2: parseShared("100", usdc) } });
 */
export async function pay(client: HypothecClient, { to, amounts, ...common }: PayParameters): Promise<TransactResult> {
  assertSomething(amounts);
  return transact(client, { ...common, outputs: [{ to, amounts }] });
}

export interface MergeParameters extends Common {
  readonly notes: readonly [Note, Note];
}

/** Two notes into one. */
export async function merge(client: HypothecClient, { notes, ...common }: MergeParameters): Promise<TransactResult> {
  return transact(client, { ...common, inputs: notes });
}

export interface SplitParameters extends Common {
  readonly note: Note;
  /** What the first of the two new notes holds; the second gets the rest. */
  readonly amounts: AmountsInput;
}

/** One note into two: round amounts before a lock say less. */
export async function split(
  client: HypothecClient,
  { note, amounts, ...common }: SplitParameters,
): Promise<TransactResult> {
  assertSomething(amounts);
  return transact(client, { ...common, inputs: [note], outputs: [{ amounts }] });
}

export interface WithdrawParameters extends Common {
  /** An address on the vault chain; a fresh one links nothing. */
  readonly recipient: Address;
  readonly amounts: AmountsInput;
  readonly inputs?: readonly Note[] | undefined;
  readonly relayer?: Address | undefined;
  readonly feeSlot?: number | undefined;
  readonly fee?: bigint | undefined;
}

/** Pay out of the vault, in public. */
export async function withdraw(
  client: HypothecClient,
  { amounts, ...common }: WithdrawParameters,
): Promise<TransactResult> {
  assertSomething(amounts);
  return transact(client, { ...common, withdraw: amounts });
}

export interface LockParameters extends Common {
  /** The address on the margin chain that may use the lock. A fresh one links nothing. */
  readonly controller: Address;
  readonly amounts: AmountsInput;
  readonly inputs?: readonly Note[] | undefined;
  /** @default a fresh one, which the memo remembers: a trustee cannot link locks by it */
  readonly nkIndex?: number | undefined;
}

/** Lock part of the notes for this deployment's engine. On the vault chain it looks like any other transact. */
export async function lock(client: HypothecClient, parameters: LockParameters): Promise<TransactResult> {
  const { controller, amounts, nkIndex = freshNkIndex(), ...common } = parameters;
  assertSomething(amounts);
  return transact(client, { ...common, outputs: [{ amounts, domain: client.domain, controller, nkIndex }] });
}

function assertSomething(amounts: AmountsInput): void {
  if (isZeroAmounts(toAmounts(amounts))) {
    throw new HypothecError("All amounts are 0", {
      code: "amount.zero",
      whatToDo: "Give more than 0 in at least one slot.",
    });
  }
}
