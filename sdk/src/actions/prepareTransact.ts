import { hexToBigInt, isAddress, zeroAddress, type Address, type Hex } from "viem";

import { reading } from "../client/write.ts";
import type { HypothecClient } from "../client/client.ts";
import type { VaultState } from "../client/vaultState.ts";
import { randomBytes, randomFieldElement } from "../crypto/field.ts";
import { HypothecError } from "../errors/base.ts";
import { parseAddress } from "../keys/address.ts";
import type { Keys } from "../keys/derive.ts";
import {
  addAmounts,
  isZeroAmounts,
  subtractAmounts,
  toAmounts,
  ZERO_AMOUNTS,
  type Amounts,
  type AmountsInput,
} from "../notes/amounts.ts";
import { encryptMemo } from "../notes/memo.ts";
import { isLock, precommitmentOf, type Note } from "../notes/note.ts";
import { scanNotes } from "../notes/scan.ts";
import { selectNotes } from "../notes/select.ts";
import { transactExt } from "../proofs/ext.ts";
import { transactWitness, type TransactWitness } from "../proofs/transact.ts";

/** A note that a transact makes. */
export interface OutputRequest {
  /** `hyp1…`. @default the owner of the keys */
  readonly to?: string | undefined;
  readonly amounts: AmountsInput;
  /** For a lock: the engine's domain, and the address on the margin chain that may use it. */
  readonly domain?: bigint | undefined;
  readonly controller?: Address | undefined;
  /** Nullifying key of an own note. @default 0 */
  readonly nkIndex?: number | undefined;
}

export interface PrepareTransactParameters {
  readonly keys: Keys;
  readonly state: VaultState;
  /** At most two free notes. @default the fewest that suffice */
  readonly inputs?: readonly Note[] | undefined;
  /** At most two, one if there is change. @default none: everything that is not withdrawn is change */
  readonly outputs?: readonly OutputRequest[] | undefined;
  /** Shared units to pay out to `recipient`, the relayer's fee included. */
  readonly withdraw?: AmountsInput | undefined;
  readonly recipient?: Address | undefined;
  /** Who is paid `fee` (shared units of `feeSlot`) out of the withdrawal for submitting. */
  readonly relayer?: Address | undefined;
  readonly feeSlot?: number | undefined;
  readonly fee?: bigint | undefined;
  /** Seconds since 1970. @default an hour after the latest block */
  readonly deadline?: number | undefined;
}

/** Solidity's TransactParams. */
export interface TransactCall {
  readonly root: bigint;
  readonly nullifiers: readonly [bigint, bigint];
  readonly outCommitments: readonly [bigint, bigint];
  readonly withdrawLo: bigint;
  readonly withdrawHi: bigint;
  readonly recipient: Address;
  readonly relayer: Address;
  readonly feeSlot: number;
  readonly fee: bigint;
  readonly deadline: number;
  readonly memo0: Hex;
  readonly memo1: Hex;
}

/** A signed transact that only has to be proven and sent: by its owner or by a relayer, neither can change it. */
export interface PreparedTransact {
  readonly witness: TransactWitness;
  readonly call: TransactCall;
  readonly inputs: readonly Note[];
}

const HOUR = 3600;

/**
 * Choose notes, add change, encrypt memos, sign: everything of a transact but the proof. Inputs and outputs come in random
 * order, so that a position tells nothing.
 *
 * @throws HypothecError `amount.*`, `notes.mergeFirst` (its `args.merges` says which notes), `notes.*`, `address.*`, `proof.*`.
 */
export async function prepareTransact(
  client: HypothecClient,
  parameters: PrepareTransactParameters,
): Promise<PreparedTransact> {
  const { keys, state } = parameters;
  const withdraw = toAmounts(parameters.withdraw ?? {});
  const requests = [...(parameters.outputs ?? [])];
  const inputs = shuffled(chooseInputs(parameters, withdraw, requests));
  inputs.forEach(assertSpendable);
  const outputs = shuffled(withChange(inputs, requests, withdraw)).map((request) => makeOutput(keys, request));

  const { chainId, vault } = client.deployment.vaultChain;
  const pays = !isZeroAmounts(withdraw);
  const deadline = parameters.deadline ?? (await chainTime(client)) + HOUR;
  const bound = {
    recipient: recipientOf(parameters.recipient, pays),
    relayer: checkedAddress(parameters.relayer ?? zeroAddress),
    feeSlot: parameters.feeSlot ?? 0,
    fee: parameters.fee ?? 0n,
    deadline,
    memo0: outputs[0]!.memo,
    memo1: outputs[1]!.memo,
  };
  const root = state.tree.root;
  const witness = await transactWitness({
    root,
    inputs: inputs.map((note) => ({
      amounts: note.amounts,
      blinding: note.blinding,
      nk: keys.nk(note.nkIndex),
      path: state.tree.path(note.leafIndex),
    })),
    outputs: [outputs[0]!, outputs[1]!],
    withdraw,
    ext: transactExt({ chainId, vault, ...bound }),
    spendingKey: keys.spending,
  });
  const { nullifiers, outCommitments, withdrawLo, withdrawHi } = witness;
  return { witness, inputs, call: { root, nullifiers, outCommitments, withdrawLo, withdrawHi, ...bound } };
}

