import { network } from "hardhat";
import { BaseError, ContractFunctionRevertedError, parseAbi } from "viem";
import type { Address, Hex } from "viem";

import { pascal } from "../../../circuits/codegen/instances.ts";
import { verifierPath } from "../../../circuits/codegen/verifier.ts";
import { compileSources, readSources } from "./evm.ts";
import type { ProofWords } from "./evm.ts";

const abi = parseAbi([
  "struct ZkProof { uint256[8] points; uint256 commitment; }",
  "function check(uint256[] x, ZkProof proof) view",
  "function checkWithoutWidths(uint256[] x, ZkProof proof) view",
  "function verify(uint256[8] proof, uint256 c, uint256 y, uint256 r) view returns (bool)",
  "error PublicValueTooWide(uint256 index, uint256 value, uint256 bits)",
  "error PublicValueCount(uint256 got, uint256 expected)",
  "error PublicValueNotCanonical(uint256 index, uint256 value)",
  "error InvalidProof(address verifier)",
]);

const sharedSources = [
  "contracts/interfaces/IProofVerifier.sol",
  "contracts/libraries/InputDigest.sol",
  "contracts/libraries/ProofCheck.sol",
  "contracts/types/Types.sol",
  "contracts/verifiers/PublicValues.sol",
];

/** A proof with its commitment, as a caller hands it over. */
export interface Offer {
  readonly points: ProofWords;
  readonly commitment: bigint;
}

/** What contracts put in front of a circuit's verifier: widths, digest, verifier, in that order. */
export interface Gate {
  /** undefined when accepted, else the name of the error and, for a public value, its index. */
  refusal(x: readonly bigint[], offer: Offer): Promise<string | undefined>;
  /** The same where nobody checks the widths. */
  refusalWithoutWidths(x: readonly bigint[], offer: Offer): Promise<string | undefined>;
  /** The verifier alone, for public signals of the caller's choice. */
  verifies(offer: Offer, y: bigint, r: bigint): Promise<boolean>;
}

/** Deploys the committed verifiers of these circuits, each behind ProofCheck and its own widths. */
export async function deployGates(names: readonly string[]): Promise<Map<string, Gate>> {
  const { viem } = await network.create();
  const reader = await viem.getPublicClient();
  const [wallet] = await viem.getWalletClients();

  async function deploy(bytecode: Hex, verifier?: Address): Promise<Address> {
    const hash = await (verifier === undefined
      ? wallet!.deployContract({ abi: parseAbi(["constructor()"]), bytecode })
      : wallet!.deployContract({ abi: parseAbi(["constructor(address verifier)"]), bytecode, args: [verifier] }));
    return (await reader.waitForTransactionReceipt({ hash })).contractAddress!;
  }

  async function refusalOf(address: Address, functionName: "check" | "checkWithoutWidths", args: unknown) {
    try {
      await reader.readContract({ address, abi, functionName, args } as never);
      return undefined;
    } catch (error) {
      return describe(error);
    }
  }

  const gates = new Map<string, Gate>();
  for (const name of names) {
    const path = `contracts/${pascal(name)}Gate.sol`;
    const verifier = await deploy(
      compileSources(readSources([verifierPath(name), sharedSources[0]!]), verifierPath(name)),
    );
    const texts = { ...readSources(sharedSources), [path]: gateSolidity(name) };
    const address = await deploy(compileSources(texts, path), verifier);
    const pair = (x: readonly bigint[], { points, commitment }: Offer) => [x, { points, commitment }];
    gates.set(name, {
      refusal: (x, offer) => refusalOf(address, "check", pair(x, offer)),
      refusalWithoutWidths: (x, offer) => refusalOf(address, "checkWithoutWidths", pair(x, offer)),
      verifies: ({ points, commitment }, y, r) =>
        reader.readContract({ address: verifier, abi, functionName: "verify", args: [points, commitment, y, r] }),
    });
  }
  return gates;
}

function gateSolidity(name: string): string {
  return `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;
import {IProofVerifier} from "./interfaces/IProofVerifier.sol";
import {ProofCheck} from "./libraries/ProofCheck.sol";
import {ZkProof} from "./types/Types.sol";
import {${pascal(name)}Values} from "./verifiers/PublicValues.sol";
contract ${pascal(name)}Gate {
    IProofVerifier private immutable verifier;
    constructor(IProofVerifier verifier_) { verifier = verifier_; }
    function check(uint256[] memory x, ZkProof calldata proof) external view {
        ${pascal(name)}Values.checkWidths(x);
        ProofCheck.requireProof(verifier, x, proof);
    }
    function checkWithoutWidths(uint256[] memory x, ZkProof calldata proof) external view {
        ProofCheck.requireProof(verifier, x, proof);
    }
}
`;
}

function describe(error: unknown): string {
  const reverted = error instanceof BaseError ? error.walk((e) => e instanceof ContractFunctionRevertedError) : null;
  const data = reverted instanceof ContractFunctionRevertedError ? reverted.data : undefined;
  if (data === undefined) throw error;
  const isOfOneValue = data.errorName === "PublicValueTooWide" || data.errorName === "PublicValueNotCanonical";
  return isOfOneValue ? `${data.errorName} ${String(data.args![0])}` : data.errorName;
}
