import { readFileSync } from "node:fs";
import { join } from "node:path";

import { keccak256, type Address, type PublicClient } from "viem";

import { projectRoot } from "../../circuits/codegen/instances.ts";
import { verifierDirectory } from "../../circuits/codegen/verifier.ts";
import { hashBytes } from "../../circuits/setup/ceremony/hash.ts";
import { publishedHash } from "../../circuits/setup/ceremony/ptau.ts";
import { readTranscript } from "../../circuits/setup/ceremony/transcript.ts";
import { isLocalChain } from "../../circuits/setup/localChains.ts";
import { readManifest } from "../../circuits/setup/manifest.ts";
import type { VerificationKey } from "../../circuits/setup/verificationKey.ts";
import type { VerifierDeployment } from "../../sdk/src/client/deployment.ts";
import type { Sender } from "./sender.ts";
import { compileVerifier, type VerifierSpec } from "./verifierCode.ts";

/** The development key of a circuit. Anybody can forge proofs for it; it goes to local chains only. */
export function developmentVerifier(circuit: string): VerifierSpec {
  const artifacts = readManifest()[circuit];
  if (artifacts === undefined) throw new Error(`No circuit "${circuit}" is built: run "npm run build" first.`);
  const path = join(projectRoot, artifacts.verificationKey);
  return { circuit, key: JSON.parse(readFileSync(path, "utf8")) as VerificationKey, provenance: "development" };
}

/**
 * The key of a circuit from the ceremony whose transcript and keys are committed.
 *
 * @param directory Where `npm run setup -- finish` put them.
 */
export function ceremonyVerifier(
  circuit: string,
  directory = join(projectRoot, verifierDirectory("ceremony")),
): VerifierSpec {
  const { ptau, circuits } = readTranscript(directory);
  if (!ptau.isPublic || ptau.blake2b !== publishedHash(ptau.power)) {
    throw new Error(
      `The transcript in ${directory} is of a rehearsal, not of a ceremony with the public powers of tau.`,
    );
  }
  const text = readFileSync(join(directory, `${circuit}.vkey.json`), "utf8");
  const [got, expected] = [hashBytes(text), circuits[circuit]?.verificationKey];
  if (got !== expected) {
    throw new Error(
      `The key of ${circuit} in ${directory} has BLAKE2b ${got}, its transcript says ${expected ?? "nothing"}.`,
    );
  }
  return { circuit, key: JSON.parse(text) as VerificationKey, provenance: "ceremony" };
}

/**
 * Deploys the verifier of a key and reads back that it is that one.
 *
 * @throws Error when the key is refused, or may not go to this chain, or other code lies at the address.
 */
export async function deployVerifier(sender: Sender, spec: VerifierSpec): Promise<VerifierDeployment> {
  const chainId = await sender.public.getChainId();
  if (spec.provenance !== "ceremony" && !isLocalChain(chainId)) {
    throw new Error(
      `The key of ${spec.circuit} is a ${spec.provenance} key and chain ${chainId} (${sender.chain}) is not a local one: anybody could forge ` +
        "proofs there. Hold a ceremony (docs/ceremony.md) and use ceremonyVerifier().",
    );
  }
  const address = await sender.deploy(compileVerifier(spec));
  return assertDeployedVerifier(sender.public, address, spec);
}

/**
 * Compares what lies at an address with the verifier that the key gives, every constant included.
 *
 * @throws Error when they differ.
 */
export async function assertDeployedVerifier(
  reader: PublicClient,
  address: Address,
  spec: VerifierSpec,
): Promise<VerifierDeployment> {
  const { runtime, name } = compileVerifier(spec);
  const code = await reader.getCode({ address });
  if (code === undefined) throw new Error(`There is no code at ${address}, expected ${name}.`);
  if (code !== runtime) {
    throw new Error(
      `The code at ${address} (keccak ${keccak256(code)}) is not that of ${name} for this key (keccak ${keccak256(runtime)}). ` +
        "Whoever deployed it may be able to forge proofs; do not use it.",
    );
  }
  return { address, codeHash: keccak256(code) };
}
