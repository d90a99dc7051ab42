import { zeroAddress } from "viem";
import { describe, expect, test } from "vitest";

import { initCrypto } from "../crypto/crypto.ts";
import { NOTE_META } from "../tree/leaf.ts";
import { deserialiseVaultState, serialiseVaultState } from "./storedState.ts";
import { draftOf, emptyVaultState, type VaultState } from "./vaultState.ts";

async function example(): Promise<VaultState> {
  const crypto = await initCrypto();
  const draft = draftOf(emptyVaultState({ crypto, chainId: 5, vault: zeroAddress, startBlock: 9n }));
  draft.chunks.push([{ value: 7n, meta: NOTE_META }], [{ value: 8n, meta: NOTE_META }]);
  draft.tree.appendChunk([7n]);
  draft.roots.push(draft.tree.root);
  draft.sealedChunks = 1;
  draft.spent.add(3n);
  draft.deposits.push({ depositor: zeroAddress, pre: 1n, slot: 2, amount: 3n, memo: "0x12" });
  draft.orders.set("1:2", {
    vault: zeroAddress,
    engine: zeroAddress,
    lockNullifier: 2n,
    claim: 3n,
    seizurePricesX64: [1n],
    isPublic: false,
    buyerOwner: 0n,
    buyerKey: { x: 0n, y: 0n },
  });
  return { ...draft, head: { number: 20n, hash: "0xab" }, nextBlock: 21n };
}

describe("stored state", () => {
  test("default: round trip, the tree built anew", async () => {
    const state = await example();
    const again = deserialiseVaultState(await initCrypto(), serialiseVaultState(state));
    expect(again.tree.root).toBe(state.tree.root);
    expect({ ...again, tree: undefined }).toEqual({ ...state, tree: undefined });
  });

  test("behavior: four chunks appended at once leave one root of four", async () => {
    const crypto = await initCrypto();
    const draft = draftOf(await example());
    for (let chunk = 1; chunk < 4; chunk++) {
      draft.chunks[chunk] = [{ value: BigInt(chunk), meta: NOTE_META }];
      draft.tree.appendChunk([BigInt(chunk)]);
    }
    draft.roots = [draft.roots[0], undefined, undefined, undefined, draft.tree.root];
    const text = serialiseVaultState({ ...draft, sealedChunks: 4 });
    const again = deserialiseVaultState(crypto, text);
    expect(again.roots).toEqual(draft.roots);
    expect(again.tree.root).toBe(draft.tree.root);
    const cut = text.replace(`"${draft.tree.root}n"]`, "null]");
    expect(cut).not.toBe(text);
    expect(() => deserialiseVaultState(crypto, cut)).toThrow(/cannot be read/);
  });

  test("error: no JSON, another version, or entries that do not give the stored roots", async () => {
    const crypto = await initCrypto();
    const text = serialiseVaultState(await example());
    expect(() => deserialiseVaultState(crypto, "no")).toThrow(/cannot be read/);
    expect(() => deserialiseVaultState(crypto, text.replace('"version":2', '"version":1'))).toThrow(/cannot be read/);
    expect(() => deserialiseVaultState(crypto, text.replace('"value":"7n"', '"value":"6n"'))).toThrow(/cannot be read/);
  });
});
