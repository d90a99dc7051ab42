import fc from "fast-check";
import { network } from "hardhat";
import type { Address } from "viem";
import { describe, expect, test } from "vitest";

import { hardhatArtifact } from "../../../scripts/deploy/artifacts.ts";
import { models } from "../../support/floorBox/arbitraries.ts";
import { packHaircuts, packRisk } from "../../support/reference/risk.ts";
import { riskMatrix } from "../../support/reference/riskMatrix.ts";

// The properties of docs/floor-box.md are tested on the reference's matrices (test/property/floorBox.test.ts): they are RiskSet's.

const seed = 20_262;

describe("RiskSet.addVersion", () => {
  test(`behavior: its matrix is the reference's, models at their limits included, seed ${seed}`, async () => {
    const { viem } = await network.create();
    const reader = await viem.getPublicClient();
    const [owner] = await viem.getWalletClients();
    const { abi, bytecode } = hardhatArtifact("risk/RiskSet");
    const deployment = await owner!.deployContract({ abi, bytecode, args: [owner!.account.address, 200] });
    const address: Address = (await reader.waitForTransactionReceipt({ hash: deployment })).contractAddress!;

    let version = 0;
    for (const model of fc.sample(models, { seed, numRuns: 60 })) {
      const call = { address, abi, functionName: "addVersion", args: [model] };
      const hash = await owner!.writeContract(call);
      const { status } = await reader.waitForTransactionReceipt({ hash });
      expect(status).toBe("success");
      const packed = await reader.readContract({ address, abi, functionName: "packed", args: [++version] });
      expect(packed).toEqual([packHaircuts(model.haircutFactors.map(BigInt)), packRisk(riskMatrix(model))]);
    }
    expect(version).toBe(60);
  });
});
