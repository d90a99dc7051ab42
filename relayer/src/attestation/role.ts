import { encodeFunctionData, formatEther, type LocalAccount } from "viem";
import { engineAbi, messengerAbi, vaultAbi } from "../chain/abis.ts";
import { decodeAs } from "../chain/contracts.ts";
import type { Config } from "../config/schema.ts";
import { RelayerError } from "../runtime/errors.ts";
import type { RoleContext } from "../runtime/context.ts";
import type { MessageKind } from "../runtime/kinds.ts";
import type { StoredEvent } from "../store/events.ts";
import type { NewMessage } from "../store/messages.ts";

type AttestPayload = { chunks: number };

/** Sends new final roots to the margin chain. One message attests every lock in the tree. */
export function createAttestor(
  context: RoleContext,
  config: NonNullable<Config["roles"]["attestor"]>,
  account: LocalAccount,
): { kinds: MessageKind[]; plan(events: StoredEvent[]): NewMessage[] } {
  const { vaultChain, marginChain, vault, margin } = context;
  const path = [vaultChain.vault, marginChain.eid] as const;
  const last = async (at: object) => {
    const [chunks, time] = await vault.client.readContract({
      address: vaultChain.messenger,
      abi: messengerAbi,
      functionName: "lastAttested",
      args: path,
      ...at,
    });
    return { chunks: Number(chunks), time: Number(time) };
  };
  let cadence: bigint | undefined;
  let fee: Promise<bigint> | undefined;

  /** The smallest attestation fee among the markets, wei. */
  const attestationFee = async (): Promise<bigint> => {
    const configs = await Promise.all(
      marginChain.markets.map(({ id }) =>
        margin.client.readContract({
          address: marginChain.engine,
          abi: engineAbi,
          functionName: "market",
          args: [id],
        }),
      ),
    );
    const fees = configs.map(([config]) => config.attestationFee);
    return fees.reduce((least, each) => (each < least ? each : least), fees[0] ?? 0n);
  };

  /** What a root is expected to bring, wei: one lock for each note that is new under it. `profit.countPercent` corrects that. */
  const expectedFees = async (from: number, to: number): Promise<bigint> => {
    if (config.profit === "any") return 0n; // nobody asks
    fee ??= attestationFee();
    fee.catch(() => (fee = undefined));
    const notes = context
      .queue()
      .chunks.slice(from, to)
      .flatMap(({ entries }) => entries).length;
    return BigInt(notes) * (await fee);
  };

  const attest: MessageKind<AttestPayload> = {
    kind: "attest",
    raced: true,
    chain: () => vault.name,
    done: async ({ chunks }, at) => (await last(at)).chunks >= chunks,
    async prepare() {
      const { time, chunks: attested } = await last({ blockTag: "latest" });
      cadence ??= await vault.client.readContract({
        address: vaultChain.messenger,
        abi: messengerAbi,
        functionName: "cadence",
      });
      const notBefore = time === 0 ? 0 : time + Math.max(Number(cadence), Math.ceil(config.minIntervalMs / 1_000));
      const now = vault.head().timestamp;
      if (now + 1 < notBefore)
        return { type: "wait", reason: `the cadence (until ${notBefore})`, wakeOn: `block:${vault.name}` };
      const [, , , appended] = await vault.client.readContract({
        address: vaultChain.vault,
        abi: vaultAbi,
        functionName: "queueState",
      });
      let nativeFee: bigint;
      try {
        nativeFee = (
          await vault.client.readContract({
            address: vaultChain.messenger,
            abi: messengerAbi,
            functionName: "quoteAttest",
            args: [...path, "0x"],
            account: account.address,
          })
        ).nativeFee;
      } catch (error) {
        if (isTooSoon(error)) return { type: "wait", reason: "the cadence", wakeOn: `block:${vault.name}` };
        throw error;
      }
      if (nativeFee > BigInt(config.maxFee))
        throw new RelayerError(
          "fee_too_high",
          `LayerZero asks ${formatEther(nativeFee)} for an attestation, roles.attestor.maxFee allows ${formatEther(BigInt(config.maxFee))}. Raise it, or wait.`,
        );
      return {
        type: "send",
        request: {
          // The message carries whatever root is current, so the effect is that root's, whoever asked for it.
          effects: [`attest:${vaultChain.vault}:${marginChain.eid}:${appended}`],
          chain: vault.name,
          account,
          to: vaultChain.messenger,
          data: encodeFunctionData({ abi: messengerAbi, functionName: "attest", args: [...path, "0x"] }),
          value: nativeFee,
          description: `attest the root after ${appended} chunks`,
          earns: await expectedFees(attested, Number(appended)),
        },
      };
    },
  };

  return {
    kinds: [attest],
    plan(events) {
      const appended = events
        .map((event) => decodeAs(vaultAbi, "RootAppended", event))
        .filter((args) => args !== undefined);
      const newest = appended.at(-1);
      if (newest === undefined) return [];
      // Only the newest of a batch of final roots: its message carries the older ones' notes too.
      const chunks = Number(newest.chunk + newest.chunks);
      return [
        { kind: "attest", key: `attest:${marginChain.eid}:${chunks}`, payload: { chunks } satisfies AttestPayload },
      ];
    },
  };
}

function isTooSoon(error: unknown): boolean {
  return error instanceof Error && error.message.includes("TooSoon");
}
