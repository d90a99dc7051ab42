import { concatHex, encodePacked, keccak256, pad, toHex, type Address, type Hex } from "viem";

import type { Deployment } from "../../../sdk/src/client/deployment.ts";
import { createHandWorker } from "./handWorker.ts";
import { layerZeroArtifacts } from "./layerzero.ts";
import type { Localnet } from "./localnet.ts";

/**
 * Delivers a ROOT that no vault sent, as whoever holds the signer keys of both required DVNs could: through the real libraries, with real
 * signatures. Docs/encodings.md, Messages, has its layout.
 */
export async function forgeRoot(
  localnet: Localnet,
  { vaultChain, marginChain }: Deployment,
  root: bigint,
  { chunks = 1n << 20n, attestor = vaultChain.vault }: { chunks?: bigint; attestor?: Address } = {},
): Promise<void> {
  const worker = createHandWorker(localnet);
  const { margin, vault } = localnet;
  const sender = pad(vaultChain.messenger);
  const inbound = await margin.public.readContract({
    address: margin.lz.endpoint,
    abi: layerZeroArtifacts.endpoint.abi,
    functionName: "inboundNonce",
    args: [marginChain.rootInbox, vaultChain.eid, sender],
  });
  const nonce = (inbound as bigint) + 1n;
  const message = encodePacked(
    ["uint8", "uint8", "address", "bytes32", "uint64", "uint64", "address", "uint8"],
    [1, 1, vaultChain.vault, toHex(root, { size: 32 }), chunks, await vault.time(), attestor, 0],
  );
  const path = encodePacked(
    ["uint64", "uint32", "bytes32", "uint32", "bytes32"],
    [nonce, vaultChain.eid, sender, marginChain.eid, pad(marginChain.rootInbox)],
  );
  const guid: Hex = keccak256(path);
  const packet = {
    from: "vault",
    to: "margin",
    blockNumber: await vault.public.getBlockNumber(),
    header: concatHex(["0x01", path]),
    payloadHash: keccak256(concatHex([guid, message])),
    guid,
    nonce,
    srcEid: vaultChain.eid,
    sender,
    receiver: marginChain.rootInbox,
    message,
    gas: 500_000n,
  } as const;
  await worker.verify(packet, localnet.operators, 1_000n);
  await worker.commit(packet);
  await worker.lzReceive(packet);
}
