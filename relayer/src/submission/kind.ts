import type { LocalAccount } from "viem";
import type { Config } from "../config/schema.ts";
import { SimulationError } from "../delivery/reverts.ts";
import type { RoleContext } from "../runtime/context.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { Action, MessageKind } from "../runtime/kinds.ts";
import { transactionOfEffects } from "../store/transactions.ts";
import type { SubmittedCall } from "./calls.ts";
import { dollars, profitOf } from "./guard.ts";
import { WouldRevert, type SubmissionMarket } from "./market.ts";
import { outcomeOf } from "./traces.ts";

export const submissionKind = "submission";

/** Refusals that no waiting changes: whatever happens on chain, the same call fails again. */
const forever = new Set([
  "AlreadySpent",
  "SameNullifier",
  "DeadlinePassed",
  "BadMemoLength",
  "BadRecipient",
  "BadRelayerFee",
  "BadSignature",
  "AccountExists",
  "LockUsed",
  "LockNotInAccount",
  "InvalidProof",
  "UnknownMarket",
  "UnknownAccount",
  "WrongAttestationFee",
  "BadExpiry",
  "SnapshotTooOld",
  "RootTooOld",
  "RootRevoked",
]);

/** Blocks. Further back a refusal says nothing about now: what the call needs may come later. */
const mostBehind = 20;

/** What a claim of a submission is called among the effects of transactions. */
const effectOf = (claim: string): string => `submission:${claim}`;

/** Sends a user's call once its fee pays for it, and follows it until it is final. */
export function createSubmissionSender(
  context: RoleContext,
  config: NonNullable<Config["roles"]["submitter"]>,
  accounts: LocalAccount[],
  market: SubmissionMarket,
): MessageKind<SubmittedCall> {
  const { database, deployment } = context;
  const minMarginBps = BigInt(config.minMarginBps);
  const outcome = (call: SubmittedCall, upTo?: bigint) => outcomeOf(database, call.trace, deployment, upTo);

  return {
    kind: submissionKind,
    raced: false, // the fee is bound to this operator
    chain: ({ chain }) => chain,
    done: async (call, at) =>
      (await outcome(call, "blockNumber" in at ? at.blockNumber : undefined))?.type === "happened",
    async overtaken(call) {
      const found = await outcome(call);
      return found?.type === "overtaken" ? found.reason : undefined;
    },
    async prepare({ payload: call }): Promise<Action> {
      const chain = market.chainOf(call.chain);
      const account = accounts.find(({ address }) => address.toLowerCase() === call.submitter);
      if (account === undefined)
        throw new RelayerError(
          "submitter_unknown",
          `The fee of this submission is bound to ${call.submitter}, whose key is not among roles.submitter.keys any more. Add it again, or skip the message.`,
        );
      const value = await market.valueOf(call);
      const send: Action = {
        type: "send",
        request: {
          effects: call.claims.map(effectOf),
          chain: call.chain,
          account,
          to: call.to,
          data: call.data,
          value,
          description: `${call.call} ${call.id} for its user`,
        },
      };
      // In flight already (a crash between sending and noting it): what it did must not be taken for somebody else's doing.
      if ((await transactionOfEffects(database, call.claims.map(effectOf))) !== undefined) return send;
      const wakeOn = `block:${call.chain}`;
      const { number, timestamp } = chain.head();
      const behind = Number(await chain.client.getBlockNumber()) - number;
      if (behind > mostBehind)
        return { type: "wait", reason: `the store, ${behind} blocks behind ${call.chain}`, wakeOn };
      if (timestamp > call.deadline)
        return { type: "void", reason: `its deadline ${new Date(call.deadline * 1_000).toISOString()} has passed` };
      let gas: bigint;
      try {
        // In the state that the stored events describe: what they do not show has not happened in it.
        gas = await market.estimate(call, value, BigInt(number));
      } catch (error) {
        if (!(error instanceof WouldRevert)) throw error;
        const { code, shortMessage } = error.revert;
        if (forever.has(code) && (await outcome(call)) === undefined)
          return { type: "void", reason: `the contract refuses it for good: ${code}: ${shortMessage}` };
        throw new SimulationError(send.request.description, undefined, `${code}: ${shortMessage}`);
      }
      const { enough, leastUsd, worthUsd } = await profitOf(call, { gas, value }, market, minMarginBps);
      if (enough) return send;
      const reason = `a lower gas price: its fee is worth ${dollars(worthUsd)}, it takes ${dollars(leastUsd)} now`;
      return { type: "wait", reason, wakeOn };
    },
  };
}
