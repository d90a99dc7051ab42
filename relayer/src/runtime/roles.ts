import { createAttestor } from "../attestation/role.ts";
import { createStatusSender } from "../attestation/status.ts";
import { createBatcher } from "../batcher/role.ts";
import type { RoleKeys } from "../config/roleKeys.ts";
import type { Config } from "../config/schema.ts";
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
import { createFinalFacts } from "../trustee/finalFacts.ts";
import { createGroundsReader } from "../trustee/grounds.ts";
import { createKeyOpener } from "../trustee/keyOpener.ts";
import { createTrustee } from "../trustee/role.ts";
import { createWatchman } from "../watchman/role.ts";
import { createCouncilSeat, type CouncilSeat } from "../trustee/seat.ts";
import type { Planner, RoleContext } from "./context.ts";
import { RelayerError } from "./errors.ts";
import type { MessageKind } from "./kinds.ts";

/** All roles that are on, put together. */
export type Roles = {
  kinds: MessageKind[];
  planners: Planner[];
  /** Messages that follow from final events. */
  plan: (events: StoredEvent[]) => NewMessage[];
  builders: Partial<Record<CircuitName, WitnessBuilder>>;
  /** The seat of a council, if there is one: it answers the other members. */
  seat: CouncilSeat | undefined;
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
  const guardian = roles.guardian && keys.guardian && createGuardian(context, roles.guardian, keys.guardian);
  const parts: (Part | undefined)[] = [
    batcher,
    roles.attestor && keys.attestor && createAttestor(context, roles.attestor, keys.attestor),
    roles.attestor && keys.attestor && createStatusSender(context, roles.attestor, keys.attestor),
    roles.dvn && keys.dvn && createDvn(context, roles.dvn, keys.dvn),
    roles.executor && keys.executor && createExecutor(context, keys.executor),
    roles.orderSender && keys.orderSender && createOrderSender(context, roles.orderSender, keys.orderSender),
    roles.orderSender && keys.orderSender && createHeartbeat(context, roles.orderSender, keys.orderSender),
    roles.keeper && keys.keeper && createKeeper(context, roles.keeper, keys.keeper, keys.claimKeys),
    trustee,
    roles.watchman && keys.watchman && createWatchman(context, roles.watchman, keys.watchman),
    guardian,
  ];
  const on = parts.filter((part) => part !== undefined);
  return {
    kinds: on.flatMap((part) => part.kinds),
    planners: on.flatMap((part) => part.planners ?? []),
    plan: (events) => on.flatMap((part) => part.plan?.(events) ?? []),
    seat,
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
