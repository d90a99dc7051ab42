import { parseEther } from "viem";

import { createHypothecClient, deposit, deriveKeys } from "@hypothec/sdk";
import type { LocalHypothec } from "../../test/support/localnet/hypothec.ts";
import type { Localnet } from "../../test/support/localnet/localnet.ts";

/** Somebody deposits a little ether at intervals, so that the vault's queue has something in it. */
export async function startDeposits(
  localnet: Localnet,
  local: LocalHypothec,
  everyMs: number,
): Promise<{ stop(): Promise<void> }> {
  const account = await localnet.account("passer-by");
  const client = createHypothecClient({
    deployment: local.deployment,
    vault: { public: localnet.vault.public, wallet: localnet.vault.wallet(account) },
    margin: { public: localnet.margin.public, wallet: localnet.margin.wallet(account) },
  });
  const keys = await deriveKeys(localnet.key("passer-by seed").privateKey);
  let work = Promise.resolve();
  const timer = setInterval(() => {
    work = work
      .then(() => deposit(client, { keys, asset: "ETH", amount: parseEther("0.1") }))
      .then(
        () => {},
        (error: unknown) =>
          console.error(`A deposit failed: ${error instanceof Error ? error.message : String(error)}`),
      );
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await work;
    },
  };
}
