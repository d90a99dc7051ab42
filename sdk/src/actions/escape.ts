import { encodeAbiParameters, keccak256, type Hex } from "viem";

import { orderInboxAbi } from "../abis/index.ts";
import type { HypothecClient } from "../client/client.ts";
import { reading, write, type WriteResult } from "../client/write.ts";
import { HypothecError } from "../errors/base.ts";
import { SLOTS } from "../notes/amounts.ts";
import { asSettleOrderStruct, settleOrderHash } from "../proofs/orders.ts";
import type { SettleOrder } from "../proofs/settle.ts";

export interface EscapeParameters {
  readonly lockNullifier: bigint;
  /**
   * s° of the largest OPENED, µUSD per shared unit · 2^64: `openedPrices` of the floors and haircuts of that proof. Not needed for a
   * lock that was never opened.
   */
  readonly seizurePricesX64?: readonly bigint[] | undefined;
}

const noPrices = Array.from({ length: SLOTS }, () => 0n);

/** s°_i = ⌈f_i·h_i / 10⁴⌉ (ORD-1), from the floors and haircut factors (10⁴) that a margin proof was made for. */
export function openedPrices(floorsX64: readonly bigint[], haircutFactors: readonly bigint[]): bigint[] {
  return floorsX64.map((floor, i) => (floor * haircutFactors[i]! + 9_999n) / 10_000n);
}

/**
 * The order that an escape of a lock carries out (ESC-2): all of it back to its owner, or, if the margin chain announced it, a PUBLIC claim
 * at the largest cap. Give it to `settle` once the escape may be executed.
 *
 * @throws HypothecError `escape.prices` when the seizure prices are not those of the lock's largest OPENED.
 */
export async function getEscapeOrder(
  client: HypothecClient,
  { lockNullifier, seizurePricesX64 = noPrices }: EscapeParameters,
): Promise<SettleOrder> {
  const { orderInbox, vault } = client.deployment.vaultChain;
  const inbox = { address: orderInbox, abi: orderInboxAbi, args: [client.domain, lockNullifier] } as const;
  const [[, cap], pricesHash] = await reading(client, "vault", "reading what was announced of the lock", () =>
    Promise.all([
      client.vault.public.readContract({ ...inbox, functionName: "orders" }),
      client.vault.public.readContract({ ...inbox, functionName: "openedPricesHash" }),
    ]),
  );
  if (cap !== 0n && hashOf(seizurePricesX64) !== pricesHash) {
    throw new HypothecError("The seizure prices are not those of the lock's largest OPENED", {
      code: "escape.prices",
      args: { lockNullifier, pricesHash },
      whatToDo: "Take floors and haircuts of the proof with the largest coverage, and openedPrices of them.",
    });
  }
  return {
    vault,
    engine: client.deployment.marginChain.engine,
    lockNullifier,
    claim: cap,
    seizurePricesX64: cap === 0n ? noPrices : seizurePricesX64,
    isPublic: cap !== 0n,
    buyerOwner: 0n,
    buyerKey: { x: 0n, y: 0n },
  };
}

const hashOf = (prices: readonly bigint[]): Hex =>
  keccak256(encodeAbiParameters([{ type: "uint96[8]" }], [prices as never]));

/**
 * Announce that a lock goes home without its margin chain (ESC-1 to 3). It can be settled seven days later, or 37 where the margin chain
 * was never heard of, for 30 days, unless the margin chain shows life until then.
 *
 * @example
 * const { order } = await announceEscape(client, { lockNullifier });
 * // seven days later
 * await settle(client, { ...openingOf(lockNote), order, state, prover });
 * @throws HypothecError with the contract's `NotArmed`, `SettleExists`, `AlreadyAnnounced`, `NotAVault`, …
 */
export async function announceEscape(
  client: HypothecClient,
  parameters: EscapeParameters,
): Promise<WriteResult & { readonly order: SettleOrder }> {
  const order = await getEscapeOrder(client, parameters);
  const { vaultChain, marginChain } = client.deployment;
  const { seizurePricesX64 } = asSettleOrderStruct(order);
  const result = await write(client, {
    side: "vault",
    address: vaultChain.orderInbox,
    abi: orderInboxAbi,
    functionName: "announceEscape",
    args: [vaultChain.vault, marginChain.eid, marginChain.engine, order.lockNullifier, seizurePricesX64],
  });
  return { ...result, order };
}

export interface Escape {
  /** Whether the announced order is the one that the lock would be settled by now. */
  readonly isCurrent: boolean;
  /** When it may be executed, seconds; 0n = none was announced. */
  readonly executableAt: bigint;
  /** Nothing has made it void: no heartbeat, no larger OPENED, not its age. A SETTLE that is due beats it all the same. */
  readonly stands: boolean;
}

/** The announced escape of a lock. */
export async function getEscape(client: HypothecClient, order: SettleOrder): Promise<Escape> {
  const [orderHash, executableAt, stands] = await reading(client, "vault", "reading an escape", () =>
    client.vault.public.readContract({
      address: client.deployment.vaultChain.orderInbox,
      abi: orderInboxAbi,
      functionName: "escapeOf",
      args: [client.domain, order.lockNullifier],
    }),
  );
  return { isCurrent: orderHash === settleOrderHash(order), executableAt: BigInt(executableAt), stands };
}
