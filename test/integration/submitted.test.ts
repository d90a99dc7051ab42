import { erc20Abi, parseEther, parseUnits } from "viem";
import { afterAll, beforeAll, expect, test } from "vitest";

import { marginEngineAbi } from "../../sdk/src/abis/index.ts";
import {
  collectAttestationFees,
  getAccount,
  getDebt,
  getLock,
  openFor,
  refreshFor,
  signOpening,
  signRefresh,
} from "../../sdk/src/actions/index.ts";
import { createSnarkjsProver } from "../../sdk/src/node/index.ts";
import type { Prover } from "../../sdk/src/proofs/types.ts";
import { deployLocalHypothec, type LocalHypothec } from "../support/localnet/hypothec.ts";
import { startLocalnet, type Localnet } from "../support/localnet/localnet.ts";
import { createPeople, type People } from "../support/people.ts";
import { prepareOperator, type RelayerProcess } from "../support/relayer.ts";

const usdc = (amount: string) => parseUnits(amount, 6);

let localnet: Localnet;
let local: LocalHypothec;
let prover: Prover;
let people: People;
let relayers: RelayerProcess[] = [];

beforeAll(async () => {
  localnet = await startLocalnet();
  local = await deployLocalHypothec(localnet);
  prover = createSnarkjsProver();
  people = createPeople(localnet, local, prover);
  await localnet.mineEvery(1);
  relayers = [
    await prepareOperator(localnet, local.deployment, 0),
    await prepareOperator(localnet, local.deployment, 1),
  ];
  await Promise.all(relayers.map((relayer) => relayer.start()));
});
afterAll(async () => {
  await Promise.all(relayers.map((relayer) => relayer.dispose()));
  await prover.close();
  await localnet.stop();
});

test("behavior: an account is opened and refreshed for a controller that has no gas, and who submits and attests is paid", async () => {
  await people.lender("lender", "100000");
  const submitter = await people.clientOf("submitter");
  const submitterAddress = localnet.key("submitter").address;
  const { client, lock, state } = await people.locker("erin");
  const controller = localnet.key("erin").address;
  const { engine, markets } = local.deployment.marginChain;
  const { name: market, debtToken } = markets[0]!;
  const node = client.margin.public;
  const balanceOf = (owner: `0x${string}`) =>
    node.readContract({ address: debtToken, abi: erc20Abi, functionName: "balanceOf", args: [owner] });
  await localnet.margin.test.setBalance({ address: controller, value: 0n });

  const terms = { market, lock, state, prover, profile: 2, submitter: submitterAddress } as const;
  const signed = await signOpening(client, { ...terms, floorBps: 7_500, borrow: usdc("5000"), fee: usdc("3") });
  // Nobody but the submitter can send it, and the submitter nothing else.
  const thief = await people.clientOf("thief");
  await expect(openFor(thief, signed)).rejects.toMatchObject({ code: "BadSignature" });
  const greedy = { ...signed, opening: { ...signed.opening, fee: usdc("30") } };
  await expect(openFor(submitter, greedy)).rejects.toMatchObject({ code: "BadSignature" });

  const { account } = await openFor(submitter, signed);
  expect(await getAccount(client, account)).toMatchObject({ controller, nonce: 1n });
  expect(await balanceOf(controller)).toBe(usdc("5000"));
  expect(await balanceOf(submitterAddress)).toBe(usdc("3"));
  expect(await getDebt(client, { market, account })).toBeGreaterThanOrEqual(usdc("5003"));

  const { coverage } = await getLock(client, { lockNullifier: signed.made.call.lockNullifier });
  const renewed = await signRefresh(client, { ...terms, account, floorBps: 9_000, fee: usdc("2") });
  await refreshFor(submitter, renewed);
  const after = await getLock(client, { lockNullifier: signed.made.call.lockNullifier });
  expect(after.coverage).toBeGreaterThan(coverage);
  expect(await balanceOf(submitterAddress)).toBe(usdc("5"));
  await expect(refreshFor(submitter, renewed)).rejects.toMatchObject({ code: "BadSignature" });
  expect(await node.getBalance({ address: controller })).toBe(0n);

  // The relayer that attested the root has its fee waiting (FEE-2), and nobody else has.
  const fee = parseEther("0.00005");
  expect(await node.getBalance({ address: engine })).toBe(fee);
  const attestors = relayers.map((_, i) => localnet.key(["alpha delivery", "beta delivery"][i]!).address);
  const owed = await Promise.all(
    attestors.map((attestor) =>
      node.readContract({
        address: engine,
        abi: marginEngineAbi,
        functionName: "attestationFeesOf",
        args: [attestor],
      }),
    ),
  );
  expect(owed.reduce((sum, each) => sum + each)).toBe(fee);
  const attestor = await people.clientOf(["alpha delivery", "beta delivery"][owed.indexOf(fee)]!);
  expect(await collectAttestationFees(attestor, { recipient: "0x00000000000000000000000000000000000a77e5" })).toBe(fee);
  expect(await node.getBalance({ address: "0x00000000000000000000000000000000000a77e5" })).toBe(fee);
  expect(await collectAttestationFees(thief)).toBe(0n);
});
