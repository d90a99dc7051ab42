import { encodeAbiParameters, hexToBigInt, keccak256, parseAbiParameters, type Address } from "viem";

export interface DomainOfParameters {
  /** LayerZero endpoint id of the vault chain. */
  readonly srcEid: number;
  readonly vault: Address;
  /** LayerZero endpoint id of the margin chain. */
  readonly marginEid: number;
  readonly engine: Address;
}

/** The domain that ties a lock to one engine (ACC-2): keccak256(tag, srcEid, vault, marginEid, engine) >> 8. */
export function domainOf({ srcEid, vault, marginEid, engine }: DomainOfParameters): bigint {
  const encoded = encodeAbiParameters(parseAbiParameters("string, uint32, address, uint32, address"), [
    "hypothec.domain",
    srcEid,
    vault,
    marginEid,
    engine,
  ]);
  return hexToBigInt(keccak256(encoded)) >> 8n;
}
