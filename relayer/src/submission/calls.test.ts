import { decodeFunctionData, type Hex } from "viem";
import { describe, expect, test } from "vitest";
import { engineAbi, vaultAbi } from "../chain/abis.ts";
import { testDeployment } from "../config/deployment.mock.ts";
import { callOf } from "./calls.ts";
import { submission } from "./wire.ts";

const deployment = testDeployment();
const address = `0x${"Ab".repeat(20)}` as const;
const proof = { points: ["1", "2", "3", "4", "5", "6", "7", "8"], commitment: "9" };
const transact = {
  call: "transact",
  params: {
    root: "1",
    nullifiers: ["11", "12"],
    outCommitments: ["21", "22"],
    withdrawLo: "500",
    withdrawHi: "0",
    recipient: address,
    relayer: address,
    feeSlot: 0,
    fee: "500",
    deadline: 1_900_000_000,
    memo0: `0x${"01".repeat(288)}`,
    memo1: `0x${"02".repeat(288)}`,
  },
  proof,
};
const marginProof = {
  sourceId: 0,
  root: "1",
  lockNullifier: "31",
  coverageMantissa: 50,
  coverageExponent: 8,
  snapshot: 1,
  floorBps: 9_000,
  profile: 0,
  riskVersion: 1,
  expiry: 1_900_000_000,
  deadline: 1_800_000_000,
  ephemeral: { x: "41", y: "42" },
  sealedOpening: ["1", "2", "3", "4", "5"],
  zk: proof,
};
const market: Hex = `0x${"0a".repeat(32)}`;
const opening = {
  call: "openFor",
  submitter: address,
  opening: {
    market,
    salt: `0x${"0b".repeat(32)}`,
    controller: address,
    borrowAssets: "7",
    receiver: address,
    fee: "3",
  },
  proof: marginProof,
  signature: `0x${"0c".repeat(65)}`,
};

describe("callOf", () => {
  test("default: a transact is the vault's call, claimed by its nullifiers, paid to its relayer", () => {
    const call = callOf(submission.parse(transact), { deployment });
    expect(call).toMatchObject({ call: "transact", chain: "S", submitter: address.toLowerCase(), fee: 500n });
    expect(call.claims.map((claim) => BigInt(claim.slice("spend:".length)))).toEqual([11n, 12n]);
    const { functionName, args } = decodeFunctionData({ abi: vaultAbi, data: call.data });
    expect(functionName).toBe("transact");
    expect(args[0]).toMatchObject({ nullifiers: [11n, 12n], fee: 500n, deadline: 1_900_000_000 });
    const later = { ...transact, params: { ...transact.params, deadline: 1_900_000_001 } };
    expect(callOf(submission.parse(later), { deployment }).id).not.toBe(call.id);
  });

  test("behavior: openings claim their account and lock, refreshes their account", () => {
    const open = callOf(submission.parse(opening), { deployment });
    expect(open).toMatchObject({ chain: "D", fee: 3n, feeAsset: { market }, deadline: 1_800_000_000 });
    expect(open.claims.map((claim) => claim.split(":")[0])).toEqual(["open", "lock"]);
    expect(decodeFunctionData({ abi: engineAbi, data: open.data }).functionName).toBe("openFor");
    const { opening: _, ...rest } = opening;
    const refresh = { ...rest, call: "refreshFor", account: market, fee: "2" };
    const call = callOf(submission.parse(refresh), { deployment, market });
    expect(call.claims).toEqual([`refresh:${market}`]);
    expect(decodeFunctionData({ abi: engineAbi, data: call.data }).args.slice(0, 2)).toEqual([market, 2n]);
  });

  test("error: what no contract would take", () => {
    const bad = (changes: object) => submission.safeParse({ ...transact, params: { ...transact.params, ...changes } });
    for (const changes of [
      { root: "01" },
      { root: String(1n << 254n) },
      { fee: "-1" },
      { feeSlot: 8 },
      { memo0: "0x00" },
      { nullifiers: ["1"] },
      { relayer: "0x12" },
      { more: 1 },
    ])
      expect([changes, bad(changes).success]).toEqual([changes, false]);
    expect(submission.safeParse({ ...opening, signature: "0x" }).success).toBe(false);
    expect(submission.safeParse({ ...opening, call: "open" }).success).toBe(false);
  });
});
