import {
  concatHex,
  encodeAbiParameters,
  encodeFunctionData,
  encodePacked,
  getAddress,
  keccak256,
  pad,
  parseAbi,
  toHex,
  zeroAddress,
  type Address,
  type Hex,
} from "viem";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { hardhatArtifact } from "../../scripts/deploy/artifacts.ts";
import { deployHypothec, lzReceiveGas } from "../../scripts/deploy/deploy.ts";
import { formatReport } from "../../scripts/deploy/report.ts";
import { marginEngineAbi } from "../../sdk/src/abis/index.ts";
import { checkWiring, type WiringProblemCode } from "../../sdk/src/actions/checkWiring.ts";
import { parseDeployment, type Deployment } from "../../sdk/src/client/deployment.ts";
import { oappAbi } from "../../sdk/src/client/layerzeroAbi.ts";
import { layerZeroArtifacts } from "../support/localnet/layerzero.ts";
import { deployLocalHypothec, planLocalHypothec, pricesAt, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { LOCAL_ASSETS, LOCAL_POOL, LOCAL_SOURCE, SYMBOLS } from "../support/localnet/parameters.ts";

const SOME_ADDRESS = "0x00000000000000000000000000000000000000aa";

let localnet: Localnet;
let hypothec: LocalHypothec;
let rewind: () => Promise<void>;

beforeAll(async () => {
  localnet = await startLocalnet();
  hypothec = await deployLocalHypothec(localnet);
  return () => localnet.stop();
});

beforeEach(async () => {
  rewind = await localnet.snapshot();
});
afterEach(() => rewind());

const clients = () => ({ vault: { public: localnet.vault.public }, margin: { public: localnet.margin.public } });

async function codes(deployment: Deployment = hypothec.deployment): Promise<WiringProblemCode[]> {
  const { findings } = await checkWiring({ deployment, ...clients() });
  return [...new Set(findings.map(({ code }) => code))].sort();
}

describe("deployHypothec", () => {
  test("default: nothing is left to LayerZero's defaults", async () => {
    const { problems } = await checkWiring({ deployment: hypothec.deployment, ...clients() });
    expect(problems).toEqual([]);
  });

  test("behavior: the deployment survives its file", () => {
    expect(parseDeployment(JSON.parse(JSON.stringify(hypothec.deployment)))).toEqual(hypothec.deployment);
  });

  test("behavior: the report has every contract with its gas", () => {
    const { vaultChain: s, marginChain: d } = hypothec.deployment;
    const reported = new Set(hypothec.ledger.map(({ chain, contract }) => `${chain} ${contract ?? ""}`));
    for (const address of [s.vault, s.messenger, s.orderInbox]) expect(reported).toContain(`${s.name} ${address}`);
    for (const address of [d.engine, d.orderQueue, d.rootInbox, d.priceBoard, d.riskSet, d.lens, d.markets[0]!.pool]) {
      expect(reported).toContain(`${d.name} ${address}`);
    }
    expect(hypothec.ledger.every(({ gas }) => gas >= 21_000n)).toBe(true);
    expect(formatReport(hypothec.ledger)).toContain(d.engine);
  });

  test("behavior: the feeds show the day's first prices, per shared unit", async () => {
    const { priceBoard, setId } = hypothec.deployment.marginChain;
    const { abi } = hardhatArtifact("risk/PriceBoard");
    const read = { address: priceBoard, abi, functionName: "livePrices", args: [setId] };
    const live = (await localnet.margin.public.readContract(read)) as bigint[];
    const prices = pricesAt("2021-05-18");
    const expected = Array<bigint>(8).fill(0n);
    for (const symbol of SYMBOLS) {
      const { slot, sharedDecimals } = LOCAL_ASSETS[symbol];
      // 8 decimals of USD a unit; 10⁶ µUSD a USD; 10^sharedDecimals shared units a unit.
      expected[slot] = (prices[symbol] * 10n ** 6n * 2n ** 64n) / 10n ** BigInt(8 + sharedDecimals);
    }
    expect(live).toEqual(expected);
  });

  test("behavior: vault, source and set have the limits of their plans", async () => {
    const { vaultChain: s, marginChain: d } = hypothec.deployment;
    const vault = { address: s.vault, abi: hardhatArtifact("vault/CollateralVault").abi };
    for (const symbol of SYMBOLS) {
      const { slot, sharedDecimals, cap } = LOCAL_ASSETS[symbol];
      const most = BigInt(cap) * 10n ** BigInt(sharedDecimals);
      const limit = await localnet.vault.public.readContract({ ...vault, functionName: "outflowLimit", args: [slot] });
      expect(limit).toEqual([most / 2n, most / 100n, most / 2n]);
    }
    const board = { address: d.priceBoard, abi: hardhatArtifact("risk/PriceBoard").abi };
    const breaker = await localnet.margin.public.readContract({ ...board, functionName: "breaker", args: [d.setId] });
    expect(breaker).toEqual([[2_000, 2_000, 4_000, 600, 0, 0, 0, 0], 3_600, 3_600]);
    const engine = { address: d.engine, abi: marginEngineAbi };
    const market = d.markets[0]!;
    const [guardian, source] = await Promise.all([
      localnet.margin.public.readContract({ ...engine, functionName: "guardian" }),
      localnet.margin.public.readContract({
        ...engine,
        functionName: "source",
        args: [market.id, market.sourceId],
      }),
    ]);
    expect(guardian).toBe(await localnet.vault.public.readContract({ ...vault, functionName: "guardian" }));
    const { maxRootAge, maxCoveragePerLock, exposureCap, coverageBurst, coveragePerHour } = LOCAL_SOURCE;
    const limits = { maxRootAge, maxCoveragePerLock, exposureCap, coverageBurst, coveragePerHour };
    expect(source).toMatchObject({ ...limits, coverageAvailable: coverageBurst, revocations: 0, revokedAt: 0 });
  });

  test("behavior: the pool has the caps, the guardian, the reserve and the rate model of its plan", async () => {
    const { abi } = hardhatArtifact("margin/CreditPool");
    const poolOf = async (made: Pick<LocalHypothec, "deployment">) => {
      const at = { address: made.deployment.marginChain.markets[0]!.pool, abi };
      const names = [
        "supplyCap",
        "borrowCap",
        "guardian",
        "reserveFactorBps",
        "reserveRecipient",
        "rateModel",
      ] as const;
      const read = (functionName: string) => localnet.margin.public.readContract({ ...at, functionName });
      return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)] as const)));
    };
    const none = { guardian: zeroAddress, reserveFactorBps: 0, reserveRecipient: zeroAddress };
    const { supplyCap, borrowCap } = LOCAL_POOL;
    expect(await poolOf(hypothec)).toMatchObject({ supplyCap, borrowCap, ...none });

    const recipient = getAddress(SOME_ADDRESS);
    const pool = {
      rateModel: { kind: "adaptive" } as const,
      supplyCap: 7n,
      borrowCap: 6n,
      guardian: recipient,
      reserve: { factorBps: 1_000, recipient },
    };
    const { plan } = await planLocalHypothec(localnet, { pool });
    const other = await poolOf(await deployHypothec(plan));
    expect(other).toMatchObject({ supplyCap: 7n, borrowCap: 6n, guardian: recipient });
    expect(other).toMatchObject({ reserveFactorBps: 1_000, reserveRecipient: recipient });
    const model = { address: other.rateModel as Address, abi: hardhatArtifact("margin/AdaptiveRateModel").abi };
    const target = await localnet.margin.public.readContract({ ...model, functionName: "TARGET_UTILISATION" });
    expect(target).toBe(9n * 10n ** 17n);
  });

  test("error: one DVN is refused", async () => {
    const { plan } = await planLocalHypothec(localnet);
    plan.marginChain.lz.dvns = plan.marginChain.lz.dvns.slice(0, 1);
    await expect(deployHypothec(plan)).rejects.toMatchObject({ code: "wiring.unsafe" });
  });

  test("error: the RPC of another chain is refused before anything is deployed", async () => {
    const { plan } = await planLocalHypothec(localnet);
    const head = await localnet.vault.public.getBlockNumber();
    plan.marginChain.chainId = plan.vaultChain.chainId;
    await expect(deployHypothec(plan)).rejects.toThrow(/31338.*31337/);
    expect(await localnet.vault.public.getBlockNumber()).toBe(head);
  });
});

