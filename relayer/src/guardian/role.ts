import { encodeFunctionData, type Hex, type LocalAccount } from "viem";
import { engineAbi, priceBoardAbi } from "../chain/abis.ts";
import type { Config } from "../config/schema.ts";
import { revertData } from "../delivery/reverts.ts";
import type { WitnessBuilder } from "../prover/worker.ts";
import type { Planner, RoleContext } from "../runtime/context.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { Action, MessageKind } from "../runtime/kinds.ts";
import type { Message, NewMessage } from "../store/messages.ts";
import { createOpeningBook, type GuardedAccount } from "./openings.ts";
import { needOf, wantedOf } from "./plan.ts";
import { createGuardianReads } from "./reads.ts";
import { chooseTerms, type Choice } from "./terms.ts";
import { createRefreshBuilder, type RefreshRequest, type RefreshResult } from "./witness.ts";

export type RefreshPayload = {
  account: Hex;
  /** The account's when it was planned: any later proof has a higher one. */ nonce: bigint;
};

/** A proof that is worth less than this many seconds more is made anew. */
const SPARE_SECONDS = 60;

/**
 * Looks after clients' accounts: proves their locks anew before anybody can flag them. It holds their openings and is their operator, so it can only add to what
 * they guarantee (ACC-5); it has no key that spends or borrows.
 */
