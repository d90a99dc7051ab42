import { concat, encodeAbiParameters, keccak256, numberToHex } from "viem";

import { tag } from "../reference/crypto.ts";
import { q } from "../reference/field.ts";
import { plainPoseidon } from "../model/poseidon.ts";
import type { Vectors } from "./format.ts";

const circuits = [
  { circuit: "batch16", circuitId: 1, m: 35 },
  { circuit: "transact", circuitId: 3, m: 8 },
  { circuit: "margin", circuitId: 4, m: 28 },
  { circuit: "settle", circuitId: 5, m: 25 },
];

export function digestVectors(): Vectors {
  const cases = circuits.flatMap(({ circuit, circuitId, m }) =>
    [
      Array.from({ length: m }, () => 0n),
      Array.from({ length: m }, () => q - 1n),
      Array.from({ length: m }, (_, i) => plainPoseidon(0n, BigInt(1000 * circuitId + i))),
    ].map((values) => {
      let c = BigInt(circuitId) * 2n ** 32n + BigInt(m);
      for (let k = 0; k < m; k += 15) {
        c = plainPoseidon(tag.digest, c, ...Array.from({ length: 15 }, (_, i) => values[k + i] ?? 0n));
      }
      const r = BigInt(keccak256(concat([...values, c].map((word) => numberToHex(word, { size: 32 }))))) % q;
      // Powers summed from the last value up, not Horner.
      let [y, power] = [0n, 1n];
      for (const value of [...values].reverse()) [y, power] = [(y + value * power) % q, (power * r) % q];
      return { circuit, circuitId: BigInt(circuitId), values, c, r, y };
    }),
  );
  return { about: "The input digest (docs/encodings.md): c by Poseidon, r by keccak256, y = Σ x_i·r^(m−i).", cases };
}

export function domainVectors(): Vectors {
  const cases = [
    { srcEid: 30_101n, vault: `0x${"11".repeat(20)}`, marginEid: 30_110n, engine: `0x${"22".repeat(20)}` },
    { srcEid: 2n ** 32n - 1n, vault: `0x${"ff".repeat(20)}`, marginEid: 0n, engine: `0x${"00".repeat(20)}` },
  ].map(({ srcEid, vault, marginEid, engine }) => {
    const text = encodeAbiParameters(
      [{ type: "string" }, { type: "uint32" }, { type: "address" }, { type: "uint32" }, { type: "address" }],
      ["hypothec.domain", Number(srcEid), vault as `0x${string}`, Number(marginEid), engine as `0x${string}`],
    );
    return { srcEid, vault, marginEid, engine, domain: BigInt(keccak256(text)) >> 8n };
  });
  return { about: "ACC-2: the upper 248 bits of keccak256 of the ABI encoding.", cases };
}
