import { isAddressEqual, keccak256, pad, zeroAddress, type Address, type Hex, type PublicClient } from "viem";

import { vaultVerifiers } from "../client/deployment.ts";
import type { Deployment, LzChain, VaultVerifier, VerifierDeployment } from "../client/deployment.ts";
import { endpointAbi, linksAbi, oappAbi, ulnAbi } from "../client/layerzeroAbi.ts";
import { HypothecError } from "../errors/base.ts";

export type CheckWiringParameters = {
  deployment: Deployment;
  vault: { public: PublicClient };
  margin: { public: PublicClient };
};

/** Something about a deployment that must be put right before messages go over it. */
export type WiringProblem = {
  /** `defaultLibrary`, `tooFewDvns`, `missingPeer`, …: a stable word to branch on. */
  code: WiringProblemCode;
  /** Name of the chain in the deployment. */
  chain: string;
  contract: string;
  address: Address;
  /** What was found, what was expected. */
  message: string;
};

export type WiringProblemCode =
  | "wrongEndpoint"
  | "wrongEid"
  | "missingPeer"
  | "wrongPeer"
  | "defaultLibrary"
  | "wrongLibrary"
  | "libraryInGrace"
  | "tooFewDvns"
  | "wrongDvns"
  | "defaultOptionalDvns"
  | "confirmationsNotSet"
  | "confirmationsDiffer"
  | "defaultExecutor"
  | "wrongExecutor"
  | "missingEnforcedOptions"
  | "delegateNotOwner"
  | "wrongLink"
  | "wrongVerifierCode"
  | "engineNotReported"
  | "unreadable";

/** Message types of docs/encodings.md. */
const ROOT = 1;
const STATUS = 2;
const ORDERS = 3;
const RECOVERED = 4;

const MIN_DVNS = 2;
const NO_DVNS = 255;
const NO_CONFIRMATIONS = 2n ** 64n - 1n;

type Chain = { name: string; eid: number; lz: LzChain; reader: PublicClient };

/** One direction of a pathway as one of its two OApps is configured for it. */
type End = { chain: Chain; contract: string; oapp: Address; remote: Chain; peer: Address };

type Found = Omit<WiringProblem, "chain" | "contract" | "address">;

export type WiringReport = {
  /** Empty when nothing is wrong. */
  findings: WiringProblem[];
  /** The same, one line each. */
  problems: string[];
};

/**
 * Everything that is wrong with how a deployment's contracts are connected.
 *
 * Each OApp must have chosen, itself and on its pathway: its peer, library, at least two required DVNs (those of the deployment),
 * confirmations, executor and minimum options. What LayerZero's defaults are does not matter: they are LayerZero's to change.
 *
 * @example
 * const { problems } = await checkWiring({ deployment, vault: { public: s }, margin: { public: d } });
 * if (problems.length > 0) throw new Error(problems.join("\n"));
 */
export async function checkWiring({ deployment, vault, margin }: CheckWiringParameters): Promise<WiringReport> {
  const { vaultChain: s, marginChain: d } = deployment;
  const vaultSide: Chain = { name: s.name, eid: s.eid, lz: s.lz, reader: vault.public };
  const marginSide: Chain = { name: d.name, eid: d.eid, lz: d.lz, reader: margin.public };

  const messenger = end(vaultSide, "VaultMessenger", s.messenger, marginSide, d.rootInbox);
  const rootInbox = end(marginSide, "RootInbox", d.rootInbox, vaultSide, s.messenger);
  const orderQueue = end(marginSide, "OrderQueue", d.orderQueue, vaultSide, s.orderInbox);
  const orderInbox = end(vaultSide, "OrderInbox", s.orderInbox, marginSide, d.orderQueue);

  const checks = await Promise.all([
    ...[messenger, rootInbox, orderQueue, orderInbox].map((each) => collect(each, checkIdentity)),
    collect(messenger, (each) => checkSending(each, [ROOT, STATUS, RECOVERED])),
    collect(orderQueue, (each) => checkSending(each, [ORDERS])),
    collect(rootInbox, checkReceiving),
    collect(orderInbox, checkReceiving),
    collect(messenger, (each) => checkConfirmations(each, rootInbox)),
    collect(orderQueue, (each) => checkConfirmations(each, orderInbox)),
    collect(messenger, () => checkVaultLinks(deployment, vault.public)),
    ...vaultVerifiers.map((name) =>
      collect({ ...messenger, contract: name, oapp: s.verifiers[name].address }, (each) =>
        checkVerifier(each, { address: s.vault, functionName: name }, s.verifiers[name]),
      ),
    ),
    collect({ ...orderQueue, contract: "verifier", oapp: d.verifier.address }, (each) =>
      checkVerifier(each, { address: d.engine, functionName: "verifier" }, d.verifier),
    ),
    collect({ ...orderQueue, contract: "MarginEngine", oapp: d.engine }, () =>
      checkMarginLinks(deployment, margin.public),
    ),
  ]);
  const findings = checks.flat();
  return { findings, problems: findings.map(describeFinding) };
}

