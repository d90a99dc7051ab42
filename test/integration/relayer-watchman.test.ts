import { parseEther, parseUnits } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { collateralVaultAbi, marginEngineAbi, priceBoardAbi } from "../../sdk/src/abis/index.ts";
import { deposit, getDelayedWithdrawal, withdraw } from "../../sdk/src/actions/index.ts";
import { deriveKeys } from "../../sdk/src/keys/derive.ts";
import { createSnarkjsProver } from "../../sdk/src/node/index.ts";
import { isLock } from "../../sdk/src/notes/note.ts";
import type { Prover } from "../../sdk/src/proofs/types.ts";
import { forgeRoot } from "../support/localnet/forge.ts";
import { deployLocalHypothec, pricesAt, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { LOCAL_BREAKER } from "../support/localnet/parameters.ts";
import { untilBlock } from "../support/localnet/untilBlock.ts";
import { createPeople, type People } from "../support/people.ts";
import { prepareOperator, prepareRelayer, type RelayerProcess } from "../support/relayer.ts";

let localnet: Localnet;
let local: LocalHypothec;
let prover: Prover;
let people: People;
let relayers: RelayerProcess[] = [];
let watchman: RelayerProcess;
/** A watchman that has no guardian's key. */
let bystander: RelayerProcess;

beforeAll(async () => {
  localnet = await startLocalnet();
  local = await deployLocalHypothec(localnet, { heartbeatSeconds: 86_400 });
  prover = createSnarkjsProver();
  people = createPeople(localnet, local, prover);
  const [guardian, watcher, other] = await Promise.all(
    ["guardian", "watcher", "other"].map((label) => localnet.account(label)),
  );
  await localnet.margin.sender(local.deployer).call({
    address: local.deployment.marginChain.engine,
    abi: marginEngineAbi,
    functionName: "setGuardian",
    args: [guardian!.address],
  });
  await localnet.mineEvery(1);
  const rpc = { [localnet.vault.name]: [localnet.vault.url], [localnet.margin.name]: [localnet.margin.url] };
  const common = { deployment: local.deployment, rpc };
  watchman = prepareRelayer({
    ...common,
    name: "watchman",
    roles: { watchman: { key: "env:WATCHER", guardianKey: "env:GUARDIAN" } },
    env: { WATCHER: watcher!.privateKey, GUARDIAN: guardian!.privateKey },
  });
  bystander = prepareRelayer({
    ...common,
    name: "bystander",
    roles: { watchman: { key: "env:OTHER", breaker: false, claimDelayed: false } },
    env: { OTHER: other!.privateKey },
  });
  relayers = [
    await prepareOperator(localnet, local.deployment, 0),
    await prepareOperator(localnet, local.deployment, 1),
    watchman,
    bystander,
  ];
  await Promise.all(relayers.map((relayer) => relayer.start()));
});
afterAll(async () => {
  await Promise.all(relayers.map((relayer) => relayer.dispose()));
  await prover.close();
  await localnet.stop();
});

const onMargin = <Result>(ask: () => Promise<Result | undefined>): Promise<Result> => eventually("margin", ask);
async function eventually<Result>(side: "vault" | "margin", ask: () => Promise<Result | undefined>): Promise<Result> {
  let answer: Result | undefined;
  await untilBlock(localnet[side].public, async () => (answer = await ask()) !== undefined);
  return answer!;
}

describe("a watchman", () => {
  test("behavior: a withdrawal that waited for its limit is paid to its recipient by nobody's asking", async () => {
    const client = await people.clientOf("alice");
    const keys = await deriveKeys(localnet.key("alice").privateKey);
    await deposit(client, { keys, asset: "ETH", amount: parseEther("8") });
    const { state } = await people.attestedNote(client, keys, (note) => !isLock(note));
    const { vault } = local.deployment.vaultChain;
    // One ether at once, one an hour.
    const one = parseUnits("1", 8);
    await localnet.vault.sender(local.deployer).call({
      address: vault,
      abi: collateralVaultAbi,
      functionName: "setOutflowLimit",
      args: [0, one, one],
    });
    const recipient = localnet.key("alice's cold wallet").address;
    await withdraw(client, { keys, state, prover, recipient, amounts: { 0: parseUnits("5", 8) } });
    const { readyAt, amount } = await getDelayedWithdrawal(client, { slot: 0, index: 0n });
    expect(amount).toBe(parseUnits("5", 8));
    expect(readyAt).toBeGreaterThan(await localnet.vault.time());
    expect(await localnet.vault.public.getBalance({ address: recipient })).toBe(0n);

    await localnet.increaseTime(Number(readyAt - (await localnet.vault.time())));
    await untilBlock(localnet.vault.public, async () => {
      return (await localnet.vault.public.getBalance({ address: recipient })) === parseEther("5");
    });
  });

  test("behavior: a move beyond the breaker's limit is shown by snapshots, confirmed, and halts new exposure", async () => {
    const { priceBoard, setId } = local.deployment.marginChain;
    const read = (functionName: "latestSnapshot" | "haltedUntil") =>
      localnet.margin.public.readContract({ address: priceBoard, abi: priceBoardAbi, functionName, args: [setId] });
    const more = async (than: number) =>
      untilBlock(localnet.margin.public, async () => (await read("latestSnapshot")) > than);
    // Two from before the move, at least a minute apart.
    for (let i = 0; i < 2; i++) {
      const before = await read("latestSnapshot");
      await localnet.increaseTime(LOCAL_BREAKER.windowSeconds / 3);
      await more(before);
    }
    const calm = await read("latestSnapshot");
    const { ETH } = pricesAt("2021-05-18");
    await local.setPrices({ ETH: (ETH * 75n) / 100n });
    await more(calm);
    expect(await read("haltedUntil")).toBe(0);
    await localnet.increaseTime(60);
    const until = await onMargin(async () => (await read("haltedUntil")) || undefined);
    expect(until).toBeGreaterThan(await localnet.margin.time());
    // Of the price that moved, and by the watchman.
    const [halted] = await localnet.margin.public.getContractEvents({
      address: priceBoard,
      abi: priceBoardAbi,
      eventName: "Halted",
      fromBlock: 0n,
    });
    expect(halted!.args).toMatchObject({ setId, slot: 0 });
    const { from } = await localnet.margin.public.getTransaction({ hash: halted!.transactionHash });
    expect(from.toLowerCase()).toBe(localnet.key("watcher").address.toLowerCase());
  });

  test("behavior: a root that the vault does not have is revoked by the guardian's key; without it, it is an alarm", async () => {
    const { engine, markets } = local.deployment.marginChain;
    const { id, sourceId } = markets[0]!;
    const revokedAt = async () => {
      const source = { address: engine, abi: marginEngineAbi, functionName: "source", args: [id, sourceId] } as const;
      return (await localnet.margin.public.readContract(source)).revokedAt;
    };
    // The roots so far were the vault's.
    expect(await revokedAt()).toBe(0);
    expect(relayers.flatMap(({ log }) => log).filter(({ msg }) => msg.includes("does not have"))).toEqual([]);

    const root = 0xf04fedn;
    await forgeRoot(localnet, local.deployment, root);
    await onMargin(async () => (await revokedAt()) || undefined);
    const logs = await localnet.margin.public.getContractEvents({
      address: engine,
      abi: marginEngineAbi,
      eventName: "RootsRevoked",
      fromBlock: 0n,
    });
    expect(logs.map(({ args }) => args.by)).toEqual([localnet.key("guardian").address]);

    for (const relayer of [watchman, bystander])
      await relayer.line("its alarm", ({ level, msg, root: of }) => {
        return msg.includes("does not have") && of === root.toString() && level === "error";
      });
    // The one that cannot do anything says who has to do what, until somebody revokes it.
    expect(bystander.log.filter(({ state }) => state === "dead").length).toBeLessThanOrEqual(1);
  });
});
