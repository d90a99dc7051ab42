import { encodeFunctionData, formatEther, type Hex, type LocalAccount } from "viem";
import { messengerAbi, orderInboxAbi, vaultAbi } from "../chain/abis.ts";
import { decodeAs } from "../chain/contracts.ts";
import { domainIn, domainStateOf } from "../layerzero/domainState.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { Planner, RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { StoredEvent } from "../store/events.ts";
import type { NewMessage } from "../store/messages.ts";

type StatusPayload = { /** When the one before was sent, seconds. */ after: number };
type RecoveredPayload = { lockNullifier: bigint };

/** A STATUS that the margin chain has not had after so long is sent again. */
const RESEND_SECONDS = 3_600;

/** MarginStorage.MAX_SILENCE: a report that shows a longer one stops opening and borrowing. */
const MAX_SILENCE_SECONDS = 15 * 86_400;

/**
 * What the vault chain says besides its roots: STATUS when the margin chain has not heard from it for long, or was told of a silence
 * that a heartbeat has ended since, so that neither stops borrowing (ORD-7), and RECOVERED once a PUBLIC settlement is final (ORD-5).
 */
export function createStatusSender(
  context: RoleContext,
  { statusAfterSeconds, maxFee }: { statusAfterSeconds: number; maxFee: string },
  account: LocalAccount,
): { kinds: MessageKind[]; planners: Planner[]; plan(events: StoredEvent[]): NewMessage[] } {
  const { vaultChain, marginChain, vault, margin } = context;
  const path = [vaultChain.vault, marginChain.eid] as const;
  const messenger = { address: vaultChain.messenger, abi: messengerAbi } as const;
  const domain = domainIn(context);
  const lastStatus = async (at: object) =>
    Number(await vault.client.readContract({ ...messenger, functionName: "lastStatus", args: path, ...at }));
  /** Whether the vault chain has a newer heartbeat than the margin chain was told of. */
  const heardOfSince = async (told: number) => {
    const inbox = { address: vaultChain.orderInbox, abi: orderInboxAbi, functionName: "lastSeen" } as const;
    return Number(await vault.client.readContract({ ...inbox, args: [domain] })) > told;
  };

  const send = (effect: string, data: Hex, fee: bigint, description: string) => {
    if (fee > BigInt(maxFee))
      throw new RelayerError(
        "fee_too_high",
        `LayerZero asks ${formatEther(fee)} for a message, roles.attestor.maxFee allows ${formatEther(BigInt(maxFee))}. Raise it, or wait.`,
      );
    const duty = "a report that the margin chain depends on";
    const request = { chain: vault.name, account, to: vaultChain.messenger, data, value: fee, description, duty };
    return { type: "send" as const, request: { effects: [effect], ...request } };
  };

  const status: MessageKind<StatusPayload> = {
    kind: "status",
    raced: true,
    chain: () => vault.name,
    done: async ({ after }, at) => (await lastStatus(at)) > after,
    async prepare({ payload: { after } }) {
      const args = [...path, "0x"] as const;
      const { nativeFee } = await vault.client.readContract({ ...messenger, functionName: "quoteStatus", args });
      const data = encodeFunctionData({ abi: messengerAbi, functionName: "sendStatus", args });
      return send(statusKey(after), data, nativeFee, "send a status");
    },
  };

  const recovered: MessageKind<RecoveredPayload> = {
    kind: "recovered",
    raced: true,
    chain: () => vault.name,
    done: async ({ lockNullifier }, at) => {
      const args = [domain, lockNullifier] as const;
      return (await vault.client.readContract({ ...messenger, functionName: "recoveredSent", args, ...at })) !== 0n;
    },
    async prepare({ payload: { lockNullifier } }) {
      const args = [...path, marginChain.engine, lockNullifier, "0x"] as const;
      const { nativeFee } = await vault.client.readContract({ ...messenger, functionName: "quoteRecovered", args });
      const data = encodeFunctionData({ abi: messengerAbi, functionName: "sendRecovered", args });
      return send(recoveredKey(lockNullifier), data, nativeFee, `say what lock ${lockNullifier} recovered`);
    },
  };
  const statusKey = (after: number) => `status:${vaultChain.vault}:${marginChain.eid}:${after}`;
  const recoveredKey = (lockNullifier: bigint) => `recovered:${domain}:${lockNullifier}`;

  const planner: Planner = {
    chain: margin.name,
    async plan() {
      if (statusAfterSeconds === 0) return [];
      const { reportedAt, lastSeen, retired } = await domainStateOf(context);
      // Before the first root there is nothing to borrow against.
      if (reportedAt === 0 || retired) return [];
      const isOld = margin.head().timestamp - reportedAt >= statusAfterSeconds;
      const showsSilence = reportedAt - lastSeen > MAX_SILENCE_SECONDS;
      if (!isOld && !(showsSilence && (await heardOfSince(lastSeen)))) return [];
      const after = await lastStatus({ blockTag: "latest" });
      // One is on its way.
      if (vault.head().timestamp - after < RESEND_SECONDS) return [];
      return [{ kind: "status", key: statusKey(after), payload: { after } satisfies StatusPayload }];
    },
  };

  return {
    kinds: [status, recovered],
    planners: [planner],
    plan: (events) =>
      events
        .map((event) => decodeAs(vaultAbi, "PublicSettled", event))
        .filter((settled) => settled?.domain === domain)
        .map((settled) => {
          const payload: RecoveredPayload = { lockNullifier: settled!.lockNullifier };
          return { kind: "recovered", key: recoveredKey(payload.lockNullifier), payload };
        }),
  };
}
