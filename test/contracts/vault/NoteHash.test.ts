import fc from "fast-check";
import { network } from "hardhat";
import { expect, test } from "vitest";

import { hardhatArtifact } from "../../../scripts/deploy/artifacts.ts";
import { createSender } from "../../../scripts/deploy/sender.ts";
import { FIELD_ORDER } from "../../../sdk/src/crypto/index.ts";
import { commit } from "../../support/reference/notes.ts";

/** The reference hashes with circomlibjs's WASM, which shares no code with the contract. */
test("behavior: the contract's hash of a free note is the circuits'", async () => {
  const { viem } = await network.create();
  const reader = await viem.getPublicClient();
  const [wallet] = await viem.getWalletClients();
  const sender = createSender({ name: "in-process chain", public: reader, wallet: wallet as never });
  const { abi, ...artifact } = hardhatArtifact("vault/NoteHash");
  const address = await sender.deploy({ abi, ...artifact }, []);

  const element = fc.oneof(fc.constantFrom(0n, 1n, FIELD_ORDER - 1n), fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n }));
  await fc.assert(
    fc.asyncProperty(element, element, element, async (pre, lo, hi) => {
      const got = await reader.readContract({ address, abi, functionName: "freeNote", args: [pre, lo, hi] });
      expect(got).toBe(commit(pre, lo, hi, 0n, 0n));
    }),
    { seed: 20261127, numRuns: 40 },
  );
});