/** @throws HypothecError `wiring.unsafe`, with every finding in its arguments. */
export async function assertWiring(parameters: CheckWiringParameters): Promise<void> {
  const { findings, problems } = await checkWiring(parameters);
  if (problems.length === 0) return;
  throw new HypothecError(`The deployment's wiring has ${problems.length} problem(s):\n${problems.join("\n")}`, {
    code: "wiring.unsafe",
    args: { findings },
    whatToDo: "Have the owner of the contracts set what is missing on LayerZero's endpoint, then start again.",
  });
}

const describeFinding = ({ contract, address, chain, message, code }: WiringProblem): string =>
  `${contract} ${address} on ${chain}: ${message} (${code})`;

const end = (chain: Chain, contract: string, oapp: Address, remote: Chain, peer: Address): End => {
  return { chain, contract, oapp, remote, peer };
};

/** A contract that is not there, or is another one, is a problem too, not a crash. */
async function collect(at: End, check: (at: End) => Promise<Found[]>): Promise<WiringProblem[]> {
  const where = { chain: at.chain.name, contract: at.contract, address: at.oapp };
  try {
    return (await check(at)).map((found) => ({ ...found, ...where }));
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    return [{ ...where, code: "unreadable", message: `It could not be read: ${reason}` }];
  }
}

async function checkIdentity({ chain, oapp, remote, peer }: End): Promise<Found[]> {
  const { reader, lz } = chain;
  const app = { address: oapp, abi: oappAbi } as const;
  const [endpoint, owner, storedPeer, eid, delegate] = await Promise.all([
    reader.readContract({ ...app, functionName: "endpoint" }),
    reader.readContract({ ...app, functionName: "owner" }),
    reader.readContract({ ...app, functionName: "peers", args: [remote.eid] }),
    reader.readContract({ address: lz.endpoint, abi: endpointAbi, functionName: "eid" }),
    reader.readContract({ address: lz.endpoint, abi: endpointAbi, functionName: "delegates", args: [oapp] }),
  ]);
  const problems: Found[] = [];
  if (!isAddressEqual(endpoint, lz.endpoint)) {
    problems.push({ code: "wrongEndpoint", message: `Its endpoint is ${endpoint}, expected ${lz.endpoint}.` });
  }
  if (eid !== chain.eid) {
    problems.push({ code: "wrongEid", message: `The endpoint's id is ${eid}, expected ${chain.eid}.` });
  }
  if (BigInt(storedPeer) === 0n) {
    problems.push({ code: "missingPeer", message: `It has no peer on ${remote.name} (eid ${remote.eid}).` });
  } else if (storedPeer.toLowerCase() !== pad(peer).toLowerCase()) {
    problems.push({ code: "wrongPeer", message: `Its peer on ${remote.name} is ${storedPeer}, expected ${peer}.` });
  }
  if (!isAddressEqual(delegate, owner)) {
    problems.push({ code: "delegateNotOwner", message: `Its LayerZero delegate is ${delegate}, its owner ${owner}.` });
  }
  return problems;
}

async function checkSending(at: End, msgTypes: readonly number[]): Promise<Found[]> {
  const { chain, oapp, remote } = at;
  const { reader, lz } = chain;
  const endpoint = { address: lz.endpoint, abi: endpointAbi } as const;
  const args = [oapp, remote.eid] as const;
  const enforced = (msgType: number) =>
    reader.readContract({ address: oapp, abi: oappAbi, functionName: "enforcedOptions", args: [remote.eid, msgType] });
  const [isDefault, library, [, executor], ...options] = await Promise.all([
    reader.readContract({ ...endpoint, functionName: "isDefaultSendLibrary", args }),
    reader.readContract({ ...endpoint, functionName: "getSendLibrary", args }),
    reader.readContract({ address: lz.sendUln, abi: ulnAbi, functionName: "executorConfigs", args }),
    ...msgTypes.map(enforced),
  ]);
  const problems = checkLibrary("send", isDefault, library, lz.sendUln);
  if (isAddressEqual(executor, zeroAddress)) {
    problems.push({
      code: "defaultExecutor",
      message: `It leaves the executor towards ${remote.name} to the default.`,
    });
  } else if (!isAddressEqual(executor, lz.executor)) {
    problems.push({ code: "wrongExecutor", message: `Its executor is ${executor}, expected ${lz.executor}.` });
  }
  for (const [i, msgType] of msgTypes.entries()) {
    if (enforcesGas(options[i]!)) continue;
    const what = `It enforces no lzReceive gas for messages of type ${msgType} to ${remote.name}`;
    problems.push({ code: "missingEnforcedOptions", message: `${what}: whoever sends would choose it.` });
  }
  return [...problems, ...(await checkUln(at, lz.sendUln))];
}

