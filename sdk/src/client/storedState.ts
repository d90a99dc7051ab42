import type { Crypto } from "../crypto/crypto.ts";
import { HypothecError } from "../errors/base.ts";
import type { SettleOrder } from "../proofs/settle.ts";
import { leafOfEntry } from "../tree/leaf.ts";
import { NoteTree } from "../tree/noteTree.ts";
import type { VaultState } from "./vaultState.ts";

const VERSION = 2;

/** A {@link VaultState} as text, to resume from. Public data only. */
export function serialiseVaultState(state: VaultState): string {
  const { tree, orders, spent, ...rest } = state;
  const stored = { version: VERSION, ...rest, appended: tree.chunks, orders: [...orders], spent: [...spent] };
  return JSON.stringify(stored, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
}

/**
 * The inverse; the tree is built anew from the entries and checked against the stored roots.
 *
 * @throws HypothecError `state.stored`.
 */
export function deserialiseVaultState(crypto: Crypto, text: string): VaultState {
  const fail = (cause?: unknown) =>
    new HypothecError("The stored state of the vault cannot be read", {
      code: "state.stored",
      cause,
      whatToDo: "Delete it and sync from the chain.",
    });
  let stored: StoredState;
  try {
    stored = JSON.parse(text, (_, value: unknown) =>
      typeof value === "string" && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
    ) as StoredState;
  } catch (cause) {
    throw fail(cause);
  }
  const { version, appended, orders, spent, ...rest } = stored;
  if (version !== VERSION) throw fail();
  const tree = NoteTree.create(crypto);
  for (let chunk = 0; chunk < appended; chunk++) {
    tree.appendChunk(rest.chunks[chunk]!.map((entry) => leafOfEntry(crypto, entry)));
    // JSON writes null where a root is undefined; the last one never is.
    const root = rest.roots[chunk + 1] ?? undefined;
    if (root === undefined ? chunk + 1 === appended : root !== tree.root) throw fail();
  }
  const roots = rest.roots.map((root) => root ?? undefined);
  // JSON drops undefined: a state that never read a block has no head.
  return { ...rest, roots, head: rest.head, tree, orders: new Map(orders), spent: new Set(spent) };
}

type StoredState = Omit<VaultState, "tree" | "orders" | "spent"> & {
  readonly version: number;
  readonly appended: number;
  readonly orders: readonly (readonly [string, SettleOrder])[];
  readonly spent: readonly bigint[];
};
