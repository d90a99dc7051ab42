import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { encodeFunctionData, parseEther, parseGwei, type Hex } from "viem";

import type { ConfigInput } from "../../../relayer/src/config/schema.ts";
import { collateralVaultAbi, marginEngineAbi, orderInboxAbi } from "../../../sdk/src/abis/index.ts";
import { openAccount } from "../../../sdk/src/actions/index.ts";
import type { HypothecClient } from "../../../sdk/src/client/client.ts";
import { deriveKeys, type Keys } from "../../../sdk/src/keys/derive.ts";
import { createSnarkjsProver } from "../../../sdk/src/node/index.ts";
import { precommitmentOf, type Note } from "../../../sdk/src/notes/note.ts";
import type { Side } from "../localnet/chain.ts";
import { deployLocalHypothec, type LocalHypothec } from "../localnet/hypothec.ts";
import type { LocalKey } from "../localnet/keys.ts";
import { startLocalnet, type Localnet } from "../localnet/localnet.ts";
import { createPeople } from "../people.ts";
import { operatorRoles } from "../relayer.ts";
import { BYSTANDER } from "./faults.ts";
import { superviseNode, type SupervisedNode } from "./node.ts";
import { recordProofs } from "./recordedProofs.ts";
import { createStorePlaces, type StoreKind, type StorePlace, type StorePlaces } from "./storePlaces.ts";
import { untilIdle } from "./stores.ts";

/** Blocks on top of a final one: reorgs up to this many blocks less one are survived, deeper ones stop a relayer. */
export const CONFIRMATIONS = 4;
/** A full chunk, which needs no seal; then the settlement's note and three more. What is in a chunk does not depend on how fast anybody is. */
const FIRST_DEPOSITS = 16;
const LATER_DEPOSITS = 3;
const ENTRIES = 1 + LATER_DEPOSITS;
const POLL_MS = 200;

/** A user's transaction, signed once for all runs. */
export type UserTransaction = { side: Side; raw: Hex; what: string };

export type World = {
  localnet: Localnet;
  local: LocalHypothec;
  client: HypothecClient;
  /** Whose deposits the runs make. */
  alice: Keys;
  /** Whose lock the runs release and settle. */
  carol: Keys;
  account: Hex;
  lock: Note;
  /** What users send at the start, and once the lock is settled. */
  first: UserTransaction[];
  later: UserTransaction[];
  /** Chunks in the tree before a run. */
  chunksBefore: number;
  /** First block of each chain that is a run's. */
  startBlocks: Record<Side, bigint>;
  operators: readonly OperatorKeys[];
  directory: string;
  codeCache: string;
  /** Puts both chains back to where runs begin. */
  reset(): Promise<void>;
  /** A copy of the operator's store as it was where runs begin. */
  copyStore(operator: string, dataDir: string): Promise<StorePlace>;
  /** Whether stores lie in the relayers' data directories. */
  storeKind: StoreKind;
  /** How the relayers prove. */
  prover: NonNullable<ConfigInput["roles"]["prover"]>;
  stop(): Promise<void>;
};

export type OperatorKeys = { name: string; env: Record<string, string>; keys: LocalKey[]; trusteeEnv: string };

/** Roles and races of an operator in a run. */
export function nodeConfig(
  world: Pick<World, "localnet" | "prover">,
  index: number,
  options: {
    rpc: Record<Side, string[]>;
    isTrustee: boolean;
    race: ConfigInput["race"];
    store: StorePlace["config"];
    minEntries?: number;
  },
): Omit<ConfigInput, "name" | "deployment" | "dataDir"> {
  const { vault, margin, operators } = world.localnet;
  const { name } = operators[index]!;
  const dvns = { [vault.name]: vault.lz.operatorDvns[index]!, [margin.name]: margin.lz.operatorDvns[index]! };
  const roles = operatorRoles(name, dvns);
  return {
    ...options.store,
    logLevel: "debug",
    chains: (["vault", "margin"] as const).map((side) => ({
      name: world.localnet[side].name,
      rpc: options.rpc[side],
      confirmations: CONFIRMATIONS,
      pollIntervalMs: POLL_MS,
      fees: { escalateAfterMs: 3_000 },
    })),
    race: options.race,
    roles: {
      ...roles,
      prover: world.prover,
      batcher: {
        key: `env:${name.toUpperCase()}_DELIVERY`,
        seal: { maxAgeMs: 0, minEntries: options.minEntries ?? ENTRIES, maxFee: parseEther("10").toString() },
        gather: { maxWaitMs: 1_000 },
      },
      ...(options.isTrustee
        ? { trustee: { key: `env:${name.toUpperCase()}_DELIVERY`, secrets: [`env:${name.toUpperCase()}_TRUSTEE`] } }
        : {}),
    },
  };
}

