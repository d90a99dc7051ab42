import { network } from "hardhat";
import { encodeFunctionData, keccak256, parseAbi, type Hex } from "viem";
import { describe, expect, test } from "vitest";

import { readInstances } from "../../circuits/codegen/instances.ts";
import { verifierName } from "../../circuits/codegen/verifier.ts";
import { hardhatArtifact } from "../../scripts/deploy/artifacts.ts";
import { createSender, type Sender } from "../../scripts/deploy/sender.ts";
import { compileVerifier, type VerifierSpec } from "../../scripts/deploy/verifierCode.ts";
import { assertDeployedVerifier, deployVerifier, developmentVerifier } from "../../scripts/deploy/verifiers.ts";
import { honestKey } from "../support/ceremony/keys.ts";

const names = [...readInstances().keys()];
const PUBLIC_CHAIN = 10;

/** An in-process chain with any id. */
async function chain(chainId: number) {
  const { viem } = await network.create({ override: { chainId } });
  const reader = await viem.getPublicClient();
  const [wallet] = await viem.getWalletClients();
  const sender = createSender({ name: `chain ${chainId}`, public: reader, wallet: wallet as never });
  return { sender, reader, wallet: wallet!, test: await viem.getTestClient() };
}

const nonceOf = ({ public: reader, from }: Sender): Promise<number> => reader.getTransactionCount({ address: from });

describe("deployVerifier", () => {
  test.each(names)("default: the verifier of %s is, byte for byte, the one that Hardhat builds", async (circuit) => {
    const { sender } = await chain(31337);
    const { address, codeHash } = await deployVerifier(sender, developmentVerifier(circuit));
    const built = hardhatArtifact(`verifiers/dev-insecure/${verifierName(circuit, "development")}`);
    expect(compileVerifier(developmentVerifier(circuit)).bytecode).toBe(built.bytecode);
    // Runtime code is the end of the creation code: verifiers have no immutables.
    const code = await sender.public.getCode({ address });
    expect(built.bytecode.endsWith(code!.slice(2))).toBe(true);
    expect(codeHash).toBe(keccak256(code!));
  });

  test("behavior: the key of a ceremony goes to any chain", async () => {
    const { sender } = await chain(PUBLIC_CHAIN);
    const spec: VerifierSpec = { circuit: "margin", key: honestKey(), provenance: "ceremony" };
    const { address } = await deployVerifier(sender, spec);
    // No proof was made for this key, so the pairing must say no, and not revert.
    const data = encodeFunctionData({
      abi: parseAbi(["function verify(uint256[8] proof, uint256 c, uint256 y, uint256 r) view returns (bool)"]),
      args: [[1n, 2n, 0n, 0n, 0n, 0n, 1n, 2n], 1n, 2n, 3n],
    });
    expect((await sender.public.call({ to: address, data })).data).toBe(`0x${"00".repeat(32)}`);
  });

  test("error: development and rehearsal keys are refused on a chain that is not local, before anything is sent", async () => {
    const { sender } = await chain(PUBLIC_CHAIN);
    for (const spec of [
      developmentVerifier("settle"),
      { ...developmentVerifier("settle"), key: honestKey(), provenance: "rehearsal" as const },
    ]) {
      await expect(deployVerifier(sender, spec)).rejects.toThrow("chain 10 (chain 10) is not a local one");
    }
    expect(await nonceOf(sender)).toBe(0);
  });

  test("error: a development key that is called a ceremony's", async () => {
    const { sender } = await chain(PUBLIC_CHAIN);
    const disguised: VerifierSpec = { ...developmentVerifier("transact"), provenance: "ceremony" };
    await expect(deployVerifier(sender, disguised)).rejects.toThrow("it has points of the development key of transact");
    expect(await nonceOf(sender)).toBe(0);
  });

  test("error: a key with gamma = delta (Veil Cash, FoomCash) is refused on every chain", async () => {
    const { sender } = await chain(31337);
    const key = honestKey();
    for (const provenance of ["ceremony", "rehearsal", "development"] as const) {
      const spec = { circuit: "margin", key: { ...key, vk_delta_2: key.vk_gamma_2 }, provenance };
      await expect(deployVerifier(sender, spec)).rejects.toThrow("gamma and delta are equal points");
    }
    expect(await nonceOf(sender)).toBe(0);
  });
});

describe("the development verifier itself", () => {
  test.each([1, PUBLIC_CHAIN, 42161])(
    "error: its constructor reverts on chain %i, whoever deploys it",
    async (chainId) => {
      const { reader, wallet } = await chain(chainId);
      for (const circuit of names) {
        const { bytecode } = hardhatArtifact(`verifiers/dev-insecure/${verifierName(circuit, "development")}`);
        const creation = reader.call({ account: wallet.account, data: bytecode });
        await expect(creation).rejects.toThrow("KeyIsForLocalChainsOnly");
      }
    },
  );

  test.each([1337, 31337, 31338])("default: it can be created on the local chain %i", async (chainId) => {
    const { sender } = await chain(chainId);
    await expect(deployVerifier(sender, developmentVerifier("margin"))).resolves.toHaveProperty("codeHash");
  });
});

describe("assertDeployedVerifier", () => {
  test("error: no code, another circuit's verifier, one changed constant, one appended byte", async () => {
    const { sender, reader, test: node } = await chain(31337);
    const spec = developmentVerifier("margin");
    const { address } = await deployVerifier(sender, spec);
    const other = await deployVerifier(sender, developmentVerifier("settle"));
    const check = (at: Hex) => assertDeployedVerifier(reader, at, spec);
    await expect(check(address)).resolves.toHaveProperty("address", address);
    await expect(check("0x00000000000000000000000000000000000000aa")).rejects.toThrow("There is no code at");
    await expect(check(other.address)).rejects.toThrow("is not that of MarginVerifierDevInsecure for this key");

    const code = (await reader.getCode({ address }))!;
    const alpha = BigInt(spec.key.vk_alpha_1[0]).toString(16).padStart(64, "0");
    expect(code).toContain(alpha);
    const changed = alpha.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
    await node.setCode({ address, bytecode: code.replace(alpha, changed) as Hex });
    await expect(check(address)).rejects.toThrow("may be able to forge proofs");
    await node.setCode({ address, bytecode: `${code}00` });
    await expect(check(address)).rejects.toThrow("may be able to forge proofs");
    await node.setCode({ address, bytecode: code });
    await expect(check(address)).resolves.toHaveProperty("address", address);
  });
});
