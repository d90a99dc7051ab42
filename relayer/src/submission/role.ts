import type { LocalAccount } from "viem";
import type { Config } from "../config/schema.ts";
import type { RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import { createSubmissionDesk, type SubmissionDesk } from "./desk.ts";
import { createSubmissionSender } from "./kind.ts";
import { createSubmissionMarket } from "./market.ts";

/** Sends what users hand in, for a fee that their proof or signature binds to this operator. */
export function createSubmitter(
  context: RoleContext,
  config: NonNullable<Config["roles"]["submitter"]>,
  accounts: LocalAccount[],
): { kinds: MessageKind[]; desk: SubmissionDesk } {
  const market = createSubmissionMarket(context, config);
  return {
    kinds: [createSubmissionSender(context, config, accounts, market)],
    desk: createSubmissionDesk(context, config, accounts, market),
  };
}
