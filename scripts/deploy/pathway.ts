import { Options } from "@layerzerolabs/lz-v2-utilities";
import { encodeAbiParameters, pad, type Address, type Hex } from "viem";

import { endpointAbi, oappAbi, ulnAbi } from "../../sdk/src/client/layerzeroAbi.ts";
import type { LzChain } from "../../sdk/src/client/deployment.ts";
import type { Sender } from "./sender.ts";

export type Pathway = {
  oapp: Address;
  lz: LzChain;
  remoteEid: number;
  /** Blocks of the source chain on top of a message's before a DVN may verify it. */
  confirmations: bigint;
};

const EXECUTOR_CONFIG = 1;
const ULN_CONFIG = 2;
/** An OApp's way to say "none": 0 would say "whatever LayerZero's default is". */
const NO_OPTIONAL_DVNS = 255;
/** Of one message, bytes. The largest, ORDERS with 32 SETTLEs, has 8,835; LayerZero carries 10,000. */
const MAX_MESSAGE_SIZE = 10_000;

const [ulnConfigParameter] = ulnAbi.find((item) => "name" in item && item.name === "getAppUlnConfig")!.outputs;
const executorConfigParameter = {
  type: "tuple",
  components: [
    { name: "maxMessageSize", type: "uint32" },
    { name: "executor", type: "address" },
  ],
} as const;

/** Names the OApp on the other chain. */
export async function setPeer(sender: Sender, oapp: Address, remoteEid: number, peer: Address): Promise<void> {
  await sender.call({ address: oapp, abi: oappAbi, functionName: "setPeer", args: [remoteEid, pad(peer)] });
}

/** Fixes how an OApp sends to a chain: library, executor, required DVNs, confirmations. Nothing is left to a default. */
export async function configureSending(sender: Sender, { oapp, lz, remoteEid, confirmations }: Pathway): Promise<void> {
  const setLibrary = [oapp, remoteEid, lz.sendUln];
  await sender.call({ address: lz.endpoint, abi: endpointAbi, functionName: "setSendLibrary", args: setLibrary });
  const executor = { maxMessageSize: MAX_MESSAGE_SIZE, executor: lz.executor };
  const config = [
    {
      eid: remoteEid,
      configType: EXECUTOR_CONFIG,
      config: encodeAbiParameters([executorConfigParameter], [executor]),
    },
    { eid: remoteEid, configType: ULN_CONFIG, config: ulnConfig(lz.dvns, confirmations) },
  ];
  const args = [oapp, lz.sendUln, config];
  await sender.call({ address: lz.endpoint, abi: endpointAbi, functionName: "setConfig", args });
}

/** Fixes what an OApp accepts from a chain: library (no grace for another), required DVNs, confirmations. */
export async function configureReceiving(
  sender: Sender,
  { oapp, lz, remoteEid, confirmations }: Pathway,
): Promise<void> {
  const noGrace = 0n;
  const setLibrary = [oapp, remoteEid, lz.receiveUln, noGrace];
  await sender.call({ address: lz.endpoint, abi: endpointAbi, functionName: "setReceiveLibrary", args: setLibrary });
  const config = [{ eid: remoteEid, configType: ULN_CONFIG, config: ulnConfig(lz.dvns, confirmations) }];
  const args = [oapp, lz.receiveUln, config];
  await sender.call({ address: lz.endpoint, abi: endpointAbi, functionName: "setConfig", args });
}

/** Sets the least gas that lzReceive gets for messages of a type, whoever sends them. */
export async function enforceGas(
  sender: Sender,
  parameters: { oapp: Address; remoteEid: number; msgType: number; lzReceiveGas: number },
): Promise<void> {
  const { oapp, remoteEid, msgType, lzReceiveGas } = parameters;
  const options = Options.newOptions().addExecutorLzReceiveOption(lzReceiveGas, 0).toHex() as Hex;
  const args = [[{ eid: remoteEid, msgType, options }]];
  await sender.call({ address: oapp, abi: oappAbi, functionName: "setEnforcedOptions", args });
}

function ulnConfig(dvns: readonly Address[], confirmations: bigint): Hex {
  const config = {
    confirmations,
    requiredDVNCount: dvns.length,
    optionalDVNCount: NO_OPTIONAL_DVNS,
    optionalDVNThreshold: 0,
    requiredDVNs: dvns,
    optionalDVNs: [],
  };
  return encodeAbiParameters([ulnConfigParameter], [config]);
}
