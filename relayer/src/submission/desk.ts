import { BaseError, type Address, type Hex, type LocalAccount } from "viem";
import { engineAbi } from "../chain/abis.ts";
import type { Config } from "../config/schema.ts";
import type { RoleContext } from "../runtime/context.ts";
import { RelayerError } from "../runtime/errors.ts";
import { findMessage, insertMessages, openStates, type Message } from "../store/messages.ts";
import { callOf, type SubmittedCall } from "./calls.ts";
import { dollars, profitOf } from "./guard.ts";
import { submissionKind } from "./kind.ts";
import { WouldRevert, type SubmissionMarket } from "./market.ts";
import { inTurn, quotesOf, type Quote } from "./quotes.ts";
import { Refusal } from "../runtime/refusal.ts";
import type { Submission } from "./wire.ts";

/** Where users hand in what the operator sends for them. */
export type SubmissionDesk = {
  /** Whether those without a key may. */
  public: boolean;
  /** Submissions per client address and minute. */
  perMinute: number;
  /** Makes a durable message of it; the same call again is the same message. @throws Refusal */
  accept: (submission: Submission) => Promise<Message<SubmittedCall>>;
  /** By the id that `accept` gave. */
  find: (id: Hex) => Promise<Message<SubmittedCall> | undefined>;
  /** What to bind for each call, and whom to. @throws RelayerError `price_missing` */
  quotes: () => Promise<{ submitter: Address; quotes: Quote[] }>;
};

export function createSubmissionDesk(
  context: RoleContext,
  config: NonNullable<Config["roles"]["submitter"]>,
  accounts: LocalAccount[],
  market: SubmissionMarket,
): SubmissionDesk {
  const { database, deployment, clock, margin, marginChain } = context;
  const logger = context.logger.child({ part: "submissions" });
  const addresses = accounts.map(({ address }) => address);
  const nextAddress = inTurn(addresses);
  const keyOf = (id: Hex) => `${submissionKind}:${id}`;
  const find = async (id: Hex) => (await findMessage(database, keyOf(id))) as Message<SubmittedCall> | undefined;

  async function read(submission: Submission): Promise<SubmittedCall> {
    if (!config.calls.includes(submission.call))
      throw new Refusal(
        "forbidden",
        "call_not_offered",
        `This relayer does not send ${submission.call}.`,
        `It sends ${config.calls.join(", ")}.`,
      );
    if (submission.call !== "refreshFor") return callOf(submission, { deployment });
    const account = await margin.client.readContract({
      address: marginChain.engine,
      abi: engineAbi,
      functionName: "account",
      args: [submission.account],
    });
    return callOf(submission, { deployment, market: account.market });
  }

  /** @throws Refusal `wrong_submitter`, `call_reverts`, `fee_too_low`, `market_unknown`, `price_missing` */
  async function judge(call: SubmittedCall): Promise<void> {
    if (!addresses.some((address) => address.toLowerCase() === call.submitter))
      throw new Refusal(
        "invalid",
        "wrong_submitter",
        `The proof binds its fee to ${call.submitter}, which is not this relayer's.`,
        `Make the proof for one of ${addresses.join(", ")} (GET /v1/fees).`,
      );
    const value = await market.valueOf(call);
    const gas = await market.estimate(call, value);
    const { enough, costUsd, leastUsd, worthUsd, leastFee } = await profitOf(
      call,
      { gas, value },
      market,
      BigInt(config.minMarginBps),
    );
    if (enough) return;
    const unit = "slot" in call.feeAsset ? `shared units of slot ${call.feeAsset.slot}` : "units of the debt token";
    throw new Refusal(
      "invalid",
      "fee_too_low",
      `The fee of ${call.fee} is worth ${dollars(worthUsd)}; gas and the call itself cost ${dollars(costUsd)}, and this relayer takes ${dollars(leastUsd)}.`,
      leastFee === undefined
        ? "Its asset has no price now: bind the fee in another one (GET /v1/fees)."
        : `Bind at least ${leastFee} ${unit} (GET /v1/fees).`,
    );
  }

  async function guardedJudge(call: SubmittedCall): Promise<void> {
    try {
      await judge(call);
    } catch (error) {
      if (error instanceof WouldRevert) throw reverts(error);
      if (error instanceof RelayerError && error.code === "market_unknown")
        throw new Refusal("invalid", error.code, error.message, "See the markets in GET /v1/fees.");
      if (error instanceof RelayerError && error.code === "price_missing")
        throw new Refusal("busy", error.code, error.message, "Try again when prices are there.");
      if (error instanceof BaseError) {
        logger.warn({ error, call: call.call, chain: call.chain }, "cannot check a submission");
        throw new Refusal(
          "busy",
          "not_checked",
          "This relayer cannot check the call now: its node does not answer, or its account is empty.",
          "Try again later, or at another relayer.",
        );
      }
      throw error;
    }
  }

  async function requireRoom(): Promise<void> {
    const [row] = await database.query<{ count: number }>(
      "select count(*)::integer as count from messages where kind = $1 and state = any($2)",
      [submissionKind, openStates],
    );
    if ((row?.count ?? 0) < config.maxPending) return;
    throw new Refusal(
      "busy",
      "too_many_pending",
      `${config.maxPending} submissions are waiting already.`,
      "Try again later, or at another relayer.",
    );
  }

  return {
    public: config.public,
    perMinute: config.perMinute,
    find,
    quotes: async () => ({ submitter: nextAddress(), quotes: await quotesOf(deployment, config, market) }),
    async accept(submission) {
      const call = await read(submission);
      const known = await find(call.id);
      if (known !== undefined && known.state !== "void") return known;
      await requireRoom();
      await guardedJudge(call);
      const added = await database.transaction(async (sql) => {
        const [rival] = await sql.query<{ key: string }>(
          "select key from messages where kind = $1 and payload -> 'claims' ?| $2 and state = any($3) and key <> $4 limit 1",
          [submissionKind, call.claims, openStates, keyOf(call.id)],
        );
        if (rival !== undefined)
          throw new Refusal(
            "conflict",
            "claimed",
            "Another submission that is under way spends the same note, or is for the same account.",
            "Wait until it is over (GET /v1/transactions/{id}), or spend other notes.",
          );
        return insertMessages(sql, [{ kind: submissionKind, key: keyOf(call.id), payload: call }], clock.now());
      });
      if (added > 0) logger.info({ message: keyOf(call.id), call: call.call, chain: call.chain }, "accepted");
      return (await find(call.id)) as Message<SubmittedCall>;
    },
  };
}

function reverts({ revert }: WouldRevert): Refusal {
  const args = Object.fromEntries(Object.entries(revert.args).map(([name, value]) => [name, String(value)]));
  return new Refusal(
    "invalid",
    "call_reverts",
    `The contract would refuse it: ${revert.code}: ${revert.shortMessage}`,
    revert.whatToDo ?? "Sync, and make a new proof.",
    { name: revert.code, args },
  );
}