describe("checkWiring", () => {
  const vaultSide = () => localnet.vault;
  const marginSide = () => localnet.margin;
  const at = () => ({ ...hypothec.deployment.vaultChain, ...hypothec.deployment.marginChain });

  type Break = { what: string; expected: WiringProblemCode[]; by: () => Promise<unknown> };
  const breaks: Break[] = [
    {
      what: "the messenger's send library is the default",
      expected: ["defaultLibrary"],
      by: () => onEndpoint("vault", "setSendLibrary", [at().messenger, marginSide().eid, zeroAddress]),
    },
    {
      what: "the root inbox's receive library is the default",
      expected: ["defaultLibrary"],
      by: () => onEndpoint("margin", "setReceiveLibrary", [at().rootInbox, vaultSide().eid, zeroAddress, 0n]),
    },
    {
      what: "an old library is still accepted",
      expected: ["libraryInGrace"],
      by: () => {
        const args = [at().rootInbox, vaultSide().eid, marginSide().lz.receiveUln, 1_000_000n];
        return onEndpoint("margin", "setReceiveLibraryTimeout", args);
      },
    },
    {
      what: "one DVN",
      expected: ["tooFewDvns"],
      by: () => setUln("margin", at().rootInbox, "receive", { requiredDVNs: marginSide().lz.dvns.slice(0, 1) }),
    },
    {
      what: "required DVNs are the default's",
      expected: ["tooFewDvns"],
      by: () => setUln("vault", at().messenger, "send", { requiredDVNs: [] }),
    },
    {
      what: "DVNs that the deployment does not name",
      expected: ["wrongDvns"],
      by: () => setUln("vault", at().orderInbox, "receive", { requiredDVNs: [SOME_ADDRESS, vaultSide().lz.dvns[1]!] }),
    },
    {
      what: "optional DVNs are the default's",
      expected: ["defaultOptionalDvns"],
      by: () => setUln("margin", at().orderQueue, "send", { optionalDVNCount: 0 }),
    },
    {
      what: "confirmations are the default's",
      expected: ["confirmationsDiffer", "confirmationsNotSet"],
      by: () => setUln("margin", at().rootInbox, "receive", { confirmations: 0n }),
    },
    {
      what: "no confirmations",
      expected: ["confirmationsDiffer", "confirmationsNotSet"],
      by: () => setUln("vault", at().messenger, "send", { confirmations: 2n ** 64n - 1n }),
    },
    {
      what: "the receiver waits for more confirmations than the sender asks for",
      expected: ["confirmationsDiffer"],
      by: () => setUln("vault", at().orderInbox, "receive", { confirmations: 20n }),
    },
    {
      what: "no peer",
      expected: ["missingPeer"],
      by: () => onOApp("margin", at().orderQueue, "setPeer", [vaultSide().eid, pad("0x00")]),
    },
    {
      what: "another peer",
      expected: ["wrongPeer"],
      by: () => onOApp("vault", at().orderInbox, "setPeer", [marginSide().eid, pad(SOME_ADDRESS)]),
    },
    ...[
      ["ROOT", 1],
      ["STATUS", 2],
      ["RECOVERED", 4],
    ].map(([name, msgType]) => ({
      what: `enforced options of ${name} without gas`,
      expected: ["missingEnforcedOptions"] as WiringProblemCode[],
      by: () => onOApp("vault", at().messenger, "setEnforcedOptions", [[noGas(Number(msgType), marginSide().eid)]]),
    })),
    {
      what: "the executor is the default's",
      expected: ["defaultExecutor"],
      by: () => setExecutor(zeroAddress),
    },
    {
      what: "another executor",
      expected: ["wrongExecutor"],
      by: () => setExecutor(SOME_ADDRESS),
    },
    {
      what: "a delegate that is not the owner",
      expected: ["delegateNotOwner"],
      by: () => onOApp("margin", at().rootInbox, "setDelegate", [SOME_ADDRESS]),
    },
  ];

  test.each(breaks)("error: $what", async ({ expected, by }) => {
    await by();
    expect(await codes()).toEqual(expected);
  });

  test("error: a deployment that names something else is found out", async () => {
    const { deployment } = hypothec;
    const { vaultChain, marginChain } = deployment;
    const otherEngine = { ...deployment, marginChain: { ...marginChain, engine: marginChain.priceBoard } };
    expect(await codes(otherEngine)).toEqual(["engineNotReported", "unreadable"]);
    const otherInbox = { ...deployment, vaultChain: { ...vaultChain, orderInbox: vaultChain.messenger } };
    expect(await codes(otherInbox)).toContain("wrongLink");
    const nothingThere = { ...deployment, marginChain: { ...marginChain, rootInbox: SOME_ADDRESS as Address } };
    expect(await codes(nothingThere)).toEqual(expect.arrayContaining(["unreadable", "wrongPeer"]));
    const { verifiers } = vaultChain;
    const swapped = { ...verifiers, settleVerifier: verifiers.transactVerifier };
    expect(await codes({ ...deployment, vaultChain: { ...vaultChain, verifiers: swapped } })).toEqual(["wrongLink"]);
  });

  test("error: a verifier with other code than the deployment checked against its key", async () => {
    const { deployment } = hypothec;
    const { vaultChain, marginChain } = deployment;
    const address = marginChain.verifier.address;
    const code = (await localnet.margin.public.getCode({ address }))!;
    expect(marginChain.verifier.codeHash).toBe(keccak256(code));
    const codeHash = keccak256("0x1234");
    const otherHash = {
      ...vaultChain.verifiers,
      batch16Verifier: { ...vaultChain.verifiers.batch16Verifier, codeHash },
    };
    const recorded = { ...deployment, vaultChain: { ...vaultChain, verifiers: otherHash } };
    expect(await codes(recorded)).toEqual(["wrongVerifierCode"]);
    await localnet.margin.test.setCode({ address, bytecode: `${code}00` });
    expect(await codes()).toEqual(["wrongVerifierCode"]);
    await localnet.margin.test.setCode({ address, bytecode: "0x" });
    expect(await codes()).toEqual(["wrongVerifierCode"]);
    await localnet.margin.test.setCode({ address, bytecode: code });
    expect(await codes()).toEqual([]);
  });
});

