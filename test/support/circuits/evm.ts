import { readFileSync } from "node:fs";
import { join } from "node:path";

import { network } from "hardhat";
import solc from "solc";
import { decodeFunctionResult, encodeFunctionData, parseAbi } from "viem";
import type { Hex } from "viem";

import { projectRoot } from "../../../circuits/codegen/instances.ts";
import { verifierPath } from "../../../circuits/codegen/verifier.ts";

const abi = parseAbi(["function verify(uint256[8] proof, uint256 c, uint256 y, uint256 r) view returns (bool)"]);
const interfacePath = "contracts/interfaces/IProofVerifier.sol";

/** A proof as the contracts take it: A, B (imaginary parts first), C. */
export type ProofWords = readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];

/** A generated verifier on an in-process chain. */
export interface DeployedVerifier {
  verify(proof: ProofWords, signals: readonly bigint[]): Promise<boolean>;
  /** Gas of the call without the transaction's own 21,000 and calldata. */
  executionGas(proof: ProofWords, signals: readonly bigint[]): Promise<bigint>;
}

/** Compiles the committed verifier of a circuit, and nothing else, and deploys it. */
export async function deployVerifier(circuit: string): Promise<DeployedVerifier> {
  return deployCode(compile(verifierPath(circuit)));
}

/** Deploys a verifier's creation code. */
export async function deployCode(data: Hex): Promise<DeployedVerifier> {
  const { provider } = await network.create();
  const [from] = (await provider.request({ method: "eth_accounts" })) as Hex[];
  const hash = await provider.request({
    method: "eth_sendTransaction",
    params: [{ from, data }],
  });
  const receipt = (await provider.request({ method: "eth_getTransactionReceipt", params: [hash] })) as {
    contractAddress: Hex;
  };
  const call = (proof: ProofWords, [c, y, r]: readonly bigint[]): { to: Hex; data: Hex } => ({
    to: receipt.contractAddress,
    data: encodeFunctionData({ abi, functionName: "verify", args: [proof, c!, y!, r!] }),
  });
  return {
    async verify(proof, signals) {
      const result = (await provider.request({ method: "eth_call", params: [call(proof, signals), "latest"] })) as Hex;
      return decodeFunctionResult({ abi, functionName: "verify", data: result });
    },
    async executionGas(proof, signals) {
      const transaction = call(proof, signals);
      const sent = await provider.request({
        method: "eth_sendTransaction",
        params: [{ from, gas: "0x100000", ...transaction }],
      });
      const { gasUsed } = (await provider.request({ method: "eth_getTransactionReceipt", params: [sent] })) as {
        gasUsed: Hex;
      };
      const bytes = [...Buffer.from(transaction.data.slice(2), "hex")];
      return BigInt(gasUsed) - 21_000n - bytes.reduce((sum, byte) => sum + (byte === 0 ? 4n : 16n), 0n);
    },
  };
}

function compile(path: string): Hex {
  return compileSources(readSources([path, interfacePath]), path);
}

/** Texts of Solidity files by their path from the project root. */
export function readSources(paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(projectRoot, path), "utf8")]));
}

/** The bytecode of the first contract at `path`, compiled from these texts and no others. */
export function compileSources(texts: Readonly<Record<string, string>>, path: string): Hex {
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(texts).map(([file, content]) => [file, { content }])),
    settings: {
      evmVersion: "cancun",
      viaIR: true,
      optimizer: { enabled: true, runs: 800 },
      outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as {
    errors?: { severity: string; formattedMessage: string }[];
    contracts: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>;
  };
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join("\n"));
  const [contract] = Object.values(output.contracts[path]!);
  return `0x${contract!.evm.bytecode.object}`;
}

/** snarkjs's proof in the order of EIP-197. */
export function proofWords(proof: { pi_a: unknown; pi_b: unknown; pi_c: unknown }): ProofWords {
  const [a, c] = [proof.pi_a as string[], proof.pi_c as string[]];
  const b = proof.pi_b as string[][];
  return [a[0], a[1], b[0]![1], b[0]![0], b[1]![1], b[1]![0], c[0], c[1]].map((word) =>
    BigInt(word!),
  ) as unknown as ProofWords;
}
