import { encodeAbiParameters, encodeFunctionData, type Abi, type AbiParameter, type Address } from "viem";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { hardhatArtifact } from "../../scripts/deploy/artifacts.ts";
import {
  findProblems,
  handOver,
  marginChainTargets,
  vaultChainTargets,
  type Council,
} from "../../scripts/deploy/handOver.ts";
import { POWERS, ROLES } from "../../scripts/deploy/powers.ts";
import { createSender, type Sender } from "../../scripts/deploy/sender.ts";
import { checkWiring } from "../../sdk/src/actions/checkWiring.ts";
import { endpointAbi, ulnAbi } from "../../sdk/src/client/layerzeroAbi.ts";
import { revertName } from "../support/errors.ts";
import { deployLocalHypothec, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { LOCAL_POOL } from "../support/localnet/parameters.ts";

const DAY = 86_400;
const { abi: managerAbi } = hardhatArtifact("governance/ChainAuthority");
const { abi: poolAbi } = hardhatArtifact("margin/CreditPool");

type Side = "vault" | "margin";

let localnet: Localnet;
let local: LocalHypothec;
let authorities: Record<Side, Address>;
let council: Council;
let as: (side: Side, label: string) => Promise<Sender>;
let rewind: () => Promise<void>;

const targetsOf = (side: Side) =>
  side === "vault" ? vaultChainTargets(local.deployment) : marginChainTargets(local.deployment);
const endpointOf = (side: Side) => local.deployment[`${side}Chain`].lz.endpoint;

beforeAll(async () => {
  localnet = await startLocalnet();
  local = await deployLocalHypothec(localnet);
  council = {
    council: (await localnet.account("council")).address,
    risk: (await localnet.account("risk")).address,
    guardian: (await localnet.account("guardian")).address,
  };
  as = async (side, label) => {
    const account = label === "deployer" ? local.deployer : await localnet.account(label);
    return createSender({ name: side, public: localnet[side].public, wallet: localnet[side].wallet(account) });
  };
  const hand = async (side: Side) =>
    handOver(await as(side, "deployer"), { targets: targetsOf(side), endpoint: endpointOf(side), council });
  authorities = { vault: await hand("vault"), margin: await hand("margin") };
});
afterAll(() => localnet.stop());
beforeEach(async () => {
  rewind = await localnet.snapshot();
});
afterEach(() => rewind());

/** A value of a type, whatever it is worth. */
function blank(parameter: AbiParameter): unknown {
  const fixed = /^(.*)\[(\d*)\]$/.exec(parameter.type);
  if (fixed !== null) {
    const each = blank({ ...parameter, type: fixed[1]! });
    return new Array<unknown>(Number(fixed[2] === "" ? 0 : fixed[2])).fill(each);
  }
  if ("components" in parameter) {
    return Object.fromEntries(parameter.components.map((component) => [component.name, blank(component)]));
  }
  // What is looked up before the caller is judged has to exist.
  if (parameter.name === "marketId") return local.deployment.marginChain.markets[0]!.id;
  if (parameter.type === "bool") return false;
  if (parameter.type === "address") return `0x${"00".repeat(20)}`;
  if (parameter.type === "bytes") return "0x";
  const bytes = /^bytes(\d+)$/.exec(parameter.type);
  if (bytes !== null) return `0x${"00".repeat(Number(bytes[1]))}`;
  return /^u?int(8|16|24|32|40|48)$/.test(parameter.type) ? 0 : 0n;
}

function blankCall(abi: Abi, name: string): { functionName: string; args: unknown[] } {
  const item = abi.find((each) => each.type === "function" && each.name === name);
  if (item?.type !== "function") throw new Error(`no function ${name}`);
  return { functionName: name, args: item.inputs.map(blank) };
}

const manage = async (side: Side, label: string, functionName: string, ...args: unknown[]) =>
  (await as(side, label)).call({ address: authorities[side], abi: managerAbi, functionName, args });

describe("a chain that was handed over", () => {
  test("default: authority, delays and delegates are as the table says, on both chains", async () => {
    for (const side of ["vault", "margin"] as const) {
      const given = { authority: authorities[side], targets: targetsOf(side), endpoint: endpointOf(side), council };
      expect(await findProblems(await as(side, "deployer"), given)).toEqual([]);
    }
    const clients = { vault: { public: localnet.vault.public }, margin: { public: localnet.margin.public } };
    expect((await checkWiring({ deployment: local.deployment, ...clients })).problems).toEqual([]);
  });

  test("behavior: the deployer's key can call none of the privileged functions, nor can a stranger", async () => {
    const refusals = new Set(["OwnableUnauthorizedAccount", "NotGuardian"]);
    let tried = 0;
    for (const side of ["vault", "margin"] as const) {
      for (const { contract, address, abi } of targetsOf(side)) {
        for (const name of [...Object.keys(POWERS[contract]!), "transferOwnership", "renounceOwnership"]) {
          for (const label of ["deployer", "stranger"]) {
            const { from } = await as(side, label);
            const call = { address, abi, account: from, ...blankCall(abi, name) };
            const refused = await revertName(localnet[side].public.simulateContract(call));
            expect(refusals, `${contract}.${name} by ${label}: ${refused}`).toContain(refused);
            tried += 1;
          }
        }
      }
    }
    expect(tried).toBeGreaterThan(80);
    for (const name of ["grantRole", "setTargetFunctionRole", "updateAuthority", "setTargetClosed"]) {
      const call = { address: authorities.margin, abi: managerAbi, account: local.deployer.address };
      const refused = await revertName(
        localnet.margin.public.simulateContract({ ...call, ...blankCall(managerAbi, name) }),
      );
      expect(refused, name).toBe("AccessManagerUnauthorizedAccount");
    }
  });

  test("behavior: what loosens is announced, waits, can be cancelled by the guardian, and lapses", async () => {
    const { pool } = local.deployment.marginChain.markets[0]!;
    const raised = LOCAL_POOL.supplyCap + 1n;
    const data = encodeFunctionData({
      abi: poolAbi,
      functionName: "setCaps",
      args: [raised, LOCAL_POOL.borrowCap],
    });
    const execute = (label = "council") => manage("margin", label, "execute", pool, data);
    expect(await revertName(execute())).toBe("AccessManagerNotScheduled");
    expect(await revertName(execute("stranger"))).toBe("AccessManagerUnauthorizedCall");
    await manage("margin", "council", "schedule", pool, data, 0);
    expect(await revertName(execute())).toBe("AccessManagerNotReady");
    expect(await revertName(manage("margin", "stranger", "cancel", council.council, pool, data))).toBe(
      "AccessManagerUnauthorizedCancel",
    );
    await manage("margin", "guardian", "cancel", council.council, pool, data);
    await localnet.increaseTime(ROLES.loosening.delay + 60);
    expect(await revertName(execute())).toBe("AccessManagerNotScheduled");

    await manage("margin", "council", "schedule", pool, data, 0);
    await localnet.increaseTime(ROLES.loosening.delay + 60);
    await execute();
    const read = { address: pool, abi: poolAbi, functionName: "supplyCap" };
    expect(await localnet.margin.public.readContract(read)).toBe(raised);

    await manage("margin", "council", "schedule", pool, data, 0);
    await localnet.increaseTime(ROLES.loosening.delay + 8 * DAY);
    expect(await revertName(execute())).toBe("AccessManagerExpired");
  });

  test("behavior: the guardian tightens at once, and raises nothing", async () => {
    const { pool } = local.deployment.marginChain.markets[0]!;
    const guardian = await as("margin", "guardian");
    await guardian.call({ address: pool, abi: poolAbi, functionName: "setCaps", args: [0n, 0n] });
    const refused = guardian.call({ address: pool, abi: poolAbi, functionName: "setCaps", args: [1n, 0n] });
    expect(await revertName(refused)).toBe("OwnableUnauthorizedAccount");
    const { abi, address } = targetsOf("vault").find(({ contract }) => contract === "CollateralVault")!;
    const pause = encodeFunctionData({ abi, functionName: "pauseDeposits" });
    await manage("vault", "guardian", "execute", address, pause);
    const unpause = encodeFunctionData({ abi, functionName: "unpauseDeposits" });
    expect(await revertName(manage("vault", "guardian", "execute", address, unpause))).toBe(
      "AccessManagerUnauthorizedCall",
    );
  });

  test("behavior: LayerZero's settings change after a week, through the authority as delegate", async () => {
    const { rootInbox, lz } = local.deployment.marginChain;
    const { eid } = local.deployment.vaultChain;
    const getUln = {
      address: lz.receiveUln,
      abi: ulnAbi,
      functionName: "getAppUlnConfig",
      args: [rootInbox, eid],
    } as const;
    const before = await localnet.margin.public.readContract(getUln);
    const parameters = ulnAbi.find((item) => "name" in item && item.name === "getAppUlnConfig")!.outputs;
    const config = encodeAbiParameters(parameters as never, [{ ...before, confirmations: 77n }] as never);
    const data = encodeFunctionData({
      abi: endpointAbi,
      functionName: "setConfig",
      args: [rootInbox, lz.receiveUln, [{ eid, configType: 2, config: config }]],
    });
    await manage("margin", "council", "schedule", lz.endpoint, data, 0);
    await localnet.increaseTime(ROLES.loosening.delay + 60);
    expect(await revertName(manage("margin", "council", "execute", lz.endpoint, data))).toBe("AccessManagerNotReady");
    await localnet.increaseTime(ROLES.wiring.delay - ROLES.loosening.delay);
    await manage("margin", "council", "execute", lz.endpoint, data);
    expect((await localnet.margin.public.readContract(getUln)).confirmations).toBe(77n);
  });

  test("behavior: the admin's own changes wait a week too", async () => {
    const grant = encodeFunctionData({
      abi: managerAbi,
      functionName: "grantRole",
      args: [ROLES.loosening.id, council.council, 0],
    });
    expect(await revertName(manage("margin", "council", "grantRole", ROLES.loosening.id, council.council, 0))).toBe(
      "AccessManagerNotScheduled",
    );
    await manage("margin", "council", "schedule", authorities.margin, grant, 0);
    await localnet.increaseTime(6 * DAY);
    expect(await revertName(manage("margin", "council", "execute", authorities.margin, grant))).toBe(
      "AccessManagerNotReady",
    );
  });
});
