import { calculateGuid, Options, PacketSerializer } from "@layerzerolabs/lz-v2-utilities";
import { concat, keccak256, pad, type Hex } from "viem";
import { describe, expect, test } from "vitest";
import { decodePacket, lzReceiveGas } from "./packet.ts";

const sender = "0x1111111111111111111111111111111111111111";
const receiver = "0x2222222222222222222222222222222222222222";
const path = { version: 1, nonce: "9", srcEid: 30901, sender, dstEid: 30902, receiver };
const guid = calculateGuid(path) as Hex;
const message = { ...path, guid, message: "0xdeadbeef", payload: concat([guid, "0xdeadbeef"]) };
const encoded = PacketSerializer.serialize(message) as Hex;

describe("decodePacket", () => {
  test("default: reads what LayerZero's own utilities wrote", () => {
    const packet = decodePacket(encoded, Options.newOptions().addExecutorLzReceiveOption(200_000, 0).toHex() as Hex);
    expect(packet).toMatchObject({
      guid,
      nonce: 9n,
      srcEid: 30901,
      dstEid: 30902,
      receiver,
      message: "0xdeadbeef",
      gas: 200_000n,
    });
    expect(packet.sender).toBe(pad(sender, { size: 32 }));
    expect((packet.header.length - 2) / 2).toBe(81);
    expect(packet.payloadHash).toBe(keccak256(concat([guid, "0xdeadbeef"])));
  });
});

test("error: another packet version is nothing we know", () => {
  expect(() => decodePacket(PacketSerializer.serialize({ ...message, version: 0 }) as Hex, "0x")).toThrow("version 0");
});

describe("lzReceiveGas", () => {
  test("behavior: adds up what executors add up, and skips other options", () => {
    const options = Options.newOptions()
      .addExecutorLzReceiveOption(100_000, 0)
      .addExecutorNativeDropOption(5, receiver)
      .toHex() as Hex;
    const more = "0x01001101000000000000000000000000000f4240" as const; // 1,000,000, as OrderQueue appends it
    expect(lzReceiveGas(concat([options, more]))).toBe(1_100_000n);
  });
  test("behavior: 0 without options or of another type", () => {
    expect(lzReceiveGas("0x")).toBe(0n);
    expect(lzReceiveGas("0x0001")).toBe(0n);
  });
});
