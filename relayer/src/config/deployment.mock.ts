import type { Deployment } from "@hypothec/sdk";

const address = "0x71C7656EC7ab88b098defB751B7401B5f6d8976F";
const lz = { endpoint: address, sendUln: address, receiveUln: address, executor: address, dvns: [address] } as const;
const verifier = { address, codeHash: `0x${"cd".repeat(32)}` } as const;

/** A deployment that parses, for tests; its two chains are called S and D. */
export function testDeployment(): Deployment {
  const chain = { startBlock: 3, lz: { ...lz, dvns: [...lz.dvns] } };
  return {
    version: 1,
    vaultChain: {
      ...chain,
      name: "S",
      chainId: 1,
      eid: 1,
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
        {
          slot: 0,
          symbol: "ETH",
          token: "0x0000000000000000000000000000000000000000",
          decimals: 18,
          sharedDecimals: 8,
        },
      ],
    },
    marginChain: {
      ...chain,
      name: "D",
      chainId: 2,
      eid: 2,
      engine: address,
      verifier,
      orderQueue: address,
      rootInbox: address,
      priceBoard: address,
      setId: 0,
      riskSet: address,
      lens: address,
      markets: [],
    },
  };
}
