import { keccak256 } from "viem";
import { describe, expect, test } from "vitest";

import { domainOf } from "./domain.ts";

const vault = "0x00000000000000000000000000000000000000aa";
const engine = "0x00000000000000000000000000000000000000bb";

describe("domainOf", () => {
  test("default: keccak256 of the ABI words, written out, without its last byte", () => {
    const words = [
      "00000000000000000000000000000000000000000000000000000000000000a0", // offset of the string
      "00000000000000000000000000000000000000000000000000000000000078b5", // 30901
      "00000000000000000000000000000000000000000000000000000000000000aa",
      "00000000000000000000000000000000000000000000000000000000000078b6", // 30902
      "00000000000000000000000000000000000000000000000000000000000000bb",
      "000000000000000000000000000000000000000000000000000000000000000f", // its length
      "6879706f746865632e646f6d61696e0000000000000000000000000000000000", // "hypothec.domain"
    ];
    expect(domainOf({ srcEid: 30901, vault, marginEid: 30902, engine })).toBe(
      BigInt(keccak256(`0x${words.join("")}`).slice(0, -2)),
    );
  });

  test("behavior: every part counts", () => {
    const domains = [
      domainOf({ srcEid: 1, vault, marginEid: 2, engine }),
      domainOf({ srcEid: 2, vault, marginEid: 1, engine }),
      domainOf({ srcEid: 1, vault: engine, marginEid: 2, engine: vault }),
      domainOf({ srcEid: 1, vault, marginEid: 2, engine: vault }),
    ];
    expect(new Set(domains).size).toBe(4);
    for (const domain of domains) expect(domain >> 248n).toBe(0n);
  });
});
