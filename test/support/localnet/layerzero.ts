import { parseUnits, zeroAddress, type Address } from "viem";

import { packageArtifact, type Artifact } from "../../../scripts/deploy/artifacts.ts";
import type { Sender } from "../../../scripts/deploy/sender.ts";

/** LayerZero V2 on one chain, every contract the protocol's own. */
export type LayerZero = {
  endpoint: Address;
  sendUln: Address;
  receiveUln: Address;
  priceFeed: Address;
  executor: Address;
  /** Each operator's DVN, in the order of the operators. */
  operatorDvns: Address[];
  /** The same DVNs ascending, as ULN configurations want them. */
  dvns: Address[];
  receiveUlnView: Address;
  endpointView: Address;
};

export type LayerZeroParameters = {
  eid: number;
  remoteEid: number;
  /** Owns the protocol's contracts. */
  owner: Sender;
  /** Deploys and administers a DVN each; `signer` signs what it verifies. */
  operators: { admin: Sender; signer: Address; executor: Address }[];
};

/** LayerZero numbers the endpoints of its first version from 0 and those of the second from 30000; fees go by the first. */
const firstVersionEid = (eid: number): number => eid % 30_000;

const TREASURY_GAS_LIMIT = 100_000n;
const TREASURY_NATIVE_FEE_CAP = 10n ** 18n;
const NATIVE_DECIMALS_RATE = 10n ** 18n;
/** Of price ratios and USD prices in the fee contracts. */
const PRICE_DENOMINATOR = 20;
const GAS_PRICE_WEI = 10n ** 9n;
const GAS_PER_BYTE = 16;
/** Measured, with room: DVN.execute(verify) takes 69,694 warm, endpoint.lzReceive 40,000 on top of the receiver. */
const DVN_GAS = 110_000n;
const LZ_RECEIVE_BASE_GAS = 60_000n;
const LZ_COMPOSE_BASE_GAS = 50_000n;
const FEE_MULTIPLIER_BPS = 12_000;
const NATIVE_CAP = parseUnits("0.1", 18);
export const MAX_MESSAGE_SIZE = 10_000;

const protocol = (path: string): Artifact =>
  packageArtifact("@layerzerolabs/lz-evm-protocol-v2", `artifacts/contracts/${path}`);
const messagelib = (path: string): Artifact =>
  packageArtifact("@layerzerolabs/lz-evm-messagelib-v2", `artifacts/contracts/${path}`);

export const layerZeroArtifacts = {
  endpoint: protocol("EndpointV2.sol/EndpointV2.json"),
  endpointView: protocol("EndpointV2View.sol/EndpointV2View.json"),
  sendUln: messagelib("uln/uln302/SendUln302.sol/SendUln302.json"),
  receiveUln: messagelib("uln/uln302/ReceiveUln302.sol/ReceiveUln302.json"),
  receiveUlnView: messagelib("uln/uln302/ReceiveUln302View.sol/ReceiveUln302View.json"),
  priceFeed: messagelib("PriceFeed.sol/PriceFeed.json"),
  executor: messagelib("Executor.sol/Executor.json"),
  executorFeeLib: messagelib("ExecutorFeeLib.sol/ExecutorFeeLib.json"),
  dvn: messagelib("uln/dvn/DVN.sol/DVN.json"),
  dvnFeeLib: messagelib("uln/dvn/DVNFeeLib.sol/DVNFeeLib.json"),
};

/**
 * Deploys LayerZero V2 from the bytecode its packages ship and opens the pathway to one other chain.
 *
 * The proxied contracts (price feed, executor, views) stand alone here: their `proxied` modifier then lets `initialize` run
 * once. The pathway's *defaults* name one DVN and one confirmation: what an OApp must not rely on.
 */
