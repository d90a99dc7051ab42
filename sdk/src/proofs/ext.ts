import { encodeAbiParameters, hexToBigInt, keccak256, parseAbiParameters, type Address, type Hex } from "viem";

/** What a transact binds besides its public values. */
export interface TransactExtParameters {
  readonly chainId: number;
  readonly vault: Address;
  readonly recipient: Address;
  readonly relayer: Address;
  readonly feeSlot: number;
  /** Shared units of `feeSlot`. */
  readonly fee: bigint;
  /** Seconds. */
  readonly deadline: number;
  readonly memo0: Hex;
  readonly memo1: Hex;
}

/** `ext` of a transact (docs/encodings.md). */
export function transactExt(p: TransactExtParameters): bigint {
  const encoded = encodeAbiParameters(
    parseAbiParameters("string, uint256, address, address, address, uint8, uint64, uint40, bytes32, bytes32"),
    [
      "hypothec.transact",
      BigInt(p.chainId),
      p.vault,
      p.recipient,
      p.relayer,
      p.feeSlot,
      p.fee,
      p.deadline,
      keccak256(p.memo0),
      keccak256(p.memo1),
    ],
  );
  return hexToBigInt(keccak256(encoded)) >> 8n;
}

/** What a margin proof is for. */
export const MarginAction = { open: 1, addLock: 2, refresh: 3, releaseUnused: 4, valuation: 5 } as const;
export type MarginAction = (typeof MarginAction)[keyof typeof MarginAction];

/** What a margin proof binds besides its public values. */
export interface MarginExtParameters {
  readonly chainId: number;
  readonly engine: Address;
  readonly market: Hex;
  readonly action: MarginAction;
  /** Zero for releaseUnused. */
  readonly account: Hex;
  readonly accountNonce: bigint;
  readonly caller: Address;
  readonly fee: bigint;
  readonly snapshot: number;
  readonly riskVersion: number;
  /** Seconds. */
  readonly expiry: number;
  /** Seconds. */
  readonly deadline: number;
}

/** `ext` of a margin proof (docs/encodings.md). */
export function marginExt(p: MarginExtParameters): bigint {
  const encoded = encodeAbiParameters(
    parseAbiParameters(
      "string, uint256, address, bytes32, uint8, bytes32, uint64, address, uint256, uint32, uint32, uint40, uint40",
    ),
    [
      "hypothec.margin",
      BigInt(p.chainId),
      p.engine,
      p.market,
      p.action,
      p.account,
      p.accountNonce,
      p.caller,
      p.fee,
      p.snapshot,
      p.riskVersion,
      p.expiry,
      p.deadline,
    ],
  );
  return hexToBigInt(keccak256(encoded)) >> 8n;
}
