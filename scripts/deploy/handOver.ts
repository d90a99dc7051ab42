import { encodeFunctionData, isAddressEqual, toFunctionSelector, type Abi, type Address, type Hex } from "viem";

import type { Deployment } from "../../sdk/src/client/deployment.ts";
import { endpointAbi } from "../../sdk/src/client/layerzeroAbi.ts";
import { hardhatArtifact, hardhatInterface } from "./artifacts.ts";
import { ADMIN_DELAY, ADMIN_ROLE, GUARDIAN_ROLE, POWERS, ROLES, type Role, type RoleName } from "./powers.ts";
import type { Sender } from "./sender.ts";

/** Who holds the roles of a chain. */
export type Council = {
  /** A multisig: everything that is announced. */
  council: Address;
  /** Whoever tunes risk models. */
  risk: Address;
  /** A fast multisig: cancels, and tightens. It also becomes the guardian that the contracts know themselves. */
  guardian: Address;
};

/** A contract whose owner changes; `oapp` also has a LayerZero delegate. */
type Target = { contract: string; address: Address; abi: Abi; oapp: boolean };

const authorityArtifact = () => hardhatArtifact("governance/ChainAuthority");

/** Everything on the vault chain that has an owner. */
export function vaultChainTargets({ vaultChain }: Deployment): Target[] {
  return [
    target("vault/CollateralVault", vaultChain.vault),
    target("messaging/OrderInbox", vaultChain.orderInbox, true),
    target("vault/RecoveryVault", vaultChain.recoveryVault),
    target("messaging/VaultMessenger", vaultChain.messenger, true),
  ];
}

/** Everything on the margin chain that has an owner. */
export function marginChainTargets({ marginChain }: Deployment): Target[] {
  const engine = { contract: "MarginEngine", address: marginChain.engine, oapp: false };
  return [
    // The engine's own ABI has only the functions of its first part.
    {
      ...engine,
      abi: [...hardhatInterface("interfaces/IMarginEngine").abi, ...hardhatArtifact("margin/MarginEngine").abi],
    },
    target("risk/RiskSet", marginChain.riskSet),
    target("risk/PriceBoard", marginChain.priceBoard),
    ...marginChain.markets.flatMap(({ pool, insuranceFund }) => [
      target("margin/CreditPool", pool),
      target("margin/InsuranceFund", insuranceFund),
    ]),
    target("messaging/OrderQueue", marginChain.orderQueue, true),
    target("messaging/RootInbox", marginChain.rootInbox, true),
  ];
}

function target(path: string, address: Address, oapp = false): Target {
  return { contract: path.split("/")[1]!, address, abi: hardhatArtifact(path).abi, oapp };
}

/**
 * Hands a chain over to a `ChainAuthority`: roles and delays of powers.ts, ownership of every contract, LayerZero's delegate. Afterwards the deployer has no
 * power left, which is read back from the chain.
 *
 * @throws Error when the chain does not say so in the end.
 */
export async function handOver(
  sender: Sender,
  { targets, endpoint, council }: { targets: readonly Target[]; endpoint: Address; council: Council },
): Promise<Address> {
  const { abi } = authorityArtifact();
  const authority = await sender.deploy(authorityArtifact(), [sender.from]);
  const manage = (functionName: string, ...args: unknown[]) =>
    sender.call({ address: authority, abi, functionName, args });

  for (const role of Object.values<Role>(ROLES)) {
    await manage("labelRole", role.id, role.label);
    await manage("setRoleGuardian", role.id, GUARDIAN_ROLE);
    await manage("grantRole", role.id, council[role.who], role.delay);
  }
  await manage("labelRole", GUARDIAN_ROLE, "GUARDIAN");
  await manage("grantRole", GUARDIAN_ROLE, council.guardian, 0);
  for (const { address, role, selectors } of grants(targets, endpoint)) {
    await manage("setTargetFunctionRole", address, selectors, ROLES[role].id);
  }

  for (const { contract, address, abi: targetAbi, oapp } of targets) {
    if (POWERS[contract]?.setGuardian !== undefined)
      await sender.call({ address, abi: targetAbi, functionName: "setGuardian", args: [council.guardian] });
    if (oapp) await sender.call({ address, abi: targetAbi, functionName: "setDelegate", args: [authority] });
    await sender.call({ address, abi: targetAbi, functionName: "transferOwnership", args: [authority] });
    await manage("execute", address, encodeFunctionData({ abi: targetAbi, functionName: "acceptOwnership" }));
  }
  await manage("grantRole", ADMIN_ROLE, council.council, ADMIN_DELAY);
  await manage("renounceRole", ADMIN_ROLE, sender.from);

  const problems = await findProblems(sender, { authority, targets, endpoint, council });
  if (problems.length > 0) throw new Error(`${sender.chain} was not handed over: ${problems.join("; ")}.`);
  return authority;
}

