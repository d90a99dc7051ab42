import { describe, expect, test } from "vitest";

import { findAsset, findMarket, parseDeployment } from "./deployment.ts";

const address = "0x71C7656EC7ab88b098defB751B7401B5f6d8976F";
const lz = { endpoint: address, sendUln: address, receiveUln: address, executor: address, dvns: [address] };
const chain = { chainId: 1, eid: 2, startBlock: 3, lz };
const verifier = { address, codeHash: `0x${"cd".repeat(32)}` };
const good = {
  version: 1,
  vaultChain: {
    ...chain,
    name: "S",
    vault: address,
    messenger: address,
    orderInbox: address,
    recoveryVault: address,
    verifiers: {
      batch16Verifier: verifier,
      batch64Verifier: verifier,
      transactVerifier: verifier,
      settleVerifier: verifier,
    },
    entryFee: "100",
    assets: [
      { slot: 0, symbol: "ETH", token: "0x0000000000000000000000000000000000000000", decimals: 18, sharedDecimals: 8 },
      { slot: 3, symbol: "USDC", token: address, decimals: 6, sharedDecimals: 6 },
    ],
  },
  marginChain: {
    ...chain,
    name: "D",
    engine: address,
    verifier,
    orderQueue: address,
    rootInbox: address,
    priceBoard: address,
    setId: 0,
    riskSet: address,
    lens: address,
    markets: [
      {
        id: `0x${"ab".repeat(32)}`,
        name: "USDC",
        pool: address,
        insuranceFund: address,
        debtToken: address,
        debtSymbol: "USDC",
        debtDecimals: 6,
        sourceId: 0,
        profiles: [15],
        trustee: { x: "1", y: "2" },
      },
    ],
  },
};

describe("parseDeployment", () => {
  test("default: gives back what it was given", () => {
    expect(parseDeployment(JSON.parse(JSON.stringify(good)))).toEqual(good);
  });

  test("error: names every field that is wrong", () => {
    const bad = structuredClone(good) as any;
    bad.vaultChain.vault = address.replace("C7", "c7");
    bad.vaultChain.entryFee = "0x10";
    bad.marginChain.markets[0].id = "0x12";
    delete bad.marginChain.engine;
    delete bad.vaultChain.verifiers.settleVerifier;
    expect(() => parseDeployment(bad)).toThrow(/vaultChain\.vault: is no address, or its checksum is wrong/);
    expect(() => parseDeployment(bad)).toThrow(
      /5 place\(s\).*vaultChain\.verifiers\.settleVerifier.*vaultChain\.entryFee.*marginChain\.engine.*markets\.0\.id/s,
    );
    expect(() => parseDeployment({})).toThrow(/version/);
    expect(() => parseDeployment(null)).toThrow(/the whole/);
  });

  test("error: an asset with more shared decimals than decimals", () => {
    const bad = structuredClone(good);
    bad.vaultChain.assets[1]!.sharedDecimals = 8;
    expect(() => parseDeployment(bad)).toThrow(/more shared decimals than decimals/);
  });
});

describe("findAsset", () => {
  const deployment = parseDeployment(good);

  test("default: by slot, symbol or token", () => {
    expect(findAsset(deployment, 3).symbol).toBe("USDC");
    expect(findAsset(deployment, "eth").slot).toBe(0);
    expect(findAsset(deployment, address.toLowerCase()).slot).toBe(3);
    expect(findMarket(deployment, "USDC").id).toBe(good.marginChain.markets[0]!.id);
  });

  test("error: says which there are", () => {
    expect(() => findAsset(deployment, "DAI")).toThrow(/no asset "DAI"\n.*0 ETH, 3 USDC/s);
    expect(() => findAsset(deployment, 5)).toThrow(/no asset 5/);
    expect(() => findMarket(deployment, "EUR")).toThrow(/no market "EUR"\n.*USDC/s);
  });
});
