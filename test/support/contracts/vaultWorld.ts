import { network } from "hardhat";
import { encodePacked, keccak256, encodeAbiParameters, pad, zeroAddress, type Abi, type Address, type Hex } from "viem";

import { hardhatArtifact, packageArtifact, testArtifact, type Artifact } from "../../../scripts/deploy/artifacts.ts";
import { proofWords } from "../circuits/evm.ts";
import { loadCircuit, type CircuitUnderTest } from "../circuits/harness.ts";
import { batchSample, emptyEntry, leafOf, type Entry, type Sample } from "../circuits/samples.ts";
import { entryMeta, precommitment, type Note } from "../reference/notes.ts";
import { createTree } from "../reference/tree.ts";

export const CHUNK = 16;
export const LOCAL_EID = 30_901;
export const MARGIN_EID = 30_902;
export const ENTRY_FEE = 10n ** 14n;
const SEAL_DELAY = 60n;
const CAP = 10n ** 15n;

/** Slots of the vaults of these tests: USDC (6 decimals), WBTC (8), DAI (18, 6 shared), the native asset (18, 8 shared). */
export const USDC = 0;
export const WBTC = 1;
export const DAI = 2;
export const NATIVE = 3;

export type ZkProof = { points: readonly bigint[]; commitment: bigint };
/** Entries with padding, the new root, the proof, who is paid. */
export type AppendArguments = readonly [readonly Entry[], bigint, ZkProof, Address];
export type Sent = { gas: bigint; hash: Hex };
export type VaultWorld = Awaited<ReturnType<typeof createVaultWorld>>;
export type Vault = Awaited<ReturnType<VaultWorld["createVault"]>>;

const circuits = new Map<string, CircuitUnderTest>();

/** A real proof of a sample, as the contracts take it. */
export async function prove(name: string, sample: Sample): Promise<ZkProof> {
  const circuit = circuits.get(name) ?? loadCircuit(name);
  circuits.set(name, circuit);
  const { proof } = await circuit.prove(sample.inputs);
  return { points: proofWords(proof), commitment: sample.publicSignals[0]! };
}