async function checkReceiving(at: End): Promise<Found[]> {
  const { chain, oapp, remote } = at;
  const { reader, lz } = chain;
  const endpoint = { address: lz.endpoint, abi: endpointAbi } as const;
  const args = [oapp, remote.eid] as const;
  const [[library, isDefault], [graceLibrary, graceEnd], head] = await Promise.all([
    reader.readContract({ ...endpoint, functionName: "getReceiveLibrary", args }),
    reader.readContract({ ...endpoint, functionName: "receiveLibraryTimeout", args }),
    reader.getBlockNumber(),
  ]);
  const problems = checkLibrary("receive", isDefault, library, lz.receiveUln);
  if (!isDefault && !isAddressEqual(graceLibrary, zeroAddress) && graceEnd > head) {
    const message = `It also accepts messages of the old library ${graceLibrary} until block ${graceEnd}.`;
    problems.push({ code: "libraryInGrace", message });
  }
  return [...problems, ...(await checkUln(at, lz.receiveUln))];
}

function checkLibrary(kind: string, isDefault: boolean, library: Address, expected: Address): Found[] {
  if (isDefault)
    return [{ code: "defaultLibrary", message: `Its ${kind} library is LayerZero's default (${library}).` }];
  if (isAddressEqual(library, expected)) return [];
  return [{ code: "wrongLibrary", message: `Its ${kind} library is ${library}, expected ${expected}.` }];
}

/** `getAppUlnConfig` is what the OApp itself has set; `getUlnConfig` would fill in the defaults. */
async function checkUln({ chain, oapp, remote }: End, library: Address): Promise<Found[]> {
  const config = await ulnConfig(chain, library, oapp, remote);
  const { confirmations, requiredDVNCount: count, optionalDVNCount } = config;
  const expected = chain.lz.dvns;
  const problems: Found[] = [];
  if (count < MIN_DVNS || count === NO_DVNS) {
    const how =
      count === 0 ? "leaves its required DVNs to the default" : `requires ${count === NO_DVNS ? 0 : count} DVN(s)`;
    problems.push({ code: "tooFewDvns", message: `It ${how} towards ${remote.name}, expected at least ${MIN_DVNS}.` });
  } else if (!sameAddresses(config.requiredDVNs, expected)) {
    const message = `It requires the DVNs ${config.requiredDVNs.join(", ")}, expected ${expected.join(", ")}.`;
    problems.push({ code: "wrongDvns", message });
  }
  if (optionalDVNCount === 0) {
    problems.push({ code: "defaultOptionalDvns", message: "It leaves its optional DVNs to the default." });
  }
  if (confirmations === 0n || confirmations === NO_CONFIRMATIONS) {
    const what = confirmations === 0n ? "leaves its confirmations to the default" : "asks for no confirmations";
    problems.push({ code: "confirmationsNotSet", message: `It ${what} towards ${remote.name}.` });
  }
  return problems;
}

/** A receiver that asks for more than the sender pays for would wait for ever. */
async function checkConfirmations(sender: End, receiver: End): Promise<Found[]> {
  const [sent, received] = await Promise.all([
    ulnConfig(sender.chain, sender.chain.lz.sendUln, sender.oapp, sender.remote),
    ulnConfig(receiver.chain, receiver.chain.lz.receiveUln, receiver.oapp, receiver.remote),
  ]);
  if (sent.confirmations === received.confirmations) return [];
  const message = `It sends with ${sent.confirmations} confirmations, ${receiver.contract} asks for ${received.confirmations}.`;
  return [{ code: "confirmationsDiffer", message }];
}

const ulnConfig = ({ reader }: Chain, library: Address, oapp: Address, remote: Chain) =>
  reader.readContract({ address: library, abi: ulnAbi, functionName: "getAppUlnConfig", args: [oapp, remote.eid] });

