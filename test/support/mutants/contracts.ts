import { readFileSync } from "node:fs";
import { join } from "node:path";

import { network } from "hardhat";
import solc from "solc";
import { decodeFunctionResult, encodeFunctionData, parseAbi } from "viem";
import type { Hex } from "viem";

import { projectRoot, readInstances } from "../../../circuits/codegen/instances.ts";
import { placeValues } from "../../../circuits/codegen/instances.ts";
import { digest } from "../reference/crypto.ts";
import { createRandom, q } from "../reference/field.ts";
import { applied } from "./patch.ts";
import type { Mutant } from "./mutant.ts";

const abi = parseAbi([
  "function digest(uint256[] x, uint256 c) pure returns (uint256 y, uint256 r)",
  "function checkWidths(uint256[] x) pure",
]);

const probe = `
pragma solidity ^0.8.28;
import {InputDigest} from "contracts/libraries/InputDigest.sol";
import {MarginValues} from "contracts/verifiers/PublicValues.sol";
contract Probe {
    function digest(uint256[] memory x, uint256 c) external pure returns (uint256 y, uint256 r) {
        return InputDigest.digest(x, c);
    }
    function checkWidths(uint256[] memory x) external pure { MarginValues.checkWidths(x); }
}`;

const sources = ["contracts/libraries/InputDigest.sol", "contracts/verifiers/PublicValues.sol"];

/** A question to the contract's half of the input digest; undefined: it has to revert. */
interface Question {
  readonly says: string;
  readonly data: Hex;
  readonly answer: readonly [y: bigint, r: bigint] | "nothing" | undefined;
}

/** Runs the libraries of every mutant, and of none, on an in-process chain, and returns what was found on each. */
export async function attackContracts(mutants: readonly Mutant[]): Promise<ReadonlyMap<string, string | undefined>> {
  const { provider } = await network.create();
  const [from] = (await provider.request({ method: "eth_accounts" })) as Hex[];
  const questions = allQuestions();
  const found = new Map<string, string | undefined>();
  for (const mutant of [undefined, ...mutants]) {
    const hash = await provider.request({
      method: "eth_sendTransaction",
      params: [{ from, data: compileProbe(mutant), gas: "0x1000000" }],
    });
    const { contractAddress: to } = (await provider.request({
      method: "eth_getTransactionReceipt",
      params: [hash],
    })) as { contractAddress: Hex };
    const ask = async (data: Hex): Promise<Hex | undefined> => {
      try {
        return (await provider.request({ method: "eth_call", params: [{ to, data }, "latest"] })) as Hex;
      } catch (error) {
        if (String(error).includes("revert")) return undefined;
        throw error;
      }
    };
    let finding: string | undefined;
    for (const { says, data, answer } of questions) {
      const result = await ask(data);
      if (result === undefined ? answer !== undefined : answer === undefined) {
        finding ??= `${result === undefined ? "refuses" : "accepts"} ${says}`;
      } else if (result !== undefined && answer !== "nothing") {
        const [y, r] = decodeFunctionResult({ abi, functionName: "digest", data: result });
        if (y !== answer![0] || r !== answer![1]) finding ??= `computes otherwise ${says}`;
      }
    }
    found.set(mutant?.id ?? "", finding);
  }
  return found;
}

function allQuestions(): Question[] {
  const random = createRandom(6410);
  const top = 2n ** 256n - 1n;
  const ask = (says: string, x: readonly bigint[], c: bigint, answer: Question["answer"]): Question => ({
    says,
    data: encodeFunctionData({ abi, functionName: "digest", args: [x, c] }),
    answer,
  });
  const vectors = [1, 3, 8, 17].map((count) => Array.from({ length: count }, () => random(253)));
  const digests = vectors.flatMap((x) => {
    const { c, y, r } = digest(1, x);
    return [
      ask(`the digest of ${x.length} values`, x, c, [y, r]),
      ...x.flatMap((value, i) =>
        [value + q, q, top].map((other) =>
          ask(`value ${i} of ${x.length} as ${other}`, x.with(i, other), c, undefined),
        ),
      ),
      ...[c + q, q, top].map((other) => ask(`c as ${other}`, x, other, undefined)),
    ];
  });

  const places = placeValues(readInstances().get("margin")!);
  const widest = places.flatMap(({ bits, count }) => Array.from({ length: count }, () => 2n ** BigInt(bits) - 1n));
  const widths = (says: string, x: readonly bigint[], answer: Question["answer"]): Question => ({
    says,
    data: encodeFunctionData({ abi, functionName: "checkWidths", args: [x] }),
    answer,
  });
  const tooWide = places.flatMap(({ name, bits, index, count }) =>
    Array.from({ length: bits === 254 ? 0 : count }, (_, i) => [
      widths(`${name} of ${bits + 1} bits`, widest.with(index + i, 2n ** BigInt(bits)), undefined),
      widths(`${name} of 256 bits`, widest.with(index + i, 2n ** 255n), undefined),
    ]).flat(),
  );
  return [...digests, widths("the widest values", widest, "nothing"), ...tooWide];
}

function compileProbe(mutant: Mutant | undefined): Hex {
  const content = (path: string): string => {
    const text = readFileSync(join(projectRoot, path), "utf8");
    return mutant?.file === path ? applied(text, mutant) : text;
  };
  const output = JSON.parse(
    solc.compile(
      JSON.stringify({
        language: "Solidity",
        sources: {
          "Probe.sol": { content: probe },
          ...Object.fromEntries(sources.map((path) => [path, { content: content(path) }])),
        },
        settings: { evmVersion: "cancun", outputSelection: { "Probe.sol": { Probe: ["evm.bytecode.object"] } } },
      }),
    ),
  ) as {
    errors?: { severity: string; formattedMessage: string }[];
    contracts: Record<string, { Probe: { evm: { bytecode: { object: string } } } }>;
  };
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return `0x${output.contracts["Probe.sol"]!.Probe.evm.bytecode.object}`;
}