describe("enforced gas", () => {
  /** What LayerZero's endpoint spends around the receiver, with room; measured for OmniCounter: 40,000. */
  const ENDPOINT_GAS = 60_000;

  test.each([0, 1, 8])("behavior: a root that reports on %i domains fits", async (count) => {
    const { vaultChain, marginChain } = hypothec.deployment;
    const domains = Array.from({ length: count }, (_, i) =>
      encodePacked(["bytes31", "uint64", "uint8"], [toHex(i + 1, { size: 31 }), 1n, 0]),
    );
    const head = encodePacked(
      ["uint8", "uint8", "address", "bytes32", "uint64", "uint64", "address", "uint8"],
      [1, 1, vaultChain.vault, toHex(7, { size: 32 }), 1n, 1n, vaultChain.vault, domains.length],
    );
    const gas = await receiveGas("margin", marginChain.rootInbox, vaultChain.messenger, concatHex([head, ...domains]));

    expect(gas + ENDPOINT_GAS).toBeLessThan(lzReceiveGas.root(count));
  });

  test.each([0, 1, 8])("behavior: a status that reports on %i domains fits", async (count) => {
    const { vaultChain, marginChain } = hypothec.deployment;
    const domains = Array.from({ length: count }, (_, i) =>
      encodePacked(["bytes31", "uint64", "uint8"], [toHex(i + 1, { size: 31 }), 1n, 0]),
    );
    const head = encodePacked(
      ["uint8", "uint8", "address", "uint64", "uint8"],
      [2, 1, vaultChain.vault, 1n, domains.length],
    );
    const gas = await receiveGas("margin", marginChain.rootInbox, vaultChain.messenger, concatHex([head, ...domains]));

    expect(gas + ENDPOINT_GAS).toBeLessThan(lzReceiveGas.status(count));
  });

  test("behavior: what was recovered fits", async () => {
    const { vaultChain, marginChain } = hypothec.deployment;
    const message = encodePacked(
      ["uint8", "uint8", "address", "address", "uint256", "uint256", "uint256"],
      [4, 1, vaultChain.vault, marginChain.engine, 9n, 2n ** 252n - 1n, 2n ** 252n - 1n],
    );
    const gas = await receiveGas("margin", marginChain.rootInbox, vaultChain.messenger, message);

    expect(gas + ENDPOINT_GAS).toBeLessThan(lzReceiveGas.recovered);
  });

  test.each([1, 8, 32])("behavior: %i orders fit, each a pair's dearer half", async (count) => {
    const { vaultChain, marginChain } = hypothec.deployment;
    const message = (orders: Hex[]) =>
      concatHex([
        encodePacked(["uint8", "uint8", "uint8"], [3, 1, orders.length]),
        ...orders.flatMap((order) => [toHex((order.length - 2) / 2, { size: 2 }), order]),
      ]);
    const { vault } = vaultChain;
    const { engine, orderQueue } = marginChain;
    const settles = Array.from({ length: count }, (_, i) => {
      const buyer = [toHex(1, { size: 32 }), toHex(2, { size: 32 }), toHex(3, { size: 32 })];
      return concatHex([
        encodePacked(["uint8", "address", "address", "uint256", "uint64"], [2, vault, engine, BigInt(i + 1), 5n]),
        ...Array<Hex>(8).fill(toHex(9, { size: 12 })),
        "0x00",
        ...buyer,
      ]);
    });
    const openeds = Array.from({ length: count }, (_, i) =>
      encodePacked(
        ["uint8", "address", "address", "uint256", "uint64", "bytes32"],
        [1, vault, engine, BigInt(i + 1), 5n, keccak256("0x01")],
      ),
    );
    const releases = Array.from({ length: count }, (_, i) =>
      encodePacked(["uint8", "address", "address", "uint256", "address"], [4, vault, engine, BigInt(i + 1), engine]),
    );
    const heartbeats = Array.from({ length: count }, (_, i) =>
      encodePacked(["uint8", "address", "address", "uint64"], [3, vault, toHex(i + 1, { size: 20 }), 1n]),
    );
    for (const orders of [settles, openeds, releases, heartbeats]) {
      const gas = await receiveGas("vault", vaultChain.orderInbox, orderQueue, message(orders));
      expect(gas + ENDPOINT_GAS).toBeLessThan(lzReceiveGas.orders + 130_000 * count);
    }
  });

  /** Gas of a receiver's lzReceive, called as its endpoint would, without the transaction's own. */
  async function receiveGas(
    side: "vault" | "margin",
    receiver: Address,
    sender: Address,
    message: Hex,
  ): Promise<number> {
    const here = localnet[side];
    const there = side === "vault" ? localnet.margin : localnet.vault;
    const origin = { srcEid: there.eid, sender: pad(sender), nonce: 1n };
    const data = encodeFunctionData({
      abi: parseAbi([
        "function lzReceive((uint32 srcEid, bytes32 sender, uint64 nonce) origin, bytes32 guid, bytes message, address executor, bytes extraData) payable",
      ]),
      args: [origin, pad("0x01"), message, here.lz.executor, "0x"],
    });
    const total = await here.public.estimateGas({ account: here.lz.endpoint, to: receiver, data });
    const calldata = [...Buffer.from(data.slice(2), "hex")].reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 0);
    return Number(total) - 21_000 - calldata;
  }
});