async function checkVaultLinks({ vaultChain, marginChain }: Deployment, reader: PublicClient): Promise<Found[]> {
  const { vault, messenger, orderInbox, recoveryVault, eid } = vaultChain;
  const at = (address: Address) => ({ address, abi: linksAbi }) as const;
  const [vaultsInbox, messengersInbox, recoverysInbox, vaultsRecovery, localEid] = await Promise.all([
    reader.readContract({ ...at(vault), functionName: "orderInbox" }),
    reader.readContract({ ...at(messenger), functionName: "orderInbox" }),
    reader.readContract({ ...at(recoveryVault), functionName: "orderInbox" }),
    reader.readContract({ ...at(vault), functionName: "recoveryVault" }),
    reader.readContract({ ...at(vault), functionName: "localEid" }),
  ]);
  // Of the inbox that the messenger reports from, whatever the deployment names.
  const engines = await reader.readContract({
    ...at(messengersInbox),
    functionName: "engines",
    args: [marginChain.eid],
  });
  const problems = [
    ...link("The vault's order inbox", vaultsInbox, orderInbox),
    ...link("The messenger's order inbox", messengersInbox, orderInbox),
    ...link("The recovery vault's order inbox", recoverysInbox, orderInbox),
    ...link("The vault's recovery vault", vaultsRecovery, recoveryVault),
  ];
  if (localEid !== eid) {
    problems.push({ code: "wrongEid", message: `The vault computes domains with eid ${localEid}, expected ${eid}.` });
  }
  if (!engines.some((engine) => isAddressEqual(engine, marginChain.engine))) {
    const message = `Its roots to ${marginChain.name} do not report on the engine ${marginChain.engine}.`;
    problems.push({ code: "engineNotReported", message });
  }
  return problems;
}

async function checkMarginLinks({ marginChain }: Deployment, reader: PublicClient): Promise<Found[]> {
  const { engine, rootInbox, orderQueue, priceBoard, eid, markets } = marginChain;
  const at = (address: Address) => ({ address, abi: linksAbi }) as const;
  const [localEid, roots, orders, prices, ...pools] = await Promise.all([
    reader.readContract({ ...at(engine), functionName: "localEid" }),
    reader.readContract({ ...at(engine), functionName: "rootInbox" }),
    reader.readContract({ ...at(engine), functionName: "orderQueue" }),
    reader.readContract({ ...at(engine), functionName: "priceBoard" }),
    ...markets.map(({ pool }) => reader.readContract({ ...at(pool), functionName: "engine" })),
  ]);
  const problems = [
    ...link("Its root inbox", roots, rootInbox),
    ...link("Its order queue", orders, orderQueue),
    ...link("Its price board", prices, priceBoard),
    ...pools.flatMap((poolsEngine, i) => link(`The engine of the pool of ${markets[i]!.name}`, poolsEngine, engine)),
  ];
  if (localEid !== eid) {
    problems.push({ code: "wrongEid", message: `It computes domains with eid ${localEid}, expected ${eid}.` });
  }
  return problems;
}

/** The contract must ask the verifier whose code was compared with its key when it was deployed. */
async function checkVerifier(
  { chain }: End,
  asker: { address: Address; functionName: VaultVerifier | "verifier" },
  expected: VerifierDeployment,
): Promise<Found[]> {
  const [got, code] = await Promise.all([
    chain.reader.readContract({ ...asker, abi: linksAbi }),
    chain.reader.getCode({ address: expected.address }),
  ]);
  const codeHash = code === undefined ? "none" : keccak256(code);
  const problems = link(`The ${asker.functionName} of ${asker.address}`, got, expected.address);
  if (codeHash !== expected.codeHash) {
    const message = `The hash of its code is ${codeHash}, expected ${expected.codeHash}: its key is not known.`;
    problems.push({ code: "wrongVerifierCode", message });
  }
  return problems;
}

function link(what: string, got: Address, expected: Address): Found[] {
  return isAddressEqual(got, expected)
    ? []
    : [{ code: "wrongLink", message: `${what} is ${got}, expected ${expected}.` }];
}

function sameAddresses(a: readonly Address[], b: readonly Address[]): boolean {
  return a.length === b.length && a.every((address, i) => isAddressEqual(address, b[i]!));
}

/**
 * Whether options of LayerZero's type 3 (`3 u16, then worker u8, size u16, type u8, data`) hold an lzReceive option (executor = worker 1,
 * type 1) with gas (u128).
 */
function enforcesGas(options: Hex): boolean {
  const bytes = options.slice(2);
  if (!bytes.startsWith("0003")) return false;
  for (let at = 4; at + 8 <= bytes.length;) {
    const worker = bytes.slice(at, at + 2);
    const size = Number.parseInt(bytes.slice(at + 2, at + 6), 16);
    const type = bytes.slice(at + 6, at + 8);
    const gas = bytes.slice(at + 8, at + 40);
    if (worker === "01" && type === "01" && gas.length === 32 && BigInt(`0x${gas}`) > 0n) return true;
    at += 6 + 2 * size;
  }
  return false;
}
