import { PacketV1Codec } from "@layerzerolabs/lz-v2-utilities";
import { concat, keccak256, size, slice, type Address, type Hex } from "viem";
import { RelayerError } from "../runtime/errors.ts";

/** A LayerZero packet of ours, as sent on its source chain. */
export type Packet = {
  guid: Hex;
  nonce: bigint;
  srcEid: number;
  /** 32 bytes. */
  sender: Hex;
  dstEid: number;
  receiver: Address;
  message: Hex;
  /** The first 81 bytes of the encoded packet. */
  header: Hex;
  /** keccak256(guid ‖ message). */
  payloadHash: Hex;
  /** Gas that the sender paid for, from the executor's lzReceive options, summed. */
  gas: bigint;
};

/** Decodes the arguments of `PacketSent`. */
export function decodePacket(encoded: Hex, options: Hex): Packet {
  const codec = PacketV1Codec.from(encoded);
  if (codec.version() !== 1)
    throw new RelayerError("packet_version", `The packet has version ${codec.version()}, expected 1.`, {
      severity: "permanent",
    });
  const guid = codec.guid() as Hex;
  const message = codec.message() as Hex;
  const sender = slice(encoded, 13, 45);
  return {
    guid,
    nonce: BigInt(codec.nonce()),
    srcEid: codec.srcEid(),
    sender,
    dstEid: codec.dstEid(),
    receiver: slice(encoded, 61, 81),
    message,
    header: slice(encoded, 0, 81),
    payloadHash: keccak256(concat([guid, message])),
    gas: lzReceiveGas(options),
  };
}

/**
 * The gas for lzReceive in type 3 options: `0003`, then items `worker u8 ‖ size u16 ‖ option u8 ‖ data`. Executors add up the
 * lzReceive options (worker 1, option 1: gas u128, or gas u128 ‖ value u128), so we do. The utilities' decoder returns only
 * the first, which is why this reads them itself.
 */
export function lzReceiveGas(options: Hex): bigint {
  if (size(options) < 2 || slice(options, 0, 2) !== "0x0003") return 0n;
  let gas = 0n;
  for (let offset = 2; offset + 4 <= size(options);) {
    const worker = Number(slice(options, offset, offset + 1));
    const length = Number(slice(options, offset + 1, offset + 3));
    const option = Number(slice(options, offset + 3, offset + 4));
    if (worker === 1 && option === 1 && length >= 17) gas += BigInt(slice(options, offset + 4, offset + 20));
    offset += 3 + length;
  }
  return gas;
}
