import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Abi, Hex } from "viem";

/** What it takes to deploy a contract. */
export type Artifact = { name: string; abi: Abi; bytecode: Hex };

const require = createRequire(import.meta.url);
const projectRoot = fileURLToPath(new URL("../..", import.meta.url));

/**
 * The artifact of one of this project's contracts, as `hardhat build` leaves it.
 *
 * @param source Path of the source below `contracts/` without `.sol`; the contract has the file's name unless `contract` says otherwise.
 * @example hardhatArtifact("vault/CollateralVault").name // "CollateralVault"
 */
export function hardhatArtifact(source: string, contract = nameOf(source)): Artifact {
  return readArtifact(hardhatPath("artifacts/contracts", source, contract));
}

/** The ABI of one of this project's interfaces. */
export function hardhatInterface(source: string): { abi: Abi } {
  const path = hardhatPath("artifacts/contracts", source, nameOf(source));
  return JSON.parse(readFileSync(path, "utf8")) as { abi: Abi };
}

/** The artifact of a contract below `test/contracts/`: what local networks need and no deployment does. */
export function testArtifact(source: string): Artifact {
  return readArtifact(hardhatPath(".cache/hardhat/test-artifacts/test/contracts", source, nameOf(source)));
}

const nameOf = (source: string): string => source.slice(source.lastIndexOf("/") + 1);

function hardhatPath(directory: string, source: string, contract: string): string {
  const path = join(projectRoot, directory, `${source}.sol`, `${contract}.json`);
  if (!existsSync(path)) throw new Error(`No artifact of ${contract} at ${path}: run "npm run build" first.`);
  return path;
}

/**
 * The artifact of a contract that an npm package ships compiled.
 *
 * @param path Path inside the package.
 */
export function packageArtifact(packageName: string, path: string): Artifact {
  const packageDir = dirname(require.resolve(`${packageName}/package.json`));
  return readArtifact(join(packageDir, path));
}

/** Reads an artifact of Hardhat or of Foundry. */
export function readArtifact(path: string): Artifact {
  const json = JSON.parse(readFileSync(path, "utf8")) as {
    contractName?: string;
    abi: Abi;
    bytecode: Hex | { object: Hex };
  };
  const name = json.contractName ?? path.slice(path.lastIndexOf("/") + 1).replace(/\.json$/, "");
  const bytecode = typeof json.bytecode === "string" ? json.bytecode : json.bytecode.object;
  if (!/^0x([0-9a-fA-F]{2})+$/.test(bytecode)) {
    throw new Error(`${name} (${path}) cannot be deployed: it is abstract, an interface, or has unlinked libraries.`);
  }
  return { name, abi: json.abi, bytecode };
}