function chooseInputs(
  { keys, state, inputs }: PrepareTransactParameters,
  withdraw: Amounts,
  requests: readonly OutputRequest[],
): Note[] {
  if (inputs !== undefined) return [...inputs];
  const amounts = requests.map((request) => toAmounts(request.amounts)).reduce(addAmounts, withdraw);
  const selection = selectNotes({ notes: scanNotes(keys, state), amounts });
  if (selection.merges.length > 0) {
    throw new HypothecError("More than two notes are needed, and a transact spends at most two", {
      code: "notes.mergeFirst",
      args: { merges: selection.merges },
      whatToDo: "Merge the pairs in args.merges, wait for the next batch, and try again.",
    });
  }
  return [...selection.inputs];
}

function assertSpendable(note: Note): void {
  if (isLock(note)) {
    throw new HypothecError(`Note ${note.leafIndex} is a lock and cannot be spent`, {
      code: "notes.locked",
      whatToDo: "Release it on the margin chain first; its settlement makes it a free note again.",
    });
  }
  if (note.status === "available") return;
  const queued = note.status === "queued";
  throw new HypothecError(`Note ${note.leafIndex} is ${note.status}`, {
    code: queued ? "notes.queued" : "notes.spent",
    whatToDo: queued ? "Wait until its batch is appended, then sync." : "Sync, and use another note.",
  });
}

/** Always two outputs: what was asked for, change if something is left, empty ones to oneself. */
function withChange(inputs: readonly Note[], requests: readonly OutputRequest[], withdraw: Amounts): OutputRequest[] {
  const available = inputs
    .map((note) => note.amounts)
    .reduce((a, b) => a.map((amount, i) => amount + b[i]!), ZERO_AMOUNTS);
  const needed = requests.map((request) => toAmounts(request.amounts)).reduce(addAmounts, withdraw);
  const change = subtractAmounts(available, needed);
  const outputs = [...requests];
  if (!isZeroAmounts(change)) outputs.push({ amounts: change });
  while (outputs.length < 2) outputs.push({ amounts: ZERO_AMOUNTS });
  if (outputs.length > 2) {
    throw new HypothecError(`A transact makes two notes, and ${outputs.length} would be needed (change included)`, {
      code: "notes.outputs",
      whatToDo: "Do it in two transacts, or choose inputs that leave no change.",
    });
  }
  return outputs;
}

function makeOutput(keys: Keys, request: OutputRequest) {
  const { to, domain = 0n, nkIndex = 0 } = request;
  if (to !== undefined && nkIndex !== 0) {
    throw new HypothecError("Another owner's nullifying keys cannot be chosen", {
      code: "notes.nkIndex",
      whatToDo: "Give either `to` or `nkIndex`.",
    });
  }
  const recipient = to === undefined ? { owner: keys.owner(nkIndex), viewKey: keys.view.publicKey } : parseAddress(to);
  const amounts = toAmounts(request.amounts);
  const controller = request.controller === undefined ? 0n : hexToBigInt(checkedAddress(request.controller));
  const blinding = randomFieldElement();
  return {
    pre: precommitmentOf(recipient.owner, blinding),
    amounts,
    domain,
    controller,
    memo: encryptMemo(recipient.viewKey, { amounts, blinding, domain, controller, nkIndex }),
  };
}

function recipientOf(recipient: Address | undefined, pays: boolean): Address {
  if (recipient === undefined) {
    if (!pays) return zeroAddress;
    throw new HypothecError("A withdrawal needs a recipient", {
      code: "withdraw.recipient",
      whatToDo: "Name an address on the vault chain; a fresh one links nothing.",
    });
  }
  return checkedAddress(recipient);
}

/** A lock under a mistyped controller would be nobody's, so nothing is taken on trust here. */
function checkedAddress(address: Address): Address {
  if (isAddress(address)) return address;
  throw new HypothecError(`${address as string} is no Ethereum address, or its checksum is wrong`, {
    code: "address.ethereum",
    args: { address },
    whatToDo: "Copy it again, whole.",
  });
}

/** Time of the vault chain's latest block, seconds. */
function chainTime(client: HypothecClient): Promise<number> {
  return reading(client, "vault", "reading the time", async () =>
    Number((await client.vault.public.getBlock()).timestamp),
  );
}

/** Two elements at most: one random bit decides. */
function shuffled<T>(items: readonly T[]): T[] {
  return (randomBytes(1)[0]! & 1) === 0 ? [...items] : [...items].reverse();
}