function onEndpoint(side: "vault" | "margin", functionName: string, args: unknown[]): Promise<unknown> {
  const { lz } = localnet[side];
  const { abi } = layerZeroArtifacts.endpoint;
  return localnet[side].sender(hypothec.deployer).call({ address: lz.endpoint, abi, functionName, args });
}

function onOApp(side: "vault" | "margin", address: Address, functionName: string, args: unknown[]): Promise<unknown> {
  const abi = [...oappAbi, ...parseAbi(["function setDelegate(address delegate)"])];
  return localnet[side].sender(hypothec.deployer).call({ address, abi, functionName, args });
}

type Uln = { confirmations: bigint; optionalDVNCount: number; requiredDVNs: Address[] };

/** Sets what the deployment set, but for `change`. */
function setUln(side: "vault" | "margin", oapp: Address, kind: "send" | "receive", change: Partial<Uln>) {
  const here = localnet[side];
  const remote = side === "vault" ? localnet.margin : localnet.vault;
  const { confirmations, optionalDVNCount, requiredDVNs } = {
    confirmations: 2n,
    optionalDVNCount: 255,
    requiredDVNs: here.lz.dvns,
    ...change,
  };
  const config = encodeAbiParameters(
    [
      {
        type: "tuple",
        components: [
          { name: "confirmations", type: "uint64" },
          { name: "requiredDVNCount", type: "uint8" },
          { name: "optionalDVNCount", type: "uint8" },
          { name: "optionalDVNThreshold", type: "uint8" },
          { name: "requiredDVNs", type: "address[]" },
          { name: "optionalDVNs", type: "address[]" },
        ],
      },
    ],
    [
      {
        confirmations,
        requiredDVNCount: requiredDVNs.length,
        optionalDVNCount,
        optionalDVNThreshold: 0,
        requiredDVNs,
        optionalDVNs: [],
      },
    ],
  );
  const library = kind === "send" ? here.lz.sendUln : here.lz.receiveUln;
  return onEndpoint(side, "setConfig", [oapp, library, [{ eid: remote.eid, configType: 2, config }]]);
}

function setExecutor(executor: Address) {
  const { messenger } = hypothec.deployment.vaultChain;
  const config = encodeAbiParameters([{ type: "uint32" }, { type: "address" }], [0, executor]);
  const params = [{ eid: localnet.margin.eid, configType: 1, config }];
  return onEndpoint("vault", "setConfig", [messenger, localnet.vault.lz.sendUln, params]);
}

const noGas = (msgType: number, eid: number) => ({ eid, msgType, options: "0x0003" });
