import { createAttestor } from "../attestation/role.ts";
import { createStatusSender } from "../attestation/status.ts";
import { createBatcher } from "../batcher/role.ts";
import type { RoleKeys } from "../config/roleKeys.ts";
import type { Config, RoleName } from "../config/schema.ts";
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
import { createCouncilSeat, type CouncilSeat } from "../trustee/seat.ts";
import type { Planner, RoleContext } from "./context.ts";
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
  plan?(events: StoredEvent[]): NewMessage[];
  check?(): Promise<string[]>;
};

export function createRoles(context: RoleContext, config: Config, keys: RoleKeys): Roles {
  const { roles } = config;
  const batcher = roles.batcher && keys.batcher && createBatcher(context, roles.batcher, keys.batcher);
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
  const trustee = roles.trustee && keys.trustee && opener && createTrustee(context, opener, keys.trustee.account);
  const submitter = roles.submitter && keys.submitter && createSubmitter(context, roles.submitter, keys.submitter);
  const parts: [RoleName, Part | undefined][] = [
    ["batcher", batcher],
    ["attestor", roles.attestor && keys.attestor && createAttestor(context, roles.attestor, keys.attestor)],
    ["attestor", roles.attestor && keys.attestor && createStatusSender(context, roles.attestor, keys.attestor)],
    ["dvn", roles.dvn && keys.dvn && createDvn(context, roles.dvn, keys.dvn)],
    ["executor", roles.executor && keys.executor && createExecutor(context, keys.executor)],
    [
      "orderSender",
      roles.orderSender && keys.orderSender && createOrderSender(context, roles.orderSender, keys.orderSender),
    ],
    [
      "orderSender",
      roles.orderSender && keys.orderSender && createHeartbeat(context, roles.orderSender, keys.orderSender),
    ],
    ["keeper", roles.keeper && keys.keeper && createKeeper(context, roles.keeper, keys.keeper, keys.claimKeys)],
    ["trustee", trustee],
    ["submitter", submitter],
  ];
  const on = parts.flatMap(([role, part]) => (part === undefined ? [] : [{ ...part, role }]));
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
      ...(trustee && { settle: trustee.builder, margin: trustee.valuer }),
    },
    check: async () => (await Promise.all(on.map(async (part) => (await part.check?.()) ?? []))).flat(),
  };
}