export function createGuardian(
  context: RoleContext,
  config: NonNullable<Config["roles"]["guardian"]>,
  { account: operator, clients }: { account: LocalAccount; clients: GuardedAccount[] },
): { kinds: MessageKind[]; planners: Planner[]; builder: WitnessBuilder; check(): Promise<string[]> } {
  const { margin, marginChain, logger } = context;
  const book = createOpeningBook(clients);
  const reads = createGuardianReads(context);
  const now = () => margin.head().timestamp;

  /** How an account stands; undefined when it is not there, or has nothing to prove. */
  async function stateOf(id: Hex) {
    const held = await reads.account(id);
    const market = context.markets.get(held.market);
    const own = held.locks.filter((_, index) => held.domains[index] === reads.domain);
    if (market === undefined || own.length === 0) return undefined;
    const [cover, { maxProofAgeSeconds }, locks] = await Promise.all([
      reads.cover(id, market.pool),
      reads.config(held.market),
      Promise.all(
        own.map(async (lockNullifier) => {
          const [lock, revoked] = await Promise.all([reads.lock(lockNullifier), reads.isRevoked(id, lockNullifier)]);
          return { lockNullifier, expiry: lock.expiry, revoked };
        }),
      ),
    ]);
    // Where proofs live shorter than that, half of their life: else each would be renewed at once.
    const renewBeforeSeconds = Math.min(config.renewBeforeSeconds, Math.floor(maxProofAgeSeconds / 2));
    const need = needOf(
      {
        ...cover,
        expiry: Math.min(...locks.map(({ expiry }) => expiry)),
        revoked: locks.some(({ revoked }) => revoked),
        now: now(),
      },
      { refreshBelowBps: config.refreshBelowBps, renewBeforeSeconds },
    );
    return {
      held,
      market: held.market,
      locks,
      need,
      renewBeforeSeconds,
      lacking: wantedOf(cover.requirement, config) - cover.coverage,
    };
  }
  type State = NonNullable<Awaited<ReturnType<typeof stateOf>>>;

  /** The lock to prove: one whose proof lapses first, else the one that gains most. */
  async function choose(id: Hex, state: State): Promise<Choice> {
    const lapsing = state.locks.filter(({ expiry, revoked }) => revoked || expiry - now() <= state.renewBeforeSeconds);
    let best: (Choice & { type: "terms" }) | undefined;
    const whys: string[] = [];
    for (const { lockNullifier } of state.need === "low" ? state.locks : lapsing) {
      const opening = book.find(id, lockNullifier);
      if (opening === undefined) {
        whys.push(`its opening is not among roles.guardian.accounts (lock ${lockNullifier})`);
        continue;
      }
      const choice = await chooseTerms(reads, {
        market: state.market,
        opening,
        lockNullifier,
        lacking: state.lacking > 0n ? state.lacking : 0n,
        lapses: state.need !== "low",
        preferredFloorBps: config.floorBps,
        now: now(),
      });
      if (choice.type === "snapshot") return choice;
      if (choice.type === "nothing") whys.push(choice.why);
      else if (best === undefined || choice.guarantee - choice.before > best.guarantee - best.before) best = choice;
    }
    return best ?? { type: "nothing", why: whys.join("; ") };
  }

  const notApproved = (id: Hex) =>
    `${operator.address} is no operator of account ${id}: its controller has to call approveOperator`;
  const wait = (reason: string): Action => ({ type: "wait", reason, delayMs: config.retrySeconds * 1_000 });

  async function plan({ key, payload }: Message<RefreshPayload>, made?: { proofKey: string }): Promise<Action> {
    const { account, nonce } = payload;
    const state = await stateOf(account);
    if (state?.need === undefined) return { type: "void", reason: "nothing is due any more" };
    if (state.held.nonce !== nonce) return wait("the account's last change to be seen");
    if (!(await reads.isOperator(account, operator.address))) return wait(notApproved(account));
    const { sourceTime } = await reads.latestRoot();
    const { revokedAt } = await reads.source(state.market, (await reads.lock(state.locks[0]!.lockNullifier)).sourceId);
    if (sourceTime <= revokedAt) return wait("a root that was attested after the last was revoked");
    const choice = await choose(account, state);
    if (choice.type === "nothing") {
      const what = `account ${account} of a client is ${state.need}, and its guardian can do nothing: ${choice.why}. Its owner must repay, add a lock, or prove by itself.`;
      logger.error({ account, need: state.need }, what);
      return wait(what);
    }
    if (choice.type === "snapshot") return snapshot(account, choice.after);
    const { terms } = choice;
    const request: RefreshRequest = { guardian: true, account, nonce, terms };
    const { lockNullifier, snapshot: at, floorBps, profile } = terms;
    const proofKey = `${key}:${lockNullifier}:${at}:${floorBps}:${profile}`;
    if (made?.proofKey === proofKey)
      throw new RelayerError(
        "refresh_refused",
        `The engine refuses the proof ${proofKey}, and no other is to be made at these prices. It is tried again.`,
      );
    return { type: "prove", request: { key: proofKey, circuit: "margin", request } };
  }

  const snapshot = (account: Hex, after: number): Action => ({
    type: "send",
    intermediate: true,
    request: {
      effects: [`snapshot:${marginChain.setId}:${after}`],
      chain: margin.name,
      account: operator,
      to: marginChain.priceBoard,
      data: encodeFunctionData({ abi: priceBoardAbi, functionName: "takeSnapshot", args: [marginChain.setId] }),
      description: `take a snapshot to prove account ${account} at`,
    },
  });

  const refresh: MessageKind<RefreshPayload> = {
    kind: "refresh",
    raced: false,
    chain: () => margin.name,
    async done({ account, nonce }, at) {
      const { nonce: then } = await margin.client.readContract({
        address: marginChain.engine,
        abi: engineAbi,
        functionName: "account",
        args: [account],
        ...at,
      });
      return then > nonce;
    },
    async prepare(message, proof) {
      if (proof === undefined) return plan(message);
      const { account } = message.payload;
      const { call, proof: zk } = proof.result as RefreshResult;
      const data = encodeFunctionData({ abi: engineAbi, functionName: "refresh", args: [account, { ...call, zk }] });
      if (call.deadline < now() + SPARE_SECONDS) return plan(message);
      try {
        await margin.client.call({ account: operator.address, to: marginChain.engine, data });
      } catch (error) {
        // Prices went on while it was made: another one may be taken.
        if (revertData(error) !== undefined) return plan(message, { proofKey: proof.key });
        throw error;
      }
      return {
        type: "send",
        request: {
          effects: [message.key],
          chain: margin.name,
          account: operator,
          to: marginChain.engine,
          data,
          description: `prove lock ${call.lockNullifier} of account ${account} anew`,
        },
      };
    },
  };

  const planner: Planner = {
    chain: margin.name,
    async plan() {
      const states = await Promise.all(
        book.accounts
          .filter((id) => context.accounts().accounts.has(id))
          .map(async (id) => ({ id, state: await stateOf(id) })),
      );
      return states.flatMap(({ id, state }): NewMessage[] => {
        if (state?.need === undefined) return [];
        const payload: RefreshPayload = { account: id, nonce: state.held.nonce };
        return [{ kind: "refresh", key: `refresh:${id}:${payload.nonce}`, payload }];
      });
    },
  };

  return {
    kinds: [refresh] as MessageKind[],
    planners: [planner],
    builder: createRefreshBuilder(context, reads, { book, operator: operator.address }),
    /** What would be looked after in vain. An approval may come or go while it runs: it is no reason not to start. */
    async check() {
      const problems: string[] = [];
      for (const { account, openings } of clients) {
        if (!(await reads.isOperator(account, operator.address))) logger.error({ account }, notApproved(account));
        if (openings.some(({ domain }) => domain !== reads.domain))
          problems.push(`an opening of account ${account} (roles.guardian.accounts) is a lock of another deployment`);
      }
      return problems;
    },
  };
}
