import { hexToNumber, zeroAddress, type Address } from "viem";

import type { AssetInfo, VaultVerifier, VerifierDeployment } from "../../sdk/src/client/deployment.ts";
import { hardhatArtifact } from "./artifacts.ts";
import type { VaultChainPlan } from "./plan.ts";
import type { Sender } from "./sender.ts";
import { deployVerifier } from "./verifiers.ts";

export type VaultChainContracts = {
  vault: Address;
  orderInbox: Address;
  recoveryVault: Address;
  messenger: Address;
  verifiers: Record<VaultVerifier, VerifierDeployment>;
  assets: AssetInfo[];
};

/** Deploys order inbox, recovery vault, verifiers, vault and messenger, and lists the assets. */
export async function deployVaultChain(sender: Sender, plan: VaultChainPlan): Promise<VaultChainContracts> {
  const owner = sender.from;
  const orderInbox = await sender.deploy(hardhatArtifact("messaging/OrderInbox"), [plan.lz.endpoint, owner]);
  const noteHash = await sender.deploy(hardhatArtifact("vault/NoteHash"), []);
  const recoveryVault = await sender.deploy(hardhatArtifact("vault/RecoveryVault"), [
    owner,
    plan.guardian,
    orderInbox,
    noteHash,
  ]);

  const verifiers = {
    batch16Verifier: await deployVerifier(sender, plan.verifiers.batch16),
    batch64Verifier: await deployVerifier(sender, plan.verifiers.batch64),
    transactVerifier: await deployVerifier(sender, plan.verifiers.transact),
    settleVerifier: await deployVerifier(sender, plan.verifiers.settle),
  };

  const vaultArtifact = hardhatArtifact("vault/CollateralVault");
  const vault = await sender.deploy(vaultArtifact, [
    {
      owner,
      guardian: plan.guardian,
      orderInbox,
      recoveryVault,
      batch16Verifier: verifiers.batch16Verifier.address,
      batch64Verifier: verifiers.batch64Verifier.address,
      transactVerifier: verifiers.transactVerifier.address,
      settleVerifier: verifiers.settleVerifier.address,
      entryFee: plan.entryFee,
      sealDelay: plan.sealDelaySeconds,
    },
  ]);
  const messenger = await sender.deploy(hardhatArtifact("messaging/VaultMessenger"), [
    plan.lz.endpoint,
    owner,
    orderInbox,
    plan.cadenceSeconds,
  ]);

  const assets: AssetInfo[] = [];
  for (const { slot, symbol, token, sharedDecimals, cap, outflow } of plan.assets) {
    const args = [slot, token, sharedDecimals, cap];
    await sender.call({ address: vault, abi: vaultArtifact.abi, functionName: "listAsset", args });
    if (outflow !== undefined) {
      const limit = [slot, outflow.burst, outflow.hourly];
      await sender.call({ address: vault, abi: vaultArtifact.abi, functionName: "setOutflowLimit", args: limit });
    }
    assets.push({ slot, symbol, token, decimals: await decimalsOf(sender, token), sharedDecimals });
  }
  return { vault, orderInbox, recoveryVault, messenger, verifiers, assets };
}

/** Decimals as the token itself says; 18 for the native asset. */
export async function decimalsOf(sender: Sender, token: Address): Promise<number> {
  if (token === zeroAddress) return 18;
  const selector = "0x313ce567"; // decimals()
  const { data } = await sender.public.call({ to: token, data: selector });
  if (data === undefined) throw new Error(`The token ${token} on ${sender.chain} does not answer decimals().`);
  return hexToNumber(data);
}