/** The selectors of each target by role. */
function grants(targets: readonly Target[], endpoint: Address) {
  const all = [...targets, { contract: "Endpoint", address: endpoint, abi: endpointAbi as Abi }];
  return all.flatMap(({ contract, address, abi }) =>
    [...new Set(Object.values(POWERS[contract] ?? {}))].map((role) => ({
      address,
      role,
      selectors: functionsOf(contract, role).map((name) => selectorOf(abi, contract, name)),
    })),
  );
}

const functionsOf = (contract: string, role: RoleName): string[] =>
  Object.entries(POWERS[contract] ?? {}).flatMap(([name, its]) => (its === role ? [name] : []));

function selectorOf(abi: Abi, contract: string, name: string): Hex {
  const item = abi.find((each) => each.type === "function" && each.name === name);
  if (item?.type !== "function")
    throw new Error(`${contract} has no function ${name}: scripts/deploy/powers.ts is wrong.`);
  return toFunctionSelector(item);
}

/** What is not as powers.ts says; empty when all is. */
export async function findProblems(
  { public: reader, from }: Pick<Sender, "public" | "from">,
  given: { authority: Address; targets: readonly Target[]; endpoint: Address; council: Council },
): Promise<string[]> {
  const { authority, targets, endpoint, council } = given;
  const manager = { address: authority, abi: authorityArtifact().abi };
  const ask = (functionName: string, ...args: unknown[]) => reader.readContract({ ...manager, functionName, args });
  const problems: string[] = [];

  for (const { contract, address, abi, oapp } of targets) {
    const owner = (await reader.readContract({ address, abi, functionName: "owner" })) as Address;
    if (!isAddressEqual(owner, authority)) problems.push(`${contract} ${address} is owned by ${owner}`);
    if (POWERS[contract]?.setGuardian !== undefined) {
      const guardian = (await reader.readContract({ address, abi, functionName: "guardian" })) as Address;
      if (!isAddressEqual(guardian, council.guardian)) problems.push(`${contract} ${address} has guardian ${guardian}`);
    }
    if (!oapp) continue;
    const read = { address: endpoint, abi: endpointAbi, functionName: "delegates", args: [address] } as const;
    const delegate = await reader.readContract(read);
    if (!isAddressEqual(delegate, authority)) problems.push(`${contract} ${address} has the delegate ${delegate}`);
  }
  for (const { address, role, selectors } of grants(targets, endpoint)) {
    for (const selector of selectors) {
      const { who, delay } = ROLES[role];
      const [immediate, wait] = (await ask("canCall", council[who], address, selector)) as [boolean, number];
      if (immediate !== (delay === 0) || wait !== delay)
        problems.push(`${who} may call ${selector} of ${address} after ${wait} s, not ${delay} s`);
    }
  }
  const [isAdmin] = (await ask("hasRole", ADMIN_ROLE, from)) as [boolean, number];
  if (isAdmin) problems.push(`the deployer ${from} is still admin`);
  const [isCouncil, wait] = (await ask("hasRole", ADMIN_ROLE, council.council)) as [boolean, number];
  if (!isCouncil || wait !== ADMIN_DELAY) problems.push(`the council is admin: ${isCouncil}, after ${wait} s`);
  return problems;
}
