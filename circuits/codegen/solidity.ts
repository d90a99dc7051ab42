import { constantCase, pascal, placeValues, valueCount } from "./instances.ts";
import type { Instance, PlacedValue } from "./instances.ts";

/** Values of 254 bits are field elements: the digest checks them against q. */
const fieldBits = 254;

/** `contracts/verifiers/PublicValues.sol`: one library of indices and width checks per circuit. */
export function publicValuesSolidity(instances: Map<string, Instance>): string {
  const libraries = [...instances].map(([name, instance]) => library(name, instance));
  return `// SPDX-License-Identifier: MIT
// Generated from circuits/instances.json by circuits/codegen/generate.ts.
pragma solidity ^0.8.28;

/// Thrown when public value \`index\` does not fit the \`bits\` its circuit gives it.
error PublicValueTooWide(uint256 index, uint256 value, uint256 bits);

/// Thrown when a circuit is given another number of public values than it has.
error PublicValueCount(uint256 got, uint256 expected);

${libraries.join("\n")}`;
}

function library(name: string, instance: Instance): string {
  const values = placeValues(instance);
  const constants = values.flatMap((value) => [
    `    // ${value.isArray ? `${value.count} values, ` : ""}${value.bits} bits${value.isArray ? " each" : ""}`,
    `    uint256 internal constant ${constantCase(value.name)} = ${value.index};`,
  ]);
  const narrow = values.filter((value) => value.bits < fieldBits);
  return `/// @title Public values of the circuit \`${name}\`, by index
library ${pascal(name)}Values {
    uint256 internal constant CIRCUIT_ID = ${instance.circuitId};
    uint256 internal constant COUNT = ${valueCount(instance)};

${constants.join("\n")}

    /// @dev Reverts unless there are exactly COUNT values and each fits its width. Values of ${fieldBits} bits need only be below
    /// q, which InputDigest checks. The values are ORed together, each without its low bits, and examined one by one
    /// only if something is left.
    function checkWidths(uint256[] memory x) internal pure {
        if (x.length != COUNT) revert PublicValueCount(x.length, COUNT);
        uint256 excess;
        assembly ("memory-safe") {
${narrow.flatMap(assemblyLines).join("\n")}
        }
        if (excess != 0) _revertTooWide(x);
    }

    function _revertTooWide(uint256[] memory x) private pure {
${narrow.map(slowCheck).join("\n")}
    }
}
`;
}

function assemblyLines(value: PlacedValue): string[] {
  return Array.from({ length: value.count }, (_, i) => {
    const offset = `0x${(32 * (value.index + i + 1)).toString(16)}`;
    return `            excess := or(excess, shr(${value.bits}, mload(add(x, ${offset}))))`;
  });
}

function slowCheck(value: PlacedValue): string {
  if (!value.isArray) {
    return `        if (x[${value.index}] >> ${value.bits} != 0) revert PublicValueTooWide(${value.index}, x[${value.index}], ${value.bits});`;
  }
  return `        for (uint256 i = ${value.index}; i < ${value.index + value.count}; ++i) {
            if (x[i] >> ${value.bits} != 0) revert PublicValueTooWide(i, x[i], ${value.bits});
        }`;
}
