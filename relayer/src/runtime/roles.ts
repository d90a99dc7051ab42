import type { LocalAccount } from "viem";
import { createAttestor } from "../attestation/role.ts";
import { createStatusSender } from "../attestation/status.ts";
import { createBatcher } from "../batcher/role.ts";
import type { RoleKeys } from "../config/roleKeys.ts";
import type { Config, ProfitConfig, RoleName } from "../config/schema.ts";
import { assign, profitPolicyOf } from "../delivery/assign.ts";
import { createGuardian } from "../guardian/role.ts";
import { isRefreshRequest } from "../guardian/witness.ts";
import { createKeeper } from "../keeper/role.ts";
import { createDvn } from "../layerzero/dvn.ts";
import { createExecutor } from "../layerzero/executor.ts";
import { createHeartbeat } from "../layerzero/heartbeat.ts";
import { createOrderSender } from "../layerzero/orderSender.ts";
import type { CircuitName } from "../prover/proofs.ts";
import type { WitnessBuilder } from "../prover/worker.ts";
import type { StoredEvent } from "../store/events.ts";
import type { NewMessage } from "../store/messages.ts";
import type { SubmissionDesk } from "../submission/desk.ts";
import { createSubmitter } from "../submission/role.ts";
import { createFinalFacts } from "../trustee/finalFacts.ts";
import { createGroundsReader } from "../trustee/grounds.ts";
import { createKeyOpener } from "../trustee/keyOpener.ts";
import { createTrustee } from "../trustee/role.ts";
import { createWatchman } from "../watchman/role.ts";
import { createCouncilSeat, type CouncilSeat } from "../trustee/seat.ts";
import type { Planner, RoleContext } from "./context.ts";
import { RelayerError } from "./errors.ts";
import type { MessageKind } from "./kinds.ts";
import type { FinalPlan } from "./planFinal.ts";

/** All roles that are on, put together. */
export type Roles = {
  kinds: MessageKind[];
  planners: (Planner & { role: string })[];
  /** Messages that follow from final events, by role. */
  plans: FinalPlan[];
  /** The role that a kind of message belongs to. */
  roleOf: (kind: string) => string;
  builders: Partial<Record<CircuitName, WitnessBuilder>>;
  /** The seat of a council, if there is one: it answers the other members. */
  seat: CouncilSeat | undefined;
  /** Where users hand in transactions, if the submitter is on. */
  submissions: SubmissionDesk | undefined;
  /** Problems on chain that would make a role useless. */
  check: () => Promise<string[]>;
};

type Part = {
  kinds: MessageKind[];
  planners?: Planner[];
  plan?: (events: StoredEvent[]) => NewMessage[];
  check?: () => Promise<string[]>;
};

export function createRoles(context: RoleContext, config: Config, keys: RoleKeys): Roles {
  const { roles } = config;
  const batcher = roles.batcher && keys.batcher && createBatcher(context, roles.batcher, keys.batcher[0]);
  const seat =
    keys.trustee && "seat" in keys.trustee
      ? createCouncilSeat({
          context,
          keys: keys.trustee.seat,
          grounds: createGroundsReader(context, createFinalFacts(context)),
        })
      : undefined;
  const opener =
    seat?.opener ??
    (keys.trustee && "secrets" in keys.trustee ? createKeyOpener(context, keys.trustee.secrets) : undefined);
  const trustee = roles.trustee && keys.trustee && opener && createTrustee(context, opener, keys.trustee.accounts[0]);
  const submitter = roles.submitter && keys.submitter && createSubmitter(context, roles.submitter, keys.submitter);
  const guardian = roles.guardian && keys.guardian && createGuardian(context, roles.guardian, keys.guardian);
  const on: (Part & { role: RoleName })[] = [];
  /** Adds what a role does, sent by its keys and held to its profit. */
  const add = <Settings extends { profit?: ProfitConfig }, Keys>(
    role: RoleName,
    settings: Settings | undefined,
    own: Keys | undefined,
    signersOf: (own: Keys) => readonly LocalAccount[],
    make: (settings: Settings, own: Keys) => (Part | undefined)[],
  ) => {
    if (settings === undefined || own === undefined) return;
    const to = { signers: signersOf(own), profit: profitPolicyOf(settings.profit ?? "any") };
    for (const part of make(settings, own))
      if (part !== undefined) on.push({ ...part, role, kinds: part.kinds.map((kind) => assign(kind, to)) });
  };
  const all = (own: readonly LocalAccount[]) => own;
  add("batcher", roles.batcher, keys.batcher, all, () => [batcher]);
  add("attestor", roles.attestor, keys.attestor, all, (settings, own) => [
    createAttestor(context, settings, own[0]),
    createStatusSender(context, settings, own[0]),
  ]);
  add(
    "dvn",
    roles.dvn,
    keys.dvn,
    (own) => own.admin,
    (settings, own) => [createDvn(context, settings, own)],
  );
  add("executor", roles.executor, keys.executor, all, (_, own) => [createExecutor(context, own)]);
  add("orderSender", roles.orderSender, keys.orderSender, all, (settings, own) => [
    createOrderSender(context, settings, own[0]),
    createHeartbeat(context, settings, own[0]),
  ]);
  add(
    "keeper",
    roles.keeper,
    keys.keeper,
    (own) => [own],
    (settings, own) => [createKeeper(context, settings, own, keys.claimKeys)],
  );
  // Settlements and valuations are its duty as the market's operator: it has no profit to ask for.
  add<{ profit?: ProfitConfig }, NonNullable<RoleKeys["trustee"]>>(
    "trustee",
    roles.trustee && {},
    keys.trustee,
    (own) => own.accounts,
    () => [trustee],
  );
  // Both act for others' safety, whatever gas costs; each message names its key.
  if (roles.watchman && keys.watchman)
    on.push({ ...createWatchman(context, roles.watchman, keys.watchman), role: "watchman" });
  if (guardian) on.push({ ...guardian, role: "guardian" });
  // What users hand in names the account that has to send it, and is priced when it is taken.
  if (submitter) on.push({ ...submitter, role: "submitter" });
  const roleOfKind = new Map(on.flatMap(({ kinds, role }) => kinds.map(({ kind }) => [kind, role] as const)));
  return {
    kinds: on.flatMap((part) => part.kinds),
    planners: on.flatMap(({ planners = [], role }) => planners.map((planner) => ({ ...planner, role }))),
    plans: on.flatMap(({ plan, role }) => (plan === undefined ? [] : [{ role, plan }])),
    roleOf: (kind) => roleOfKind.get(kind) ?? "",
    seat,
    submissions: submitter?.desk,
    builders: {
      ...(batcher && { batch16: batcher.builder, batch64: batcher.builder }),
      ...(trustee && { settle: trustee.builder }),
      ...((trustee ?? guardian) && { margin: marginBuilder(trustee?.valuer, guardian?.builder) }),
    },
    check: async () => (await Promise.all(on.map(async (part) => (await part.check?.()) ?? []))).flat(),
  };
}

/** Margin proofs are a guardian's or a trustee's. */
const marginBuilder =
  (valuer: WitnessBuilder | undefined, refresher: WitnessBuilder | undefined): WitnessBuilder =>
  (request: never) => {
    const builder = isRefreshRequest(request) ? refresher : valuer;
    if (builder === undefined)
      throw new RelayerError("role_off", "The role that this proof is for is off: switch it on, or skip its message.");
    return builder(request);
  };
