import type { Deployment } from "@hypothec/sdk";
import {
  encodeAbiParameters,
  encodeFunctionData,
  keccak256,
  parseAbiParameters,
  toHex,
  type Address,
  type Hex,
} from "viem";
import { engineAbi, vaultAbi } from "../chain/abis.ts";
import type { submittedCalls } from "../config/roles.ts";
import type { Submission } from "./wire.ts";

export type CallName = (typeof submittedCalls)[number];

/** What a fee is paid in: shared units of a slot of the vault, or units of a market's debt token. */
export type FeeAsset = { slot: number } | { market: Hex };

/** How to see on chain that it was this call that happened, and not another one with the same notes. */
export type Trace =
  | { type: "transacted"; nullifiers: [Hex, Hex]; outCommitments: [Hex, Hex] }
  | { type: "accepted"; account: Hex; lockNullifier: Hex; ephemeralX: Hex; opens: boolean };

/** A submission as a call to send; it is a message's payload. */
export type SubmittedCall = {
  /** Names the call: keccak256 of chain id, contract and calldata. */
  id: Hex;
  call: CallName;
  chain: string;
  /** Whom proof or signature names as the one who sends and is paid, lower case. */
  submitter: Address;
  to: Address;
  data: Hex;
  /** What happens once: note nullifiers; an account's opening; a lock of an account in one proof. Two calls with one of them cannot both succeed. */
  claims: string[];
  fee: bigint;
  feeAsset: FeeAsset;
  /** Seconds. After it the contract refuses. */
  deadline: number;
  trace: Trace;
};

const word = (value: bigint): Hex => toHex(value, { size: 32 });

/**
 * The call of a submission.
 *
 * @param market the one of a refreshed account, which only the chain knows; not asked for otherwise.
 */
export function callOf(
  submission: Submission,
  { deployment, market }: { deployment: Deployment; market?: Hex | undefined },
): SubmittedCall {
  const { vaultChain, marginChain } = deployment;
  const on = (chain: { name: string; chainId: number }, to: Address, data: Hex) => ({
    id: keccak256(
      encodeAbiParameters(parseAbiParameters("uint256, address, bytes"), [BigInt(chain.chainId), to, data]),
    ),
    chain: chain.name,
    to,
    data,
  });
  if (submission.call === "transact") {
    const { params, proof } = submission;
    const { relayer, feeSlot: slot, fee, deadline } = params;
    const nullifiers = params.nullifiers.map(word) as [Hex, Hex];
    return {
      ...on(
        vaultChain,
        vaultChain.vault,
        encodeFunctionData({ abi: vaultAbi, functionName: "transact", args: [params as never, proof as never] }),
      ),
      call: "transact",
      submitter: relayer,
      claims: nullifiers.map((nullifier) => `spend:${nullifier}`),
      fee,
      feeAsset: { slot },
      deadline,
      trace: { type: "transacted", nullifiers, outCommitments: params.outCommitments.map(word) as [Hex, Hex] },
    };
  }
  const { proof, signature } = submission;
  const opens = submission.call === "openFor";
  const account = opens ? accountIdOf(marginChain.engine, submission.opening) : submission.account;
  const lockNullifier = word(proof.lockNullifier);
  const data = opens
    ? encodeFunctionData({
        abi: engineAbi,
        functionName: "openFor",
        args: [submission.opening, proof as never, signature],
      })
    : encodeFunctionData({
        abi: engineAbi,
        functionName: "refreshFor",
        args: [submission.account, submission.fee, proof as never, signature],
      });
  return {
    ...on(marginChain, marginChain.engine, data),
    call: submission.call,
    submitter: submission.submitter,
    // A refresh is signed for the account's next nonce: only one of two that wait can be accepted.
    claims: opens ? [`open:${account}`, `lock:${lockNullifier}`] : [`refresh:${account}`],
    fee: opens ? submission.opening.fee : submission.fee,
    feeAsset: { market: opens ? submission.opening.market : (market as Hex) },
    deadline: proof.deadline,
    trace: { type: "accepted", account, lockNullifier, ephemeralX: word(proof.ephemeral.x), opens },
  };
}

/** MarginStorage._accountId: an account is named by who opens it, where, and a salt. */
function accountIdOf(
  engine: Address,
  { market, controller, salt }: { market: Hex; controller: Address; salt: Hex },
): Hex {
  return keccak256(
    encodeAbiParameters(parseAbiParameters("address, bytes32, address, bytes32"), [engine, market, controller, salt]),
  );
}