export type WorldOptions = {
  stores: StoreKind;
  /** Whether each proof is made once and then remembered (recordedProver.mjs), or made anew by snarkjs each time. */
  proofs: "recorded" | "made";
};

/** Builds what all runs start from, once: two chains, an account that owes nothing, relayers that have seen everything. */
export async function buildWorld({ stores, proofs }: WorldOptions): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), "hypothec-chaos-"));
  const codeCache = join(directory, "code");
  mkdirSync(codeCache);
  const proofsDir = join(directory, "proofs");
  mkdirSync(proofsDir);
  const relayerProver = proofs === "recorded" ? recordProofs(proofsDir) : {};
  const localnet = await startLocalnet({ seed: "chaos" });
  let places: StorePlaces | undefined;
  try {
    const local = await deployLocalHypothec(localnet);
    const operators = await Promise.all(localnet.operators.map((_, index) => operatorKeys(localnet, local, index)));
    const templateOf = (name: string) => join(directory, "template", name);
    places = await createStorePlaces(stores, (name) => join(templateOf(name), "data"));
    const storePlaces = places;
    const prover = createSnarkjsProver();
    const templates = await Promise.all(operators.map(({ name }) => storePlaces.template(name)));
    const nodes = operators.map(({ name, env }, index) =>
      superviseNode({
        name,
        directory: templateOf(name),
        deployment: local.deployment,
        config: nodeConfig({ localnet, prover: relayerProver }, index, {
          store: templates[index]!.config,
          rpc: { vault: [localnet.vault.url], margin: [localnet.margin.url] },
          isTrustee: index === 0,
          minEntries: 1,
          race: { index, of: localnet.operators.length, handoverMs: 5_000, proofHandoverMs: 300_000 },
        }),
        env: { ...env, ...templates[index]!.env },
        operations: templates[index]!.operations,
        codeCache,
      }),
    );
    const people = createPeople(localnet, local, prover);
    await localnet.mineEvery(1);
    await Promise.all(nodes.map((node) => node.start()));
    await people.lender("lender", "100000");
    const { client, keys: carol, lock, state } = await people.locker("carol");
    const [market] = local.deployment.marginChain.markets;
    const { account } = await openAccount(client, {
      market: market!.name,
      lock,
      state,
      prover,
      profile: 2,
      floorBps: 9_000,
    });
    await prover.close();
    // The notice of the opening has to be over there: otherwise it would be a run's.
    await people.eventually(client, "vault", async () => {
      const [opened] = await client.vault.public.getContractEvents({
        address: local.deployment.vaultChain.orderInbox,
        abi: orderInboxAbi,
        eventName: "Opened",
        fromBlock: 0n,
      });
      return opened;
    });
    await untilIdle(nodes);
    await localnet.mineEvery(0);
    await untilLevel(nodes, localnet);
    for (const node of nodes)
      if ((await node.stop()) !== 0) throw new Error(`${node.name} did not stop: ${node.logFile}`);
    for (const template of templates) await template.close();

    const alice = await deriveKeys(localnet.key("alice").privateKey);
    for (const label of ["alice", "stranger", BYSTANDER]) await localnet.account(label);
    const depositor = transactionsOf(localnet, "vault", localnet.key("alice"));
    const deposits = (count: number, from: number) =>
      depositor(
        Array.from({ length: count }, (_, i) => {
          const amount = parseEther("0.01") * BigInt(1 + from + i);
          return {
            what: `deposit ${from + i}`,
            to: local.deployment.vaultChain.vault,
            value: amount + BigInt(local.deployment.vaultChain.entryFee),
            data: encodeFunctionData({
              abi: collateralVaultAbi,
              functionName: "deposit",
              args: [0, amount, precommitmentOf(alice.owner(0), alice.depositBlinding(from + i)), "0x"],
            }),
          };
        }),
        from,
      );
    const released = await transactionsOf(
      localnet,
      "margin",
      localnet.key("carol"),
    )([
      {
        what: "release",
        to: local.deployment.marginChain.engine,
        value: 0n,
        data: encodeFunctionData({ abi: marginEngineAbi, functionName: "release", args: [account] }),
      },
    ]);
    const first = [...(await deposits(FIRST_DEPOSITS, 0)), ...released];
    const later = await deposits(LATER_DEPOSITS, FIRST_DEPOSITS);
    const [, , , chunksBefore] = await client.vault.public.readContract({
      address: local.deployment.vaultChain.vault,
      abi: collateralVaultAbi,
      functionName: "queueState",
    });
    const [vaultHead, marginHead] = await Promise.all(localnet.chains.map((chain) => chain.public.getBlockNumber()));
    const baseFees = await Promise.all(
      localnet.chains.map(async (chain) => (await chain.public.getBlock()).baseFeePerGas ?? 0n),
    );
    let revert = await localnet.snapshot();
    return {
      localnet,
      local,
      client,
      alice,
      carol,
      account,
      lock,
      first,
      later,
      chunksBefore: Number(chunksBefore),
      startBlocks: { vault: vaultHead! + 1n, margin: marginHead! + 1n },
      operators,
      directory,
      codeCache,
      async reset() {
        await Promise.all(
          localnet.chains.map(({ test }) => test.request({ method: "anvil_dropAllTransactions" } as never)),
        );
        await revert();
        revert = await localnet.snapshot();
        // The node's idea of the next base fee is not part of its snapshots.
        await Promise.all(
          localnet.chains.map(({ test }, index) => test.setNextBlockBaseFeePerGas({ baseFeePerGas: baseFees[index]! })),
        );
      },
      copyStore: (operator, dataDir) => storePlaces.copy(operator, dataDir),
      storeKind: stores,
      prover: relayerProver,
      async stop() {
        await localnet.stop();
        await storePlaces.stop();
        rmSync(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await localnet.stop();
    await places?.stop();
    throw error;
  }
}

async function operatorKeys(localnet: Localnet, local: LocalHypothec, index: number): Promise<OperatorKeys> {
  const { name, dvnSigner, dvnAdmin, executor } = localnet.operators[index]!;
  const delivery = await localnet.account(`${name} delivery`);
  const variable = (role: string) => `${name.toUpperCase()}_${role}`;
  const env = {
    [variable("DELIVERY")]: delivery.privateKey,
    [variable("DVN_SIGNER")]: dvnSigner.privateKey,
    [variable("DVN_ADMIN")]: dvnAdmin.privateKey,
    [variable("EXECUTOR")]: executor.privateKey,
    [variable("TRUSTEE")]: `0x${local.trustee.secret.toString(16).padStart(64, "0")}`,
  };
  return { name, env, keys: [delivery, dvnAdmin, executor], trusteeEnv: variable("TRUSTEE") };
}

/** Signs transactions of one key in a row, at a price that no spike reaches. */
function transactionsOf(localnet: Localnet, side: Side, key: LocalKey) {
  return async (calls: { what: string; to: Hex; value: bigint; data: Hex }[], skip = 0): Promise<UserTransaction[]> => {
    const chain = localnet[side];
    const nonce = skip + (await chain.public.getTransactionCount({ address: key.address }));
    return Promise.all(
      calls.map(async ({ what, ...call }, i) => ({
        side,
        what,
        raw: await key.account.signTransaction({
          ...call,
          type: "eip1559",
          chainId: chain.chainId,
          nonce: nonce + i,
          gas: 600_000n,
          maxFeePerGas: parseGwei("5000"),
          maxPriorityFeePerGas: parseGwei("2"),
        }),
      })),
    );
  };
}

/** Waits until the stores have taken the last block. */
async function untilLevel(nodes: SupervisedNode[], localnet: Localnet): Promise<void> {
  const heads = new Map(
    await Promise.all(
      localnet.chains.map(async (chain) => [chain.name, Number(await chain.public.getBlockNumber())] as const),
    ),
  );
  for (const node of nodes) {
    for (;;) {
      const operations = await node.operations();
      const progress = (await operations?.progress()) ?? [];
      if (progress.length > 0 && progress.every(({ chain, head }) => head === heads.get(chain))) break;
    }
  }
}
