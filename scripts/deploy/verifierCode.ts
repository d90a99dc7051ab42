import { readFileSync } from "node:fs";
import { join } from "node:path";

import solc from "solc";
import type { Abi, Hex } from "viem";

import { projectRoot } from "../../circuits/codegen/instances.ts";
import { verifierName, verifierPath, verifierSolidity, type Provenance } from "../../circuits/codegen/verifier.ts";
import type { VerificationKey } from "../../circuits/setup/verificationKey.ts";
import type { Artifact } from "./artifacts.ts";

/** A circuit's verification key and where it comes from: all that a verifier contract is made of. */
export type VerifierSpec = { circuit: string; key: VerificationKey; provenance: Provenance };

/** What a key's verifier is on a chain. */
export type VerifierCode = Artifact & { runtime: Hex };

const interfacePath = "contracts/interfaces/IProofVerifier.sol";

/** hardhat.config.ts has the same, so that explorers and the build agree with what is deployed. */
const settings = {
  viaIR: true,
  evmVersion: "cancun",
  optimizer: { enabled: true, runs: 800 },
  metadata: { bytecodeHash: "none" },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
};

type Output = {
  errors?: { severity: string; formattedMessage: string }[];
  contracts?: Record<
    string,
    Record<string, { abi: Abi; evm: Record<"bytecode" | "deployedBytecode", { object: string }> }>
  >;
};

/**
 * Compiles the verifier of a key from nothing but the key: no artifact that lies about can be another one.
 *
 * @throws Error when the key is refused (circuits/setup/keyGate.ts).
 */
export function compileVerifier({ circuit, key, provenance }: VerifierSpec): VerifierCode {
  const path = verifierPath(circuit, provenance);
  const name = verifierName(circuit, provenance);
  const sources = {
    [path]: { content: verifierSolidity(circuit, key, provenance) },
    [interfacePath]: { content: readFileSync(join(projectRoot, interfacePath), "utf8") },
  };
  const output = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources, settings }))) as Output;
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  const contract = output.contracts?.[path]?.[name];
  if (errors.length > 0 || contract === undefined) {
    throw new Error(`${path} does not compile: ${errors.map((error) => error.formattedMessage).join("\n")}`);
  }
  const { abi, evm } = contract;
  return { name, abi, bytecode: `0x${evm.bytecode.object}`, runtime: `0x${evm.deployedBytecode.object}` };
}