/** Hardhat's network with LayerZero's endpoint, the order inbox, the tokens and the generated verifiers. */
export async function createVaultWorld() {
  const { viem } = await network.create();
  const reader = await viem.getPublicClient();
  const test = await viem.getTestClient();
  const [owner, alice, bob, batcher, relayer] = await viem.getWalletClients();
  const chainId = BigInt(await reader.getChainId());

  async function deploy({ abi, bytecode }: Artifact, args: readonly unknown[] = []): Promise<Address> {
    const hash = await owner!.deployContract({ abi, bytecode, args });
    const { contractAddress } = await reader.waitForTransactionReceipt({ hash });
    return contractAddress!;
  }

  async function send(
    from: NonNullable<typeof owner>,
    address: Address,
    abi: Abi,
    functionName: string,
    args: readonly unknown[],
    value = 0n,
  ): Promise<Sent> {
    const call = { address, abi, functionName, args, value, account: from.account };
    await reader.simulateContract(call);
    const hash = await from.writeContract(call);
    const { gasUsed, status } = await reader.waitForTransactionReceipt({ hash });
    if (status !== "success") throw new Error(`${functionName} reverted in ${hash}`);
    return { gas: gasUsed, hash };
  }

  const endpointArtifact = packageArtifact(
    "@layerzerolabs/lz-evm-protocol-v2",
    "artifacts/contracts/EndpointV2.sol/EndpointV2.json",
  );
  const inboxArtifact = hardhatArtifact("messaging/OrderInbox");
  const vaultArtifact = hardhatArtifact("vault/CollateralVault");
  const tokenArtifact = testArtifact("support/TestToken");
  const endpoint = await deploy(endpointArtifact, [LOCAL_EID, owner!.account.address]);
  const orderInbox = await deploy(inboxArtifact, [endpoint, owner!.account.address]);
  const orderQueue = batcher!.account.address; // any address: the peer on the margin chain
  await send(owner!, orderInbox, inboxArtifact.abi, "setPeer", [MARGIN_EID, pad(orderQueue)]);
  const noteHash = await deploy(hardhatArtifact("vault/NoteHash"));
  const recoveryArtifact = hardhatArtifact("vault/RecoveryVault");
  const recoveryVault = await deploy(recoveryArtifact, [
    owner!.account.address,
    owner!.account.address,
    orderInbox,
    noteHash,
  ]);
  const tokens = [
    await deploy(tokenArtifact, ["USD Coin", "USDC", 6]),
    await deploy(tokenArtifact, ["Wrapped Bitcoin", "WBTC", 8]),
    await deploy(tokenArtifact, ["Dai", "DAI", 18]),
    zeroAddress,
  ] as const;
  const units = [1n, 1n, 10n ** 12n, 10n ** 10n];
  const sharedDecimals = [6, 8, 6, 8];
  const verifier = (name: string): Promise<Address> =>
    deploy(hardhatArtifact(`verifiers/dev-insecure/${name}VerifierDevInsecure`));
  const verifiers = {
    batch16Verifier: await verifier("Batch16"),
    batch64Verifier: await verifier("Batch64"),
    transactVerifier: await verifier("Transact"),
    settleVerifier: await verifier("Settle"),
  };

  async function createVault() {
    const { address: ownerAddress } = owner!.account;
    const config = { owner: ownerAddress, guardian: ownerAddress, orderInbox, recoveryVault, ...verifiers };
    const address = await deploy(vaultArtifact, [{ ...config, entryFee: ENTRY_FEE, sealDelay: SEAL_DELAY }]);
    const { abi } = vaultArtifact;
    for (const [slot, token] of tokens.entries()) {
      await send(owner!, address, abi, "listAsset", [slot, token, sharedDecimals[slot], CAP]);
      if (token === zeroAddress) continue;
      await send(owner!, token, tokenArtifact.abi, "mint", [alice!.account.address, 10n ** 40n]);
      await send(alice!, token, tokenArtifact.abi, "approve", [address, 2n ** 256n - 1n]);
    }

    const leaves = new Map<number, bigint>();
    let appended = 0;
    let pending: Entry[] = [];
    const read = (functionName: string, args: readonly unknown[] = []): Promise<unknown> =>
      reader.readContract({ address, abi, functionName, args });

    return {
      address,
      abi,
      read,
      /** What is in the tree. */
      leaves: leaves as ReadonlyMap<number, bigint>,
      root: (): bigint => createTree(leaves).root,
      /** Leaf index of the next entry. */
      nextLeaf: (): number => appended * CHUNK + pending.length,
      /** Queues a deposit of shared units to the owner of a note. */
      async deposit(note: Pick<Note, "owner" | "blinding">, slot: number, shared: bigint): Promise<Sent> {
        const pre = precommitment(note.owner, note.blinding);
        const amount = shared * units[slot]!;
        const value = slot === NATIVE ? amount + ENTRY_FEE : ENTRY_FEE;
        const sent = await send(alice!, address, abi, "deposit", [slot, amount, pre, "0x"], value);
        pending.push({ value: pre, meta: entryMeta(1, slot, shared) });
        return sent;
      },
      /** What a test queued by other means. */
      noteQueued(...commitments: bigint[]): void {
        pending.push(...commitments.map((value) => ({ value, meta: entryMeta(2, 0, 0n) })));
      },
      /** Ends the open chunk: what comes next goes into another one. */
      async seal(): Promise<void> {
        await test.increaseTime({ seconds: Number(SEAL_DELAY) });
        await test.mine({ blocks: 1 });
        await send(alice!, address, abi, "seal", []);
        while (pending.length % CHUNK !== 0) pending.push(emptyEntry);
      },
      /** The proven arguments of appendBatch for the next chunk, or the next four. Seals the last one if it is open. */
      async prepareAppend(chunks: 1 | 4 = 1): Promise<AppendArguments> {
        const size = chunks * CHUNK;
        if (pending.length < size && pending.length % CHUNK !== 0) await this.seal();
        if (pending.length < size) throw new Error(`${pending.length} entries pending, wanted ${size}`);
        const entries = pending.slice(0, size);
        const payee = batcher!.account.address;
        const sample = batchSample(entries, appended, leaves, chunks, undefined, BigInt(payee));
        const proof = await prove(chunks === 1 ? "batch16" : "batch64", sample);
        return [entries, sample.inputs.newRoot as bigint, proof, payee];
      },
      /** Sends what `prepareAppend` gave. */
      async sendAppend(args: AppendArguments): Promise<Sent> {
        const sent = await send(batcher!, address, abi, "appendBatch", args);
        const [entries] = args;
        for (const [i, entry] of entries.entries())
          if (entry.meta !== 0n) leaves.set(appended * CHUNK + i, leafOf(entry));
        appended += entries.length / CHUNK;
        pending = pending.slice(entries.length);
        return sent;
      },
      async append(chunks: 1 | 4 = 1): Promise<{ sent: Sent; args: AppendArguments }> {
        const args = await this.prepareAppend(chunks);
        return { sent: await this.sendAppend(args), args };
      },
    };
  }

  return {
    reader,
    test,
    chainId,
    owner: owner!,
    alice: alice!,
    bob: bob!,
    batcher: batcher!,
    relayer: relayer!,
    orderInbox,
    recoveryVault,
    tokens,
    units,
    send,
    createVault,
    balanceOf: (token: Address, who: Address): Promise<bigint> =>
      token === zeroAddress
        ? reader.getBalance({ address: who })
        : (reader.readContract({
            address: token,
            abi: tokenArtifact.abi,
            functionName: "balanceOf",
            args: [who],
          }) as Promise<bigint>),
    /** Hands packed orders to the inbox as LayerZero's endpoint would. */
    async deliverOrders(...orders: Hex[]): Promise<void> {
      const head = encodePacked(["uint8", "uint8", "uint8"], [3, 1, orders.length]);
      const body = orders.map((order) => encodePacked(["uint16", "bytes"], [(order.length - 2) / 2, order]).slice(2));
      await test.impersonateAccount({ address: endpoint });
      await test.setBalance({ address: endpoint, value: 10n ** 20n });
      const origin = { srcEid: MARGIN_EID, sender: pad(orderQueue), nonce: 1n };
      const args = [origin, pad("0x"), `${head}${body.join("")}`, zeroAddress, "0x"];
      const { abi } = inboxArtifact;
      const request = { address: orderInbox, abi, functionName: "lzReceive", args, account: endpoint };
      await reader.simulateContract(request);
      await owner!.writeContract(request);
    },
  };
}

/** `ext` of a transact (docs/encodings.md). */
export function transactExt(bound: {
  chainId: bigint;
  vault: Address;
  recipient: Address;
  relayer: Address;
  feeSlot: number;
  fee: bigint;
  deadline: number;
  memo0: Hex;
  memo1: Hex;
}): bigint {
  const types = "string, uint256, address, address, address, uint8, uint64, uint40, bytes32, bytes32";
  const encoded = encodeAbiParameters(
    types.split(", ").map((type) => ({ type })),
    [
      "hypothec.transact",
      bound.chainId,
      bound.vault,
      bound.recipient,
      bound.relayer,
      bound.feeSlot,
      bound.fee,
      bound.deadline,
      keccak256(bound.memo0),
      keccak256(bound.memo1),
    ],
  );
  return BigInt(keccak256(encoded)) >> 8n;
}

/** A domain (ACC-2). */
export function domainOf(srcEid: number, vault: Address, marginEid: number, engine: Address): bigint {
  const types = ["string", "uint32", "address", "uint32", "address"].map((type) => ({ type }));
  return BigInt(keccak256(encodeAbiParameters(types, ["hypothec.domain", srcEid, vault, marginEid, engine]))) >> 8n;
}
