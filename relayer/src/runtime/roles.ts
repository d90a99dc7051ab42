import type { LocalAccount } from "viem";
import { createAttestor } from "../attestation/role.ts";
import { createStatusSender } from "../attestation/status.ts";
import { createBatcher } from "../batcher/role.ts";
import type { RoleKeys } from "../config/roleKeys.ts";
import type { Config, ProfitConfig } from "../config/schema.ts";
import { assign, profitPolicyOf } from "../delivery/assign.ts";
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
import { createCouncilSeat, type CouncilSeat } from "../trustee/seat.ts";
import type { Planner, RoleContext } from "./context.ts";
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
  const parts: (Part | undefined)[] = [];
  /** Adds what a role does, sent by its keys and held to its profit. */
  const add = <Role extends { profit?: ProfitConfig }, Keys>(
    role: Role | undefined,
    own: Keys | undefined,
    signersOf: (own: Keys) => readonly LocalAccount[],
    make: (role: Role, own: Keys) => (Part | undefined)[],
  ) => {
    if (role === undefined || own === undefined) return;
    const to = { signers: signersOf(own), profit: profitPolicyOf(role.profit ?? "any") };
    for (const part of make(role, own))
      parts.push(part && { ...part, kinds: part.kinds.map((kind) => assign(kind, to)) });
  };
  const all = (own: readonly LocalAccount[]) => own;
  add(roles.batcher, keys.batcher, all, () => [batcher]);
  add(roles.attestor, keys.attestor, all, (role, own) => [
    createAttestor(context, role, own[0]),
    createStatusSender(context, role, own[0]),
  ]);
  add(
    roles.dvn,
    keys.dvn,
    (own) => own.admin,
    (role, own) => [createDvn(context, role, own)],
  );
  add(roles.executor, keys.executor, all, (_, own) => [createExecutor(context, own)]);
  add(roles.orderSender, keys.orderSender, all, (role, own) => [
    createOrderSender(context, role, own[0]),
    createHeartbeat(context, role, own[0]),
  ]);
  add(
    roles.keeper,
    keys.keeper,
    (own) => [own],
    (role, own) => [createKeeper(context, role, own, keys.claimKeys)],
  );
  // Settlements and valuations are its duty as the market's operator: it has no profit to ask for.
  add<{ profit?: ProfitConfig }, NonNullable<RoleKeys["trustee"]>>(
    roles.trustee && {},
    keys.trustee,
    (own) => own.accounts,
    () => [trustee],
  );
  const on = parts.filter((part) => part !== undefined);
  return {
    kinds: on.flatMap((part) => part.kinds),
    planners: on.flatMap((part) => part.planners ?? []),
    plan: (events) => on.flatMap((part) => part.plan?.(events) ?? []),
    seat,
    builders: {
      ...(batcher && { batch16: batcher.builder, batch64: batcher.builder }),
      ...(trustee && { settle: trustee.builder, margin: trustee.valuer }),
    },
    check: async () => (await Promise.all(on.map(async (part) => (await part.check?.()) ?? []))).flat(),
  };
}