export async function deployLayerZero(parameters: LayerZeroParameters): Promise<LayerZero> {
  const { eid, remoteEid, owner, operators } = parameters;
  const a = layerZeroArtifacts;

  const endpoint = await owner.deploy(a.endpoint, [eid, owner.from]);
  const sendUln = await owner.deploy(a.sendUln, [endpoint, TREASURY_GAS_LIMIT, TREASURY_NATIVE_FEE_CAP]);
  const receiveUln = await owner.deploy(a.receiveUln, [endpoint]);

  const priceFeed = await deployPriceFeed(owner, remoteEid);
  const executor = await deployExecutor(parameters, { endpoint, sendUln, priceFeed });
  const operatorDvns: Address[] = [];
  for (const operator of operators) {
    operatorDvns.push(await deployDvn(operator, parameters, { sendUln, receiveUln, priceFeed }));
  }

  const call = (name: "endpoint" | "sendUln" | "receiveUln", address: Address, functionName: string, args: unknown[]) =>
    owner.call({ address, abi: a[name].abi, functionName, args });
  const uln = {
    confirmations: 1n,
    requiredDVNCount: 1,
    optionalDVNCount: 0,
    optionalDVNThreshold: 0,
    requiredDVNs: operatorDvns.slice(0, 1),
    optionalDVNs: [],
  };
  await call("sendUln", sendUln, "setDefaultUlnConfigs", [[{ eid: remoteEid, config: uln }]]);
  const executorConfig = { maxMessageSize: MAX_MESSAGE_SIZE, executor };
  await call("sendUln", sendUln, "setDefaultExecutorConfigs", [[{ eid: remoteEid, config: executorConfig }]]);
  await call("receiveUln", receiveUln, "setDefaultUlnConfigs", [[{ eid: remoteEid, config: uln }]]);
  await call("endpoint", endpoint, "registerLibrary", [sendUln]);
  await call("endpoint", endpoint, "registerLibrary", [receiveUln]);
  await call("endpoint", endpoint, "setDefaultSendLibrary", [remoteEid, sendUln]);
  await call("endpoint", endpoint, "setDefaultReceiveLibrary", [remoteEid, receiveUln, 0n]);

  const endpointView = await owner.deploy(a.endpointView);
  await owner.call({ address: endpointView, abi: a.endpointView.abi, functionName: "initialize", args: [endpoint] });
  const receiveUlnView = await owner.deploy(a.receiveUlnView);
  const viewOf = [endpoint, receiveUln];
  await owner.call({ address: receiveUlnView, abi: a.receiveUlnView.abi, functionName: "initialize", args: viewOf });

  const dvns = ascending(operatorDvns);
  return { endpoint, sendUln, receiveUln, priceFeed, executor, operatorDvns, dvns, receiveUlnView, endpointView };
}

async function deployPriceFeed(owner: Sender, remoteEid: number): Promise<Address> {
  const { abi } = layerZeroArtifacts.priceFeed;
  const address = await owner.deploy(layerZeroArtifacts.priceFeed);
  await owner.call({ address, abi, functionName: "initialize", args: [owner.from] });
  const price = {
    priceRatio: parseUnits("1", PRICE_DENOMINATOR),
    gasPriceInUnit: GAS_PRICE_WEI,
    gasPerByte: GAS_PER_BYTE,
  };
  const update = [{ eid: firstVersionEid(remoteEid), price }];
  await owner.call({ address, abi, functionName: "setPrice", args: [update] });
  const usd = parseUnits("3000", PRICE_DENOMINATOR);
  await owner.call({ address, abi, functionName: "setNativeTokenPriceUSD", args: [usd] });
  return address;
}

/** One executor contract per chain, as in LayerZero; every operator's executor key may drive it. */
async function deployExecutor(
  { owner, eid, remoteEid, operators }: LayerZeroParameters,
  at: { endpoint: Address; sendUln: Address; priceFeed: Address },
): Promise<Address> {
  const { abi } = layerZeroArtifacts.executor;
  const admins = [owner.from, ...operators.map((operator) => operator.executor)];
  const address = await owner.deploy(layerZeroArtifacts.executor);
  const initialize = [at.endpoint, zeroAddress, [at.sendUln], at.priceFeed, owner.from, admins];
  await owner.call({ address, abi, functionName: "initialize", args: initialize });
  const feeLib = await owner.deploy(layerZeroArtifacts.executorFeeLib, [eid, NATIVE_DECIMALS_RATE]);
  await owner.call({ address, abi, functionName: "setWorkerFeeLib", args: [feeLib] });
  const destination = {
    dstEid: remoteEid,
    lzReceiveBaseGas: LZ_RECEIVE_BASE_GAS,
    lzComposeBaseGas: LZ_COMPOSE_BASE_GAS,
    multiplierBps: FEE_MULTIPLIER_BPS,
    floorMarginUSD: 0n,
    nativeCap: NATIVE_CAP,
  };
  await owner.call({ address, abi, functionName: "setDstConfig", args: [[destination]] });
  return address;
}

async function deployDvn(
  { admin, signer }: LayerZeroParameters["operators"][number],
  { eid, remoteEid }: LayerZeroParameters,
  at: { sendUln: Address; receiveUln: Address; priceFeed: Address },
): Promise<Address> {
  const { abi } = layerZeroArtifacts.dvn;
  const libraries = [at.sendUln, at.receiveUln];
  const quorum = 1n;
  const address = await admin.deploy(layerZeroArtifacts.dvn, [
    eid,
    firstVersionEid(eid),
    libraries,
    at.priceFeed,
    [signer],
    quorum,
    [admin.from],
  ]);
  const feeLib = await admin.deploy(layerZeroArtifacts.dvnFeeLib, [eid, NATIVE_DECIMALS_RATE]);
  await admin.call({ address, abi, functionName: "setWorkerFeeLib", args: [feeLib] });
  const destination = { dstEid: remoteEid, gas: DVN_GAS, multiplierBps: FEE_MULTIPLIER_BPS, floorMarginUSD: 0n };
  await admin.call({ address, abi, functionName: "setDstConfig", args: [[destination]] });
  return address;
}

export function ascending(addresses: readonly Address[]): Address[] {
  return [...addresses].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
}
