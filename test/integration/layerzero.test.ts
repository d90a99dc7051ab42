import { Options } from "@layerzerolabs/lz-v2-utilities";
import { encodeAbiParameters, type Address, type Hex, type TransactionReceipt } from "viem";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { packageArtifact } from "../../scripts/deploy/artifacts.ts";
import { configureReceiving, configureSending, setPeer } from "../../scripts/deploy/pathway.ts";
import { revertName } from "../support/errors.ts";
import type { LocalChain } from "../support/localnet/chain.ts";
import { createHandWorker, type HandWorker, type Packet } from "../support/localnet/handWorker.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";

// The smallest OApp that LayerZero ships compiled: it sends a string and keeps what it received.
const oappArtifact = packageArtifact("@layerzerolabs/oapp-evm", "artifacts/OAppMock.sol/OAppMock.json");
const { abi } = oappArtifact;
const CONFIRMATIONS = 2n;
const options = Options.newOptions().addExecutorLzReceiveOption(150_000, 0).toHex() as Hex;

let localnet: Localnet;
let worker: HandWorker;
let oapps: { vault: Address; margin: Address };

beforeAll(async () => {
  localnet = await startLocalnet();
  worker = createHandWorker(localnet);
  const [vault, margin] = await Promise.all(localnet.chains.map(deployOApp));
  oapps = { vault: vault!, margin: margin! };
  await configure(localnet.vault, vault!, localnet.margin, margin!);
  await configure(localnet.margin, margin!, localnet.vault, vault!);
  return () => localnet.stop();
});

describe("a message from the vault chain to the margin chain", () => {
  let packet: Packet;
  let rewind: () => Promise<void>;

  // A nonce that is never verified would hold back every later delivery of its pathway.
  afterEach(() => rewind());
  beforeEach(async () => {
    rewind = await localnet.snapshot();
    packet = worker.packets("vault", await send(localnet.vault, oapps.vault, localnet.margin, "hello"))[0]!;
  });

  test("default: two DVNs verify, anyone commits, the executor delivers", async () => {
    await worker.verify(packet);
    await worker.commit(packet);
    await worker.execute(packet);
    expect(await received(localnet.margin, oapps.margin)).toBe("hello");
  });

  test("behavior: a committed packet may be delivered by anyone, without the executor", async () => {
    await worker.verify(packet);
    await worker.commit(packet);
    await worker.lzReceive(packet);
    expect(await received(localnet.margin, oapps.margin)).toBe("hello");
  });

  test.each([0, 1])("error: DVN %i alone is not enough to commit", async (index) => {
    await worker.verify(packet, [localnet.operators[index]!]);
    expect(await revertName(worker.commit(packet))).toBe("LZ_ULN_Verifying");
    expect(await revertName(worker.lzReceive(packet))).toBe("LZ_InvalidNonce");
  });

  test("behavior: deliveries come in any order, once every earlier nonce is verified", async () => {
    const second = worker.packets("vault", await send(localnet.vault, oapps.vault, localnet.margin, "second"))[0]!;
    await worker.verify(second);
    await worker.commit(second);
    expect(await revertName(worker.lzReceive(second))).toBe("LZ_InvalidNonce");
    await worker.verify(packet);
    await worker.commit(packet);
    await worker.execute(second);
    await worker.execute(packet);
    expect(await received(localnet.margin, oapps.margin)).toBe("hello");
  });

  test("error: a DVN skips what another operator's key signed", async () => {
    const [alpha, beta] = localnet.operators;
    const forged = { ...alpha!, dvnSigner: beta!.dvnSigner };
    await expect(worker.verify(packet, [forged])).rejects.toThrow(/skipped/);
    expect(await revertName(worker.commit(packet))).toBe("LZ_ULN_Verifying");
  });

  test("error: too few confirmations do not count", async () => {
    await worker.verify(packet, localnet.operators, CONFIRMATIONS - 1n);
    expect(await revertName(worker.commit(packet))).toBe("LZ_ULN_Verifying");
    await worker.verify(packet);
    await worker.commit(packet);
  });

  test("error: a delivered message cannot be delivered, committed or verified again", async () => {
    await worker.verify(packet);
    await worker.commit(packet);
    await worker.lzReceive(packet);
    await worker.relay("vault", await send(localnet.vault, oapps.vault, localnet.margin, "second"));

    expect(await revertName(worker.lzReceive(packet))).toBe("LZ_PayloadHashNotFound");
    await expect(worker.execute(packet)).rejects.toThrow(/not delivered/);
    expect(await revertName(worker.commit(packet))).toBe("LZ_ULN_Verifying");
    await worker.verify(packet);
    expect(await revertName(worker.commit(packet))).toBe("LZ_PathNotVerifiable");
    expect(await received(localnet.margin, oapps.margin)).toBe("second");
  });

  test("error: another message under a verified packet's nonce is not delivered", async () => {
    await worker.verify(packet);
    await worker.commit(packet);
    const message = encodeAbiParameters([{ type: "string" }], ["goodbye"]);
    expect(await revertName(worker.lzReceive({ ...packet, message }))).toBe("LZ_PayloadHashNotFound");
  });

  test("behavior: with too little gas the payload stays, and anyone may deliver it later", async () => {
    await worker.verify(packet);
    await worker.commit(packet);
    await expect(worker.execute({ ...packet, gas: 30_000n })).rejects.toThrow(/not delivered/);
    await worker.execute(packet);
    expect(await received(localnet.margin, oapps.margin)).toBe("hello");
  });
});

test("behavior: messages go back, too", async () => {
  await worker.relay("margin", await send(localnet.margin, oapps.margin, localnet.vault, "and back"));
  expect(await received(localnet.vault, oapps.vault)).toBe("and back");
});

async function deployOApp(chain: LocalChain): Promise<Address> {
  const owner = localnet.layerZeroOwner;
  return chain.sender(owner).deploy(oappArtifact, [chain.lz.endpoint, owner.address]);
}

async function configure(here: LocalChain, oapp: Address, there: LocalChain, peer: Address): Promise<void> {
  const sender = here.sender(localnet.layerZeroOwner);
  const pathway = { oapp, lz: here.lz, remoteEid: there.eid, confirmations: CONFIRMATIONS };
  await setPeer(sender, oapp, there.eid, peer);
  await configureSending(sender, pathway);
  await configureReceiving(sender, pathway);
}

async function send(here: LocalChain, oapp: Address, there: LocalChain, text: string): Promise<TransactionReceipt> {
  const quote = { address: oapp, abi, functionName: "quote", args: [there.eid, text, options, false] };
  const { nativeFee } = (await here.public.readContract(quote)) as { nativeFee: bigint };
  const args = [there.eid, text, options, nativeFee];
  const sender = here.sender(localnet.layerZeroOwner);
  return sender.call({ address: oapp, abi, functionName: "send", args, value: nativeFee });
}

async function received(chain: LocalChain, oapp: Address): Promise<string> {
  return (await chain.public.readContract({ address: oapp, abi, functionName: "data" })) as string;
}
