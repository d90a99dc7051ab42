import { assertWiring } from "../../sdk/src/actions/checkWiring.ts";
import type { Deployment } from "../../sdk/src/client/deployment.ts";
import { hardhatArtifact } from "./artifacts.ts";
import { deployMarginChain, openMarket, type MarginChainContracts } from "./marginChain.ts";
import { configureReceiving, configureSending, enforceGas, setPeer } from "./pathway.ts";
import type { DeployPlan, MarginChainPlan, VaultChainPlan } from "./plan.ts";
import { createSender, type GasEntry, type Sender } from "./sender.ts";
import { deployVaultChain, type VaultChainContracts } from "./vaultChain.ts";

/** Message types of docs/encodings.md. */
const ROOT = 1;
const STATUS = 2;
const RECOVERED = 4;
const ORDERS = 3;

/**
 * Least gas of lzReceive, LayerZero's own part included. Each is above what the receiver can take at most, which
 * `test/integration/deploy.test.ts` measures.
 */
export const lzReceiveGas = {
  /** A root that reports on so many engines' domains, all for the first time. Whoever registers another engine raises it. */
  root: (engines: number): number => 140_000 + 30_000 * engines,
  /** A STATUS: the reports of a root without the root. */
  status: (engines: number): number => 110_000 + 30_000 * engines,
  recovered: 180_000,
  /** Beside the 130,000 per order that `OrderQueue` adds itself. */
  orders: 100_000,
};

export type Deployed = {
  deployment: Deployment;
  /** Every transaction, in order, and its gas. */
  ledger: GasEntry[];
};

/**
 * Deploys Hypothec on a vault chain and a margin chain that have LayerZero V2, connects the two, and refuses to return what
 * `checkWiring` finds fault with.
 *
 * Each chain's transactions come from its wallet's account one by one; nothing else may send from it meanwhile.
 *
 * @throws HypothecError `wiring.unsafe`
 */
export async function deployHypothec(plan: DeployPlan): Promise<Deployed> {
  const ledger: GasEntry[] = [];
  const { vaultChain, marginChain } = plan;
  const s = createSender(vaultChain.clients, ledger);
  const d = createSender(marginChain.clients, ledger);
  await requireChain(s, vaultChain);
  await requireChain(d, marginChain);
  const [vaultStart, marginStart] = await Promise.all([s.public.getBlockNumber(), d.public.getBlockNumber()]);

  const [vaultSide, marginSide] = await Promise.all([
    deployVaultChain(s, vaultChain),
    deployMarginChain(d, marginChain),
  ]);
  const vault = { eid: vaultChain.eid, address: vaultSide.vault, assets: vaultSide.assets };
  const [{ setId, market }] = await Promise.all([
    openMarket(d, marginChain, marginSide, vault).then(async (opened) => {
      await wireMarginChain(d, plan, vaultSide, marginSide);
      return opened;
    }),
    wireVaultChain(s, plan, vaultSide, marginSide),
  ]);

  const deployment: Deployment = {
    version: 1,
    vaultChain: {
      name: vaultChain.clients.name,
      chainId: vaultChain.chainId,
      eid: vaultChain.eid,
      startBlock: Number(vaultStart),
      lz: vaultChain.lz,
      ...vaultSide,
      entryFee: vaultChain.entryFee.toString(),
    },
    marginChain: {
      name: marginChain.clients.name,
      chainId: marginChain.chainId,
      eid: marginChain.eid,
      startBlock: Number(marginStart),
      lz: marginChain.lz,
      ...marginSide,
      setId,
      markets: [market],
    },
  };
  await assertWiring({ deployment, vault: { public: s.public }, margin: { public: d.public } });
  return { deployment, ledger };
}

/** ROOT, STATUS and RECOVERED go out through the messenger and report on the engine; ORDERS come in at the order inbox. */
async function wireVaultChain(
  sender: Sender,
  { vaultChain, marginChain }: DeployPlan,
  { messenger, orderInbox }: VaultChainContracts,
  { rootInbox, orderQueue, engine }: MarginChainContracts,
): Promise<void> {
  const { lz } = vaultChain;
  const remoteEid = marginChain.eid;
  await setPeer(sender, messenger, remoteEid, rootInbox);
  await configureSending(sender, { oapp: messenger, lz, remoteEid, confirmations: vaultChain.confirmations });
  const enforced = [
    { msgType: ROOT, lzReceiveGas: lzReceiveGas.root(1) },
    { msgType: STATUS, lzReceiveGas: lzReceiveGas.status(1) },
    { msgType: RECOVERED, lzReceiveGas: lzReceiveGas.recovered },
  ];
  for (const each of enforced) await enforceGas(sender, { oapp: messenger, remoteEid, ...each });
  await setPeer(sender, orderInbox, remoteEid, orderQueue);
  await configureReceiving(sender, { oapp: orderInbox, lz, remoteEid, confirmations: marginChain.confirmations });
  const { abi } = hardhatArtifact("messaging/OrderInbox");
  await sender.call({ address: orderInbox, abi, functionName: "registerEngine", args: [remoteEid, engine] });
}

/** ORDERS go out through the order queue; ROOT comes in at the root inbox. */
async function wireMarginChain(
  sender: Sender,
  { vaultChain, marginChain }: DeployPlan,
  { messenger, orderInbox }: VaultChainContracts,
  { rootInbox, orderQueue }: MarginChainContracts,
): Promise<void> {
  const { lz } = marginChain;
  const remoteEid = vaultChain.eid;
  await setPeer(sender, orderQueue, remoteEid, orderInbox);
  await configureSending(sender, { oapp: orderQueue, lz, remoteEid, confirmations: marginChain.confirmations });
  await enforceGas(sender, { oapp: orderQueue, remoteEid, msgType: ORDERS, lzReceiveGas: lzReceiveGas.orders });
  await setPeer(sender, rootInbox, remoteEid, messenger);
  await configureReceiving(sender, { oapp: rootInbox, lz, remoteEid, confirmations: vaultChain.confirmations });
}

async function requireChain(sender: Sender, { chainId }: VaultChainPlan | MarginChainPlan): Promise<void> {
  const got = await sender.public.getChainId();
  if (got !== chainId) throw new Error(`The RPC of ${sender.chain} is on chain ${got}, the plan says ${chainId}.`);
}
